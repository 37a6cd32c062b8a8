//! Selection as a whole.

mod differential;
mod pinned;
mod world;
