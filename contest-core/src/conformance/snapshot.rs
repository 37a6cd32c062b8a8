//! Everything a store shows of a user, and whether it fits together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::catalogue::Catalogue;
use crate::conformance::actor::Actor;
use crate::conformance::failure::{Failure, Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::minute;
use crate::id::{ContestId, ProblemId};
use crate::model::{
    ContestCounts, ContestRecord, ContestStatus, Encounter, Epoch, PerDifficulty, Practice, Solve,
    SolveEvent, SolveEventKind, Topic,
};
use crate::time::Timestamp;

/// How often a snapshot is taken again before it counts as never settling. One call that was
/// dropped can disturb two.
const ATTEMPTS: u32 = 10;

/// What every read says about a user at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) contests: Vec<ContestRecord>,
    pub(super) active: Option<ContestId>,
    pub(super) contest_counts: ContestCounts,
    pub(super) solved: BTreeSet<ProblemId>,
    pub(super) by_difficulty: PerDifficulty<u64>,
    /// Without zeros, which a store may leave out.
    pub(super) by_topic: BTreeMap<Topic, u64>,
    pub(super) in_interval: u64,
    pub(super) history: Vec<SolveEvent>,
    pub(super) epoch: Epoch,
    pub(super) practice: HashMap<ProblemId, Practice>,
    /// The current solves, oldest first.
    pub(super) solves: Vec<Solve>,
}

impl Snapshot {
    /// Reads everything, one call after the other: exact as long as nothing changes meanwhile.
    pub(super) async fn take(
        actor: Actor<'_>,
        problems: &[ProblemId],
        now: Timestamp,
    ) -> Outcome<Self> {
        let solved = actor.solved(problems).await?.into_iter().collect();
        let contests = actor.contests(None, u32::MAX).await?;
        let by_topic = actor.by_topic().await?;
        Ok(Self {
            contests,
            active: actor.active(now).await?,
            contest_counts: actor.contest_counts(now).await?,
            solved,
            by_difficulty: actor.by_difficulty().await?,
            by_topic,
            in_interval: actor.solves_between(minute(-YEARS), minute(YEARS)).await?,
            history: actor.history().await?,
            epoch: actor.epoch().await?,
            practice: actor.practice(problems).await?,
            solves: actor.solves(None, u32::MAX).await?,
        })
    }

    /// Reads everything until two readings agree. A step that lands while the first is taken shows
    /// in the second, so that what is returned was true at one instant.
    pub(super) async fn settled(
        actor: Actor<'_>,
        problems: &[ProblemId],
        now: Timestamp,
    ) -> Outcome<Self> {
        let mut last = Self::take(actor, problems, now).await?;
        for _ in 0..ATTEMPTS {
            let next = Self::take(actor, problems, now).await?;
            if next == last {
                return Ok(next);
            }
            last = next;
        }
        Err(Failure::new(
            "reading everything about a user again and again",
            "two readings that agree",
            "none",
        ))
    }

    /// Checks that everything fits together and equals a recount.
    pub(super) fn audit(&self, catalogue: &Catalogue, now: Timestamp) -> Outcome {
        self.audit_counts(catalogue)?;
        self.audit_history()?;
        self.audit_practice()?;
        self.audit_solves()?;
        self.audit_contests(now)
    }

    fn audit_counts(&self, catalogue: &Catalogue) -> Outcome {
        let mut by_difficulty = PerDifficulty::default();
        let mut by_topic = BTreeMap::new();
        let mut all = 0;
        let solved = self.solved.iter().filter_map(|id| catalogue.get(*id));
        for problem in solved.filter(|problem| !problem.retired) {
            all += 1;
            by_difficulty[problem.difficulty] += 1;
            for topic in &problem.topics {
                *by_topic.entry(topic.clone()).or_default() += 1;
            }
        }
        ensure_eq(
            "recounting by difficulty",
            &self.by_difficulty,
            &by_difficulty,
        )?;
        ensure_eq("recounting by topic", &self.by_topic, &by_topic)?;
        ensure_eq("recounting over all time", &self.in_interval, &all)
    }

    /// What was done with each problem, by what the contests and the solves say.
    fn audit_practice(&self) -> Outcome {
        let mut practice: HashMap<ProblemId, Practice> = HashMap::new();
        for solve in &self.solves {
            practice.entry(solve.problem).or_default().solved_at = Some(solve.solved_at);
        }
        let mut contests: Vec<_> = self.contests.iter().collect();
        contests.sort_unstable_by_key(|contest| (contest.started_at, contest.id));
        let began_at = self.epoch.began_at;
        let counts = |contest: &&&ContestRecord| began_at.is_none_or(|at| contest.started_at >= at);
        for contest in contests.iter().filter(counts) {
            for assigned in &contest.problems {
                let practice = practice.entry(assigned.problem).or_default();
                practice.encounters.push(Encounter {
                    contest: contest.id,
                    at: contest.started_at,
                    completed_at: assigned.completed_at,
                });
            }
        }
        let done = "asking what was done with each problem";
        ensure_eq(done, &self.practice, &practice)
    }

    fn audit_solves(&self) -> Outcome {
        let solved: BTreeSet<_> = self.solves.iter().map(|solve| solve.problem).collect();
        ensure_eq("listing solves", &solved, &self.solved)?;
        ensure(
            self.solves
                .is_sorted_by_key(|solve| (solve.solved_at, solve.problem)),
            "listing solves",
            "the oldest first, by problem at one time",
            &self.solves,
        )
    }

    fn audit_history(&self) -> Outcome {
        let mut balance: HashMap<ProblemId, i64> = HashMap::new();
        for event in &self.history {
            *balance.entry(event.problem).or_default() += match event.kind {
                SolveEventKind::Recorded => 1,
                SolveEventKind::Removed => -1,
            };
        }
        ensure(
            balance.values().all(|n| (0..=1).contains(n)),
            "adding up the history (+1 recorded, -1 removed)",
            "0 or 1 for each problem",
            &balance,
        )?;
        let solved = balance.into_iter().filter(|(_, n)| *n == 1);
        ensure_eq(
            "adding up the history to what is solved now",
            &solved.map(|(problem, _)| problem).collect(),
            &self.solved,
        )?;
        let ids: BTreeSet<_> = self.history.iter().map(|event| event.id).collect();
        ensure_eq(
            "counting the ids of events",
            &ids.len(),
            &self.history.len(),
        )
    }

    fn audit_contests(&self, now: Timestamp) -> Outcome {
        let mut counts = ContestCounts::default();
        for contest in &self.contests {
            match contest.status(now) {
                ContestStatus::Active => counts.active += 1,
                ContestStatus::Completed => counts.completed += 1,
                ContestStatus::Abandoned => counts.abandoned += 1,
                ContestStatus::Expired => counts.expired += 1,
            }
        }
        ensure_eq("recounting contests", &self.contest_counts, &counts)?;
        let is_active = |contest: &&ContestRecord| contest.status(now) == ContestStatus::Active;
        let active: Vec<_> = self.contests.iter().filter(is_active).collect();
        ensure(
            active.len() <= 1,
            "listing contests",
            "at most one is active",
            &active,
        )?;
        let active = active.first().map(|contest| contest.id);
        ensure_eq("asking for the active contest", &self.active, &active)?;
        let open = self
            .contests
            .iter()
            .filter(|contest| contest.ending.is_none());
        ensure(
            open.clone().count() <= 1,
            "listing contests",
            "at most one without a stored ending",
            open.map(|contest| contest.id).collect::<Vec<_>>(),
        )?;
        self.audit_marks()
    }

    fn audit_marks(&self) -> Outcome {
        // What was marked before the last reset need not be solved any more.
        let counts = |at| self.epoch.began_at.is_none_or(|began| at > began);
        // Nor what another contest had too: it may have recorded the solve, and taken it back.
        let alone = |problem| {
            let practice = self.practice.get(&problem);
            practice.is_some_and(|practice| practice.met() == 1)
        };
        let problems = self.contests.iter().flat_map(|contest| &contest.problems);
        let mut marked = problems.filter(|assigned| assigned.completed_at.is_some_and(counts));
        let unsolved = marked
            .find(|assigned| !self.solved.contains(&assigned.problem) && alone(assigned.problem));
        ensure(
            unsolved.is_none(),
            "looking at marks of this epoch",
            "all are solved",
            unsolved,
        )
    }

    /// Compares two snapshots part by part, so that only what differs is shown.
    pub(super) fn ensure_same(&self, expected: &Self, done: &str) -> Outcome {
        let part = |name: &str| format!("{done}, then looking at {name}");
        ensure_eq(part("contests"), &self.contests, &expected.contests)?;
        ensure_eq(part("the active contest"), &self.active, &expected.active)?;
        ensure_eq(part("the history"), &self.history, &expected.history)?;
        ensure_eq(part("what is solved"), &self.solved, &expected.solved)?;
        ensure_eq(part("the epoch"), &self.epoch, &expected.epoch)?;
        ensure_eq(done, self, expected)
    }
}

/// A hundred years, in minutes.
const YEARS: i64 = 100 * 365 * 24 * 60;
