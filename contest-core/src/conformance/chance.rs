//! Steps that chance makes up.

use std::time::Duration;

use crate::conformance::dice::Dice;
use crate::conformance::failure::Outcome;
use crate::conformance::fixtures::{HOUR, START, catalogue_of, unknown_problem};
use crate::conformance::oracle::Oracle;
use crate::conformance::scene::Scene;
use crate::conformance::step::Step;
use crate::id::ContestId;
use crate::lifecycle::LatePolicy;
use crate::model::{ContestRecord, ContestStatus, Difficulty, NewSolve, Problem};
use crate::store::{FinishKind, Mark, NewContest};
use crate::time::Timestamp;

/// Makes up steps as time goes by.
pub(super) struct Chance {
    dice: Dice,
    /// The time of the latest step.
    pub(super) now: Timestamp,
    /// The latest contest it made up, created or not.
    contest: Option<ContestId>,
    made: u64,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            now: START,
            contest: None,
            made: 0,
        }
    }

    /// One of two.
    pub(super) fn toss(&self) -> usize {
        usize::from(self.dice.below(2) == 1)
    }

    /// The next thing to do.
    pub(super) fn next_step(&mut self, scene: &Scene<'_>, oracle: &Oracle) -> Outcome<Step> {
        // Up to six minutes, so that a contest of an hour sometimes ends by itself.
        self.now = self.now + Duration::from_micros(1 + self.dice.below(360_000_000));
        let latest = oracle.contests().into_iter().next();
        self.contest = latest.as_ref().map(|contest| contest.id).or(self.contest);
        if let Some(step) = latest.and_then(|latest| self.rare(scene, &latest, oracle)) {
            return Ok(step);
        }
        let creations = if oracle.is_busy(self.now) { 2 } else { 14 };
        let Some(contest) = self.contest.filter(|_| self.dice.below(20) >= creations) else {
            return self.creation(scene, oracle);
        };
        match self.dice.below(20) {
            0..12 => Ok(self.marking(scene, oracle, contest)),
            12..14 => Ok(self.ending(contest)),
            14..18 => Ok(self.recording(scene)),
            _ => self.publication(oracle),
        }
    }

    /// What happens once in a while: a late mark, extra time, a resumption, a reset.
    fn rare(&self, scene: &Scene<'_>, latest: &ContestRecord, oracle: &Oracle) -> Option<Step> {
        let now = self.now;
        let late = latest.status(now) == ContestStatus::Expired;
        if late && latest.check_marking(now).is_ok() && self.dice.below(4) > 0 {
            return Some(self.marking(scene, oracle, latest.id));
        }
        let abandoned = latest.status(now) == ContestStatus::Abandoned;
        match self.dice.below(if abandoned { 30 } else { 80 }) {
            // Mostly the latest, sometimes any.
            0..10 => {
                let all = oracle.contests();
                let ids: Vec<_> = all.iter().map(|contest| contest.id).collect();
                let any = self.dice.pick(&ids).filter(|_| self.dice.below(3) == 0);
                let contest = any.unwrap_or(latest.id);
                Some(Step::Resume { contest, now })
            }
            10..16 => {
                // An hour around the deadline, so that some are earlier.
                let around = Duration::from_micros(self.dice.below(3_600_000_000));
                let micros = latest.deadline.as_micros() - 1_800_000_000;
                Some(Step::Extend {
                    contest: latest.id,
                    deadline: Timestamp::from_micros(micros) + around,
                    now,
                })
            }
            16..20 => Some(Step::Reset { now }),
            _ => None,
        }
    }

    fn creation(&mut self, scene: &Scene<'_>, oracle: &Oracle) -> Outcome<Step> {
        self.made += 1;
        // Mostly of problems that can be used, sometimes of any, and of one that does not exist.
        let usable = oracle.usable(&scene.problems);
        let any = self.dice.below(5) == 0 || usable.is_empty();
        let from = if any { &scene.problems } else { &usable };
        let mut problems = self.dice.some(from, 6);
        if problems.is_empty() {
            problems.extend(self.dice.pick(from));
        }
        if self.dice.below(20) == 0 {
            problems.push(unknown_problem(self.made));
        }
        // Sometimes some that are solved, to be repeated.
        let solved: Vec<_> = oracle.solved().into_iter().collect();
        let mut repeats = Vec::new();
        if self.dice.below(3) == 0 && !solved.is_empty() {
            repeats = self.dice.some(&solved, 3);
            problems.retain(|id| !repeats.contains(id));
            problems.extend(&repeats);
        }
        let plain = scene.contest(self.now, &scene.problems)?;
        self.contest = Some(plain.id);
        let late = [LatePolicy::Reject, LatePolicy::AcceptFor(HOUR / 2)];
        let length = self.dice.pick(&[HOUR, HOUR / 6]).unwrap_or(HOUR);
        Ok(Step::Create(NewContest {
            problems,
            repeats: repeats.into_iter().collect(),
            deadline: self.now + length,
            late_policy: self.dice.pick(&late).unwrap_or_default(),
            ..plain
        }))
    }

    fn marking(&self, scene: &Scene<'_>, oracle: &Oracle, contest: ContestId) -> Step {
        let contests = oracle.contests();
        let latest = contests.first().into_iter().flat_map(|c| &c.problems);
        let own: Vec<_> = latest.map(|assigned| assigned.problem).collect();
        // Mostly a problem of the contest, sometimes any.
        let any = self.dice.below(8) == 0 || own.is_empty();
        let problems = if any { &scene.problems } else { &own };
        Step::Mark {
            contest,
            problem: self
                .dice
                .pick(problems)
                .unwrap_or_else(|| unknown_problem(0)),
            mark: self
                .dice
                .pick(&[Mark::Solved, Mark::Solved, Mark::Unsolved])
                .unwrap_or(Mark::Solved),
            now: self.now,
        }
    }

    fn ending(&self, contest: ContestId) -> Step {
        let kinds = [FinishKind::Complete, FinishKind::Abandon];
        Step::Finish {
            contest,
            kind: self.dice.pick(&kinds).unwrap_or(FinishKind::Complete),
            now: self.now,
        }
    }

    /// Solves of now, or imported ones of any time since the start.
    fn recording(&self, scene: &Scene<'_>) -> Step {
        let ago = self.now.as_micros() - START.as_micros();
        let at = match self.dice.below(3) {
            0 => START + Duration::from_micros(self.dice.below(ago.unsigned_abs())),
            _ => self.now,
        };
        let problems = self.dice.some(&scene.problems, 2);
        let solves = problems.into_iter().map(|id| NewSolve::new(id, at));
        let mut solves: Vec<_> = solves.collect();
        if self.dice.below(5) == 0 {
            solves.push(NewSolve::new(unknown_problem(1), at));
        }
        Step::Record(solves)
    }

    /// Changes about a third of the problems: another difficulty, fewer topics, retired or back in
    /// use, or left out.
    fn publication(&self, oracle: &Oracle) -> Outcome<Step> {
        let problems = oracle.catalogue.problems().iter();
        let published = catalogue_of(problems.filter_map(|problem| {
            let mut problem = Problem::clone(problem);
            match self.dice.below(12) {
                0 => problem.difficulty = self.dice.pick(&Difficulty::ALL)?,
                1 => problem.topics.truncate(1),
                2 | 3 => problem.retired = !problem.retired,
                4 => return None,
                _ => {}
            }
            Some(problem)
        }))?;
        Ok(Step::Publish(published))
    }
}
