//! Selection as a whole.

mod facts;
mod pinned;
mod properties;
mod strategies;
mod world;
