//! The engine in rarer situations: extra time, late marks, resuming, and resets.

use std::time::Duration;

use contest_core::prelude::*;
use contest_core::progress::ContestCounts;
use contest_core::time::ManualClock;

use crate::support::*;

async fn engine_with(
    clock: &std::sync::Arc<ManualClock>,
    late: LatePolicy,
    resume: ResumePolicy,
) -> Engine {
    Engine::builder(bundled())
        .clock(std::sync::Arc::clone(clock))
        .seeds(SequentialSeeds::new(7))
        .late_policy(late)
        .resume_policy(resume)
        .build()
        .await
        .unwrap()
}

#[tokio::test]
async fn extra_time_moves_the_deadline_and_can_be_given_again() {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let contest = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    let later = contest.deadline + 15 * MINUTE;
    clock.advance(59 * MINUTE);
    for _ in 0..2 {
        let extended = engine.extend_contest(user(1), contest.id, later);
        let extended = extended.await.unwrap();
        assert_eq!(
            (extended.deadline, extended.duration()),
            (later, 75 * MINUTE)
        );
        assert_eq!(extended.time_remaining(), 16 * MINUTE);
    }
    clock.set(contest.deadline);
    let running = engine.active_contest(user(1)).await.unwrap().unwrap();
    assert_eq!(running.id, contest.id);
    let first = problem_ids(&contest)[0];
    engine
        .mark_solved(user(1), contest.id, first)
        .await
        .unwrap();
    clock.set(later);
    let error = engine
        .extend_contest(user(1), contest.id, later + MINUTE)
        .await
        .unwrap_err();
    let expired = Refusal::ContestNotAccepting {
        contest: contest.id,
        status: ContestStatus::Expired,
        ended_at: later,
    };
    assert!(matches!(error, Error::Refused(refusal) if refusal == expired));
}

#[tokio::test]
async fn extra_time_is_refused_with_the_reason() {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let contest = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    let extend = async |who, deadline| {
        let extended = engine.extend_contest(user(who), contest.id, deadline).await;
        extended.unwrap_err()
    };
    let earlier = extend(1, contest.deadline_before()).await;
    assert_eq!(earlier.code(), "earlier_deadline");
    assert!(
        matches!(earlier, Error::Refused(Refusal::EarlierDeadline { deadline, .. }) if deadline == contest.deadline)
    );
    let others = extend(2, contest.deadline + MINUTE).await;
    assert_eq!(others.code(), "contest_not_found");
    // Ten hours from the start are allowed, and a microsecond more is not.
    let most = contest.started_at + 600 * MINUTE;
    let long = extend(1, most + MICROSECOND).await;
    let Error::Refused(Refusal::LimitExceeded(RangeError {
        field, given, max, ..
    })) = long
    else {
        panic!("{long}");
    };
    assert_eq!((field, given, max), ("extended_minutes", 601, 600));
    let extended = engine.extend_contest(user(1), contest.id, most).await;
    assert_eq!(extended.unwrap().deadline, most);
}

/// Just before the deadline.
trait Before {
    fn deadline_before(&self) -> Timestamp;
}

impl Before for Contest {
    fn deadline_before(&self) -> Timestamp {
        Timestamp::from_micros(self.deadline.as_micros() - 1)
    }
}

#[tokio::test]
async fn a_mark_in_the_grace_period_is_late_and_counts() {
    let clock = clock();
    let grace = LatePolicy::AcceptFor(10 * MINUTE);
    let engine = engine_with(&clock, grace, ResumePolicy::Never).await;
    let contest = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    let problems = problem_ids(&contest);
    let mark = async |place: usize| {
        let marked = engine.mark_solved(user(1), contest.id, problems[place]);
        marked.await
    };
    clock.advance(20 * MINUTE);
    mark(3).await.unwrap();
    clock.set(contest.deadline);
    mark(0).await.unwrap();
    clock.advance(9 * MINUTE);
    assert!(mark(1).await.unwrap().changed);
    assert!(!mark(1).await.unwrap().changed);
    let seen = engine.contest(user(1), contest.id).await.unwrap();
    assert_eq!(seen.status, ContestStatus::Expired);
    assert_eq!(
        (seen.ended_at, seen.late_policy),
        (Some(contest.deadline), grace)
    );
    assert!(seen.accepts_marks());
    let late: Vec<_> = seen
        .problems
        .iter()
        .map(|entry| entry.late_by(seen.deadline))
        .collect();
    assert_eq!(
        late,
        [Some(Duration::ZERO), Some(9 * MINUTE), None, None, None]
    );
    let timings: Vec<_> = seen
        .timings()
        .iter()
        .map(|timing| (timing.problem, timing.spent, timing.late_by.is_some()))
        .collect();
    let expected = [
        (problems[3], 20 * MINUTE, false),
        (problems[0], 40 * MINUTE, true),
        (problems[1], 9 * MINUTE, true),
    ];
    assert_eq!(timings, expected);
    let progress = engine.progress(user(1)).await.unwrap();
    assert_eq!(progress.overall().solved, 3);
    assert_eq!(
        (progress.contests.expired, progress.contests.total()),
        (1, 1)
    );
    // Only marks are accepted late, and not for ever.
    let unmarked = engine.unmark(user(1), contest.id, problems[0]).await;
    assert_eq!(unmarked.unwrap_err().code(), "contest_not_accepting");
    let completed = engine.complete_contest(user(1), contest.id).await;
    assert_eq!(completed.unwrap_err().code(), "contest_not_accepting");
    clock.advance(MINUTE);
    assert_eq!(mark(2).await.unwrap_err().code(), "contest_not_accepting");
    let seen = engine.contest(user(1), contest.id).await.unwrap();
    assert!(!seen.accepts_marks());
}

#[tokio::test]
async fn marks_after_the_deadline_are_refused_unless_the_host_says_otherwise() {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let contest = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    clock.set(contest.deadline);
    let first = problem_ids(&contest)[0];
    let late = engine.mark_solved(user(1), contest.id, first).await;
    assert_eq!(late.unwrap_err().code(), "contest_not_accepting");
    let seen = engine.contest(user(1), contest.id).await.unwrap();
    assert_eq!(
        (seen.late_policy, seen.accepts_marks()),
        (LatePolicy::Reject, false)
    );
}

#[tokio::test]
async fn a_grace_is_at_most_a_week_and_whole_microseconds() {
    let build = async |grace| {
        let builder = Engine::builder(bundled()).late_policy(LatePolicy::AcceptFor(grace));
        builder.build().await
    };
    let week = Duration::from_hours(7 * 24);
    let long = build(week + Duration::from_nanos(1)).await.unwrap_err();
    let Error::Refused(Refusal::LimitExceeded(RangeError {
        field, given, max, ..
    })) = long
    else {
        panic!("{long}");
    };
    assert_eq!(
        (field, given, max),
        ("late_policy_seconds", 604_801, 604_800)
    );
    assert_eq!(
        build(week).await.unwrap().settings().late_policy,
        LatePolicy::AcceptFor(week)
    );
    assert_eq!(
        build(Duration::from_nanos(1_999))
            .await
            .unwrap()
            .settings()
            .late_policy,
        LatePolicy::AcceptFor(MICROSECOND)
    );
}

#[tokio::test]
async fn an_abandoned_contest_is_resumed_where_the_host_allows() {
    let clock = clock();
    let policy = ResumePolicy::BeforeDeadline;
    let engine = engine_with(&clock, LatePolicy::Reject, policy).await;
    let contest = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    let problems = problem_ids(&contest);
    engine
        .mark_solved(user(1), contest.id, problems[0])
        .await
        .unwrap();
    engine.abandon_contest(user(1), contest.id).await.unwrap();
    clock.advance(10 * MINUTE);
    for _ in 0..2 {
        let resumed = engine.resume_contest(user(1), contest.id).await.unwrap();
        assert_eq!(
            (resumed.status, resumed.ended_at),
            (ContestStatus::Active, None)
        );
        assert_eq!(resumed.time_remaining(), 50 * MINUTE);
        assert_eq!(resumed.completed_problems(), 1);
    }
    engine
        .mark_solved(user(1), contest.id, problems[1])
        .await
        .unwrap();
    let counts = engine.progress(user(1)).await.unwrap().contests;
    let expected = ContestCounts {
        active: 1,
        ..ContestCounts::default()
    };
    assert_eq!(counts, expected);
}

#[tokio::test]
async fn a_contest_is_not_resumed_for_a_stated_reason() {
    let clock = clock();
    let policy = ResumePolicy::BeforeDeadline;
    let engine = engine_with(&clock, LatePolicy::Reject, policy).await;
    let resume = async |contest| {
        let resumed = engine.resume_contest(user(1), contest).await;
        resumed.unwrap_err()
    };
    let first = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    engine.complete_contest(user(1), first.id).await.unwrap();
    assert_eq!(resume(first.id).await.code(), "contest_not_abandoned");
    clock.advance(MINUTE);
    let second = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    engine.abandon_contest(user(1), second.id).await.unwrap();
    let third = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    let busy = resume(second.id).await;
    assert!(
        matches!(busy, Error::Refused(Refusal::ActiveContestExists { contest }) if contest == third.id)
    );
    let others = engine.resume_contest(user(2), second.id).await.unwrap_err();
    assert_eq!(others.code(), "contest_not_found");
    clock.set(second.deadline);
    assert_eq!(resume(second.id).await.code(), "deadline_passed");
    // By default abandoning is final.
    let strict = engine_at(bundled(), clock.clone()).await;
    let never = strict.resume_contest(user(1), second.id).await.unwrap_err();
    assert_eq!(never.code(), "resume_not_allowed");
    assert!(!never.is_retryable());
}

#[tokio::test]
async fn a_reset_begins_an_epoch_and_keeps_the_history() {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let contest = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    for problem in problem_ids(&contest) {
        engine
            .mark_solved(user(1), contest.id, problem)
            .await
            .unwrap();
    }
    let busy = engine.reset_progress(user(1)).await.unwrap_err();
    assert!(
        matches!(busy, Error::Refused(Refusal::ActiveContestExists { contest: id }) if id == contest.id)
    );
    clock.set(contest.deadline);
    let reset = engine.reset_progress(user(1)).await.unwrap();
    assert_eq!((reset.removed, reset.settled), (5, Some(contest.id)));
    assert_eq!(engine.epoch(user(1)).await.unwrap(), reset.epoch);
    assert_eq!(
        (reset.epoch.number, reset.epoch.began_at),
        (1, Some(contest.deadline))
    );
    assert_eq!(engine.epoch(user(2)).await.unwrap().number, 0);
    let progress = engine.progress(user(1)).await.unwrap();
    assert_eq!(
        (progress.overall().solved, progress.contests.expired),
        (0, 1)
    );
    let kept = engine.contest(user(1), contest.id).await.unwrap();
    assert_eq!(kept.completed_problems(), 5);
    let history = engine.attempt_history(user(1), None, PageLimit::default());
    assert_eq!(history.await.unwrap().items.len(), 5);
    // Problems solved before can be selected again.
    let again = engine
        .create_contest(user(1), &request(20))
        .await
        .unwrap()
        .contest;
    assert_eq!(again.problems.len(), 20);
}
