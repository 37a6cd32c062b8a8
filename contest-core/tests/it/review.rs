//! Reviews over long histories, and their explanations.

use contest_core::prelude::*;
use contest_core::select::{Explanation, Funnel, Rule};

use crate::scene::Scene;
use crate::support::*;

const DAY: i64 = 24 * 60;

/// A request to review some problems.
fn review(problems: u16) -> SelectionRequest {
    SelectionRequest::new(count(problems)).with_strategy(Strategy::Review(ReviewOptions::default()))
}

fn topic(name: &str) -> Topic {
    Topic::new(name).unwrap()
}

/// 4,096 problems of one topic, and 100 of another.
fn old_and_new() -> Catalogue {
    let problem = |number: u32| {
        let name = if number < 4_096 { "Old" } else { "New" };
        problem(number).with_topics([topic(name)])
    };
    Catalogue::new((0..4_196).map(problem)).unwrap()
}

async fn explained(scene: &Scene, now: Timestamp, request: &SelectionRequest) -> Explanation {
    let engine = scene.at(now);
    engine.reload_catalogue().await.unwrap();
    engine.explain(ALICE, request).await.unwrap()
}

/// The only pool of a request without parts.
fn funnel(explanation: &Explanation) -> &Funnel {
    &explanation.parts[0].pools[0].funnel
}

/// Rules filter before limits count.
#[tokio::test]
async fn i10_what_a_rule_removes_does_not_keep_due_problems_out_of_a_review() {
    let scene = Scene::of(old_and_new(), LatePolicy::Reject).await;
    let (old, new) = scene.problems.split_at(4_096);
    scene.record(ALICE, minute(-800 * DAY), old).await;
    scene.record(ALICE, minute(-700 * DAY), new).await;
    let of_new = |explanation: &Explanation| {
        let selected = explanation.outcome.as_ref().unwrap();
        selected
            .problems
            .iter()
            .filter(|id| new.contains(id))
            .count()
    };
    let about_new = review(5).with_topics([topic("New")]);
    let explanation = explained(&scene, START, &about_new).await;
    assert_eq!(of_new(&explanation), 5);
    assert_eq!(funnel(&explanation).removed, [(Rule::Topics, 4_096)].into());
    assert_eq!(funnel(&explanation).looked_at, 100);
    let retired = changed(&scene.catalogue, |problem| {
        let gone = old.contains(&problem.id);
        problem.with_retired(gone)
    });
    scene.publish(&retired).await;
    let explanation = explained(&scene, START, &review(5)).await;
    assert_eq!(of_new(&explanation), 5);
    assert_eq!(
        (funnel(&explanation).pool, funnel(&explanation).looked_at),
        (100, 100)
    );
}

/// Each problem that a review leaves out is counted under a rule.
#[tokio::test]
async fn an_explanation_of_a_review_that_finds_too_few_names_every_reason() {
    let scene = Scene::with(12).await;
    let [due, fresh, excluded] = scene.first();
    let request = review(5).with_excluded([excluded]);
    let nothing = explained(&scene, START, &request).await;
    assert_eq!(nothing.outcome, Err(SelectionError::NoEligibleProblems));
    assert_eq!(funnel(&nothing).passed_over, [(Rule::Unsolved, 11)].into());
    scene.record(ALICE, minute(-700 * DAY), &[due]).await;
    scene.record(ALICE, START, &[fresh, excluded]).await;
    let some = explained(&scene, minute(1), &request).await;
    assert_eq!(some.outcome.as_ref().unwrap().problems, [due]);
    let funnel = funnel(&some);
    assert_eq!(funnel.removed, [(Rule::Excluded, 1)].into());
    let passed_over = [(Rule::NotDue, 1), (Rule::Unsolved, 9)];
    assert_eq!(funnel.passed_over, passed_over.into());
    assert_eq!((funnel.looked_at, funnel.eligible()), (funnel.left(), 1));
}

/// The first day on which the problem is due.
async fn due_on(scene: &Scene, from: i64) -> i64 {
    for day in from.. {
        let selected = scene.at(minute(day * DAY)).select(ALICE, &review(1)).await;
        if selected.is_ok() {
            return day;
        }
    }
    unreachable!("every problem becomes due")
}

/// A contest that was begun by a slip is no evidence about memory.
#[tokio::test]
async fn an_abandoned_contest_with_nothing_marked_moves_no_review() {
    let scene = Scene::with(21).await;
    let [problem] = scene.first();
    for day in [0, 3, 14, 50, 120] {
        scene.record(ALICE, minute(day * DAY), &[problem]).await;
    }
    assert_eq!(due_on(&scene, 121).await, 442);
    let slip = scene.repeating(&scene.problems[..20]);
    let contest = scene.create_as(ALICE, minute(121 * DAY), &slip).await;
    scene.abandon(minute(121 * DAY), &contest).await;
    assert_eq!(due_on(&scene, 121).await, 442);
}
