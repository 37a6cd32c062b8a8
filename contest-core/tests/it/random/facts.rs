//! The users' history, recorded by the tests themselves, and a simple implementation of the rules.

use std::collections::{BTreeSet, HashMap, HashSet};

use contest_core::catalogue::OrdinalSet;
use contest_core::prelude::*;
use contest_core::select::{
    self, Encounter, Practice, ReviewOptions, Rule, Strategy as Picking, due,
};
use contest_core::user::{AttemptKey, AttemptRecord, ContestRecord, EndingKind, UserRecord};

use super::world::ME;
use crate::support::user;

/// The history, without asking the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    solves: BTreeSet<AttemptKey>,
    contests: Vec<ContestRecord>,
    members: HashMap<UserId, HashSet<ProblemId>>,
}

/// The history with one problem: an owned [`Practice`].
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Deeds {
    solved_at: Vec<Timestamp>,
    encounters: Vec<Encounter>,
}

impl Deeds {
    fn practice(&self) -> Practice<'_> {
        Practice {
            solved_at: &self.solved_at,
            encounters: &self.encounters,
        }
    }
}

impl From<Practice<'_>> for Deeds {
    fn from(practice: Practice<'_>) -> Self {
        Self {
            solved_at: practice.solved_at.to_vec(),
            encounters: practice.encounters.to_vec(),
        }
    }
}

impl Facts {
    /// A user solves a problem, outside of contests.
    pub(crate) fn solve(&mut self, who: u128, problem: ProblemId, at: Timestamp) {
        self.members.entry(user(who)).or_default().insert(problem);
        if who == ME {
            let solve = AttemptRecord::tick(problem, at, None, 0);
            self.solves.insert(solve.key());
        }
    }

    /// The user has had a contest.
    pub(super) fn meet(&mut self, contest: ContestRecord) {
        for assigned in &contest.problems {
            if let Some(mark) = assigned.mark {
                let problem = assigned.problem;
                self.members.entry(user(ME)).or_default().insert(problem);
                let solve = AttemptRecord::tick(problem, mark.at, Some(contest.id), 0);
                self.solves.insert(solve.key());
            }
        }
        self.contests.push(contest);
    }

    /// The user resets progress.
    pub(super) fn reset(&mut self) {
        self.solves.clear();
        self.contests.clear();
        self.members.remove(&user(ME));
    }

    pub(crate) fn of(&self, problem: ProblemId) -> Deeds {
        let solves = self.solves.iter().filter(|solve| solve.problem == problem);
        let encounters = self.contests.iter().filter_map(|contest| {
            let mut problems = contest.problems.iter();
            let assigned = problems.find(|assigned| assigned.problem == problem)?;
            let mut marks = contest.problems.iter().filter_map(|each| each.mark);
            let kind = contest.ending.map(|ending| ending.kind);
            Some(Encounter {
                started_at: contest.started_at,
                contest: contest.id,
                marked_at: assigned.mark.map(|mark| mark.at),
                untouched: kind == Some(EndingKind::Abandoned) && marks.next().is_none(),
            })
        });
        Deeds {
            solved_at: solves.map(|solve| solve.at).collect(),
            encounters: encounters.collect(),
        }
    }

    pub(crate) fn is_solved(&self, problem: ProblemId) -> bool {
        let solved = self.members.get(&user(ME));
        solved.is_some_and(|solved| solved.contains(&problem))
    }

    /// The first rule that removes a problem, of those that need only the catalogue.
    pub(crate) fn kept_out_by_catalogue(
        problem: &Problem,
        request: &SelectionRequest,
    ) -> Option<Rule> {
        let has = |topics: &BTreeSet<Topic>| problem.topics.iter().any(|t| topics.contains(t));
        let outside = match request.strategy() {
            Picking::RatingBand(band) => !problem
                .rating
                .is_some_and(|rating| band.ratings().contains(&rating)),
            _ => false,
        };
        if !request.topics().is_empty() && !has(request.topics()) {
            Some(Rule::Topics)
        } else if has(request.excluded_topics()) {
            Some(Rule::ExcludedTopics)
        } else if request.excluded().contains(&problem.id) {
            Some(Rule::Excluded)
        } else {
            outside.then_some(Rule::Level)
        }
    }

    /// The first rule that removes a problem, of those on the users' history.
    pub(crate) fn kept_out_by_deeds(
        &self,
        problem: ProblemId,
        request: &SelectionRequest,
        now: Timestamp,
    ) -> Option<Rule> {
        let rules = request.eligibility();
        let deeds = self.of(problem);
        let last = deeds.solved_at.iter().copied().max();
        let group = rules.group().iter();
        let mut group = group.filter_map(|member| self.members.get(member));
        let by_own_solve = match rules.solved() {
            SolvedRule::Exclude => last.map(|_| Rule::Solved),
            SolvedRule::ExcludeWithin(time) => {
                let recently = last.is_some_and(|at| at + time > now);
                recently.then_some(Rule::SolvedRecently)
            }
            _ => None,
        };
        if by_own_solve.is_some() {
            by_own_solve
        } else if rules.excludes_attempted() && !deeds.encounters.is_empty() {
            Some(Rule::Attempted)
        } else {
            group
                .any(|solved| solved.contains(&problem))
                .then_some(Rule::Group)
        }
    }

    /// The problems that may be selected, by exhaustive search, ignoring a cap per topic.
    pub(crate) fn eligible(
        &self,
        catalogue: &Catalogue,
        request: &SelectionRequest,
        now: Timestamp,
    ) -> BTreeSet<ProblemId> {
        let passes = |problem: &Problem| {
            !problem.retired
                && Self::kept_out_by_catalogue(problem, request).is_none()
                && self.kept_out_by_deeds(problem.id, request, now).is_none()
        };
        let problems = catalogue.problems().iter();
        problems.filter(|p| passes(p)).map(|p| p.id).collect()
    }

    /// The problems due for review, the most urgent first, without those that other rules remove.
    pub(crate) fn due(
        &self,
        catalogue: &Catalogue,
        request: &SelectionRequest,
        options: ReviewOptions,
        now: Timestamp,
    ) -> Vec<ProblemId> {
        let whatever_was_done = Eligibility::default()
            .with_solved(SolvedRule::Allow)
            .with_group(request.eligibility().group().iter().copied());
        let request = request.clone().with_eligibility(whatever_was_done);
        let mut all = Vec::new();
        for id in self.eligible(catalogue, &request, now) {
            if let Some(overdue) = due(&self.of(id).practice(), now, options) {
                all.push((overdue.retrievability, overdue.last_reviewed_at, id));
            }
        }
        all.sort_unstable();
        all.into_iter().map(|(_, _, id)| id).collect()
    }

    /// How many problems of a topic are solved, of those in use.
    pub(crate) fn solved_of(&self, catalogue: &Catalogue, topic: &Topic) -> u64 {
        let solved = |p: &&std::sync::Arc<Problem>| {
            !p.retired && p.topics.contains(topic) && self.is_solved(p.id)
        };
        catalogue.problems().iter().filter(solved).count() as u64
    }

    /// How many problems of a topic are in use.
    pub(crate) fn total_of(catalogue: &Catalogue, topic: &Topic) -> u64 {
        let problems = catalogue.problems().iter();
        let of = |p: &&std::sync::Arc<Problem>| !p.retired && p.topics.contains(topic);
        problems.filter(of).count() as u64
    }

    /// The same as an input for a selection.
    pub(crate) fn known(&self, catalogue: &Catalogue, request: &SelectionRequest) -> select::Facts {
        let mut record = UserRecord::new();
        record.solved = set(catalogue, self.solves.iter().map(|solve| solve.problem));
        let had = self.contests.iter().flat_map(|contest| &contest.problems);
        record.seen = set(catalogue, had.map(|assigned| assigned.problem));
        let log = self
            .solves
            .iter()
            .map(|solve| AttemptRecord::tick(solve.problem, solve.at, solve.contest, 0));
        let members = request.eligibility().group().iter();
        let group = members.filter_map(|member| self.members.get(member));
        let group = group.map(|solved| set(catalogue, solved.iter().copied()));
        select::Facts::of(Some(&record), catalogue)
            .with_log(&log.collect::<Vec<_>>(), catalogue)
            .with_contests(&self.contests, catalogue)
            .with_group(&group.collect::<Vec<_>>())
    }
}

fn set(catalogue: &Catalogue, problems: impl Iterator<Item = ProblemId>) -> OrdinalSet {
    problems.map(|id| catalogue.ordinal(id).unwrap()).collect()
}
