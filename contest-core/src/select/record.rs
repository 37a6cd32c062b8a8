//! The outcome of a selection, and the record that lets it be replayed.

use crate::catalogue::Fingerprint;
use crate::id::ProblemId;
use crate::model::PerDifficulty;
use crate::select::{Seed, SelectionRequest};

/// Which algorithm made a selection. A version, once released, never changes what it selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct AlgorithmVersion(pub u16);

impl AlgorithmVersion {
    /// The version this crate selects with.
    pub const CURRENT: Self = Self(1);
}

/// What is kept of a selection with its contest. Together with the user's solves at the time and
/// the catalogue of that fingerprint it determines the problems: see
/// [`select`](crate::select::select).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SelectionRecord {
    /// The algorithm.
    pub algorithm: AlgorithmVersion,
    /// The seed that was used.
    pub seed: Seed,
    /// The catalogue that was used.
    pub catalogue: Fingerprint,
    /// What was asked for.
    pub request: SelectionRequest,
    /// How many each difficulty was asked for.
    pub quota: PerDifficulty<u16>,
    /// How many each difficulty gave.
    pub taken: PerDifficulty<u16>,
}

impl SelectionRecord {
    /// How many problems fewer than asked for were selected; zero for a full selection.
    pub fn shortfall(&self) -> u16 {
        let taken = self.taken.easy + self.taken.medium + self.taken.hard;
        self.request.count().get().saturating_sub(taken)
    }
}

/// The outcome of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Selection {
    /// The problems: easy to hard, in drawn order inside a difficulty.
    pub problems: Vec<ProblemId>,
    /// How they were picked.
    pub record: SelectionRecord,
}
