//! The engine over the in-memory store: whole runs, and mistakes of callers.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contest_core::calendar::TimeZone;
use contest_core::prelude::*;
use contest_core::progress::{ActivityWindow, ContestCounts, Tally};
use contest_core::select::Part;

use crate::hooked::{Call, Fate, Hooked, Script};

use crate::support::*;

/// Contests of ten until no problem is left: every one is full but the last, and no problem repeats.
#[tokio::test]
async fn i10_i12_repeated_contests_use_up_all_150_problems() {
    let engine = engine(bundled()).await;
    let mut used = HashSet::new();
    for round in 1..=15 {
        let contest = engine
            .create_contest(user(1), &request(10))
            .await
            .unwrap()
            .contest;
        assert_eq!(contest.problems.len(), 10, "contest {round}");
        assert_eq!(contest.selection.shortfall(), 0);
        for problem in problem_ids(&contest) {
            assert!(used.insert(problem), "{problem} was in an earlier contest");
            engine
                .mark_solved(user(1), contest.id, problem)
                .await
                .unwrap();
        }
        engine.complete_contest(user(1), contest.id).await.unwrap();
    }
    assert_eq!(
        engine.progress(user(1)).await.unwrap().overall(),
        Tally {
            solved: 150,
            total: 150
        }
    );
    let refused = engine
        .create_contest(user(1), &request(10))
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Refused(Refusal::Selection(SelectionError::NoEligibleProblems))
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn i12_the_last_contest_is_short_and_says_so() {
    let engine = engine(bundled()).await;
    let all: Vec<_> = engine.catalogue().problems().iter().map(|p| p.id).collect();
    let solves: Vec<_> = all[..146]
        .iter()
        .map(|id| NewSolve::new(*id, START))
        .collect();
    engine.record_solves(user(1), &solves).await.unwrap();
    let strict = request(10).with_shortage_policy(ShortagePolicy::Strict);
    let refused = engine.create_contest(user(1), &strict).await.unwrap_err();
    assert_eq!(refused.code(), "not_enough_problems");
    assert!(refused.to_string().contains("only 4 of 10"), "{refused}");
    let contest = engine
        .create_contest(user(1), &request(10))
        .await
        .unwrap()
        .contest;
    assert_eq!(
        (contest.problems.len(), contest.selection.shortfall()),
        (4, 6)
    );
}

#[tokio::test]
async fn i2_a_contest_expires_by_the_clock_alone() {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let contest = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    assert_eq!(contest.duration(), HOUR);
    clock.set(before(contest.deadline));
    let last = engine.active_contest(user(1)).await.unwrap().unwrap();
    assert_eq!(last.time_remaining(), Duration::from_micros(1));
    clock.advance(Duration::from_micros(1));
    assert_eq!(engine.active_contest(user(1)).await.unwrap(), None);
    let after = engine.contest(user(1), contest.id).await.unwrap();
    assert_eq!(after.status, ContestStatus::Expired);
    assert_eq!(
        (after.ended_at, after.time_remaining()),
        (Some(contest.deadline), Duration::ZERO)
    );
    let late = engine
        .complete_contest(user(1), contest.id)
        .await
        .unwrap_err();
    let expired = Refusal::ContestNotAccepting {
        contest: contest.id,
        status: ContestStatus::Expired,
        ended_at: contest.deadline,
    };
    assert!(matches!(late, Error::Refused(refusal) if refusal == expired));
    let counts = engine.progress(user(1)).await.unwrap().contests;
    assert_eq!(
        counts,
        ContestCounts {
            expired: 1,
            ..ContestCounts::default()
        }
    );
    engine.create_contest(user(1), &request(5)).await.unwrap();
}

#[tokio::test]
async fn i5_a_lost_answer_is_repeated_under_the_same_key() {
    let script = Arc::new(Script::default());
    let engine = engine(Hooked::new(bundled(), &script)).await;
    let request = request(5).with_idempotency_key(key("k"));
    script.next(Call::Commit, Fate::LostAfter);
    // So is the answer of the load that looks for the contest.
    script.next(Call::LoadUser, Fate::Done);
    script.next(Call::LoadUser, Fate::LostBefore);
    let lost = engine.create_contest(user(1), &request).await.unwrap_err();
    assert!(lost.is_retryable());
    let created = engine.create_contest(user(1), &request).await.unwrap();
    assert!(created.repeated);
    let contest = created.contest;
    assert_eq!(
        engine.active_contest(user(1)).await.unwrap().as_ref(),
        Some(&contest)
    );
    let other = request.clone().with_mix(Mix::only(Difficulty::Hard));
    let refused = engine.create_contest(user(1), &other).await.unwrap_err();
    assert!(
        matches!(refused, Error::Refused(Refusal::IdempotencyKeyReused { contest: id }) if id == contest.id)
    );
    assert_eq!(
        engine
            .contests(user(1), None, PageLimit::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

/// No problem is left to select, yet the key still returns its contest.
#[tokio::test]
async fn i5_a_key_is_honoured_when_its_contest_took_the_last_problems() {
    let engine = engine(MemoryStore::with_catalogue(catalogue([2, 2, 1]))).await;
    let request = request(5).with_idempotency_key(key("last"));
    let contest = engine
        .create_contest(user(1), &request)
        .await
        .unwrap()
        .contest;
    for problem in problem_ids(&contest) {
        engine
            .mark_solved(user(1), contest.id, problem)
            .await
            .unwrap();
    }
    let again = engine
        .create_contest(user(1), &request)
        .await
        .unwrap()
        .contest;
    assert_eq!(again.id, contest.id);
    assert_eq!(again.completed_problems(), 5);
    let other = request.with_seed(Seed(1));
    let refused = engine.create_contest(user(1), &other).await.unwrap_err();
    assert_eq!(refused.code(), "idempotency_key_reused");
}

#[tokio::test]
async fn every_part_of_a_request_makes_another_request_of_it() {
    let engine = engine(bundled()).await;
    let base = request(5).with_idempotency_key(key("k"));
    engine.create_contest(user(1), &base).await.unwrap();
    let topic = Topic::new("Trees").unwrap();
    let variants = [
        request(6),
        ContestRequest::new(count(5), ContestDuration::from_minutes(61).unwrap()),
        request(5).with_mix(Mix::new(1, 1, 1).unwrap()),
        request(5).with_topics([topic]),
        request(5).with_excluded([engine.catalogue().problems()[0].id]),
        request(5).with_shortage_policy(ShortagePolicy::Strict),
        request(5).with_seed(Seed(0)),
    ];
    for variant in variants {
        let variant = variant.with_idempotency_key(key("k"));
        let refused = engine.create_contest(user(1), &variant).await.unwrap_err();
        assert_eq!(refused.code(), "idempotency_key_reused", "{variant:?}");
    }
}

#[tokio::test]
async fn requests_outside_the_limits_name_the_field_and_the_range() {
    let engine = engine(bundled()).await;
    let long = ContestRequest::new(count(5), ContestDuration::from_minutes(301).unwrap());
    for (request, message) in [
        (
            request(21),
            "the number of problems is 21: expected 1 to 20",
        ),
        (long, "the duration in minutes is 301: expected 10 to 300"),
    ] {
        let refused = engine.create_contest(user(1), &request).await.unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    let id = engine.catalogue().problems()[0].id;
    let many = vec![NewSolve::new(id, START); 10_001];
    let refused = engine.record_solves(user(1), &many).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the number of solves is 10001: expected 0 to 10000"
    );
    let future = [NewSolve::new(id, START + MINUTE + MICROSECOND)];
    let refused = engine.record_solves(user(1), &future).await.unwrap_err();
    assert_eq!(refused.code(), "solve_in_future");
}

#[tokio::test]
async fn i7_of_several_solves_of_a_problem_each_time_is_recorded_once() {
    let engine = engine(bundled()).await;
    let id = engine.catalogue().problems()[0].id;
    let earlier = before(START);
    let solves = [
        NewSolve::new(id, START),
        NewSolve::new(id, earlier),
        NewSolve::new(id, START),
    ];
    let outcome = engine.record_solves(user(1), &solves).await.unwrap();
    assert_eq!((outcome.recorded, outcome.already_solved), (1, 0));
    let history = engine
        .attempt_history(user(1), None, PageLimit::default())
        .await
        .unwrap();
    assert_eq!(
        history
            .items
            .iter()
            .map(|event| event.at)
            .collect::<Vec<_>>(),
        [START, earlier]
    );
    assert_eq!(
        engine
            .record_solve(user(1), id)
            .await
            .unwrap()
            .already_solved,
        1
    );
}

#[tokio::test]
async fn pages_of_contests_cover_the_list_once() {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let mut created = Vec::new();
    for _ in 0..7 {
        let contest = engine
            .create_contest(user(1), &request(1))
            .await
            .unwrap()
            .contest;
        engine.abandon_contest(user(1), contest.id).await.unwrap();
        created.insert(0, contest.id);
        clock.advance(Duration::from_micros(1));
    }
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = engine
            .contests(user(1), after, PageLimit::new(3).unwrap())
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|contest| contest.id));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen, pages), (created, 3));
}

/// Two engines over one store, as two processes: one publishes, the other has an old snapshot.
#[tokio::test]
async fn i10_an_engine_with_an_old_snapshot_selects_nothing_retired() {
    let store = MemoryStore::with_catalogue(catalogue([0, 3, 0]));
    let old = engine(store.clone()).await;
    let new = process(store.clone(), clock(), 1_000).await;
    let problems = new.catalogue().problems()[1..].to_vec();
    let fresh = Problem::new("fresh", "Fresh", Difficulty::Easy).unwrap();
    let next = problems.iter().map(|p| p.as_ref().clone()).chain([fresh]);
    publish(&new, &Catalogue::new(next).unwrap()).await;
    // Whatever the seed, a selection of three must include the retired one first.
    let contest = old
        .create_contest(user(1), &request(3))
        .await
        .unwrap()
        .contest;
    let slugs: Vec<_> = contest
        .problems
        .iter()
        .map(|e| e.problem.slug.as_str())
        .collect();
    assert_eq!(slugs[0], "fresh");
    assert!(!slugs.contains(&"medium-0"), "{slugs:?}");
    assert_eq!(
        old.catalogue().revision().number,
        2,
        "it reloaded by itself"
    );
    assert_eq!(old.catalogue().problems().len(), 4);
}

#[tokio::test]
async fn a_contest_of_a_newer_catalogue_is_shown_by_an_engine_with_an_old_one() {
    let store = MemoryStore::with_catalogue(catalogue([1, 0, 0]));
    let old = engine(store.clone()).await;
    let new = process(store, clock(), 1_000).await;
    publish(&new, &catalogue([3, 0, 0])).await;
    let contest = new
        .create_contest(user(1), &request(3))
        .await
        .unwrap()
        .contest;
    assert_eq!(old.contest(user(1), contest.id).await.unwrap(), contest);
}

#[tokio::test]
async fn i8_progress_follows_a_new_catalogue() {
    let engine = engine(MemoryStore::with_catalogue(catalogue([2, 2, 2]))).await;
    let easy = engine
        .catalogue()
        .by_slug(&Slug::new("easy-0").unwrap())
        .unwrap()
        .id;
    engine.record_solve(user(1), easy).await.unwrap();
    let harder = engine.catalogue().problems().to_vec().into_iter().map(|p| {
        let mut problem = p.as_ref().clone();
        if problem.id == easy {
            problem.difficulty = Difficulty::Hard;
        }
        problem
    });
    engine
        .publish_catalogue(&Catalogue::new(harder).unwrap())
        .await
        .unwrap();
    let progress = engine.progress(user(1)).await.unwrap();
    assert_eq!(
        progress.by_difficulty.easy,
        Tally {
            solved: 0,
            total: 1
        }
    );
    assert_eq!(
        progress.by_difficulty.hard,
        Tally {
            solved: 1,
            total: 3
        }
    );
    publish(&engine, &catalogue([0, 2, 2])).await;
    assert_eq!(
        engine.progress(user(1)).await.unwrap().overall(),
        Tally {
            solved: 0,
            total: 4
        }
    );
}

#[tokio::test]
async fn activity_counts_days_in_the_zone_of_the_user() {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let ids: Vec<_> = engine.catalogue().problems().iter().map(|p| p.id).collect();
    // START is midnight UTC, 19:00 of the day before in New York.
    for (id, days) in ids.iter().zip([0, 0, 1, 2, 4]) {
        clock.set(START + days * 24 * HOUR);
        engine.record_solve(user(1), *id).await.unwrap();
    }
    clock.set(START + 5 * 24 * HOUR);
    let week = |zone: &str| ActivityWindow::last_days(7, TimeZone::named(zone).unwrap()).unwrap();
    let utc = engine.activity(user(1), &week("UTC")).await.unwrap();
    let solved: Vec<_> = utc.days.iter().map(|day| day.solved).collect();
    assert_eq!(solved, [0, 2, 1, 1, 0, 1, 0]);
    assert_eq!(utc.days[6].day.to_string(), "2026-11-29");
    assert_eq!((utc.streaks.current, utc.streaks.longest), (1, 3));
    let new_york = engine
        .activity(user(1), &week("America/New_York"))
        .await
        .unwrap();
    assert_eq!(new_york.days[6].day.to_string(), "2026-11-28");
    assert_eq!(new_york.days[1].solved, 2);
}

#[tokio::test]
async fn another_user_has_nothing_to_do_with_it() {
    let engine = engine(bundled()).await;
    let contest = engine
        .create_contest(user(1), &request(5))
        .await
        .unwrap()
        .contest;
    let problem = contest.problems[0].problem.id;
    for refused in [
        engine.contest(user(2), contest.id).await.map(drop),
        engine
            .mark_solved(user(2), contest.id, problem)
            .await
            .map(drop),
        engine.complete_contest(user(2), contest.id).await.map(drop),
    ] {
        assert_eq!(refused.unwrap_err().code(), "contest_not_found");
    }
    assert_eq!(engine.progress(user(2)).await.unwrap().overall().solved, 0);
}

/// A host can move long selections out of the way of other tasks.
#[tokio::test]
async fn long_selections_run_where_the_host_says() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let store = MemoryStore::with_catalogue(numbered(6_000));
    let builder = Engine::builder(store).long_computations(move |compute| {
        counted.fetch_add(1, Ordering::SeqCst);
        compute();
    });
    let engine = builder.build().await.unwrap();
    let short = SelectionRequest::new(count(20));
    let parts = vec![Part::new(count(1)); 20];
    let long = short.clone().with_parts(parts).unwrap();
    engine.select(ALICE, &short).await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    engine.select(ALICE, &long).await.unwrap();
    engine.explain(ALICE, &long).await.unwrap();
    let hour = ContestDuration::from_minutes(60).unwrap();
    let contest = ContestRequest::with_selection(long, hour);
    let contest = engine
        .create_contest(ALICE, &contest)
        .await
        .unwrap()
        .contest;
    assert_eq!(contest.problems.len(), 20);
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}
