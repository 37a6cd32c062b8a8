//! Lists in pages, each beginning after the end of the previous one (keyset pagination).

use crate::model::RangeError;

/// The largest number of entries in a page: 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u32", into = "u32"))]
pub struct PageLimit(u32);

/// 20 entries.
impl Default for PageLimit {
    fn default() -> Self {
        Self(20)
    }
}

impl PageLimit {
    /// The largest: 1,000 entries.
    pub const MAX: Self = Self(1_000);

    /// Checks a limit.
    ///
    /// # Errors
    /// [`RangeError`] outside 1 to 1,000.
    pub const fn new(limit: u32) -> Result<Self, RangeError> {
        match RangeError::check(
            "limit",
            "limit of a page",
            limit as i64,
            1..=Self::MAX.0 as i64,
        ) {
            Ok(()) => Ok(Self(limit)),
            Err(outside) => Err(outside),
        }
    }

    /// The limit.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for PageLimit {
    type Error = RangeError;

    fn try_from(limit: u32) -> Result<Self, RangeError> {
        Self::new(limit)
    }
}

impl From<PageLimit> for u32 {
    fn from(limit: PageLimit) -> Self {
        limit.0
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Page<T, C> {
    /// The entries.
    pub items: Vec<T>,
    /// Where the next page begins; `None` when this is the last one.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// Makes a page from up to `limit + 1` entries: the extra one shows that another page follows.
    pub(crate) fn new(mut items: Vec<T>, limit: PageLimit, cursor: impl Fn(&T) -> C) -> Self {
        let limit = usize::try_from(limit.get()).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}
