//! Epochs: the intervals between resets.

use crate::time::Timestamp;

/// The period that a user's progress counts: each reset begins a new epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Epoch {
    /// The number of resets.
    pub number: u64,
    /// The time of the last reset; `None` in the first epoch, which is number 0.
    pub began_at: Option<Timestamp>,
}
