//! The catalogue: an immutable snapshot of all problems, indexed for selection.
//!
//! Build one from problems ([`Catalogue::new`]), from CSV ([`Catalogue::from_csv`], feature `csv`),
//! from JSON ([`Catalogue::from_json`], feature `json`), or take the bundled one
//! ([`Catalogue::neetcode150`], feature `bundled`).

#[cfg(feature = "bundled")]
mod bundled;
#[cfg(feature = "csv")]
mod csv;
#[cfg(any(feature = "csv", feature = "json"))]
mod draft;
mod error;
mod fingerprint;
#[cfg(feature = "json")]
mod json;
mod ordinals;
pub(crate) mod pools;
mod revision;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::Hash;
use std::ops::RangeInclusive;
use std::sync::Arc;

pub use error::{CatalogueError, CatalogueFault, Conversion, Entry, Fault};
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use ordinals::{OrdinalSet, OrdinalSetError};
pub use revision::Revision;

use pools::{Place, Pools};

use crate::id::ProblemId;
use crate::model::{PerDifficulty, Problem, Rating, Slug, Topic};

/// All problems at one moment: immutable, validated, and indexed by id, slug, difficulty, topic and
/// rating.
///
/// ```
/// use contest_core::catalogue::Catalogue;
/// use contest_core::model::{Difficulty, Problem, Slug};
///
/// let catalogue = Catalogue::new([
///     Problem::new("two-sum", "Two Sum", Difficulty::Easy)?,
///     Problem::new("lru-cache", "LRU Cache", Difficulty::Medium)?,
/// ])?;
/// assert_eq!(catalogue.totals().medium, 1);
/// assert!(catalogue.by_slug(&Slug::new("two-sum")?).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Catalogue {
    revision: Revision,
    fingerprint: Fingerprint,
    problems: Vec<Arc<Problem>>,
    /// In the order of `problems`.
    ordinals: Vec<u32>,
    by_ordinal: HashMap<u32, u32>,
    live_ordinals: PerDifficulty<OrdinalSet>,
    live_ordinals_by_topic: BTreeMap<Topic, OrdinalSet>,
    by_id: HashMap<ProblemId, u32>,
    by_slug: HashMap<Slug, u32>,
    pools: Arc<Pools>,
    conversions: Vec<Conversion>,
}

/// A problem with its ordinal: the small number that stands for it in sets of problems. A store assigns
/// it at the first publication and never reuses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProblem {
    /// The ordinal.
    pub ordinal: u32,
    /// The problem.
    pub problem: Arc<Problem>,
}

impl Catalogue {
    /// A catalogue of these problems, in order of position and then slug.
    ///
    /// # Errors
    /// [`CatalogueError`] with every entry that repeats the id or slug of an earlier one, or spells one of
    /// its topics in another way, and its place in the input. Letter case does not count.
    pub fn new(problems: impl IntoIterator<Item = Problem>) -> Result<Self, CatalogueError> {
        let entries = problems
            .into_iter()
            .zip(1..)
            .map(|(p, n)| (Entry::Item(n), p))
            .collect();
        Self::from_entries(entries, Vec::new())
    }

    /// Builds the catalogue, unless there are faults, here or from the reader.
    fn from_entries(
        mut entries: Vec<(Entry, Problem)>,
        mut faults: Vec<CatalogueFault>,
    ) -> Result<Self, CatalogueError> {
        find_repeats(
            &entries,
            |slug| slug.as_str().to_ascii_lowercase(),
            &mut faults,
        );
        find_spellings(&entries, &mut faults);
        if !faults.is_empty() {
            faults.sort_by_key(|fault| fault.entry);
            return Err(CatalogueError::new(faults));
        }
        entries.sort_by(|(_, a), (_, b)| (a.position, &a.slug).cmp(&(b.position, &b.slug)));
        let problems: Vec<_> = entries
            .into_iter()
            .map(|(_, problem)| Arc::new(problem))
            .collect();
        let ordinals = (0..).take(problems.len()).collect();
        Ok(Self::index(problems, ordinals))
    }

    /// The catalogue of a store at this revision.
    ///
    /// # Errors
    /// [`CatalogueError`] if two problems share an id, a slug or an ordinal.
    pub fn from_stored(
        problems: impl IntoIterator<Item = StoredProblem>,
        revision: Revision,
    ) -> Result<Self, CatalogueError> {
        let mut problems: Vec<_> = problems.into_iter().collect();
        problems.sort_by(|a, b| {
            let place =
                |stored: &StoredProblem| (stored.problem.position, stored.problem.slug.clone());
            place(a).cmp(&place(b))
        });
        let mut faults = Vec::new();
        let entries = problems.iter().zip(1..);
        let entries: Vec<_> = entries
            .map(|(stored, place)| (Entry::Item(place), Problem::clone(&stored.problem)))
            .collect();
        find_repeats(&entries, Slug::clone, &mut faults);
        let ordinals: Vec<_> = problems.iter().map(|stored| stored.ordinal).collect();
        let mut seen = HashMap::new();
        for ((entry, _), ordinal) in entries.iter().zip(&ordinals) {
            if let Some(first) = seen.insert(*ordinal, *entry) {
                let (entry, ordinal) = (*entry, *ordinal);
                faults.push(CatalogueFault {
                    entry,
                    fault: Fault::RepeatedOrdinal { ordinal, first },
                });
            }
        }
        if !faults.is_empty() {
            return Err(CatalogueError::new(faults));
        }
        let problems = problems.into_iter().map(|stored| stored.problem).collect();
        let mut catalogue = Self::index(problems, ordinals);
        catalogue.revision = revision;
        Ok(catalogue)
    }

    fn index(problems: Vec<Arc<Problem>>, ordinals: Vec<u32>) -> Self {
        let mut catalogue = Self {
            fingerprint: Fingerprint::of(&problems),
            by_id: HashMap::with_capacity(problems.len()),
            by_slug: HashMap::with_capacity(problems.len()),
            by_ordinal: ordinals.iter().copied().zip(0..).collect(),
            ..Self::default()
        };
        let mut live = PerDifficulty::<Vec<u32>>::default();
        let mut by_topic = HashMap::<&Topic, Vec<u32>>::new();
        let mut places = Vec::with_capacity(problems.len());
        for (index, (problem, ordinal)) in (0..).zip(problems.iter().zip(&ordinals)) {
            catalogue.by_id.insert(problem.id, index);
            catalogue.by_slug.insert(problem.slug.clone(), index);
            if problem.retired {
                continue;
            }
            places.push((Place::new(problem, index, *ordinal), &**problem));
            live[problem.difficulty].push(*ordinal);
            for topic in &problem.topics {
                by_topic.entry(topic).or_default().push(*ordinal);
            }
        }
        let set = |ordinals: Vec<u32>| ordinals.into_iter().collect::<OrdinalSet>();
        catalogue.live_ordinals = live.map(set);
        let by_topic = by_topic.into_iter();
        catalogue.live_ordinals_by_topic = by_topic
            .map(|(topic, all)| (topic.clone(), set(all)))
            .collect();
        catalogue.pools = Arc::new(Pools::new(places));
        catalogue.ordinals = ordinals;
        catalogue.problems = problems;
        catalogue
    }

    /// The revision of the store's catalogue; the default if it is not from a store.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The ordinal of a problem, which stands for it in sets of problems.
    pub fn ordinal(&self, id: ProblemId) -> Option<u32> {
        self.ordinals
            .get(usize::try_from(*self.by_id.get(&id)?).ok()?)
            .copied()
    }

    /// The problem with this ordinal, retired or not.
    pub fn by_ordinal(&self, ordinal: u32) -> Option<&Arc<Problem>> {
        self.problem_at(*self.by_ordinal.get(&ordinal)?)
    }

    /// All problems with their ordinals, including retired ones, by position and then slug.
    pub fn stored_problems(&self) -> impl Iterator<Item = StoredProblem> {
        let stored = |(problem, ordinal): (&Arc<Problem>, &u32)| StoredProblem {
            ordinal: *ordinal,
            problem: Arc::clone(problem),
        };
        self.problems.iter().zip(&self.ordinals).map(stored)
    }

    /// The problems of each difficulty that are not retired.
    pub fn live_ordinals(&self) -> PerDifficulty<&OrdinalSet> {
        self.live_ordinals.as_ref()
    }

    /// The problems of each topic that are not retired.
    pub fn live_ordinals_by_topic(&self) -> &BTreeMap<Topic, OrdinalSet> {
        &self.live_ordinals_by_topic
    }

    /// A digest of everything that selection depends on.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The values that were converted when the catalogue was read from a file, such as ratings with
    /// decimals; empty for other catalogues.
    ///
    /// ```
    /// use contest_core::catalogue::Catalogue;
    ///
    /// let csv = "slug,title,difficulty,rating\na,A,easy,1653.7\n";
    /// let catalogue = Catalogue::from_csv(csv.as_bytes())?;
    /// let converted = catalogue.conversions()[0].to_string();
    /// assert_eq!(converted, "line 2: the rating 1653.7 is taken as 1654");
    /// # Ok::<(), contest_core::catalogue::CatalogueError>(())
    /// ```
    pub fn conversions(&self) -> &[Conversion] {
        &self.conversions
    }

    /// All problems, including retired ones, by position and then slug.
    pub fn problems(&self) -> &[Arc<Problem>] {
        &self.problems
    }

    /// The problem with this id, retired or not.
    pub fn get(&self, id: ProblemId) -> Option<&Arc<Problem>> {
        self.problem_at(*self.by_id.get(&id)?)
    }

    /// The problem with this id, unless it is retired.
    pub fn in_use(&self, id: ProblemId) -> Option<&Arc<Problem>> {
        self.get(id).filter(|problem| !problem.retired)
    }

    /// The problem with this slug, retired or not.
    pub fn by_slug(&self, slug: &Slug) -> Option<&Arc<Problem>> {
        self.problem_at(*self.by_slug.get(slug)?)
    }

    /// The number of problems of each difficulty, without retired ones.
    pub fn totals(&self) -> PerDifficulty<u64> {
        self.live_ordinals.as_ref().map(OrdinalSet::len)
    }

    /// The topics of all problems that are not retired, with their totals.
    pub fn topics(&self) -> impl Iterator<Item = (&Topic, PerDifficulty<u64>)> {
        self.pools.topics()
    }

    /// Whether some problem that is not retired has this topic.
    pub fn has_topic(&self, topic: &Topic) -> bool {
        self.live_ordinals_by_topic.contains_key(topic)
    }

    /// The problems that are not retired and have a rating in this range: by rating, and by id among
    /// equal ratings; empty for an empty range. Takes two binary searches, regardless of the number of
    /// problems.
    ///
    /// ```
    /// use contest_core::catalogue::Catalogue;
    /// use contest_core::model::Rating;
    ///
    /// let csv = "slug,title,difficulty,rating\na,A,easy,900\nb,B,hard,2100\nc,C,easy,\n";
    /// let catalogue = Catalogue::from_csv(csv.as_bytes())?;
    /// let range = Rating::new(1_000)?..=Rating::MAX;
    /// assert_eq!(catalogue.rated_within(&range).count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rated_within(
        &self,
        range: &RangeInclusive<Rating>,
    ) -> impl Iterator<Item = &Arc<Problem>> {
        let ranks = self.pools.rated(range).iter();
        ranks.filter_map(|rank| self.at(self.pools.place(*rank)?))
    }

    /// The pools that selection draws from.
    pub(crate) fn draw_pools(&self) -> &Pools {
        &self.pools
    }

    /// The problem at this place.
    pub(crate) fn at(&self, place: &Place) -> Option<&Arc<Problem>> {
        self.problem_at(place.index)
    }

    /// The place of the problem with this ordinal, unless it is retired.
    pub(crate) fn place_in_use(&self, ordinal: u32) -> Option<Place> {
        let index = *self.by_ordinal.get(&ordinal)?;
        let problem = self.problem_at(index).filter(|problem| !problem.retired)?;
        Some(Place::new(problem, index, ordinal))
    }

    fn problem_at(&self, index: u32) -> Option<&Arc<Problem>> {
        self.problems.get(usize::try_from(index).ok()?)
    }
}

/// Shows how many problems there are, not the problems: there may be a million.
impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue")
            .field("revision", &self.revision)
            .field("fingerprint", &self.fingerprint)
            .field("totals", &self.totals())
            .finish_non_exhaustive()
    }
}

/// Finds repeated ids and slugs. Slugs with the same `key` are the same.
fn find_repeats<K: Eq + Hash>(
    entries: &[(Entry, Problem)],
    key: impl Fn(&Slug) -> K,
    faults: &mut Vec<CatalogueFault>,
) {
    let mut ids = HashMap::with_capacity(entries.len());
    let mut slugs = HashMap::with_capacity(entries.len());
    for (entry, problem) in entries {
        let fault = if let Some(first) = slugs.get(&key(&problem.slug)) {
            Fault::RepeatedSlug {
                slug: problem.slug.clone(),
                first: *first,
            }
        } else if let Some(first) = ids.get(&problem.id) {
            Fault::RepeatedId {
                id: problem.id,
                first: *first,
            }
        } else {
            ids.insert(problem.id, *entry);
            slugs.insert(key(&problem.slug), *entry);
            continue;
        };
        faults.push(CatalogueFault {
            entry: *entry,
            fault,
        });
    }
}

/// Finds topics that look like one of an earlier entry, or of the same.
fn find_spellings(entries: &[(Entry, Problem)], faults: &mut Vec<CatalogueFault>) {
    let mut spellings = HashMap::<&Topic, Option<(&Topic, Entry)>>::new();
    let mut looks = HashMap::<String, (&Topic, Entry)>::new();
    for (entry, problem) in entries {
        for topic in &problem.topics {
            let other = *spellings.entry(topic).or_insert_with(|| {
                let first = *looks.entry(topic.look()).or_insert((topic, *entry));
                (first.0 != topic).then_some(first)
            });
            faults.extend(other.map(|(other, first)| CatalogueFault {
                entry: *entry,
                fault: Fault::TopicSpelling {
                    topic: topic.clone(),
                    other: other.clone(),
                    first,
                },
            }));
        }
    }
}
