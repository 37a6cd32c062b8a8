//! The rules themselves: at least one row of a test for each row of the tables in their documentation,
//! and what a decision commits. No store, no engine.

use contest_core::id::Version;
use contest_core::next::prelude::*;
use contest_core::next::rules::{
    Context, Create, Extend, Finish, FinishKind, MarkProblem, RecordSolves, ResetProgress, Resume,
    Settings, Stop, UnmarkProblem, UseCase,
};
use contest_core::next::store::{Commit, ContestWrite, Snapshot};
use contest_core::next::user::{ContestRecord, UserRecord};

use crate::support::*;

/// What a decision is made from, one user's.
struct Stage {
    catalogue: Catalogue,
    snapshot: Snapshot,
    settings: Settings,
    now: Timestamp,
}

/// A version for each commit.
fn version(number: u64) -> Version {
    Version::from_random(0, number)
}

impl Stage {
    /// A user who has done nothing, of a host that allows resuming and grants ten minutes of grace.
    fn new() -> Self {
        let catalogue = numbered(12);
        let mut settings = Settings::default();
        settings.resume_policy = ResumePolicy::BeforeDeadline;
        settings.late_policy = LatePolicy::AcceptFor(10 * MINUTE);
        let snapshot = Snapshot {
            revision: catalogue.stored_revision(),
            ..Snapshot::default()
        };
        Self {
            catalogue,
            snapshot,
            settings,
            now: START,
        }
    }

    /// With a contest of two problems that began at the start.
    fn with_contest() -> (Self, ContestRecord) {
        let mut stage = Self::new();
        let request = request(2);
        stage.apply(&create(&request)).unwrap();
        let contest = stage.snapshot.contest.clone().unwrap();
        (stage, contest)
    }

    fn decide<U: UseCase>(&self, use_case: &U) -> Result<(U::Answer, Option<Commit>), Stop> {
        let context = Context {
            user: ALICE,
            snapshot: &self.snapshot,
            history: None,
            catalogue: &self.catalogue,
            now: self.now,
            version: version(u64::try_from(self.now.as_micros()).unwrap()),
            settings: &self.settings,
        };
        let decision = use_case.decide(&context)?;
        Ok((decision.answer, decision.commit))
    }

    /// Decides and keeps. The latest contest stays at hand.
    fn apply<U: UseCase>(&mut self, use_case: &U) -> Result<U::Answer, Stop> {
        let (answer, commit) = self.decide(use_case)?;
        if let Some(commit) = commit {
            assert_eq!(commit.expected, self.snapshot.version());
            self.snapshot.record = Some(commit.record);
            let written = commit.contest.as_ref().map(ContestWrite::contest);
            self.snapshot.contest = written.cloned().or(self.snapshot.contest.take());
        }
        self.now = self.now + MICROSECOND;
        Ok(answer)
    }

    /// The code of the refusal, or what else comes of it.
    fn outcome<U: UseCase>(&self, use_case: &U) -> &'static str {
        match self.decide(use_case) {
            Ok((_, None)) => "as it is",
            Ok((_, Some(_))) => "done",
            Err(Stop::Refused(refusal)) => refusal.code(),
            Err(Stop::CatalogueBehind) => "behind",
            Err(Stop::Needs(_)) => "needs",
        }
    }

    fn record(&self) -> &UserRecord {
        self.snapshot.record.as_ref().unwrap()
    }
}

fn create(request: &ContestRequest) -> Create<'_> {
    Create {
        request,
        seed: Seed(1),
        random: 1,
    }
}

const fn complete(contest: &ContestRecord) -> Finish {
    Finish {
        contest: contest.id,
        kind: FinishKind::Complete,
    }
}

const fn abandon(contest: &ContestRecord) -> Finish {
    Finish {
        contest: contest.id,
        kind: FinishKind::Abandon,
    }
}

fn mark(contest: &ContestRecord, place: usize) -> MarkProblem {
    MarkProblem {
        contest: contest.id,
        problem: contest.problems[place].problem,
    }
}

fn unmark(contest: &ContestRecord, place: usize) -> UnmarkProblem {
    let MarkProblem { contest, problem } = mark(contest, place);
    UnmarkProblem { contest, problem }
}

const NOWHERE: ContestId = ContestId::from_uuid(uuid::Uuid::nil());
const NOTHING: ProblemId = ProblemId::from_uuid(uuid::Uuid::nil());

#[test]
fn creating_looks_at_the_key_the_limits_the_active_contest_and_the_problems() {
    let mut stage = Stage::new();
    let keyed = request(2).with_idempotency_key(key("key"));
    stage.apply(&create(&keyed)).unwrap();
    assert_eq!(stage.outcome(&create(&keyed)), "as it is");
    let other = request(21).with_idempotency_key(key("key"));
    assert_eq!(stage.outcome(&create(&other)), "idempotency_key_reused");
    // Nothing was created under these keys, which the snapshot tells.
    stage.snapshot.contest = None;
    let nothing = |n| request(n).with_topics([Topic::new("None").unwrap()]);
    assert_eq!(stage.outcome(&create(&nothing(21))), "limit_exceeded");
    let active = stage.outcome(&create(&nothing(2)));
    assert_eq!(active, "active_contest_exists");
    stage.now = minute(60);
    assert_eq!(stage.outcome(&create(&nothing(2))), "unknown_topic");
    assert_eq!(stage.outcome(&create(&request(2))), "done");
}

#[test]
fn a_creation_by_an_old_catalogue_waits_for_the_stored_one() {
    let mut stage = Stage::new();
    stage.snapshot.revision.number += 1;
    assert_eq!(stage.outcome(&create(&request(2))), "behind");
    let solves = vec![NewSolve::new(stage.catalogue.problems()[0].id, START)];
    assert_eq!(stage.outcome(&RecordSolves { solves }), "behind");
    // Marks do not depend on it.
    let (mut stage, contest) = Stage::with_contest();
    stage.snapshot.revision.number += 1;
    assert_eq!(stage.outcome(&mark(&contest, 0)), "done");
}

#[test]
fn marking_looks_at_the_contest_the_mark_the_end_and_the_problem() {
    let (mut stage, contest) = Stage::with_contest();
    stage.apply(&mark(&contest, 0)).unwrap();
    let nowhere = MarkProblem {
        contest: NOWHERE,
        problem: NOTHING,
    };
    let lacking = MarkProblem {
        contest: contest.id,
        problem: NOTHING,
    };
    for (now, rows) in [
        (minute(59), ["as it is", "done", "problem_not_in_contest"]),
        (minute(69), ["as it is", "done", "problem_not_in_contest"]),
        (
            minute(70),
            ["as it is", "contest_not_accepting", "contest_not_accepting"],
        ),
    ] {
        stage.now = now;
        let seen = [mark(&contest, 0), mark(&contest, 1), lacking];
        assert_eq!(seen.map(|of| stage.outcome(&of)), rows, "at {now}");
        assert_eq!(stage.outcome(&nowhere), "contest_not_found");
    }
}

#[test]
fn unmarking_is_never_accepted_late() {
    let (mut stage, contest) = Stage::with_contest();
    stage.apply(&mark(&contest, 0)).unwrap();
    let lacking = UnmarkProblem {
        contest: contest.id,
        problem: NOTHING,
    };
    for (now, rows) in [
        (minute(59), ["done", "as it is", "problem_not_in_contest"]),
        (
            minute(60),
            ["contest_not_accepting", "as it is", "contest_not_accepting"],
        ),
    ] {
        stage.now = now;
        let seen = [unmark(&contest, 0), unmark(&contest, 1), lacking];
        assert_eq!(seen.map(|of| stage.outcome(&of)), rows, "at {now}");
    }
}

#[test]
fn finishing_in_the_same_way_again_is_answered_as_it_is() {
    for (first, other) in [
        (FinishKind::Complete, FinishKind::Abandon),
        (FinishKind::Abandon, FinishKind::Complete),
    ] {
        let (mut stage, contest) = Stage::with_contest();
        let finish = |kind, contest| Finish { contest, kind };
        stage.apply(&finish(first, contest.id)).unwrap();
        for now in [minute(1), minute(99)] {
            stage.now = now;
            assert_eq!(stage.outcome(&finish(first, contest.id)), "as it is");
            let refused = stage.outcome(&finish(other, contest.id));
            assert_eq!(refused, "contest_not_accepting");
            let nowhere = stage.outcome(&finish(first, NOWHERE));
            assert_eq!(nowhere, "contest_not_found");
        }
    }
}

#[test]
fn extending_looks_at_the_same_deadline_the_length_the_end_and_the_deadline() {
    let (mut stage, contest) = Stage::with_contest();
    let extend = |contest, minutes| Extend {
        contest,
        deadline: minute(minutes),
    };
    for (now, rows) in [
        (
            minute(1),
            ["as it is", "limit_exceeded", "earlier_deadline", "done"],
        ),
        (
            minute(60),
            [
                "as it is",
                "limit_exceeded",
                "contest_not_accepting",
                "contest_not_accepting",
            ],
        ),
    ] {
        stage.now = now;
        let seen = [60, 601, 59, 61].map(|to| stage.outcome(&extend(contest.id, to)));
        assert_eq!(seen, rows, "at {now}");
        assert_eq!(stage.outcome(&extend(NOWHERE, 601)), "contest_not_found");
    }
}

#[test]
fn resuming_looks_at_the_policy_the_contest_its_state_its_deadline_and_the_active_one() {
    let (mut stage, contest) = Stage::with_contest();
    let resume = |contest| Resume { contest };
    assert_eq!(stage.outcome(&resume(contest.id)), "as it is");
    assert_eq!(stage.outcome(&resume(NOWHERE)), "contest_not_found");
    stage.apply(&abandon(&contest)).unwrap();
    let abandoned = stage.snapshot.contest.clone();
    assert_eq!(stage.outcome(&resume(contest.id)), "done");
    // Another one is active now, and still is at the deadline of the first.
    stage.snapshot.contest = None;
    stage.now = minute(30);
    let next = request(2);
    stage.apply(&create(&next)).unwrap();
    let next = std::mem::replace(&mut stage.snapshot.contest, abandoned);
    let refused = stage.outcome(&resume(contest.id));
    assert_eq!(refused, "active_contest_exists");
    stage.now = minute(60);
    assert_eq!(stage.outcome(&resume(contest.id)), "deadline_passed");
    let next = next.unwrap();
    stage.snapshot.contest = Some(next.clone());
    stage.apply(&complete(&next)).unwrap();
    assert_eq!(stage.outcome(&resume(next.id)), "contest_not_abandoned");
    stage.settings.resume_policy = ResumePolicy::Never;
    assert_eq!(stage.outcome(&resume(NOWHERE)), "resume_not_allowed");
}

/// What was marked is looked up in the log, and without marks nothing is.
#[test]
fn resuming_asks_for_the_log_only_if_something_is_marked() {
    let (mut stage, contest) = Stage::with_contest();
    stage.apply(&mark(&contest, 0)).unwrap();
    stage.apply(&abandon(&contest)).unwrap();
    let contest = contest.id;
    assert_eq!(stage.outcome(&Resume { contest }), "needs");
}

#[test]
fn recording_looks_at_the_limit_the_future_and_the_problems() {
    let stage = Stage::new();
    let known = stage.catalogue.problems()[0].id;
    let record = |problem, at, times| RecordSolves {
        solves: vec![NewSolve::new(problem, at); times],
    };
    let rows = [
        (record(NOTHING, minute(2), 10_001), "limit_exceeded"),
        (record(NOTHING, minute(2), 1), "solve_in_future"),
        (record(NOTHING, minute(1), 1), "unknown_problems"),
        (record(known, minute(1), 1), "done"),
        (record(known, START, 0), "as it is"),
    ];
    for (record, expected) in rows {
        assert_eq!(stage.outcome(&record), expected);
    }
}

#[test]
fn resetting_waits_for_the_end_of_the_active_contest() {
    let (mut stage, _) = Stage::with_contest();
    stage.now = before(minute(60));
    assert_eq!(stage.outcome(&ResetProgress), "active_contest_exists");
    stage.now = minute(60);
    assert_eq!(stage.outcome(&ResetProgress), "done");
    assert_eq!(Stage::new().outcome(&ResetProgress), "done");
}

/// The large sets are untouched by a mark: it stands in the open contest until that ends.
#[test]
fn a_mark_changes_no_set_and_the_end_of_its_contest_does() {
    let (mut stage, contest) = Stage::with_contest();
    let (_, commit) = stage.decide(&mark(&contest, 0)).unwrap();
    let commit = commit.unwrap();
    assert!(!commit.solved_changed && !commit.seen_changed);
    assert_eq!((commit.solves.len(), commit.events.len()), (1, 1));
    assert_eq!(commit.revision, None, "it relies on no catalogue");
    stage.apply(&mark(&contest, 0)).unwrap();
    let open = stage.record().open.as_ref().unwrap();
    assert_eq!(open.newly_marked, [contest.problems[0].problem]);
    assert!(stage.record().solved.is_empty());
    let (_, commit) = stage.decide(&complete(&contest)).unwrap();
    assert!(commit.unwrap().solved_changed);
    stage.apply(&complete(&contest)).unwrap();
    assert_eq!(stage.record().solved.len(), 1);
}

/// Recording solves does not move the time of the last commit; everything else does.
#[test]
fn every_commit_has_the_time_of_its_decision_but_an_import() {
    let (mut stage, contest) = Stage::with_contest();
    assert_eq!(stage.record().last_commit_at, Some(START));
    stage.now = minute(1);
    let problem = stage.catalogue.problems()[0].id;
    let solves = vec![NewSolve::new(problem, START)];
    let (_, commit) = stage.decide(&RecordSolves { solves }).unwrap();
    let commit = commit.unwrap();
    assert_eq!(commit.record.last_commit_at, Some(START));
    assert_eq!(commit.revision, Some(stage.snapshot.revision));
    stage.apply(&complete(&contest)).unwrap();
    assert_eq!(stage.record().last_commit_at, Some(minute(1)));
}

/// Each decision is a function of what it is made from.
#[test]
fn the_same_context_gives_the_same_decision() {
    let (stage, contest) = Stage::with_contest();
    let twice = [(); 2].map(|()| stage.decide(&mark(&contest, 1)).unwrap());
    assert_eq!(twice[0], twice[1]);
    let request = request(5);
    let stage = Stage::new();
    let twice = [(); 2].map(|()| stage.decide(&create(&request)).unwrap());
    assert_eq!(twice[0], twice[1]);
    assert!(twice[0].1.as_ref().unwrap().seen_changed);
}
