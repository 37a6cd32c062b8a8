//! Versions of the selection, and the record of a part.

/// The version of the selection algorithm. A released version never changes its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct AlgorithmVersion(pub u16);

impl AlgorithmVersion {
    /// The version this crate selects with.
    pub const CURRENT: Self = Self(1);
}

/// The version of a strategy. A released version never changes its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct StrategyVersion(pub u16);

/// The record of one part of a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PartRecord {
    /// The version of its strategy.
    pub version: StrategyVersion,
    /// How many problems it gave.
    pub taken: u16,
}
