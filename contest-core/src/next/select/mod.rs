//! Selection: which problems a contest gets. Pure: no input, no output, no ambient randomness.

mod record;

pub use record::{SelectionMethod, SelectionRecord};
