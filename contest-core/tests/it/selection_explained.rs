//! Explaining and replaying selections, over random catalogues, histories and requests.

use std::collections::BTreeMap;
use std::time::Duration;

use contest_core::prelude::*;
use contest_core::rules::{Difference, Replay};
use contest_core::select::{PoolExplanation, Rule};
use contest_core::time::Clock;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;

use crate::random::{Asked, Facts, Kind, Scenario, World, asked, play, run, scenario};
use crate::selection_rules::Checked;
use crate::support::{
    HOUR, bundled, catalogue, clock, engine_at, problem_ids, publish, refusal, request, user,
};

/// Compares the numbers of one pool with a count of the catalogue and the history.
fn check_pool(world: &World, request: &SelectionRequest, pool: &PoolExplanation) -> Checked {
    let catalogue = world.engine.catalogue();
    let mut removed: BTreeMap<Rule, u64> = BTreeMap::new();
    let mut passed_over: BTreeMap<Rule, u64> = BTreeMap::new();
    let (mut all, mut left) = (0, 0);
    for problem in catalogue.problems().iter().filter(|p| !p.retired) {
        if pool.difficulty.is_some_and(|d| d != problem.difficulty) {
            continue;
        }
        all += 1;
        if let Some(rule) = Facts::kept_out_by_catalogue(problem, request) {
            *removed.entry(rule).or_default() += 1;
            continue;
        }
        left += 1;
        if let Some(rule) = world
            .facts
            .kept_out_by_deeds(problem.id, request, world.now())
        {
            *passed_over.entry(rule).or_default() += 1;
        }
    }
    let funnel = &pool.funnel;
    prop_assert_eq!((funnel.pool, funnel.left()), (all, left));
    prop_assert_eq!(&funnel.removed, &removed);
    prop_assert!(funnel.looked_at <= left);
    prop_assert!(funnel.eligible() >= u64::from(pool.taken));
    for (rule, n) in funnel
        .passed_over
        .iter()
        .filter(|(rule, _)| **rule != Rule::TopicCap)
    {
        prop_assert!(
            passed_over.get(rule).is_some_and(|most| n <= most),
            "{} by {}",
            n,
            rule
        );
    }
    // A pool with missing problems has looked at all.
    if pool.missing() > 0 {
        prop_assert_eq!(funnel.looked_at, left);
        let mut deeds = funnel.passed_over.clone();
        let capped = deeds.remove(&Rule::TopicCap).unwrap_or(0);
        prop_assert_eq!(deeds, passed_over);
        prop_assert_eq!(funnel.eligible(), u64::from(pool.taken));
        prop_assert!(capped == 0 || request.topic_cap().is_some());
    }
    Ok(())
}

async fn check_explanation(scenario: &Scenario, asked: &Asked, kind: Kind) -> Checked {
    let world = play(scenario).await;
    let request = asked.request(&world.engine.catalogue(), kind);
    let explained = world.engine.explain(World::me(), &request).await.unwrap();
    let outcome = world.engine.select(World::me(), &request).await;
    let plain = |error: Error| error.to_string();
    let explained_outcome = explained
        .outcome
        .clone()
        .map_err(|error| plain(Refusal::from(error).into()));
    prop_assert_eq!(&explained_outcome, &outcome.map_err(plain));
    prop_assert_eq!(explained.seed, request.seed().unwrap());
    prop_assert!(explained.slots.is_empty());
    prop_assert_eq!(explained.parts.len(), 1);
    for part in &explained.parts {
        prop_assert_eq!((part.needed, part.received), (request.count().get(), 0));
        prop_assert_eq!(
            part.taken,
            part.pools.iter().map(|pool| pool.taken).sum::<u16>()
        );
        prop_assert_eq!(
            part.needed,
            part.pools.iter().map(|pool| pool.needed).sum::<u16>()
        );
        for pool in &part.pools {
            check_pool(&world, &request, pool)?;
        }
        if part.missing() == 0 {
            let received = part
                .pools
                .iter()
                .map(PoolExplanation::received)
                .sum::<u16>();
            let given = part.pools.iter().map(PoolExplanation::missing).sum::<u16>();
            prop_assert_eq!(received, given, "what some miss others give");
        }
    }
    Ok(())
}

/// A contest of this request, if problems can be selected.
async fn create(world: &World, asked: &Asked, kind: Kind) -> Option<Contest> {
    let selection = asked.request(&world.engine.catalogue(), kind);
    let hour = ContestDuration::from_minutes(60).unwrap();
    let request = ContestRequest::with_selection(selection, hour);
    match world.engine.create_contest(World::me(), &request).await {
        Ok(created) => Some(created.contest),
        Err(Error::Refused(Refusal::Selection(_))) => None,
        Err(error) => panic!("{error}"),
    }
}

/// A replay is the same after the contest has begun, was marked, is over, and after later contests and
/// solves, of its group members too.
async fn check_replay(scenario: &Scenario, asked: &Asked, kind: Kind, marks: u8) -> Checked {
    let world = play(scenario).await;
    let engine = &world.engine;
    let Some(contest) = create(&world, asked, kind).await else {
        return Ok(());
    };
    let expected = problem_ids(&contest);
    let check = async |after: &str| -> Checked {
        let replay = engine.replay(World::me(), contest.id).await.unwrap();
        prop_assert_eq!(&replay.differences, &vec![], "{}", after);
        prop_assert_eq!(&replay.problems, &expected);
        prop_assert_eq!(replay.outcome.unwrap().problems, replay.problems);
        Ok(())
    };
    check("creating it").await?;
    for (bit, id) in expected.iter().enumerate().take(8) {
        if marks & 1 << bit != 0 {
            world.clock.advance(Duration::from_mins(1));
            engine
                .mark_solved(World::me(), contest.id, *id)
                .await
                .unwrap();
        }
    }
    check("marking some of it").await?;
    world.clock.advance(2 * HOUR);
    let next = create(&world, asked, kind).await;
    check("another contest").await?;
    let all: Vec<_> = engine.catalogue().problems().iter().map(|p| p.id).collect();
    let solves: Vec<_> = all
        .iter()
        .map(|id| NewSolve::new(*id, world.now()))
        .collect();
    for member in 1..=3 {
        engine.record_solves(user(member), &solves).await.unwrap();
    }
    check("solving everything").await?;
    prop_assert!(next.is_none_or(|next| next.id != contest.id));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_explanation_is_of_the_same_selection_and_its_numbers_add_up(
        scenario in scenario(60),
        asked in asked(),
        kind in Kind::any().prop_filter("reviews have rules of their own", |kind| {
            !matches!(kind, Kind::Review { .. })
        }),
    ) {
        run(check_explanation(&scenario, &asked, kind))?;
    }

    #[test]
    fn i9_later_history_does_not_change_the_replay_of_a_contest(
        scenario in scenario(40),
        asked in asked(),
        kind in Kind::any(),
        marks in any::<u8>(),
    ) {
        run(check_replay(&scenario, &asked, kind, marks))?;
    }
}

/// A contest of ten bundled problems that began a while ago, and its engine.
async fn contest() -> (Engine, Contest) {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let created = engine.create_contest(user(1), &request(10)).await;
    let contest = created.unwrap().contest;
    clock.advance(2 * HOUR);
    (engine, contest)
}

async fn replay(engine: &Engine, contest: &Contest) -> Replay {
    engine.replay(user(1), contest.id).await.unwrap()
}

/// The bundled catalogue with some of its problems changed.
fn changed(change: impl Fn(Problem) -> Problem) -> Catalogue {
    crate::support::changed(&Catalogue::neetcode150(), change)
}

/// A replay uses the history before the contest began.
#[tokio::test]
async fn solves_recorded_later_do_not_change_a_replay() {
    let (engine, contest) = contest().await;
    let ids = problem_ids(&contest);
    let at = |problem, at| NewSolve::new(problem, at);
    let before = Timestamp::from_micros(contest.started_at.as_micros() - 1);
    let start = [at(ids[0], contest.started_at)];
    engine.record_solves(user(1), &start).await.unwrap();
    assert!(replay(&engine, &contest).await.is_same());
    let earlier = [at(ids[7], before), at(ids[3], before)];
    engine.record_solves(user(1), &earlier).await.unwrap();
    assert!(replay(&engine, &contest).await.is_same());
}

#[tokio::test]
async fn a_replay_names_retired_problems_and_a_changed_catalogue() {
    let (engine, contest) = contest().await;
    let recorded = contest.selection.catalogue;
    let gone = problem_ids(&contest)[4];
    let without = changed(|problem| {
        let retired = problem.id == gone;
        problem.with_retired(retired)
    });
    publish(&engine, &without).await;
    let current = engine.catalogue().fingerprint();
    assert_ne!(recorded, current);
    let seen = replay(&engine, &contest).await;
    let catalogue = Difference::Catalogue { recorded, current };
    let problems = vec![gone];
    assert_eq!(
        seen.differences,
        [catalogue, Difference::Retired { problems }]
    );
    publish(&engine, &changed(|problem| problem)).await;
    assert!(replay(&engine, &contest).await.is_same());
}

#[tokio::test]
async fn a_replay_names_a_changed_catalogue_only_if_it_matters() {
    let (engine, contest) = contest().await;
    let titled = changed(|mut problem| {
        problem.title.push('!');
        problem
    });
    publish(&engine, &titled).await;
    assert!(replay(&engine, &contest).await.is_same());
    let harder = changed(|mut problem| {
        problem.difficulty = Difficulty::Hard;
        problem
    });
    publish(&engine, &harder).await;
    let seen = replay(&engine, &contest).await;
    assert!(matches!(
        seen.differences[..],
        [Difference::Catalogue { .. }]
    ));
}

#[tokio::test]
async fn a_replay_names_another_history_that_changed_it_and_no_reset_changes_it() {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let all: Vec<_> = engine.catalogue().problems().iter().map(|p| p.id).collect();
    let solves: Vec<_> = all
        .iter()
        .map(|id| NewSolve::new(*id, clock.now()))
        .collect();
    engine.record_solves(user(1), &solves[100..]).await.unwrap();
    engine
        .record_solves(user(2), &solves[20..60])
        .await
        .unwrap();
    clock.advance(HOUR);
    let group = Eligibility::default().with_group([user(2)]);
    let contest = request(20).with_eligibility(group);
    let created = engine.create_contest(user(1), &contest).await;
    let contest = created.unwrap().contest;
    assert!(replay(&engine, &contest).await.is_same());
    // A member's earlier solve is recorded later: it was unknown then.
    clock.advance(2 * HOUR);
    let before = Timestamp::from_micros(contest.started_at.as_micros() - 1);
    let first = problem_ids(&contest)[0];
    let earlier = [NewSolve::new(first, before)];
    engine.record_solves(user(2), &earlier).await.unwrap();
    assert!(replay(&engine, &contest).await.is_same());
    engine.reset_progress(user(1)).await.unwrap();
    engine.reset_progress(user(2)).await.unwrap();
    assert!(replay(&engine, &contest).await.is_same());
    engine.erase_user(user(2)).await.unwrap();
    let seen = replay(&engine, &contest).await;
    assert_eq!(seen.differences, [Difference::History]);
}

#[tokio::test]
async fn a_replay_knows_that_a_member_of_the_group_had_begun_anew() {
    let clock = clock();
    let engine = engine_at(bundled(), clock.clone()).await;
    let all: Vec<_> = engine.catalogue().problems().iter().map(|p| p.id).collect();
    let solves = all.iter().map(|id| NewSolve::new(*id, clock.now()));
    let solves: Vec<_> = solves.skip(50).collect();
    engine.record_solves(user(2), &solves).await.unwrap();
    clock.advance(HOUR);
    engine.reset_progress(user(2)).await.unwrap();
    clock.advance(HOUR);
    let group = Eligibility::default().with_group([user(2)]);
    let contest = request(20).with_eligibility(group);
    let created = engine.create_contest(user(1), &contest).await;
    let contest = created.unwrap().contest;
    assert!(replay(&engine, &contest).await.is_same());
}

/// A late mark in an earlier contest, made after a later one began, is not before the later one.
#[tokio::test]
async fn a_replay_does_not_count_late_marks_made_since() {
    let clock = clock();
    let engine = Engine::builder(MemoryStore::with_catalogue(catalogue([1, 1, 1])))
        .clock(clock.clone())
        .late_policy(LatePolicy::AcceptFor(HOUR))
        .build()
        .await
        .unwrap();
    let rules = Eligibility::default().with_solved(SolvedRule::ExcludeWithin(24 * HOUR));
    let request = request(3).with_eligibility(rules);
    let first = engine.create_contest(user(1), &request).await;
    let first = first.unwrap().contest;
    clock.advance(HOUR);
    let second = engine.create_contest(user(1), &request).await;
    let second = second.unwrap().contest;
    clock.advance(Duration::from_mins(1));
    for id in problem_ids(&first) {
        engine.mark_solved(user(1), first.id, id).await.unwrap();
    }
    assert!(replay(&engine, &second).await.is_same());
}

#[tokio::test]
async fn a_contest_of_another_user_is_not_replayed() {
    let (engine, contest) = contest().await;
    let refused = refusal(engine.replay(user(2), contest.id).await);
    let contest = contest.id;
    assert_eq!(refused, Refusal::ContestNotFound { contest });
}
