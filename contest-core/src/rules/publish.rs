//! Use case: publish a catalogue.

use std::collections::HashSet;
use std::sync::Arc;

use crate::catalogue::{Catalogue, Revision, StoredProblem};
use crate::model::Problem;
use crate::rules::Refusal;
use crate::store::PublicationCommit;

/// The result of publishing a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Publication {
    /// How many problems it changes.
    pub counts: PublicationCounts,
    /// The commit; `None` if nothing changes.
    pub commit: Option<PublicationCommit>,
}

/// How many problems a publication changes. Each problem counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PublicationCounts {
    /// New problems.
    pub added: u64,
    /// Problems with other values that are neither retired nor restored.
    pub changed: u64,
    /// Problems that were in use and become retired.
    pub retired: u64,
    /// Problems that were retired and are in use again.
    pub restored: u64,
}

/// Makes the stored problems equal to those of `catalogue`: retires stored problems absent from it, and
/// adds or updates the others. `tag` is random.
///
/// # Errors
/// [`Refusal::SlugTaken`] if a stored problem absent from `catalogue` has the slug of one of its
/// problems.
pub fn publish(
    stored: &Catalogue,
    catalogue: &Catalogue,
    tag: u64,
) -> Result<Publication, Refusal> {
    let (mut counts, mut problems) = (PublicationCounts::default(), Vec::new());
    let greatest = stored.stored_problems().map(|stored| stored.ordinal).max();
    let mut unused = greatest.map_or(0, |ordinal| ordinal.saturating_add(1))..;
    for problem in catalogue.problems() {
        let before = stored.get(problem.id).map(AsRef::as_ref);
        if before == Some(problem) {
            continue;
        }
        let ordinal = stored.ordinal(problem.id).or_else(|| unused.next());
        counts.count(before, problem);
        problems.extend(ordinal.map(|ordinal| StoredProblem {
            ordinal,
            problem: Arc::clone(problem),
        }));
    }
    for StoredProblem { ordinal, problem } in lacking(stored, catalogue)? {
        let retired = Problem::clone(&problem).with_retired(true);
        if *problem != retired {
            counts.count(Some(&problem), &retired);
            problems.push(StoredProblem {
                ordinal,
                problem: Arc::new(retired),
            });
        }
    }
    let expected = stored.revision();
    let revision = Revision {
        number: expected.number + 1,
        tag,
    };
    let commit = (!problems.is_empty()).then_some(PublicationCommit {
        expected,
        revision,
        problems,
    });
    Ok(Publication { counts, commit })
}

/// The stored problems absent from a catalogue. Refused if one of them has a slug of the catalogue.
fn lacking(stored: &Catalogue, catalogue: &Catalogue) -> Result<Vec<StoredProblem>, Refusal> {
    let ids: HashSet<_> = catalogue
        .problems()
        .iter()
        .map(|problem| problem.id)
        .collect();
    let lacking = stored
        .stored_problems()
        .filter(|stored| !ids.contains(&stored.problem.id));
    let checked = lacking.map(|stored| match catalogue.by_slug(&stored.problem.slug) {
        Some(_) => Err(Refusal::SlugTaken {
            slug: stored.problem.slug.clone(),
            stored: stored.problem.id,
        }),
        None => Ok(stored),
    });
    checked.collect()
}

impl PublicationCounts {
    fn count(&mut self, before: Option<&Problem>, after: &Problem) {
        let place = match before.map(|before| before.retired) {
            None => &mut self.added,
            Some(false) if after.retired => &mut self.retired,
            Some(true) if !after.retired => &mut self.restored,
            Some(_) => &mut self.changed,
        };
        *place += 1;
    }
}
