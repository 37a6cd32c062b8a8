//! The state of one selection, shared by everything that takes part in it.

use std::cell::{Cell, OnceCell, Ref, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::catalogue::pools::{Place, Pool, Pools};
use crate::catalogue::{Catalogue, OrdinalSet};
use crate::model::{Difficulty, PerDifficulty, Problem, Topic};
use crate::select::sets::{Looks, Sets};
use crate::select::{
    AlgorithmVersion, Candidate, Facts, PartRecord, Rule, Seed, Selection, SelectionMethod,
    SelectionRecord, SelectionRequest, SolvedRule,
};
use crate::time::Timestamp;

/// A selection in progress: its input and the problems picked so far. Interior mutability lets
/// strategies draw lazily while problems are picked.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) request: &'a SelectionRequest,
    pub(super) seed: Seed,
    pub(super) now: Timestamp,
    pub(super) facts: &'a Facts,
    /// Whether the request has filters on candidates.
    filters: bool,
    picked: RefCell<Picked>,
    /// How many candidates did not pass so far.
    pub(super) misses: Cell<u32>,
    /// How many may fail before the sets are made; none for an explanation, which counts with them.
    pub(super) patience: u32,
    sets: OnceCell<RefCell<Sets<'a>>>,
    /// The pools of several requested topics, merged by difficulty.
    joined: PerDifficulty<OnceCell<Vec<u32>>>,
    /// The solved problems in the order of a review.
    #[cfg(feature = "fsrs")]
    pub(super) recalled: OnceCell<Vec<Recalled<'a>>>,
    /// In the order of the catalogue's topics.
    solved_by_topic: OnceCell<Vec<u64>>,
    /// Each candidate's result, by the number of its pool. `None` unless explaining.
    looks: Option<RefCell<BTreeMap<u64, Looks>>>,
}

/// A solved problem, and how urgent its review is: its retrievability and when it was last reviewed.
#[cfg(feature = "fsrs")]
pub(super) type Recalled<'a> = ((u16, Timestamp), Candidate<'a>);

/// The problems picked so far, over all parts.
#[derive(Debug, Default)]
struct Picked {
    ordinals: BTreeSet<u32>,
    /// How many have each topic, without the uncounted ones.
    by_topic: HashMap<Topic, u16>,
    /// Not counted yet: most selections never ask.
    uncounted: Vec<Place>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        catalogue: &'a Catalogue,
        request: &'a SelectionRequest,
        (seed, now): (Seed, Timestamp),
        facts: &'a Facts,
        explains: bool,
    ) -> Self {
        let topics = !request.topics().is_empty() || !request.excluded_topics().is_empty();
        let patience = if explains { 0 } else { patience(catalogue) };
        Self {
            catalogue,
            request,
            seed,
            now,
            facts,
            filters: topics || !request.excluded().is_empty(),
            picked: RefCell::default(),
            misses: Cell::new(0),
            patience,
            sets: OnceCell::new(),
            joined: PerDifficulty::default(),
            #[cfg(feature = "fsrs")]
            recalled: OnceCell::new(),
            solved_by_topic: OnceCell::new(),
            looks: explains.then(RefCell::default),
        }
    }

    pub(super) fn pools(&self) -> &'a Pools {
        self.catalogue.draw_pools()
    }

    /// The problems of a difficulty with the requested topics.
    pub(super) fn pool(&self, difficulty: Difficulty) -> Pool<'_> {
        let topics = self.request.topics();
        let pool = || self.pools().about(topics, difficulty);
        if topics.len() < 2 {
            return pool();
        }
        let joined = self.joined[difficulty].get_or_init(|| pool().into_ranks());
        Pool::from(joined.as_slice())
    }

    /// The problems as sets. `None` until enough candidates have failed to be worth making them.
    pub(super) fn sets(&self) -> Option<Ref<'_, Sets<'a>>> {
        if self.misses.get() < self.patience {
            return None;
        }
        let sets = self.sets.get_or_init(|| {
            let mut sets = Sets::new(self.catalogue, self.request, self.facts, self.now);
            for ordinal in &self.picked.borrow().ordinals {
                if let Some(place) = self.catalogue.place_in_use(*ordinal) {
                    sets.pick(&place);
                }
            }
            RefCell::new(self.without_full_topics(sets))
        });
        Some(sets.borrow())
    }

    fn without_full_topics(&self, mut sets: Sets<'a>) -> Sets<'a> {
        if self.request.topic_cap().is_some() {
            let topics = self.catalogue.live_ordinals_by_topic().keys();
            let full = topics.filter(|topic| self.is_full(topic));
            full.for_each(|topic| sets.close(topic));
        }
        sets
    }

    /// Counts a candidate that did not pass.
    pub(super) fn miss(&self) {
        self.misses.set(self.misses.get().saturating_add(1));
    }

    /// The problems picked so far.
    pub(super) fn picked(&self) -> OrdinalSet {
        self.picked.borrow().ordinals.iter().copied().collect()
    }

    /// The problem at this place.
    pub(super) fn candidate(&self, place: Place) -> Option<Candidate<'a>> {
        Some(Candidate {
            problem: self.catalogue.at(&place)?,
            place,
            facts: self.facts,
        })
    }

    /// Whether a candidate passes the filters of the request. Without filters the problem is not read:
    /// that would cost a cache miss.
    pub(super) fn lets_through(&self, candidate: &Candidate<'_>) -> bool {
        !self.filters || self.removed_by(candidate.problem()).is_none()
    }

    /// The filter of the request that removes a problem, regardless of the user.
    pub(super) fn removed_by(&self, problem: &Problem) -> Option<Rule> {
        let request = self.request;
        let (wanted, unwanted) = (request.topics(), request.excluded_topics());
        let about = |topics: &BTreeSet<Topic>| problem.topics.iter().any(|t| topics.contains(t));
        if !wanted.is_empty() && !about(wanted) {
            Some(Rule::Topics)
        } else if !unwanted.is_empty() && about(unwanted) {
            Some(Rule::ExcludedTopics)
        } else {
            let listed = request.excluded().contains(&problem.id);
            listed.then_some(Rule::Excluded)
        }
    }

    /// The rule on the user's history that removes a candidate.
    pub(super) fn kept_out_by(&self, candidate: &Candidate<'_>) -> Option<Rule> {
        let rules = self.request.eligibility();
        let ordinal = candidate.place.ordinal;
        let solved = match rules.solved() {
            SolvedRule::Exclude => self
                .facts
                .solved()
                .contains(ordinal)
                .then_some(Rule::Solved),
            SolvedRule::ExcludeWithin(time) => {
                let last = candidate.practice().last_solved_at();
                last.is_some_and(|at| self.now.saturating_since(at) < time)
                    .then_some(Rule::SolvedRecently)
            }
            SolvedRule::Allow => None,
        };
        solved
            .or_else(|| {
                let attempted = rules.excludes_attempted() && self.facts.seen().contains(ordinal);
                attempted.then_some(Rule::Attempted)
            })
            .or_else(|| self.kept_out_by_group(candidate))
    }

    /// The same for a review: the user's own history does not remove it.
    pub(super) fn kept_out_by_group(&self, candidate: &Candidate<'_>) -> Option<Rule> {
        let solved = self
            .facts
            .solved_by_group()
            .contains(candidate.place.ordinal);
        solved.then_some(Rule::Group)
    }

    /// The rule that removes a candidate because of the problems picked so far.
    pub(super) fn barred_by(&self, candidate: &Candidate<'_>) -> Option<Rule> {
        if self
            .picked
            .borrow()
            .ordinals
            .contains(&candidate.place.ordinal)
        {
            return Some(Rule::OtherPart);
        }
        // Without a cap the problem is not read.
        self.request.topic_cap()?;
        let mut topics = candidate.problem().topics.iter();
        let full = topics.any(|topic| self.is_full(topic));
        full.then_some(Rule::TopicCap)
    }

    /// Picks a candidate, unless the problems picked so far rule it out.
    pub(super) fn pick(&self, candidate: &Candidate<'_>) -> Result<(), Rule> {
        let place = candidate.place;
        let passes = self.sets().map(|sets| !sets.is_barred(&place));
        if passes != Some(true)
            && let Some(rule) = self.barred_by(candidate)
        {
            self.miss();
            return Err(rule);
        }
        {
            let mut picked = self.picked.borrow_mut();
            picked.ordinals.insert(place.ordinal);
            picked.uncounted.push(place);
        }
        if let Some(sets) = self.sets.get() {
            sets.borrow_mut().pick(&place);
            let topics = candidate.problem().topics.iter();
            let full = topics.filter(|topic| self.is_full(topic));
            full.for_each(|topic| sets.borrow_mut().close(topic));
        }
        Ok(())
    }

    /// Whether a topic has reached the cap.
    pub(super) fn is_full(&self, topic: &Topic) -> bool {
        let cap = self.request.topic_cap();
        cap.is_some_and(|cap| self.picked_of(topic) >= cap.get())
    }

    /// How many of the picked problems have a topic.
    pub(super) fn picked_of(&self, topic: &Topic) -> u16 {
        let mut picked = self.picked.borrow_mut();
        while let Some(place) = picked.uncounted.pop() {
            let problem = self.catalogue.at(&place);
            for topic in problem.iter().flat_map(|problem| &problem.topics) {
                *picked.by_topic.entry(topic.clone()).or_default() += 1;
            }
        }
        picked.by_topic.get(topic).copied().unwrap_or(0)
    }

    /// How many problems of each topic of the catalogue are solved, in the order of its topics.
    pub(super) fn solved_by_topic(&self) -> &[u64] {
        self.solved_by_topic.get_or_init(|| {
            let sets = self.catalogue.live_ordinals_by_topic().values();
            sets.map(|set| set.intersection_len(self.facts.solved()))
                .collect()
        })
    }

    pub(super) fn explains(&self) -> bool {
        self.looks.is_some()
    }

    /// Records that a candidate of a pool was looked at, and the rule that removes it, if one does.
    pub(super) fn note_look(&self, pool: u64, candidate: &Candidate<'_>, rule: Option<Rule>) {
        let ordinal = candidate.place.ordinal;
        self.note_looks(pool, |looks| looks.note_one(ordinal, rule));
    }

    /// Records that candidates of a pool were looked at, if this is an explanation.
    pub(super) fn note_looks(&self, pool: u64, note: impl FnOnce(&mut Looks)) {
        if let Some(looks) = &self.looks {
            note(looks.borrow_mut().entry(pool).or_default());
        }
    }

    /// The recorded results of a pool.
    pub(super) fn looks(&self, pool: u64) -> Looks {
        let looks = self.looks.as_ref();
        looks
            .and_then(|looks| looks.borrow_mut().remove(&pool))
            .unwrap_or_default()
    }

    /// The selection of these candidates.
    pub(super) fn selection(
        &self,
        candidates: &[Candidate<'_>],
        quota: PerDifficulty<u16>,
        parts: Vec<PartRecord>,
        open_slots: Vec<u16>,
    ) -> Selection {
        let solved =
            |candidate: &&Candidate<'_>| self.facts.solved().contains(candidate.place.ordinal);
        let mut taken = PerDifficulty::default();
        for candidate in candidates {
            taken[candidate.place.difficulty] += 1;
        }
        let id = |candidate: &Candidate<'_>| candidate.place.id;
        Selection {
            problems: candidates.iter().map(id).collect(),
            repeats: candidates.iter().filter(solved).map(id).collect(),
            record: SelectionRecord {
                algorithm: AlgorithmVersion::CURRENT,
                seed: self.seed,
                catalogue: self.catalogue.fingerprint(),
                method: SelectionMethod::of(self.request),
                asked: self.request.count().get(),
                quota,
                taken,
                parts,
                open_slots,
            },
        }
    }
}

/// How many candidates may fail before the sets are made. Making them costs about as much as reading that
/// many problems.
fn patience(catalogue: &Catalogue) -> u32 {
    const FEW: u32 = 64;
    const PROBLEMS_PER_LOOK: usize = 4_096;
    let many = u32::try_from(catalogue.problems().len() / PROBLEMS_PER_LOOK);
    many.map_or(u32::MAX, |many| many.saturating_add(FEW))
}
