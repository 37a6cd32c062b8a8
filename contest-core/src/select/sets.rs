//! The problems of a selection as sets.
//!
//! A selection that finds little would read the whole catalogue again for every part. With these sets a
//! candidate that does not pass costs a look-up, and a pool without any candidate is not read at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::pools::Place;
use crate::catalogue::{Catalogue, OrdinalSet};
use crate::id::ProblemId;
use crate::model::{Difficulty, PerDifficulty, Topic};
use crate::select::context::Context;
use crate::select::{Facts, Rule, SelectionRequest, SolvedRule};
use crate::time::Timestamp;

/// The problems that the filters and rules of a request leave, as sets of ordinals.
#[derive(Debug)]
pub(super) struct Sets<'a> {
    catalogue: &'a Catalogue,
    filters: Filters,
    /// The problems that pass the filters of the request.
    offered: PerDifficulty<OrdinalSet>,
    /// The offered problems that may still be picked.
    open: PerDifficulty<OrdinalSet>,
    /// The problems that those picked so far rule out, themselves included.
    barred: OrdinalSet,
    /// How often `open` has changed.
    changes: u64,
}

/// The filters of a request, regardless of the user.
#[derive(Debug)]
struct Filters {
    /// The problems with a requested topic; `None` if any topic will do.
    wanted: Option<OrdinalSet>,
    unwanted: OrdinalSet,
    excluded: OrdinalSet,
}

impl<'a> Sets<'a> {
    /// The sets before anything is picked.
    pub(super) fn new(
        catalogue: &'a Catalogue,
        request: &SelectionRequest,
        facts: &Facts,
        now: Timestamp,
    ) -> Self {
        let filters = Filters::new(catalogue, request);
        let live = catalogue.live_ordinals();
        let offered = PerDifficulty::from_fn(|d| filters.apply(live[d], &mut BTreeMap::new()));
        let kept_out = rules_on_history(request, facts, now);
        let open = offered.as_ref().map(|set| {
            let mut open = set.clone();
            for (_, set) in &kept_out {
                open.subtract(set);
            }
            open
        });
        Self {
            catalogue,
            filters,
            offered,
            open,
            barred: OrdinalSet::default(),
            changes: 0,
        }
    }

    pub(super) fn is_offered(&self, place: &Place) -> bool {
        self.offered[place.difficulty].contains(place.ordinal)
    }

    pub(super) fn is_open(&self, place: &Place) -> bool {
        self.open[place.difficulty].contains(place.ordinal)
    }

    pub(super) fn is_barred(&self, place: &Place) -> bool {
        self.barred.contains(place.ordinal)
    }

    /// A number that grows whenever a problem stops being open.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// The open problems of a difficulty.
    pub(super) fn open(&self, difficulty: Difficulty) -> &OrdinalSet {
        &self.open[difficulty]
    }

    /// The offered problems of a difficulty, or of all.
    pub(super) fn offered(&self, difficulty: Option<Difficulty>) -> OrdinalSet {
        match difficulty {
            Some(difficulty) => self.offered[difficulty].clone(),
            None => union(Difficulty::ALL.iter().map(|d| &self.offered[*d])),
        }
    }

    /// The problems that are not retired, by the filter that removes them; the second are those that
    /// none removes.
    pub(super) fn removed(&self, difficulty: Option<Difficulty>) -> (u64, BTreeMap<Rule, u64>) {
        let live = self.catalogue.live_ordinals();
        let (mut pool, mut removed) = (0, BTreeMap::new());
        for each in Difficulty::ALL {
            if difficulty.is_none_or(|difficulty| difficulty == each) {
                pool += live[each].len();
                self.filters.apply(live[each], &mut removed);
            }
        }
        (pool, removed)
    }

    /// Notes that a problem was picked.
    pub(super) fn pick(&mut self, place: &Place) {
        self.open[place.difficulty].remove(place.ordinal);
        self.barred.insert(place.ordinal);
        self.changes += 1;
    }

    /// Notes that a topic has reached the cap.
    pub(super) fn close(&mut self, topic: &Topic) {
        let Some(of_topic) = self.catalogue.live_ordinals_by_topic().get(topic) else {
            return;
        };
        for difficulty in Difficulty::ALL {
            self.open[difficulty].subtract(of_topic);
        }
        self.barred.union_with(of_topic);
        self.changes += 1;
    }
}

impl Filters {
    fn new(catalogue: &Catalogue, request: &SelectionRequest) -> Self {
        let about = |topics: &BTreeSet<Topic>| about(catalogue, topics);
        let ordinal = |id: &ProblemId| catalogue.ordinal(*id);
        let wanted = request.topics();
        Self {
            wanted: (!wanted.is_empty()).then(|| about(wanted)),
            unwanted: about(request.excluded_topics()),
            excluded: request.excluded().iter().filter_map(ordinal).collect(),
        }
    }

    /// The problems that pass. Adds how many each filter removes.
    fn apply(&self, live: &OrdinalSet, removed: &mut BTreeMap<Rule, u64>) -> OrdinalSet {
        let mut left = live.clone();
        let mut step = |rule, before: u64, left: &OrdinalSet| {
            if before > left.len() {
                *removed.entry(rule).or_default() += before - left.len();
            }
        };
        if let Some(wanted) = &self.wanted {
            left.intersect_with(wanted);
            step(Rule::Topics, live.len(), &left);
        }
        for (rule, set) in [
            (Rule::ExcludedTopics, &self.unwanted),
            (Rule::Excluded, &self.excluded),
        ] {
            let before = left.len();
            left.subtract(set);
            step(rule, before, &left);
        }
        left
    }
}

/// The problems with at least one of these topics.
pub(super) fn about(catalogue: &Catalogue, topics: &BTreeSet<Topic>) -> OrdinalSet {
    let by_topic = catalogue.live_ordinals_by_topic();
    union(topics.iter().filter_map(|topic| by_topic.get(topic)))
}

fn union<'s>(sets: impl Iterator<Item = &'s OrdinalSet>) -> OrdinalSet {
    sets.fold(OrdinalSet::default(), |mut all, set| {
        all.union_with(set);
        all
    })
}

/// The problems that each rule on the user's history keeps out, in the order of the rules.
fn rules_on_history(
    request: &SelectionRequest,
    facts: &Facts,
    now: Timestamp,
) -> Vec<(Rule, OrdinalSet)> {
    let rules = request.eligibility();
    let mut sets = Vec::new();
    match rules.solved() {
        SolvedRule::Exclude => sets.push((Rule::Solved, facts.solved().clone())),
        SolvedRule::ExcludeWithin(time) => {
            sets.push((Rule::SolvedRecently, facts.solved_within(time, now)));
        }
        SolvedRule::Allow => {}
    }
    if rules.excludes_attempted() {
        sets.push((Rule::Attempted, facts.seen().clone()));
    }
    sets.push((Rule::Group, facts.solved_by_group().clone()));
    sets
}

/// The candidates of one pool that were looked at, for an explanation.
#[derive(Debug, Default)]
pub(super) struct Looks {
    pub(super) at: OrdinalSet,
    /// Those that were not eligible, by the first rule that removed them.
    pub(super) passed_over: BTreeMap<Rule, OrdinalSet>,
}

impl Looks {
    /// Adds candidates that a rule removes, or that no rule removes.
    pub(super) fn note(&mut self, candidates: &OrdinalSet, rule: Option<Rule>) {
        self.at.union_with(candidates);
        if let Some(rule) = rule {
            let mut new = candidates.clone();
            self.passed_over.values().for_each(|set| new.subtract(set));
            if !new.is_empty() {
                self.passed_over.entry(rule).or_default().union_with(&new);
            }
        }
    }

    /// Adds one candidate.
    pub(super) fn note_one(&mut self, ordinal: u32, rule: Option<Rule>) {
        self.at.insert(ordinal);
        let noted = self.passed_over.values().any(|set| set.contains(ordinal));
        if let Some(rule) = rule.filter(|_| !noted) {
            self.passed_over.entry(rule).or_default().insert(ordinal);
        }
    }

    /// Adds candidates that do not pass, each under the first rule that applies.
    pub(super) fn note_passed_over(&mut self, mut candidates: OrdinalSet, context: &Context<'_>) {
        let rules = rules_on_history(context.request, context.facts, context.now);
        let picked = (Rule::OtherPart, context.picked());
        for (rule, set) in rules.into_iter().chain([picked]) {
            let mut removed = candidates.clone();
            removed.intersect_with(&set);
            candidates.subtract(&removed);
            self.note(&removed, Some(rule));
        }
        self.note(&candidates, Some(Rule::TopicCap));
    }
}
