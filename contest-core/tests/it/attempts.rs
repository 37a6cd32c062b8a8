//! Attempts that the host judges, in contests and outside.

use contest_core::model::{Event, EventKind, SubmissionId};
use contest_core::prelude::*;
use contest_core::rules::{Limits, RecordedAttempts};
use contest_core::scoring::{Attempt, Icpc, Points, Score, Verdict};
use contest_core::user::AttemptRecord;

use crate::scene::Scene;
use crate::support::*;

fn attempt(id: &str, problem: ProblemId, at: i64, verdict: Verdict) -> Attempt {
    let id = SubmissionId::new(id).unwrap();
    Attempt::new(problem, minute(at), verdict).with_submission(id)
}

const fn answer(recorded: u64, rejudged: u64, unchanged: u64) -> RecordedAttempts {
    let mut answer = RecordedAttempts {
        recorded: 0,
        rejudged: 0,
        unchanged: 0,
    };
    answer.recorded = recorded;
    answer.rejudged = rejudged;
    answer.unchanged = unchanged;
    answer
}

/// A user with an active contest of the first two problems, scored as at the ICPC.
async fn begin(scene: &Scene) -> (Contest, [ProblemId; 2]) {
    let problems = scene.first();
    let request = scene.request(&problems).with_scoring(Icpc::default());
    let created = scene.at(START).create_contest(ALICE, &request).await;
    (created.unwrap().contest, problems)
}

/// Records attempts of Alice outside contests.
async fn record_outside(scene: &Scene, now: i64, attempts: &[Attempt]) -> RecordedAttempts {
    let engine = scene.at(minute(now));
    let recorded = engine.record_attempts_outside(ALICE, attempts).await;
    recorded.unwrap()
}

/// The penalty minutes, and how many problems are solved.
async fn score(scene: &Scene, now: Timestamp, contest: &Contest) -> (u64, u32) {
    let score = scene.find(now, contest).await.score;
    (score.penalty.as_secs() / 60, score.solved)
}

fn live(log: &[AttemptRecord]) -> Vec<(ProblemId, Timestamp)> {
    let solves = log.iter().filter(|entry| entry.is_solve());
    solves.map(|entry| (entry.problem, entry.at)).collect()
}

#[tokio::test]
async fn i6_an_accepted_attempt_solves_its_problem() {
    let scene = Scene::with(12).await;
    let (contest, [one, two]) = begin(&scene).await;
    let attempts = [
        attempt("1", one, 5, Verdict::Rejected),
        attempt("2", one, 9, Verdict::Accepted),
        attempt("3", two, 9, Verdict::Pending),
    ];
    let engine = scene.at(minute(10));
    let recorded = engine.record_attempts(ALICE, contest.id, &attempts).await;
    assert_eq!(recorded.unwrap(), answer(3, 0, 0));
    let seen = scene.audit(ALICE, minute(10)).await;
    assert_eq!(seen.solved, [one].into());
    assert_eq!(live(&seen.log), [(one, minute(9))]);
    assert_eq!(seen.log.len(), 3);
    let found = scene.find(minute(10), &contest).await;
    assert_eq!(marks(&found), [(one, Some(minute(9))), (two, None)]);
    assert_eq!(
        (
            found.problems[0].attempts.len(),
            found.problems[1].score.pending
        ),
        (2, 1)
    );
    assert_eq!(score(&scene, minute(10), &contest).await, (9 + 20, 1));

    // The same again changes nothing, even after the end.
    let before = scene.audit(ALICE, minute(90)).await;
    let engine = scene.at(minute(90));
    let again = engine.record_attempts(ALICE, contest.id, &attempts).await;
    assert_eq!(again.unwrap(), answer(0, 0, 3));
    assert_eq!(scene.audit(ALICE, minute(90)).await, before);
}

#[tokio::test]
async fn i2_a_rejudgement_after_the_end_changes_the_past() {
    let scene = Scene::with(12).await;
    let (contest, [one, two]) = begin(&scene).await;
    let first = [
        attempt("1", one, 5, Verdict::Accepted),
        attempt("2", two, 6, Verdict::Rejected),
    ];
    let engine = scene.at(minute(10));
    engine
        .record_attempts(ALICE, contest.id, &first)
        .await
        .unwrap();
    scene.complete(minute(20), &contest).await;
    let again = [
        attempt("1", one, 5, Verdict::Rejected),
        attempt("2", two, 6, Verdict::Accepted),
    ];
    let engine = scene.at(minute(200));
    let judged = engine.record_attempts(ALICE, contest.id, &again).await;
    assert_eq!(judged.unwrap(), answer(0, 2, 0));
    let seen = scene.audit(ALICE, minute(200)).await;
    assert_eq!(seen.solved, [two].into());
    let entry = |problem| seen.log.iter().find(move |entry| entry.problem == problem);
    assert_eq!(entry(one).unwrap().undone_at, Some(minute(200)));
    assert_eq!(entry(two).unwrap().recorded_at, minute(200));
    assert_eq!(score(&scene, minute(201), &contest).await, (6, 1));
    // The time of a known submission stays, whatever the host says now.
    let engine = scene.at(minute(201));
    let moved = [attempt("2", two, 1, Verdict::Accepted)];
    let moved = engine.record_attempts(ALICE, contest.id, &moved).await;
    assert_eq!(moved.unwrap(), answer(0, 0, 1));
    let kinds: Vec<_> = scene.events(ALICE).await;
    let kinds: Vec<_> = kinds.iter().map(|event| event.kind.name()).collect();
    let expected = [
        "contest_created",
        "attempt_judged",
        "attempt_judged",
        "problem_solved",
        "contest_finished",
        "attempt_judged",
        "attempt_judged",
        "problem_unsolved",
        "problem_solved",
    ];
    // Problems are settled in the order of their ids.
    let sorted = |mut kinds: Vec<&'static str>| {
        kinds[7..].sort_unstable();
        kinds
    };
    assert_eq!(sorted(kinds), sorted(expected.to_vec()));
}

/// The log shows the problem as solved by another entry, which may be of the open contest.
#[tokio::test]
async fn i7_a_problem_stays_solved_by_another_attempt() {
    let scene = Scene::with(12).await;
    let (first, [one, _]) = begin(&scene).await;
    let accepted = [attempt("1", one, 5, Verdict::Accepted)];
    let rejected = [attempt("1", one, 5, Verdict::Rejected)];
    let engine = scene.at(minute(6));
    engine
        .record_attempts(ALICE, first.id, &accepted)
        .await
        .unwrap();
    scene.complete(minute(7), &first).await;
    let request = scene.repeating(&scene.first::<2>());
    let second = scene.at(minute(8)).create_contest(ALICE, &request).await;
    let second = second.unwrap().contest;
    scene.mark(minute(9), &second, one).await;

    let engine = scene.at(minute(10));
    engine
        .record_attempts(ALICE, first.id, &rejected)
        .await
        .unwrap();
    assert_eq!(scene.audit(ALICE, minute(10)).await.solved, [one].into());
    // Only the open contest solves it now, so unmarking it there makes it unsolved.
    scene.unmark(minute(11), &second, one).await;
    assert!(scene.audit(ALICE, minute(11)).await.solved.is_empty());
    let engine = scene.at(minute(12));
    engine
        .record_attempts(ALICE, first.id, &accepted)
        .await
        .unwrap();
    assert_eq!(scene.audit(ALICE, minute(12)).await.solved, [one].into());
    scene.record(ALICE, minute(13), &[one]).await;
    let engine = scene.at(minute(14));
    engine
        .record_attempts(ALICE, first.id, &rejected)
        .await
        .unwrap();
    assert_eq!(scene.audit(ALICE, minute(14)).await.solved, [one].into());
}

#[tokio::test]
async fn i6_ticks_and_judged_attempts_stand_side_by_side() {
    let scene = Scene::with(12).await;
    let (contest, [one, _]) = begin(&scene).await;
    scene.mark(minute(1), &contest, one).await;
    let engine = scene.at(minute(3));
    let judged = [attempt("1", one, 2, Verdict::Accepted)];
    engine
        .record_attempts(ALICE, contest.id, &judged)
        .await
        .unwrap();
    // The tick came first. Without it, the judged attempt solves the problem.
    assert_eq!(
        scene.unmark(minute(4), &contest, one).await,
        (Some(minute(2)), true)
    );
    assert_eq!(scene.audit(ALICE, minute(4)).await.solved, [one].into());
    // Users cannot take back what the host has judged.
    let refused = scene.at(minute(5)).unmark(ALICE, contest.id, one).await;
    assert_eq!(
        refusal(refused),
        Refusal::JudgedByHost {
            contest: contest.id
        }
    );
    assert_eq!(
        scene.mark(minute(5), &contest, one).await,
        (Some(minute(2)), false)
    );
    let engine = scene.at(minute(6));
    let rejected = [attempt("1", one, 2, Verdict::Rejected)];
    engine
        .record_attempts(ALICE, contest.id, &rejected)
        .await
        .unwrap();
    assert!(scene.audit(ALICE, minute(6)).await.solved.is_empty());
}

/// Without an id, the problem and the time identify an attempt, and so a tick too.
#[tokio::test]
async fn i7_the_host_judges_a_tick_by_its_time() {
    let scene = Scene::with(12).await;
    let (contest, [one, _]) = begin(&scene).await;
    scene.mark(minute(1), &contest, one).await;
    let same = |verdict| [Attempt::new(one, minute(1), verdict)];
    let engine = scene.at(minute(2));
    let known = engine
        .record_attempts(ALICE, contest.id, &same(Verdict::Accepted))
        .await;
    assert_eq!(known.unwrap(), answer(0, 0, 1));
    let engine = scene.at(minute(3));
    let judged = engine
        .record_attempts(ALICE, contest.id, &same(Verdict::Rejected))
        .await;
    assert_eq!(judged.unwrap(), answer(0, 1, 0));
    let seen = scene.audit(ALICE, minute(3)).await;
    assert!(seen.solved.is_empty());
    assert_eq!(seen.log.len(), 1);
}

#[tokio::test]
async fn attempts_that_do_not_belong_to_the_contest_are_refused() {
    let scene = Scene::with(12).await;
    let (contest, [one, two]) = begin(&scene).await;
    let record = async |now: i64, attempt: Attempt| {
        let engine = scene.at(minute(now));
        engine.record_attempts(ALICE, contest.id, &[attempt]).await
    };
    record(5, attempt("1", one, 5, Verdict::Pending))
        .await
        .unwrap();
    let before = scene.audit(ALICE, minute(80)).await;
    let (of, problem) = (contest.id, one);
    let outside = Refusal::AttemptOutsideContest {
        contest: of,
        problem,
    };
    let third = scene.problems[2];
    for (now, given, expected) in [
        (6, attempt("2", one, -1, Verdict::Accepted), outside.clone()),
        (70, attempt("2", one, 60, Verdict::Accepted), outside),
        (
            6,
            attempt("2", one, 8, Verdict::Accepted),
            Refusal::SolveInFuture { problem },
        ),
        (
            6,
            attempt("1", two, 5, Verdict::Accepted),
            Refusal::SubmissionReused { problem: two },
        ),
        (
            6,
            attempt("2", third, 5, Verdict::Accepted),
            Refusal::ProblemNotInContest {
                contest: of,
                problem: third,
            },
        ),
    ] {
        // All or none.
        let engine = scene.at(minute(now));
        let both = [attempt("9", two, 5, Verdict::Accepted), given];
        let refused = engine.record_attempts(ALICE, contest.id, &both).await;
        assert_eq!(refusal(refused), expected);
    }
    let refused = scene
        .at(minute(6))
        .record_attempts(BOB, contest.id, &[])
        .await;
    assert_eq!(refusal(refused), Refusal::ContestNotFound { contest: of });
    assert_eq!(scene.audit(ALICE, minute(80)).await, before);
}

#[tokio::test]
async fn i16_a_contest_has_as_many_attempts_as_the_limits_allow() {
    let store = MemoryStore::with_catalogue(numbered(12));
    let limits = Limits::default().with_attempts(2);
    let builder = Engine::builder(store).clock(clock()).limits(limits);
    let engine = builder.build().await.unwrap();
    let contest = engine
        .create_contest(ALICE, &request(5))
        .await
        .unwrap()
        .contest;
    let problem = contest.problems[0].problem.id;
    let three: Vec<_> = ["1", "2", "3"]
        .map(|id| attempt(id, problem, 0, Verdict::Rejected))
        .into();
    let refused = engine.record_attempts(ALICE, contest.id, &three).await;
    assert_eq!(refusal(refused).code(), "limit_exceeded");
    let recorded = engine.record_attempts(ALICE, contest.id, &three[..2]).await;
    assert_eq!(recorded.unwrap(), answer(2, 0, 0));
}

#[tokio::test]
async fn i18_settling_an_expired_contest_keeps_its_score() {
    let scene = Scene::with(12).await;
    let (contest, [one, two]) = begin(&scene).await;
    scene.mark(minute(7), &contest, one).await;
    let before = scene.find(minute(61), &contest).await;
    let settled = scene
        .at(minute(61))
        .create_contest(ALICE, &scene.request(&[two]))
        .await;
    assert_eq!(settled.unwrap().settled, Some(contest.id));
    let after = scene.find(minute(61), &contest).await;
    assert_eq!((after.score, after.scoring), (before.score, before.scoring));
    assert_eq!((after.score.solved, after.score.penalty), (1, 7 * MINUTE));
}

/// With a clock that lags behind the last commit, a tick and the end after it have the same time.
#[tokio::test]
async fn i17_a_tick_at_the_instant_of_the_end_scores() {
    let scene = Scene::with(12).await;
    let (contest, [one, two]) = begin(&scene).await;
    scene.mark(minute(7), &contest, one).await;
    scene.complete(minute(7), &contest).await;
    assert_eq!(score(&scene, minute(8), &contest).await, (7, 1));
    let record = async |at: Timestamp| {
        let attempt = Attempt::new(two, at, Verdict::Accepted);
        let engine = scene.at(minute(9));
        engine.record_attempts(ALICE, contest.id, &[attempt]).await
    };
    let refused = record(minute(7) + MICROSECOND).await;
    assert_eq!(refusal(refused).code(), "attempt_outside_contest");
    assert_eq!(record(minute(7)).await.unwrap(), answer(1, 0, 0));
}

/// Late ticks count as solved, and not in the score, before and after the contest is settled.
#[tokio::test]
async fn ticks_accepted_late_do_not_score() {
    for late in [60, 65] {
        let scene = Scene::graceful(12).await;
        let (contest, [one, two]) = begin(&scene).await;
        scene.mark(minute(7), &contest, one).await;
        scene.mark(minute(late), &contest, two).await;
        let check = async |now| {
            let found = scene.find(minute(now), &contest).await;
            assert_eq!((found.score.solved, found.completed_problems()), (1, 2));
        };
        check(66).await;
        scene.create(ALICE, minute(90), &[scene.problems[2]]).await;
        check(91).await;
    }
}

#[tokio::test]
async fn i8_attempts_outside_contests_move_progress() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let accepted = attempt("1", one, -5, Verdict::Accepted);
    let half = Score::out_of(Points::from(50), Points::from(100)).unwrap();
    let partial = attempt("2", two, -5, Verdict::Rejected).with_score(half);
    let record = async |now, attempts: &[Attempt]| record_outside(&scene, now, attempts).await;
    let both = [accepted.clone(), partial.clone()];
    assert_eq!(record(0, &both).await, answer(2, 0, 0));
    assert_eq!(record(1, &both).await, answer(0, 0, 2));
    let seen = scene.audit(ALICE, minute(1)).await;
    assert_eq!(seen.solved, [one].into());
    assert_eq!(seen.log.iter().filter_map(|entry| entry.score).count(), 1);

    let rejected = attempt("1", one, -5, Verdict::Rejected);
    assert_eq!(
        record(2, std::slice::from_ref(&rejected)).await,
        answer(0, 1, 0)
    );
    assert!(scene.audit(ALICE, minute(2)).await.solved.is_empty());
    // Rejected again, while a tick elsewhere solves the problem.
    assert_eq!(record(3, &[accepted]).await, answer(0, 1, 0));
    scene.record(ALICE, minute(4), &[one]).await;
    assert_eq!(record(5, &[rejected]).await, answer(0, 1, 0));
    assert_eq!(scene.audit(ALICE, minute(5)).await.solved, [one].into());
    let kinds = scene.events(ALICE).await;
    let solved = |kind: &EventKind| kind.name() == "problem_solved";
    assert_eq!(kinds.iter().filter(|event| solved(&event.kind)).count(), 3);
}

/// The last verdict counts, in a contest and outside.
#[tokio::test]
async fn i8_an_attempt_given_twice_has_its_last_verdict() {
    let scene = Scene::with(12).await;
    let (contest, [one, two]) = begin(&scene).await;
    let twice = |id, problem, at| {
        [Verdict::Accepted, Verdict::Rejected].map(|verdict| attempt(id, problem, at, verdict))
    };
    let engine = scene.at(minute(5));
    let inside = engine
        .record_attempts(ALICE, contest.id, &twice("1", one, 2))
        .await;
    assert_eq!(inside.unwrap(), answer(1, 1, 0));
    let engine = scene.at(minute(5));
    let outside = engine
        .record_attempts_outside(ALICE, &twice("1", two, 2))
        .await;
    assert_eq!(outside.unwrap(), answer(1, 1, 0));
    assert!(scene.audit(ALICE, minute(5)).await.solved.is_empty());
    // Known as accepted, and judged again twice.
    let [accepted, rejected] = twice("1", two, 2);
    let pending = attempt("1", two, 2, Verdict::Pending);
    assert_eq!(
        record_outside(&scene, 6, &[accepted]).await,
        answer(0, 1, 0)
    );
    assert_eq!(
        record_outside(&scene, 6, &[rejected, pending]).await,
        answer(0, 2, 0)
    );
    assert!(scene.audit(ALICE, minute(6)).await.solved.is_empty());
}

/// Nothing is unsolved by a rejected attempt that was never accepted, nor while another one is accepted.
#[tokio::test]
async fn a_problem_that_stays_solved_has_no_event() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let record = async |now, attempts: &[Attempt]| record_outside(&scene, now, attempts).await;
    scene.record(ALICE, minute(0), &[one]).await;
    record(1, &[attempt("1", one, 1, Verdict::Rejected)]).await;
    record(2, &[attempt("2", two, 2, Verdict::Accepted)]).await;
    let replaced = [
        attempt("2", two, 2, Verdict::Rejected),
        attempt("3", two, 3, Verdict::Accepted),
    ];
    record(3, &replaced).await;
    assert_eq!(
        scene.audit(ALICE, minute(4)).await.solved,
        [one, two].into()
    );
    let events = scene.events(ALICE).await;
    let unsolved = |event: &&Event| event.kind.name() == "problem_unsolved";
    assert_eq!(events.iter().filter(unsolved).count(), 0);
}

#[tokio::test]
async fn attempts_outside_contests_are_refused_as_solves_are() {
    let clock = clock();
    let limits = Limits::default().with_solves_per_day(2).with_solves(3);
    let builder = Engine::builder(bundled()).clock(clock.clone());
    let engine = builder.limits(limits).build().await.unwrap();
    let problem = engine.catalogue().problems()[0].id;
    let made = |id: &str, at| {
        let id = SubmissionId::new(id).unwrap();
        Attempt::new(problem, at, Verdict::Pending).with_submission(id)
    };
    let fine = made("1", START);
    let stranger = ProblemId::from_uuid(uuid::Uuid::from_u128(9));
    let unknown = Attempt::new(stranger, START, Verdict::Pending);
    let refused = async |attempts: &[Attempt]| {
        let refused = engine.record_attempts_outside(ALICE, attempts).await;
        refusal(refused).code()
    };
    let out_of_years = Timestamp::from_micros(Timestamp::MAX.as_micros() + 1);
    for (given, code) in [
        (unknown, "unknown_problems"),
        (made("2", minute(60)), "solve_in_future"),
        (made("2", out_of_years), "limit_exceeded"),
    ] {
        assert_eq!(refused(&[fine.clone(), given]).await, code);
    }
    let four = ["1", "2", "3", "4"].map(|id| made(id, START));
    assert_eq!(refused(&four).await, "limit_exceeded");
    assert_eq!(refused(&four[..3]).await, "daily_limit");
    // All or none; a known attempt takes no place of the day.
    for recorded in [2, 0] {
        let answered = engine.record_attempts_outside(ALICE, &four[..2]).await;
        assert_eq!(answered.unwrap().recorded, recorded);
    }
    assert_eq!(refused(&four[2..]).await, "daily_limit");
}

/// An attempt counts in its epoch: judging it again after a reset changes the log, and not progress.
#[tokio::test]
async fn i18_a_rejudgement_of_an_earlier_epoch_moves_no_progress() {
    let scene = Scene::with(12).await;
    let (contest, [one, _]) = begin(&scene).await;
    let accepted = [attempt("1", one, 1, Verdict::Accepted)];
    let pending = [attempt("1", one, 1, Verdict::Pending)];
    let engine = scene.at(minute(2));
    engine
        .record_attempts(ALICE, contest.id, &accepted)
        .await
        .unwrap();
    scene.complete(minute(3), &contest).await;
    scene.at(minute(4)).reset_progress(ALICE).await.unwrap();
    scene.record(ALICE, minute(5), &[one]).await;
    for attempts in [&pending, &accepted, &pending] {
        let engine = scene.at(minute(6));
        engine
            .record_attempts(ALICE, contest.id, attempts)
            .await
            .unwrap();
        assert_eq!(scene.audit(ALICE, minute(6)).await.solved, [one].into());
    }
}

#[tokio::test]
async fn i18_an_attempt_outside_contests_stays_in_its_epoch() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let record = async |now, attempts: &[Attempt]| record_outside(&scene, now, attempts).await;
    let old = |verdict| [one, two].map(|problem| attempt("1", problem, 1, verdict));
    record(2, &old(Verdict::Accepted)).await;
    scene.at(minute(4)).reset_progress(ALICE).await.unwrap();
    scene.record(ALICE, minute(5), &[one]).await;
    for verdict in [Verdict::Pending, Verdict::Accepted, Verdict::Rejected] {
        record(6, &old(verdict)).await;
        let seen = scene.audit(ALICE, minute(6)).await;
        assert_eq!(seen.solved, [one].into());
        let epochs: Vec<_> = seen.log.iter().map(|entry| entry.epoch).collect();
        assert_eq!(epochs, [0, 0, 1]);
    }
}
