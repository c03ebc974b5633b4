//! Import end to end: files in, the archive and the three counts out.

mod formats;
mod real;
mod rig;
