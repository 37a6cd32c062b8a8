//! The state of one selection, shared by everything that takes part in it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::catalogue::Catalogue;
use crate::catalogue::pools::{Place, Pool, Pools};
use crate::model::{Difficulty, PerDifficulty, Problem, Topic};
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
    /// The pools in which no problem passes the rules. More picks only remove more, so later parts skip
    /// these pools.
    exhausted: RefCell<HashSet<PoolKey>>,
    /// The pools of several requested topics, merged by difficulty.
    joined: PerDifficulty<OnceCell<Vec<u32>>>,
    /// In the order of the catalogue's topics.
    solved_by_topic: OnceCell<Vec<u64>>,
    /// Each candidate's result, by the number of its pool. `None` unless explaining.
    looks: Option<RefCell<BTreeMap<u64, Looks>>>,
}

/// A pool that several parts may draw from: a difficulty, and the index of a topic if limited to one.
pub(super) type PoolKey = (Difficulty, Option<u64>);

/// The candidates of one pool, by ordinal, each with the first rule that removed it.
pub(super) type Looks = HashMap<u32, Option<Rule>>;

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
        Self {
            catalogue,
            request,
            seed,
            now,
            facts,
            filters: topics || !request.excluded().is_empty(),
            picked: RefCell::default(),
            exhausted: RefCell::default(),
            joined: PerDifficulty::default(),
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
        if let Some(rule) = self.barred_by(candidate) {
            return Err(rule);
        }
        let mut picked = self.picked.borrow_mut();
        picked.ordinals.insert(candidate.place.ordinal);
        picked.uncounted.push(candidate.place);
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

    /// Whether a pool can be skipped because no problem in it passes. An explanation reads it anyway,
    /// to report the rules.
    pub(super) fn is_exhausted(&self, pool: PoolKey) -> bool {
        self.looks.is_none() && self.exhausted.borrow().contains(&pool)
    }

    /// Records that no problem of a pool passes.
    pub(super) fn note_exhausted(&self, pool: PoolKey) {
        self.exhausted.borrow_mut().insert(pool);
    }

    pub(super) fn explains(&self) -> bool {
        self.looks.is_some()
    }

    /// Records that a candidate of a pool was looked at, and the rule that removes it, if one does.
    pub(super) fn note_look(&self, pool: u64, candidate: &Candidate<'_>, rule: Option<Rule>) {
        if let Some(looks) = &self.looks {
            let mut looks = looks.borrow_mut();
            let looks = looks.entry(pool).or_default();
            let noted = looks.entry(candidate.place.ordinal).or_default();
            *noted = noted.or(rule);
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
