//! Which edition of a store's catalogue something relies on.

use std::fmt;

/// An edition of a store's catalogue: a number that each publication raises, and a random tag, so that
/// two editions are told apart even where one was restored from a backup and published over.
///
/// The default, number 0, is the edition before the first publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Revision {
    /// How many publications changed something.
    pub number: u64,
    /// Random bits of the publication.
    pub tag: u64,
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.number, self.tag)
    }
}
