//! The problems of one difficulty that a request may draw from.

use std::borrow::Cow;

use crate::catalogue::Catalogue;
use crate::id::ProblemId;

/// Indexes into a catalogue, sorted by problem id. Borrowed when one index list is the answer.
#[derive(Debug)]
pub(crate) struct Pool<'c> {
    catalogue: &'c Catalogue,
    indexes: Cow<'c, [u32]>,
}

impl<'c> Pool<'c> {
    /// The union of lists that are each sorted by problem id.
    pub(super) fn new(
        catalogue: &'c Catalogue,
        lists: impl IntoIterator<Item = &'c [u32]>,
    ) -> Self {
        let mut lists = lists.into_iter();
        let first = lists.next().unwrap_or_default();
        let indexes = match lists.next() {
            None => Cow::Borrowed(first),
            Some(second) => {
                let mut union = [first, second].concat();
                lists.for_each(|list| union.extend_from_slice(list));
                union.sort_by_key(|&index| catalogue.problem_at(index).map(|problem| problem.id));
                union.dedup();
                Cow::Owned(union)
            }
        };
        Self { catalogue, indexes }
    }

    pub(crate) fn len(&self) -> usize {
        self.indexes.len()
    }

    pub(crate) fn get(&self, place: usize) -> Option<ProblemId> {
        let index = *self.indexes.get(place)?;
        self.catalogue.problem_at(index).map(|problem| problem.id)
    }
}
