//! The rules, tested directly on a user whose data is kept in plain maps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::catalogue::{Catalogue, Revision};
use crate::id::{ContestId, ProblemId, UserId, Version};
use crate::model::{
    Difficulty, EndingKind, EventKind, IdempotencyKey, LatePolicy, NewSolve, Problem,
};
use crate::progress::{Discrepancy, recount};
use crate::rules::{
    ContestDuration, ContestRequest, Context, Create, Created, Decision, Extend, Finish,
    FinishKind, History, Limits, MarkProblem, RecordAttempts, RecordAttemptsOutside, RecordSolves,
    RecordedAttempts, RecordedSolves, Refusal, ResetProgress, Resume, ResumePolicy, Settings, Stop,
    UnmarkProblem, UseCase, publish,
};
use crate::scoring::{Attempt, Verdict};
use crate::select::{ProblemCount, Seed};
use crate::store::{Commit, ContestSelector, Snapshot};
use crate::time::Timestamp;
use crate::user::{AttemptKey, AttemptRecord, ContestRecord};

const MINUTE: Duration = Duration::from_mins(1);

/// This many minutes after a fixed noon.
fn at(minutes: u32) -> Timestamp {
    Timestamp::from_micros(1_795_521_600_000_000) + MINUTE * minutes
}

fn at_second(seconds: u64) -> Timestamp {
    at(0) + Duration::from_secs(seconds)
}

fn catalogue() -> Catalogue {
    let problem = |n| Problem::new(format!("p-{n}"), "P", Difficulty::Easy).unwrap();
    let catalogue = Catalogue::new((0..6).map(problem)).unwrap();
    let revision = Revision { number: 1, tag: 1 };
    Catalogue::from_stored(catalogue.stored_problems(), revision).unwrap()
}

/// One user and the stored data of that user.
struct Scene {
    catalogue: Catalogue,
    settings: Settings,
    snapshot: Snapshot,
    contests: BTreeMap<ContestId, ContestRecord>,
    log: BTreeMap<AttemptKey, AttemptRecord>,
    events: Vec<EventKind>,
    commits: u64,
}

impl Scene {
    fn new() -> Self {
        let catalogue = catalogue();
        let settings = Settings {
            late_policy: LatePolicy::AcceptFor(MINUTE * 10),
            resume_policy: ResumePolicy::BeforeDeadline,
            ..Settings::default()
        };
        let revision = catalogue.revision();
        Self {
            catalogue,
            settings,
            snapshot: Snapshot {
                revision,
                ..Snapshot::default()
            },
            contests: BTreeMap::new(),
            log: BTreeMap::new(),
            events: Vec::new(),
            commits: 0,
        }
    }

    /// Decides, stores the commit, and compares the record with a recount.
    fn run<U: UseCase>(&mut self, use_case: &U, now: Timestamp) -> Result<U::Answer, Refusal> {
        self.snapshot.contest = match use_case.contest() {
            ContestSelector::None | ContestSelector::Open => None,
            ContestSelector::Id(id) => self.contests.get(&id).cloned(),
            ContestSelector::Round(round) => {
                let joined =
                    |of: &&ContestRecord| of.round.is_some_and(|entry| entry.round == round);
                self.contests.values().find(joined).cloned()
            }
            ContestSelector::Key(key) => {
                let used =
                    |of: &&ContestRecord| of.idempotency.as_ref().is_some_and(|i| i.key == key);
                self.contests.values().find(used).cloned()
            }
        };
        let Decision { answer, commit } = match self.decide(use_case, now, None) {
            Err(Stop::Needs(_)) => {
                let history = History {
                    has_all_attempts: true,
                    attempts: self.log.values().cloned().collect(),
                    contests: self.contests.values().rev().cloned().collect(),
                    ..History::default()
                };
                self.decide(use_case, now, Some(&history))
            }
            decided => decided,
        }
        .map_err(|stop| match stop {
            Stop::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        })?;
        if let Some(commit) = commit {
            self.keep(commit);
        }
        Ok(answer)
    }

    fn decide<U: UseCase>(
        &self,
        use_case: &U,
        now: Timestamp,
        history: Option<&History>,
    ) -> Result<Decision<U::Answer>, Stop> {
        use_case.decide(&Context {
            user: UserId::from_uuid(uuid::Uuid::from_u128(7)),
            snapshot: &self.snapshot,
            history,
            catalogue: &self.catalogue,
            now,
            version: Version::from_random(0, self.commits + 1),
            settings: &self.settings,
        })
    }

    fn keep(&mut self, commit: Commit) {
        assert_eq!(commit.expected, self.snapshot.version());
        self.commits += 1;
        self.snapshot.record = Some(commit.record);
        if let Some(write) = &commit.contest {
            self.contests
                .insert(write.contest().id, write.contest().clone());
        }
        let keys: BTreeSet<_> = commit.attempts.iter().map(AttemptRecord::key).collect();
        assert_eq!(
            keys.len(),
            commit.attempts.len(),
            "an entry is written twice"
        );
        let attempts = commit.attempts.into_iter();
        self.log.extend(attempts.map(|of| (of.key(), of)));
        self.events
            .extend(commit.events.into_iter().map(|event| event.kind));
        let record = self.snapshot.record.as_ref().unwrap();
        let log: Vec<_> = self.log.values().cloned().collect();
        let contests: Vec<_> = self.contests.values().cloned().collect();
        let counted = recount(record, &log, &contests, &self.catalogue);
        assert_eq!(Discrepancy::between(record, &counted, &self.catalogue), []);
    }

    fn create(&mut self, request: &ContestRequest, now: Timestamp) -> Result<Created, Refusal> {
        self.run(
            &Create {
                request,
                seed: Seed(self.commits),
                random: 1,
            },
            now,
        )
    }

    /// A contest of one hour, created at this minute, with its problems.
    fn contest(&mut self, minute: u32) -> (ContestId, Vec<ProblemId>) {
        let contest = self.create(&request(2), at(minute)).unwrap().contest;
        let problems = contest.problems.iter().map(|of| of.problem).collect();
        (contest.id, problems)
    }

    fn mark(
        &mut self,
        contest: ContestId,
        problem: ProblemId,
        minute: u32,
    ) -> Result<bool, Refusal> {
        let marked = self.run(&MarkProblem { contest, problem }, at(minute));
        marked.map(|marked| marked.changed)
    }

    fn unmark(
        &mut self,
        contest: ContestId,
        problem: ProblemId,
        minute: u32,
    ) -> Result<bool, Refusal> {
        let marked = self.run(&UnmarkProblem { contest, problem }, at(minute));
        marked.map(|marked| marked.changed)
    }

    fn finish(&mut self, contest: ContestId, kind: FinishKind, minute: u32) -> Result<(), Refusal> {
        self.run(&Finish { contest, kind }, at(minute)).map(drop)
    }

    fn record(
        &mut self,
        problem: ProblemId,
        solved: u32,
        now: u32,
    ) -> Result<RecordedSolves, Refusal> {
        let log = vec![NewSolve::new(problem, at(solved))];
        self.run(&RecordSolves { solves: log }, at(now))
    }

    fn judge(
        &mut self,
        contest: ContestId,
        attempts: Vec<Attempt>,
        minute: u32,
    ) -> Result<RecordedAttempts, Refusal> {
        self.run(&RecordAttempts { contest, attempts }, at(minute))
    }

    fn is_solved(&self, problem: ProblemId) -> bool {
        let record = self.snapshot.record.as_ref().unwrap();
        let solved = record.all_solved(&self.catalogue);
        solved.contains(self.catalogue.ordinal(problem).unwrap())
    }

    fn last_commit(&self) -> Option<Timestamp> {
        self.snapshot.record.as_ref()?.last_commit_at
    }
}

fn request(problems: u16) -> ContestRequest {
    let hour = ContestDuration::from_minutes(60).unwrap();
    ContestRequest::new(ProblemCount::new(problems).unwrap(), hour)
}

fn with_key(request: ContestRequest) -> ContestRequest {
    request.with_idempotency_key(IdempotencyKey::new("key").unwrap())
}

const NONE: ContestId = ContestId::from_uuid(uuid::Uuid::nil());
const COMPLETE: FinishKind = FinishKind::Complete;
const ABANDON: FinishKind = FinishKind::Abandon;

fn code<T>(result: Result<T, Refusal>) -> &'static str {
    result.map_or_else(|refusal| refusal.code(), |_| "ok")
}

#[test]
fn creation_looks_at_the_key_then_the_limits_then_the_active_contest_then_selects() {
    let mut scene = Scene::new();
    let first = scene.create(&with_key(request(2)), at(0)).unwrap();
    assert!(!first.repeated);
    // While it is active, after it ended, and under limits lowered since.
    scene.settings.limits = Limits::default().with_problems(1..=1);
    for minute in [1, 100] {
        let again = scene.create(&with_key(request(2)), at(minute)).unwrap();
        assert!(again.repeated && again.contest.id == first.contest.id);
    }
    assert_eq!(
        code(scene.create(&with_key(request(1)), at(1))),
        "idempotency_key_reused"
    );
    assert_eq!(code(scene.create(&request(2), at(1))), "limit_exceeded");
    assert_eq!(
        code(scene.create(&request(1), at(1))),
        "active_contest_exists"
    );
    assert_eq!(
        code(scene.create(&request(1), at(59))),
        "active_contest_exists"
    );
    let next = scene.create(&request(1), at(60)).unwrap();
    assert_eq!(next.settled, Some(first.contest.id));
    for problem in scene.catalogue.problems().to_vec() {
        scene.record(problem.id, 0, 60).unwrap();
    }
    scene.finish(next.contest.id, COMPLETE, 61).unwrap();
    assert_eq!(
        code(scene.create(&request(1), at(62))),
        "no_eligible_problems"
    );
}

#[test]
fn marking_looks_for_the_contest_then_the_mark_then_the_end_then_the_problem() {
    let mut scene = Scene::new();
    assert_eq!(
        code(scene.mark(NONE, scene.catalogue.problems()[0].id, 0)),
        "contest_not_found"
    );
    let (contest, problems) = scene.contest(0);
    let ids = scene.catalogue.problems().iter().map(|of| of.id);
    let other = ids.into_iter().find(|id| !problems.contains(id)).unwrap();
    assert_eq!(scene.mark(contest, problems[0], 1), Ok(true));
    assert_eq!(scene.mark(contest, problems[0], 2), Ok(false));
    assert_eq!(
        code(scene.mark(contest, other, 2)),
        "problem_not_in_contest"
    );
    scene.finish(contest, COMPLETE, 3).unwrap();
    assert_eq!(
        scene.mark(contest, problems[0], 4),
        Ok(false),
        "it holds already"
    );
    assert_eq!(
        code(scene.mark(contest, problems[1], 4)),
        "contest_not_accepting"
    );
    assert_eq!(code(scene.mark(contest, other, 4)), "contest_not_accepting");
    assert_eq!(
        scene.unmark(contest, problems[1], 4),
        Ok(false),
        "it holds already"
    );
    assert_eq!(
        code(scene.unmark(contest, problems[0], 4)),
        "contest_not_accepting"
    );
}

#[test]
fn the_deadline_is_the_first_instant_that_is_too_late_and_late_marks_have_their_own() {
    let mut scene = Scene::new();
    let (contest, problems) = scene.contest(0);
    assert_eq!(
        scene.mark(contest, problems[0], 69),
        Ok(true),
        "within its grace"
    );
    assert_eq!(
        code(scene.mark(contest, problems[1], 70)),
        "contest_not_accepting"
    );
    assert_eq!(
        code(scene.unmark(contest, problems[0], 60)),
        "contest_not_accepting"
    );
    for kind in [COMPLETE, ABANDON] {
        assert_eq!(
            code(scene.finish(contest, kind, 60)),
            "contest_not_accepting"
        );
    }
    assert_eq!(
        scene.finish(contest, ABANDON, 59),
        Ok(()),
        "by a clock that is behind"
    );
}

#[test]
fn a_late_mark_counts_in_the_epoch_of_its_contest() {
    let mut scene = Scene::new();
    let (contest, problems) = scene.contest(0);
    scene.run(&ResetProgress, at(61)).unwrap();
    scene.mark(contest, problems[0], 62).unwrap();
    assert!(!scene.is_solved(problems[0]));
    let (second, problems) = scene.contest(63);
    let (_, _) = scene.contest(123);
    scene.mark(second, problems[0], 124).unwrap();
    assert!(scene.is_solved(problems[0]), "settled, and of this epoch");
}

#[test]
fn unmarking_takes_back_the_mark_only() {
    for recorded_first in [true, false] {
        let mut scene = Scene::new();
        let (contest, problems) = scene.contest(0);
        if recorded_first {
            scene.record(problems[0], 0, 1).unwrap();
        }
        scene.mark(contest, problems[0], 2).unwrap();
        if !recorded_first {
            scene.record(problems[0], 0, 3).unwrap();
        }
        assert_eq!(scene.unmark(contest, problems[0], 4), Ok(true));
        assert!(scene.is_solved(problems[0]));
        scene.mark(contest, problems[1], 5).unwrap();
        scene.unmark(contest, problems[1], 6).unwrap();
        assert!(!scene.is_solved(problems[1]));
    }
}

#[test]
fn an_end_that_holds_is_a_success_and_another_is_refused() {
    let mut scene = Scene::new();
    assert_eq!(code(scene.finish(NONE, COMPLETE, 0)), "contest_not_found");
    let (contest, problems) = scene.contest(0);
    scene.mark(contest, problems[0], 1).unwrap();
    assert_eq!(scene.finish(contest, COMPLETE, 2), Ok(()));
    let commits = scene.commits;
    assert_eq!(scene.finish(contest, COMPLETE, 99), Ok(()));
    assert_eq!(scene.commits, commits, "nothing was written");
    assert_eq!(
        code(scene.finish(contest, ABANDON, 3)),
        "contest_not_accepting"
    );
    assert!(scene.is_solved(problems[0]));
}

#[test]
fn extending_looks_at_the_deadline_then_the_length_then_the_end() {
    let mut scene = Scene::new();
    let (contest, _) = scene.contest(0);
    let mut extend = |minute, now| {
        let deadline = at(minute);
        code(scene.run(&Extend { contest, deadline }, at(now)))
    };
    assert_eq!(extend(60, 99), "ok", "it has this deadline");
    assert_eq!(extend(601, 1), "limit_exceeded");
    assert_eq!(extend(59, 1), "earlier_deadline");
    assert_eq!(extend(90, 60), "contest_not_accepting");
    assert_eq!(extend(90, 59), "ok");
    assert_eq!(
        code(scene.create(&request(1), at(65))),
        "active_contest_exists"
    );
    assert_eq!(code(scene.finish(contest, COMPLETE, 89)), "ok");
    let deadline = at(99);
    let extended = scene.run(&Extend { contest, deadline }, at(89));
    assert_eq!(code(extended), "contest_not_accepting");
    let missing = scene.run(
        &Extend {
            contest: NONE,
            deadline,
        },
        at(1),
    );
    assert_eq!(code(missing), "contest_not_found");
}

#[test]
fn resuming_looks_at_the_policy_then_the_contest_then_the_deadline_then_others() {
    let mut scene = Scene::new();
    let (contest, problems) = scene.contest(0);
    let resume = |scene: &mut Scene, contest, now| code(scene.run(&Resume { contest }, at(now)));
    assert_eq!(resume(&mut scene, NONE, 1), "contest_not_found");
    assert_eq!(resume(&mut scene, contest, 1), "ok", "it is active");
    scene.mark(contest, problems[0], 2).unwrap();
    scene.finish(contest, ABANDON, 3).unwrap();
    assert_eq!(resume(&mut scene, contest, 60), "deadline_passed");
    let (other, _) = scene.contest(4);
    assert_eq!(resume(&mut scene, contest, 5), "active_contest_exists");
    scene.finish(other, COMPLETE, 6).unwrap();
    assert_eq!(resume(&mut scene, other, 7), "contest_not_abandoned");
    assert_eq!(resume(&mut scene, contest, 7), "ok");
    let record = scene.snapshot.record.clone().unwrap();
    assert_eq!((record.ended.completed, record.ended.abandoned), (1, 0));
    assert_eq!(record.open.unwrap().newly_marked, [problems[0]]);
    assert_eq!(scene.unmark(contest, problems[0], 8), Ok(true));
    assert!(!scene.is_solved(problems[0]));
    scene.settings.resume_policy = ResumePolicy::Never;
    assert_eq!(resume(&mut scene, NONE, 9), "resume_not_allowed");
}

#[test]
fn resuming_leaves_solved_what_another_entry_holds() {
    let mut scene = Scene::new();
    let (contest, problems) = scene.contest(0);
    scene.mark(contest, problems[0], 1).unwrap();
    scene.finish(contest, ABANDON, 2).unwrap();
    scene.record(problems[0], 1, 3).unwrap();
    scene.run(&Resume { contest }, at(4)).unwrap();
    scene.unmark(contest, problems[0], 5).unwrap();
    assert!(scene.is_solved(problems[0]));
}

#[test]
fn a_reset_is_refused_while_a_contest_is_active_and_begins_an_epoch() {
    let mut scene = Scene::new();
    let (contest, problems) = scene.contest(0);
    scene.mark(contest, problems[0], 1).unwrap();
    assert_eq!(
        code(scene.run(&ResetProgress, at(59))),
        "active_contest_exists"
    );
    let reset = scene.run(&ResetProgress, at(60)).unwrap();
    assert_eq!(
        (reset.epoch.number, reset.removed, reset.settled),
        (1, 1, Some(contest))
    );
    assert!(!scene.is_solved(problems[0]));
    let record = scene.snapshot.record.as_ref().unwrap();
    assert!(record.seen.is_empty());
    assert_eq!(record.ended.expired, 1);
    let settled = EventKind::ContestFinished {
        contest,
        ending: EndingKind::Expired,
    };
    assert_eq!(
        scene.events[2..],
        [settled, EventKind::ProgressReset { epoch: 1 }]
    );
}

#[test]
fn solves_are_recorded_once_a_time_and_do_not_move_the_last_commit() {
    let mut scene = Scene::new();
    let problem = scene.catalogue.problems()[0].id;
    let newly = RecordedSolves {
        recorded: 1,
        ..RecordedSolves::default()
    };
    let again = RecordedSolves {
        already_solved: 1,
        ..RecordedSolves::default()
    };
    let ahead = RecordedSolves {
        taken_as_now: 1,
        ..again
    };
    assert_eq!(scene.record(problem, 5, 10), Ok(newly));
    assert_eq!(scene.last_commit(), None);
    let commits = scene.commits;
    assert_eq!(scene.record(problem, 5, 20), Ok(again));
    assert_eq!(scene.commits, commits, "the same solve");
    assert_eq!(scene.record(problem, 6, 20), Ok(again));
    assert_eq!(
        (scene.commits, scene.log.len()),
        (commits + 1, 2),
        "a solve again"
    );
    assert_eq!(
        scene.record(problem, 21, 20),
        Ok(ahead),
        "a minute ahead is now"
    );
    assert!(scene.log.keys().all(|key| key.at <= at(20)));
    assert_eq!(code(scene.record(problem, 22, 20)), "solve_in_future");
    let unknown = ProblemId::from_uuid(uuid::Uuid::nil());
    assert_eq!(code(scene.record(unknown, 1, 20)), "unknown_problems");
    scene.settings.limits = Limits::default().with_solves(0);
    assert_eq!(code(scene.record(unknown, 99, 20)), "limit_exceeded");
}

/// A database upserts an entry at most once in a statement.
#[test]
fn an_attempt_given_twice_is_written_once() {
    let mut scene = Scene::new();
    let (contest, problems) = scene.contest(0);
    let twice = |problem| {
        [Verdict::Rejected, Verdict::Accepted]
            .map(|verdict| Attempt::new(problem, at(1), verdict))
            .to_vec()
    };
    let counts = RecordedAttempts {
        recorded: 1,
        rejudged: 1,
        unchanged: 0,
    };
    assert_eq!(scene.judge(contest, twice(problems[0]), 2), Ok(counts));
    let attempts = twice(problems[1]);
    let outside = scene.run(&RecordAttemptsOutside { attempts }, at(2));
    assert_eq!(outside, Ok(counts));
    assert_eq!(scene.log.len(), 2);
    assert!(scene.is_solved(problems[0]) && scene.is_solved(problems[1]));
}

/// The clock allowance extends no contest.
#[test]
fn an_attempt_at_the_deadline_is_outside_the_contest() {
    let mut scene = Scene::new();
    let (contest, problems) = scene.contest(0);
    let second = Duration::from_secs(1);
    let mut judge = |at| {
        let attempt = Attempt::new(problems[0], at, Verdict::Accepted);
        let attempts = vec![attempt];
        let now = at_second(3_599);
        code(scene.run(&RecordAttempts { contest, attempts }, now))
    };
    assert_eq!(judge(at(60)), "attempt_outside_contest");
    assert_eq!(judge(at_second(3_599) + second / 2), "ok");
}

/// A tick at the time of an attempt without a submission replaces it in the log. It is judged as one attempt.
#[test]
fn a_tick_at_the_time_of_an_attempt_is_the_same_attempt() {
    let mut scene = Scene::new();
    let (contest, problems) = scene.contest(0);
    let judged = |verdict| vec![Attempt::new(problems[0], at(1), verdict)];
    scene.judge(contest, judged(Verdict::Rejected), 1).unwrap();
    scene.mark(contest, problems[0], 1).unwrap();
    scene.judge(contest, judged(Verdict::Pending), 2).unwrap();
    let assigned = &scene.contests[&contest].problems;
    let assigned = assigned.iter().find(|of| of.problem == problems[0]);
    let assigned = assigned.unwrap();
    assert_eq!((assigned.attempts.len(), assigned.mark), (1, None));
    assert_eq!(scene.log.len(), 1);
    assert!(!scene.is_solved(problems[0]));
}

#[test]
fn the_time_of_the_last_commit_is_that_of_the_decision() {
    let mut scene = Scene::new();
    let (contest, problems) = scene.contest(3);
    assert_eq!(scene.last_commit(), Some(at(3)));
    scene.mark(contest, problems[0], 5).unwrap();
    assert_eq!(scene.last_commit(), Some(at(5)));
    scene.finish(contest, COMPLETE, 4).unwrap();
    assert_eq!(
        scene.last_commit(),
        Some(at(4)),
        "by a clock that is behind"
    );
}

#[test]
fn publishing_adds_changes_retires_restores_and_keeps_ordinals() {
    let stored = catalogue();
    let same = publish(&stored, &Catalogue::new(problems(0..6)).unwrap(), 9).unwrap();
    assert_eq!((same.commit, same.counts.added), (None, 0));
    let mut next = problems(1..8);
    next[0] = next[0].clone().with_position(9);
    let published = publish(&stored, &Catalogue::new(next).unwrap(), 9).unwrap();
    let counts = published.counts;
    assert_eq!(
        (
            counts.added,
            counts.changed,
            counts.retired,
            counts.restored
        ),
        (2, 1, 1, 0)
    );
    let commit = published.commit.unwrap();
    assert_eq!(commit.expected, stored.revision());
    assert_eq!(commit.revision, Revision { number: 2, tag: 9 });
    let ordinal = |slug: &str| {
        let found = commit
            .problems
            .iter()
            .find(|of| of.problem.slug.as_str() == slug);
        found.map(|of| (of.ordinal, of.problem.retired))
    };
    let before = stored
        .problems()
        .iter()
        .find(|of| of.slug.as_str() == "p-0")
        .unwrap();
    assert_eq!(
        ordinal("p-0"),
        Some((stored.ordinal(before.id).unwrap(), true))
    );
    let mut new = [ordinal("p-6"), ordinal("p-7")];
    new.sort_unstable();
    assert_eq!(new, [Some((6, false)), Some((7, false))]);
    let taken = problems(0..1)[0]
        .clone()
        .with_id(ProblemId::from_uuid(uuid::Uuid::nil()));
    let taken = publish(&stored, &Catalogue::new([taken]).unwrap(), 9);
    assert_eq!(code(taken), "slug_taken");
}

fn problems(numbers: std::ops::Range<u32>) -> Vec<Problem> {
    let problem = |n| Problem::new(format!("p-{n}"), "P", Difficulty::Easy).unwrap();
    numbers.map(problem).collect()
}
