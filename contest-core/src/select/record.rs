//! The stored record of a selection.

use std::collections::BTreeSet;

use crate::catalogue::Fingerprint;
use crate::id::ProblemId;
use crate::model::PerDifficulty;
use crate::select::{AlgorithmVersion, PartRecord, Seed, SelectionMethod};

/// The result of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Selection {
    /// The problems: easy to hard, in drawn order within a difficulty; in the order of the slots for
    /// a request with slots; in the order of the request for one that names its problems.
    #[cfg_attr(feature = "serde", serde(rename = "problem_ids"))]
    pub problems: Vec<ProblemId>,
    /// The selected problems that the user has solved already. Only requests that allow repeats have
    /// any.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "repeated_ids", skip_serializing_if = "BTreeSet::is_empty")
    )]
    pub repeats: BTreeSet<ProblemId>,
    /// How they were picked.
    pub record: SelectionRecord,
}

/// The stored record of a contest's selection. The request is stored too, for replays.
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
    /// How many were requested.
    pub asked: u16,
    /// How many the mix asked of each difficulty; zero where no mix applies.
    pub quota: PerDifficulty<u16>,
    /// How many each difficulty gave.
    pub taken: PerDifficulty<u16>,
    /// One entry per part, in the order of the request. A strategy without parts has one entry; uniform
    /// selection without parts, slots and named problems have none.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub parts: Vec<PartRecord>,
    /// The indexes of the open slots in the request, from 0.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub open_slots: Vec<u16>,
}

impl SelectionRecord {
    /// How many fewer problems were selected than requested; zero for a full selection.
    pub fn shortfall(&self) -> u16 {
        let taken = self.taken.easy + self.taken.medium + self.taken.hard;
        self.asked.saturating_sub(taken)
    }
}
