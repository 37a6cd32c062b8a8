//! The suite.
mod delays;
mod faults;

pub use delays::Delays;
pub use faults::{Fault, Faults};
