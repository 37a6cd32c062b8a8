//! Sets of problems, by the ordinals of the stored catalogue.

use std::fmt;
use std::sync::Arc;

use roaring::RoaringBitmap;

/// A set of problems by their ordinals. Cheap to clone: clones share the bits until one changes.
///
/// It may contain ordinals that a process with an older catalogue does not know; they are preserved.
///
/// ```
/// use contest_core::catalogue::OrdinalSet;
///
/// let set: OrdinalSet = [3, 1, 3].into_iter().collect();
/// assert_eq!(set.iter().collect::<Vec<_>>(), [1, 3]);
/// assert_eq!(OrdinalSet::from_bytes(&set.to_bytes())?, set);
/// # Ok::<(), contest_core::catalogue::OrdinalSetError>(())
/// ```
#[derive(Clone, Default)]
pub struct OrdinalSet(Arc<RoaringBitmap>);

impl PartialEq for OrdinalSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for OrdinalSet {}

/// The bytes are not a set of ordinals.
#[derive(Debug, thiserror::Error)]
#[error("the bytes are not a roaring bitmap in the portable format")]
#[non_exhaustive]
pub struct OrdinalSetError {
    source: std::io::Error,
}

impl OrdinalSet {
    /// Whether the set has this ordinal.
    pub fn contains(&self, ordinal: u32) -> bool {
        self.0.contains(ordinal)
    }

    /// How many ordinals it has.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ordinals, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter()
    }

    /// How many ordinals both sets have.
    pub fn intersection_len(&self, other: &Self) -> u64 {
        self.0.intersection_len(&other.0)
    }

    /// Adds an ordinal. Returns whether it was new.
    pub fn insert(&mut self, ordinal: u32) -> bool {
        !self.contains(ordinal) && Arc::make_mut(&mut self.0).insert(ordinal)
    }

    /// Removes an ordinal. Returns whether it was present.
    pub fn remove(&mut self, ordinal: u32) -> bool {
        self.contains(ordinal) && Arc::make_mut(&mut self.0).remove(ordinal)
    }

    /// Adds all ordinals of another set.
    pub fn union_with(&mut self, other: &Self) {
        if !other.0.is_subset(&self.0) {
            *Arc::make_mut(&mut self.0) |= &*other.0;
        }
    }

    /// Removes all ordinals of another set.
    pub fn subtract(&mut self, other: &Self) {
        if !self.is_disjoint(other) {
            *Arc::make_mut(&mut self.0) -= &*other.0;
        }
    }

    /// Removes all ordinals that another set does not have.
    pub fn intersect_with(&mut self, other: &Self) {
        if !self.0.is_subset(&other.0) {
            *Arc::make_mut(&mut self.0) &= &*other.0;
        }
    }

    /// Whether no ordinal is in both sets.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.0.is_disjoint(&other.0)
    }

    /// The set in the portable format of Roaring bitmaps.
    pub fn to_bytes(&self) -> Vec<u8> {
        // With runs, the set of a user who has solved nearly everything takes a few bytes.
        let mut compact = RoaringBitmap::clone(&self.0);
        compact.optimize();
        let mut bytes = Vec::with_capacity(compact.serialized_size());
        // Writing to memory does not fail.
        let _ = compact.serialize_into(&mut bytes);
        bytes
    }

    /// Parses the bytes from [`to_bytes`](Self::to_bytes); no bytes at all are the empty set.
    ///
    /// # Errors
    /// [`OrdinalSetError`] for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OrdinalSetError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let bitmap = RoaringBitmap::deserialize_from(bytes);
        let mut bitmap = bitmap.map_err(|source| OrdinalSetError { source })?;
        // Runs are small to store, but slow to search.
        bitmap.remove_run_compression();
        Ok(Self(Arc::new(bitmap)))
    }
}

impl FromIterator<u32> for OrdinalSet {
    fn from_iter<I: IntoIterator<Item = u32>>(ordinals: I) -> Self {
        // Sorted ordinals are appended, and do not move what is there.
        let mut ordinals: Vec<_> = ordinals.into_iter().collect();
        ordinals.sort_unstable();
        Self(Arc::new(ordinals.into_iter().collect()))
    }
}

/// Shows how many there are, and the first of them.
impl fmt::Debug for OrdinalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 20;
        let first: Vec<_> = self.iter().take(SHOWN).collect();
        write!(
            f,
            "OrdinalSet({} of {}: {first:?})",
            first.len(),
            self.len()
        )
    }
}
