//! earning
