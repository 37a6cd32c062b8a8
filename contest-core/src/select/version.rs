//! The versions of what selects, and what is kept of a part.

/// Which algorithm made a selection. A version, once released, never changes what it selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct AlgorithmVersion(pub u16);

impl AlgorithmVersion {
    /// The version this crate selects with.
    pub const CURRENT: Self = Self(1);
}

/// Which edition of a strategy picked. An edition, once released, never changes what it picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct StrategyVersion(pub u16);

/// What one part of a selection gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PartRecord {
    /// The edition of its strategy.
    pub version: StrategyVersion,
    /// How many problems it gave.
    pub taken: u16,
}
