//! What is kept of a selection with its contest.

use std::collections::BTreeSet;

use crate::catalogue::Fingerprint;
use crate::id::ProblemId;
use crate::model::PerDifficulty;
use crate::select::{AlgorithmVersion, PartRecord, Seed, SelectionMethod};

/// The outcome of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Selection {
    /// The problems: easy to hard, in drawn order inside a difficulty; in the order of the slots for
    /// a request with slots; in the order of the request for one that names its problems.
    #[cfg_attr(feature = "serde", serde(rename = "problem_ids"))]
    pub problems: Vec<ProblemId>,
    /// Those of them that the user has solved already, which only a request that allows it has.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "repeated_ids", skip_serializing_if = "BTreeSet::is_empty")
    )]
    pub repeats: BTreeSet<ProblemId>,
    /// How they were picked.
    pub record: SelectionRecord,
}

/// What is kept of a selection with its contest. The request is kept beside it, for replays.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SelectionRecord {
    /// The algorithm.
    pub algorithm: AlgorithmVersion,
    /// The seed that was used.
    pub seed: Seed,
    /// The catalogue that was used.
    pub catalogue: Fingerprint,
    /// How problems were picked.
    #[cfg_attr(feature = "serde", serde(rename = "strategy"))]
    pub method: SelectionMethod,
    /// How many were asked for.
    pub asked: u16,
    /// How many the mix asked each difficulty for; zero where no mix applies.
    pub quota: PerDifficulty<u16>,
    /// How many each difficulty gave.
    pub taken: PerDifficulty<u16>,
    /// What each part gave, in the order of the request: one for a strategy that is the request's
    /// only one, none for uniform selection without parts, for slots and for named problems.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub parts: Vec<PartRecord>,
    /// The slots that stayed open, by their place in the request, from 0.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub open_slots: Vec<u16>,
}

impl SelectionRecord {
    /// How many problems fewer than asked for were selected; zero for a full selection.
    pub fn shortfall(&self) -> u16 {
        let taken = self.taken.easy + self.taken.medium + self.taken.hard;
        self.asked.saturating_sub(taken)
    }
}
