//! What users did, noted by the tests themselves, and what the rules make of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use contest_core::model::{Encounter, Practice, Solve};
use contest_core::prelude::*;
use contest_core::select::{Answer, Question, ReviewOptions, Rule, Strategy as Picking, due};

use super::world::ME;
use crate::support::user;

/// What was done. No store was asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    practice: HashMap<ProblemId, Practice>,
    members: HashMap<UserId, HashSet<ProblemId>>,
}

impl Facts {
    /// Somebody solves a problem; only the first time counts.
    pub(crate) fn solve(&mut self, who: u128, problem: ProblemId, at: Timestamp) {
        self.members.entry(user(who)).or_default().insert(problem);
        if who == ME {
            let practice = self.practice.entry(problem).or_default();
            practice.solved_at = practice.solved_at.or(Some(at));
        }
    }

    /// A contest of the user has a problem.
    pub(super) fn meet(
        &mut self,
        contest: &Contest,
        problem: ProblemId,
        completed_at: Option<Timestamp>,
    ) {
        if let Some(at) = completed_at {
            self.solve(ME, problem, at);
        }
        let practice = self.practice.entry(problem).or_default();
        practice.encounters.push(Encounter {
            contest: contest.id,
            at: contest.started_at,
            completed_at,
        });
    }

    /// The user begins anew.
    pub(super) fn reset(&mut self) {
        self.practice.clear();
        self.members.remove(&user(ME));
    }

    pub(crate) fn of(&self, problem: ProblemId) -> Practice {
        self.practice.get(&problem).cloned().unwrap_or_default()
    }

    pub(crate) fn is_solved(&self, problem: ProblemId) -> bool {
        self.of(problem).solved_at.is_some()
    }

    /// The first rule that keeps a problem out, of those that need nothing but the catalogue.
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

    /// The first rule that keeps a problem out, of those about what users did.
    pub(crate) fn kept_out_by_deeds(
        &self,
        problem: ProblemId,
        request: &SelectionRequest,
        now: Timestamp,
    ) -> Option<Rule> {
        let rules = request.eligibility();
        let practice = self.of(problem);
        let marks = practice.encounters.iter().filter_map(|e| e.completed_at);
        let last = marks.chain(practice.solved_at).max();
        let group = rules.group().iter();
        let mut group = group.filter_map(|member| self.members.get(member));
        let by_own_solve = match rules.solved() {
            SolvedRule::Exclude => practice.solved_at.map(|_| Rule::Solved),
            SolvedRule::ExcludeWithin(time) => {
                let recently = last.is_some_and(|at| at + time > now);
                recently.then_some(Rule::SolvedRecently)
            }
            _ => None,
        };
        if by_own_solve.is_some() {
            by_own_solve
        } else if rules.excludes_attempted() && !practice.encounters.is_empty() {
            Some(Rule::Attempted)
        } else {
            group
                .any(|solved| solved.contains(&problem))
                .then_some(Rule::Group)
        }
    }

    /// The problems that may be selected, found the slow way. A cap per topic is not looked at.
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

    /// What is due for review, the most urgent first, without what the other rules keep out.
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
            if let Some(overdue) = due(&self.of(id), now, options).filter(|_| self.is_solved(id)) {
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

    /// What a store would answer.
    pub(crate) fn answer(
        &self,
        catalogue: &Catalogue,
        request: &SelectionRequest,
        question: &Question,
    ) -> Answer {
        match question {
            Question::Solved(ids) => {
                let solved = ids.iter().filter(|id| self.is_solved(**id));
                Answer::Solved(solved.copied().collect())
            }
            Question::Practice(ids) => {
                let known = |id: &ProblemId| Some((*id, self.practice.get(id)?.clone()));
                Answer::Practice(ids.iter().filter_map(known).collect())
            }
            Question::SolvedByGroup(ids) => {
                let group = request.eligibility().group().iter();
                let solved: HashSet<_> = group
                    .filter_map(|m| self.members.get(m))
                    .flatten()
                    .collect();
                Answer::SolvedByGroup(
                    ids.iter()
                        .filter(|id| solved.contains(id))
                        .copied()
                        .collect(),
                )
            }
            Question::SolvedByTopic => {
                let topics = catalogue.topics();
                let counts =
                    topics.map(|(topic, _)| (topic.clone(), self.solved_of(catalogue, topic)));
                Answer::SolvedByTopic(counts.collect::<BTreeMap<_, _>>())
            }
            Question::OldestSolves(limit) => Answer::OldestSolves(self.oldest(*limit as usize)),
            other => panic!("{other:?}"),
        }
    }

    fn oldest(&self, limit: usize) -> Vec<Solve> {
        let solve = |(id, practice): (&ProblemId, &Practice)| {
            Some(Solve {
                problem: *id,
                solved_at: practice.solved_at?,
                contest: None,
            })
        };
        let mut solves: Vec<_> = self.practice.iter().filter_map(solve).collect();
        solves.sort_unstable_by_key(|solve| (solve.solved_at, solve.problem));
        solves.truncate(limit);
        solves
    }
}
