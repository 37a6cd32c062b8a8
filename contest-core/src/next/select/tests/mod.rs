//! Selection as a whole.

mod differential;
mod facts;
mod pinned;
mod properties;
mod strategies;
mod world;
