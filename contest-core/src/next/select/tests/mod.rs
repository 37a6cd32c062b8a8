//! Selection as a whole.

#[cfg(feature = "fsrs")]
mod differential;
mod facts;
mod pinned;
mod strategies;
mod world;
