//! Use case: publish a catalogue.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::catalogue::{Catalogue, Revision, StoredProblem};
use crate::id::ProblemId;
use crate::model::{Difficulty, Problem, Slug};
use crate::rules::Refusal;
use crate::store::PublicationCommit;

/// The result of publishing a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Publication {
    /// How many problems it changes.
    pub counts: PublicationCounts,
    /// How many problems were in use before.
    pub in_use_before: u64,
    /// Problems that it retires and that look like one that it adds.
    pub renamed: Vec<Renamed>,
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

/// A problem that a publication retires, and a new one that has a link or the title of it. To keep its
/// solves, publish the new one with the id of the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Renamed {
    /// The id of the retired problem.
    pub id: ProblemId,
    /// The slug of the retired problem.
    pub from: Slug,
    /// The slug of the new problem.
    pub to: Slug,
}

/// How a catalogue is published.
///
/// ```
/// use contest_core::rules::PublishOptions;
///
/// let options = PublishOptions::default().with_any_number_retired();
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PublishOptions {
    any_number_retired: bool,
}

impl PublishOptions {
    /// Lets a publication retire any number of problems. By default it is refused if it would retire
    /// more than a tenth of the problems in use, because the catalogue may be incomplete.
    #[must_use]
    pub fn with_any_number_retired(mut self) -> Self {
        self.any_number_retired = true;
        self
    }

    /// Whether they allow this publication.
    ///
    /// # Errors
    /// [`Refusal::TooManyRetired`].
    pub fn check(self, publication: &Publication) -> Result<(), Refusal> {
        let (retired, in_use) = (publication.counts.retired, publication.in_use_before);
        if self.any_number_retired || retired <= in_use / 10 {
            return Ok(());
        }
        Err(Refusal::TooManyRetired { retired, in_use })
    }
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
    let lacking = lacking(stored, catalogue)?;
    let renamed = renamed(stored, catalogue, &lacking);
    for StoredProblem { ordinal, problem } in lacking {
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
    Ok(Publication {
        counts,
        in_use_before: Difficulty::ALL.iter().map(|of| stored.totals()[*of]).sum(),
        renamed,
        commit,
    })
}

/// The problems in use of `lacking` whose title or one of whose links belongs to a new problem.
fn renamed(stored: &Catalogue, catalogue: &Catalogue, lacking: &[StoredProblem]) -> Vec<Renamed> {
    let new = catalogue.problems().iter();
    let new = new.filter(|problem| stored.get(problem.id).is_none());
    let new = new.flat_map(|problem| names(problem).map(move |name| (name, problem)));
    let new: HashMap<_, _> = new.collect();
    let lacking = lacking.iter().map(|stored| &stored.problem);
    let renamed = lacking.filter(|problem| !problem.retired).map(|old| {
        let to = names(old).find_map(|name| new.get(name))?;
        Some(Renamed {
            id: old.id,
            from: old.slug.clone(),
            to: to.slug.clone(),
        })
    });
    renamed.flatten().collect()
}

/// The texts by which a renamed problem is recognised: its links, then its title.
fn names(problem: &Problem) -> impl Iterator<Item = &str> {
    let links = problem.links.iter().map(String::as_str);
    links.chain([problem.title.as_str()])
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
