//! What resets count.

use crate::time::Timestamp;

/// What a user's progress is counted from: each reset begins a new epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Epoch {
    /// How many resets there were.
    pub number: u64,
    /// When the last one was; none in the first epoch, which is number 0.
    pub began_at: Option<Timestamp>,
}
