//! Import end to end: files in, the archive and the three counts out.

mod formats;
mod hostile;
mod index;
mod killed;
mod layout;
mod live;
mod nested;
mod outrun;
mod properties;
mod real;
mod rig;
mod snapshots;
