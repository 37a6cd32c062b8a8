//! Selection as a whole.

mod facts;
mod pinned;
mod properties;
mod sets;
mod strategies;
mod world;
