//! What became of the problems a selection looked at.

use std::collections::BTreeMap;

use crate::id::ProblemId;
use crate::model::Difficulty;
use crate::select::{Rule, Strategy, StrategyVersion};

/// How one part of a selection went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PartExplanation {
    /// How it picked.
    pub strategy: Strategy,
    /// The edition of its strategy.
    pub version: StrategyVersion,
    /// How many it asks for itself.
    pub needed: u16,
    /// How many more it was to give, because parts before it found too few.
    pub received: u16,
    /// How many it gave.
    pub taken: u16,
    /// Where it took them from: by difficulty, easiest first, or from one pool where the mix does not
    /// apply. None when its turn never came.
    pub pools: Vec<PoolExplanation>,
}

impl PartExplanation {
    /// How many it did not find, which the next part had to give.
    pub fn missing(&self) -> u16 {
        (self.needed + self.received).saturating_sub(self.taken)
    }
}

/// What was taken from one difficulty, or from all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PoolExplanation {
    /// The difficulty, if it is one.
    pub difficulty: Option<Difficulty>,
    /// What became of its problems.
    pub funnel: Funnel,
    /// How many were wanted from it.
    pub needed: u16,
    /// How many it gave.
    pub taken: u16,
}

impl PoolExplanation {
    /// How many it gave in the place of others that had too few.
    pub fn received(&self) -> u16 {
        self.taken.saturating_sub(self.needed)
    }

    /// How many it could not give, which others were asked for.
    pub fn missing(&self) -> u16 {
        self.needed.saturating_sub(self.taken)
    }
}

/// How one slot, or one named problem, went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SlotExplanation {
    /// What may fill it, in words: the title of a named problem.
    pub description: String,
    /// What became of the catalogue's problems.
    pub funnel: Funnel,
    /// What fills it.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: Option<ProblemId>,
}

/// How many problems each rule left over.
///
/// Rules that need nothing but the catalogue are counted over the whole pool. The others are counted
/// among the candidates that were looked at: a selection looks at no more than it needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Funnel {
    /// Problems that are not retired.
    pub pool: u64,
    /// Those of them that the catalogue alone keeps out, by the first rule that does.
    pub removed: BTreeMap<Rule, u64>,
    /// Candidates that were looked at: some or all of the others.
    pub looked_at: u64,
    /// Those of them that were not eligible, by the first rule that kept them out.
    pub passed_over: BTreeMap<Rule, u64>,
}

impl Funnel {
    /// Problems that the catalogue alone does not keep out.
    pub fn left(&self) -> u64 {
        self.pool - self.removed.values().sum::<u64>()
    }

    /// Candidates that were looked at and are eligible, taken or not.
    pub fn eligible(&self) -> u64 {
        self.looked_at - self.passed_over.values().sum::<u64>()
    }
}
