//! Revisions of a store's catalogue.

use std::fmt;

/// A revision of a store's catalogue: a number that each publication increases, and a random tag. The
/// tag distinguishes two revisions of the same number after a backup was restored and published over.
///
/// The default, number 0, is the revision before the first publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Revision {
    /// The number of publications that changed something.
    pub number: u64,
    /// Random bits of the publication.
    pub tag: u64,
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.number, self.tag)
    }
}
