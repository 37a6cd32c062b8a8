//! Contests of named problems.

use std::num::NonZeroU16;

use contest_core::select::{
    Part, RequestError, Rule, SelectionMethod, Slot, SlotExplanation, Strategy,
};

use crate::scene::Scene;
use crate::support::*;
use contest_core::prelude::*;

fn named(problems: &[ProblemId]) -> ContestRequest {
    let hour = ContestDuration::from_minutes(60).unwrap();
    ContestRequest::with_problems(problems.iter().copied(), hour).unwrap()
}

/// Why the selection of a request was refused.
async fn refused(scene: &Scene, request: &ContestRequest) -> SelectionError {
    let created = scene.at(START).create_contest(ALICE, request).await;
    match refusal(created) {
        Refusal::Selection(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn named_problems_are_given_in_their_order_kept_and_replayed() {
    let scene = Scene::with(12).await;
    // Hard, medium, easy.
    let mut problems: Vec<_> = scene.first::<3>().to_vec();
    problems.reverse();
    let request = named(&problems).with_idempotency_key(key("list"));
    let created = scene.create_as(ALICE, START, &request).await;
    assert_eq!(problem_ids(&created), problems);
    assert_eq!(created.selection.method, SelectionMethod::Named);
    assert_eq!(
        (created.selection.asked, created.selection.shortfall()),
        (3, 0)
    );
    assert_eq!(
        scene.find(minute(1), &created).await.problems,
        created.problems
    );

    let replay = scene.at(minute(1)).replay(ALICE, created.id).await.unwrap();
    assert!(replay.is_same(), "{replay:?}");
    scene.audit(ALICE, minute(1)).await;

    // The key is for this list in this order.
    let again = scene.at(minute(1)).create_contest(ALICE, &request).await;
    assert!(again.unwrap().repeated);
    problems.reverse();
    let turned = named(&problems).with_idempotency_key(key("list"));
    let turned = scene.at(minute(1)).create_contest(ALICE, &turned).await;
    let expected = Refusal::IdempotencyKeyReused {
        contest: created.id,
    };
    assert_eq!(refusal(turned), expected);
}

#[tokio::test]
async fn a_named_problem_that_is_solved_is_a_repeat_and_is_solved_again() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    scene.record(ALICE, START, &[one]).await;
    let request = named(&[one, two]);
    let selected = scene.at(START).select(ALICE, request.selection()).await;
    assert_eq!(selected.unwrap().repeats, [one].into());
    let contest = scene.create_as(ALICE, START, &request).await;
    for (at, problem) in [(minute(1), one), (minute(2), two)] {
        assert_eq!(scene.mark(at, &contest, problem).await, (Some(at), true));
    }
    let stored = scene.stored(&contest).await;
    let newly = [one, two].map(|id| stored.problem(id).unwrap().mark.unwrap().newly);
    assert_eq!(newly, [false, true]);
    let progress = scene.at(minute(3)).progress(ALICE).await.unwrap();
    assert_eq!(progress.overall().solved, 2);
    scene.audit(ALICE, minute(3)).await;
}

#[tokio::test]
async fn rules_keep_named_problems_out_only_when_they_are_asked_for() {
    let scene = Scene::with(12).await;
    let [one, two, three] = scene.first();
    scene.record(ALICE, minute(-1), &[two]).await;
    let rules = Eligibility::default();
    let request = named(&[three, two, one]).with_eligibility(rules);
    let strict = request.clone().with_shortage_policy(ShortagePolicy::Strict);
    let error = refused(&scene, &strict).await;
    assert_eq!(error.code(), "not_enough_problems");
    assert!(error.to_string().starts_with("only 2 of 3"), "{error}");
    let all_solved = named(&[two]).with_eligibility(Eligibility::default());
    assert_eq!(
        refused(&scene, &all_solved).await,
        SelectionError::NoEligibleProblems
    );

    let explained = scene.at(START).explain(ALICE, request.selection()).await;
    let explained = explained.unwrap();
    let kept_out = |slot: &SlotExplanation| slot.funnel.passed_over.keys().next().copied();
    let slots = explained
        .slots
        .iter()
        .map(|slot| (slot.problem, kept_out(slot)));
    let expected = [
        (Some(three), None),
        (None, Some(Rule::Solved)),
        (Some(one), None),
    ];
    assert_eq!(slots.collect::<Vec<_>>(), expected);
    assert_eq!(explained.parts, []);

    let contest = scene.create_as(ALICE, START, &request).await;
    assert_eq!(problem_ids(&contest), explained.outcome.unwrap().problems);
    assert_eq!(problem_ids(&contest), [three, one]);
    assert_eq!(contest.selection.shortfall(), 1);
    let replay = scene.at(minute(1)).replay(ALICE, contest.id).await.unwrap();
    assert!(replay.is_same());
}

#[tokio::test]
async fn unknown_and_retired_problems_are_refused_by_name() {
    let scene = Scene::with(12).await;
    let [one, two] = scene.first();
    let [x, y] = [0xdead, 0xbeef].map(|n| ProblemId::from_uuid(uuid::Uuid::from_u128(n)));
    let contest = scene.create_as(BOB, START, &named(&[two, one])).await;
    scene.publish(&without(&scene.catalogue, two)).await;
    let error = refused(&scene, &named(&[y, two, one, x])).await;
    assert_eq!(
        error,
        SelectionError::UnknownProblems {
            problems: vec![y, x]
        }
    );
    let error = refused(&scene, &named(&[two, one])).await;
    assert_eq!(
        error,
        SelectionError::RetiredProblems {
            problems: vec![two]
        }
    );
    // A contest that has it keeps it, and a replay says why it could not be created today.
    let replay = scene.at(START).replay(BOB, contest.id).await.unwrap();
    assert_eq!(replay.problems, [two, one]);
    assert_eq!(replay.outcome.unwrap_err(), error);
    assert_eq!(replay.differences.len(), 2, "catalogue and retired");
}

#[tokio::test]
async fn lists_of_the_wrong_length_or_with_repeats_are_refused() {
    let scene = Scene::with(2_001).await;
    let [one, two, three] = scene.first();
    let listed = |ids: &[ProblemId]| SelectionRequest::with_problems(ids.iter().copied());
    assert_eq!(
        listed(&[one, two, one, three, two, one]),
        Err(RequestError::RepeatedProblems {
            problems: vec![one, two]
        })
    );
    for (length, given) in [(0, "0"), (1_001, "1001")] {
        let error = listed(&scene.problems[..length]).unwrap_err();
        let said = format!("the number of problems is {given}: expected 1 to 1000");
        assert_eq!(error.to_string(), said);
    }
    let engine = engine(bundled()).await;
    let many: Vec<_> = ids(&engine.catalogue()).into_iter().take(21).collect();
    let refused = refusal(engine.create_contest(ALICE, &named(&many)).await);
    assert_eq!(
        refused.to_string(),
        "the number of problems is 21: expected 1 to 20"
    );
    assert!(matches!(refused, Refusal::LimitExceeded(error) if error.field == "problem_ids"));
}

#[test]
fn nothing_else_chooses_beside_named_problems() {
    let catalogue = numbered(3);
    let ids = ids(&catalogue);
    let list = || named(&ids[..1]);
    let one = count(1);
    let topic = || [Topic::new("Everything").unwrap()];
    let slot = Slot::of_difficulty(Difficulty::Easy..=Difficulty::Hard);
    let requests = [
        ("mix", list().with_mix(Mix::new(1, 0, 0).unwrap())),
        ("topics", list().with_topics(topic())),
        ("excluded", list().with_excluded([ids[1]])),
        ("excluded_topics", list().with_excluded_topics(topic())),
        ("topic_cap", list().with_topic_cap(NonZeroU16::MIN)),
        ("strategy", list().with_strategy(Strategy::LeastUsed)),
    ];
    for (member, request) in requests {
        let refused = request.selection().check();
        assert_eq!(refused, Err(RequestError::ChoiceAmongNamed { member }));
    }
    let refused = |member| Err(RequestError::ChoiceAmongNamed { member });
    let parts = list().with_parts(vec![Part::new(one); 2]);
    assert_eq!(parts.map(drop), refused("parts"));
    assert_eq!(list().with_slots(vec![slot]).map(drop), refused("slots"));
    let allowed = list()
        .with_seed(Seed(3))
        .with_eligibility(Eligibility::default())
        .with_shortage_policy(ShortagePolicy::Strict);
    assert_eq!(allowed.selection().check(), Ok(()));
}
