//! The answers about the catalogue that are kept until its revision changes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use contest_core::catalogue::Revision;
use contest_core::model::{Difficulty, Topic};

use crate::cached::CachedResponse;

/// The most bytes of bodies that are kept. Compressed, they take a tenth more.
const MOST: usize = 8 * 1024 * 1024;

/// The problems that a list has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Filter {
    pub(crate) difficulty: Option<Difficulty>,
    pub(crate) topic: Option<Topic>,
}

/// The pages of the lists of problems, of the default size, of one revision of the catalogue.
///
/// Only pages that clients reach from a first page are kept. A client that makes up requests cannot add
/// pages: each would be serialised and compressed for that client alone.
#[derive(Debug, Default)]
pub(crate) struct KeptPages(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    revision: Option<Revision>,
    /// By filter, and the place of the last problem of the page before.
    by_place: HashMap<(Filter, u32), Arc<CachedResponse>>,
    /// Where a kept page ends that is not the last one.
    ends: HashSet<(Filter, u32)>,
    bytes: usize,
}

impl KeptPages {
    /// The page of `filter` after `place`.
    pub(crate) fn get(
        &self,
        revision: Revision,
        filter: &Filter,
        place: u32,
    ) -> Option<Arc<CachedResponse>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.revision != Some(revision) {
            return None;
        }
        kept.by_place.get(&(filter.clone(), place)).cloned()
    }

    /// Keeps the page of `filter` after `place`, which ends at `end` unless it is the last one. False if it
    /// is not kept.
    pub(crate) fn keep(
        &self,
        revision: Revision,
        filter: Filter,
        place: u32,
        (page, end): (&Arc<CachedResponse>, Option<u32>),
    ) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.revision != Some(revision) {
            *kept = Pages {
                revision: Some(revision),
                ..Pages::default()
            };
        }
        let key = (filter, place);
        let reached = place == 0 || kept.ends.contains(&key);
        let bytes = kept.bytes + page.length();
        if !reached || bytes > MOST {
            return false;
        }
        kept.bytes = bytes;
        kept.ends.extend(end.map(|end| (key.0.clone(), end)));
        if let Some(before) = kept.by_place.insert(key, page.clone()) {
            kept.bytes -= before.length();
        }
        true
    }
}
