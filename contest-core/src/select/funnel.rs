//! How many problems each rule of a selection removed.

use std::collections::BTreeMap;

use crate::id::ProblemId;
use crate::model::Difficulty;
use crate::select::{Rule, Strategy, StrategyVersion};

/// The explanation of one part of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PartExplanation {
    /// Its strategy.
    pub strategy: Strategy,
    /// The version of its strategy.
    pub version: StrategyVersion,
    /// How many problems the part asks for.
    pub needed: u16,
    /// How many more it had to find because earlier parts found too few.
    pub received: u16,
    /// How many it found.
    pub taken: u16,
    /// Its pools: one per difficulty, easiest first, or a single one where the mix does not apply.
    /// Empty if the part was never filled.
    pub pools: Vec<PoolExplanation>,
}

impl PartExplanation {
    /// How many it did not find; the next part had to find them.
    pub fn missing(&self) -> u16 {
        (self.needed + self.received).saturating_sub(self.taken)
    }
}

/// The explanation of one difficulty, or of all together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PoolExplanation {
    /// The difficulty; `None` for all together.
    pub difficulty: Option<Difficulty>,
    /// How many of its problems each rule removed.
    pub funnel: Funnel,
    /// How many problems were wanted from it.
    pub needed: u16,
    /// How many it gave.
    pub taken: u16,
}

impl PoolExplanation {
    /// How many it gave in place of difficulties that had too few.
    pub fn received(&self) -> u16 {
        self.taken.saturating_sub(self.needed)
    }

    /// How many it could not give; other difficulties were asked for them.
    pub fn missing(&self) -> u16 {
        self.needed.saturating_sub(self.taken)
    }
}

/// The explanation of one slot, or of one named problem.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SlotExplanation {
    /// A description of the problems that fit; the title of a named problem.
    pub description: String,
    /// How many of the catalogue's problems each rule removed.
    pub funnel: Funnel,
    /// The problem that fills it.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: Option<ProblemId>,
}

/// How many problems each rule removed.
///
/// Rules that need only the catalogue are counted over the whole pool. The others are counted among the
/// candidates looked at: a selection looks at no more than it needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Funnel {
    /// Problems that are not retired.
    pub pool: u64,
    /// Problems that the catalogue alone removes, by the first rule that applies.
    pub removed: BTreeMap<Rule, u64>,
    /// Candidates that were looked at: some or all of the remaining problems.
    pub looked_at: u64,
    /// Candidates looked at that were not eligible, by the first rule that removed them.
    pub passed_over: BTreeMap<Rule, u64>,
}

impl Funnel {
    /// Problems that remain after the rules that need only the catalogue.
    pub fn left(&self) -> u64 {
        self.pool - self.removed.values().sum::<u64>()
    }

    /// Candidates looked at that are eligible, picked or not.
    pub fn eligible(&self) -> u64 {
        self.looked_at - self.passed_over.values().sum::<u64>()
    }
}
