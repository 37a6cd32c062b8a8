//! What a selection has been told so far, and what follows from it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::id::ProblemId;
use crate::model::{Practice, Solve, Topic};
use crate::select::rule::{Filter, Rule};
use crate::select::{Answer, Eligibility, Question, SolvedRule};
use crate::time::Timestamp;

/// What is known about one candidate.
#[derive(Debug, Default)]
struct Fact {
    solved: bool,
    solved_by_group: bool,
    practice: Practice,
}

/// What a candidate may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nobody has been asked about it.
    Unknown,
    /// This rule keeps it out.
    Removed(Rule),
    /// No rule does.
    Passes,
}

/// The answers so far.
#[derive(Debug)]
pub(super) struct Known<'c> {
    pub(super) filter: Filter<'c>,
    pub(super) now: Timestamp,
    /// Whether it takes more than which candidates are solved.
    asks_practice: bool,
    facts: HashMap<ProblemId, Fact>,
    solved_by_topic: Option<BTreeMap<Topic, u64>>,
    oldest_solves: Option<Vec<Solve>>,
    open: Vec<Question>,
}

impl<'c> Known<'c> {
    /// Nothing yet. `strategy_asks_practice` says whether a strategy needs to know what was done
    /// with its candidates; a rule may need it too.
    pub(super) fn new(filter: Filter<'c>, now: Timestamp, strategy_asks_practice: bool) -> Self {
        let rules = filter.request.eligibility();
        let asks_practice = strategy_asks_practice
            || rules.excludes_attempted()
            || matches!(rules.solved(), SolvedRule::ExcludeWithin(_));
        Self {
            filter,
            now,
            asks_practice,
            facts: HashMap::new(),
            solved_by_topic: None,
            oldest_solves: None,
            open: Vec::new(),
        }
    }

    fn rules(&self) -> &'c Eligibility {
        self.filter.request.eligibility()
    }

    /// Opens the questions about those of the candidates that nobody was asked about.
    pub(super) fn ask(&mut self, mut candidates: Vec<ProblemId>) {
        candidates.retain(|id| match self.facts.entry(*id) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(Fact::default());
                true
            }
        });
        if candidates.is_empty() {
            return;
        }
        if !self.rules().group().is_empty() {
            self.open.push(Question::SolvedByGroup(candidates.clone()));
        }
        self.open.push(if self.asks_practice {
            Question::Practice(candidates)
        } else {
            Question::Solved(candidates)
        });
    }

    pub(super) fn ask_solved_by_topic(&mut self) {
        if self.solved_by_topic.is_none() {
            self.open.push(Question::SolvedByTopic);
        }
    }

    pub(super) fn ask_oldest_solves(&mut self, limit: u32) {
        if self.oldest_solves.is_none() {
            self.open.push(Question::OldestSolves(limit));
        }
    }

    /// The questions that await an answer.
    pub(super) fn open(&self) -> &[Question] {
        &self.open
    }

    /// Takes the answer to an open question; any other is ignored.
    pub(super) fn answer(&mut self, answer: Answer) {
        let answers = |question: &Question| {
            matches!(
                (question, &answer),
                (Question::Solved(_), Answer::Solved(_))
                    | (Question::Practice(_), Answer::Practice(_))
                    | (Question::SolvedByGroup(_), Answer::SolvedByGroup(_))
                    | (Question::SolvedByTopic, Answer::SolvedByTopic(_))
                    | (Question::OldestSolves(_), Answer::OldestSolves(_))
            )
        };
        let Some(place) = self.open.iter().position(answers) else {
            return;
        };
        self.open.remove(place);
        match answer {
            Answer::Solved(solved) => self.note(solved, |fact| fact.solved = true),
            Answer::SolvedByGroup(solved) => self.note(solved, |fact| fact.solved_by_group = true),
            Answer::Practice(practice) => {
                for (id, practice) in practice {
                    if let Some(fact) = self.facts.get_mut(&id) {
                        fact.solved = practice.solved_at.is_some();
                        fact.practice = practice;
                    }
                }
            }
            Answer::SolvedByTopic(solved) => self.solved_by_topic = Some(solved),
            Answer::OldestSolves(solves) => self.oldest_solves = Some(solves),
        }
    }

    fn note(&mut self, ids: HashSet<ProblemId>, what: impl Fn(&mut Fact)) {
        for id in ids {
            if let Some(fact) = self.facts.get_mut(&id) {
                what(fact);
            }
        }
    }

    /// Whether the rules about what was done keep a candidate out.
    pub(super) fn verdict(&self, id: ProblemId) -> Verdict {
        let Some(fact) = self.facts.get(&id) else {
            return Verdict::Unknown;
        };
        let removed = match self.rules().solved() {
            SolvedRule::Exclude => fact.solved.then_some(Rule::Solved),
            SolvedRule::ExcludeWithin(time) => {
                let last = fact.practice.last_solved_at();
                last.is_some_and(|at| self.now.saturating_since(at) < time)
                    .then_some(Rule::SolvedRecently)
            }
            SolvedRule::Allow => None,
        };
        if let Some(rule) = removed {
            Verdict::Removed(rule)
        } else if self.rules().excludes_attempted() && fact.practice.met() > 0 {
            Verdict::Removed(Rule::Attempted)
        } else if fact.solved_by_group {
            Verdict::Removed(Rule::Group)
        } else {
            Verdict::Passes
        }
    }

    /// The same for a problem that is to be solved again: what the user did with it is no reason
    /// against it.
    pub(super) fn review_verdict(&self, id: ProblemId) -> Verdict {
        match self.facts.get(&id) {
            None => Verdict::Unknown,
            Some(fact) if fact.solved_by_group => Verdict::Removed(Rule::Group),
            Some(_) => Verdict::Passes,
        }
    }

    /// Whether somebody was asked about a candidate.
    pub(super) fn is_known(&self, id: ProblemId) -> bool {
        self.facts.contains_key(&id)
    }

    pub(super) fn is_solved(&self, id: ProblemId) -> bool {
        self.facts.get(&id).is_some_and(|fact| fact.solved)
    }

    pub(super) fn practice(&self, id: ProblemId) -> Option<&Practice> {
        self.facts.get(&id).map(|fact| &fact.practice)
    }

    pub(super) fn solved_of(&self, topic: &Topic) -> u64 {
        let solved = self.solved_by_topic.as_ref();
        solved
            .and_then(|solved| solved.get(topic).copied())
            .unwrap_or(0)
    }

    pub(super) fn solved_by_topic(&self) -> Option<&BTreeMap<Topic, u64>> {
        self.solved_by_topic.as_ref()
    }

    pub(super) fn oldest_solves(&self) -> &[Solve] {
        self.oldest_solves.as_deref().unwrap_or_default()
    }
}
