//! The same engine over another store with the same data, as for a host's transaction.

use std::sync::Arc;

use contest_core::prelude::*;

use crate::hooked::{Call, Hooked, Script};
use crate::support::*;

/// An engine, the same over a store whose calls are recorded, and the clock of both.
async fn pair() -> (Engine, Engine, Arc<Script>, Arc<ManualClock>) {
    let (store, clock, script) = (bundled(), clock(), Arc::new(Script::default()));
    let builder = Engine::builder(store.clone()).clock(clock.clone());
    let builder = builder.late_policy(LatePolicy::AcceptFor(MINUTE));
    let engine = builder.build().await.unwrap();
    let other = engine.with_store(Hooked::new(store, &script));
    (engine, other, script, clock)
}

#[tokio::test]
async fn an_engine_over_another_store_decides_alike() {
    let (engine, other, script, clock) = pair().await;
    assert!(Arc::ptr_eq(&engine.catalogue(), &other.catalogue()));
    assert_eq!(script.take_calls(), [], "it costs no call");
    let created = other.create_contest(ALICE, &request(5)).await.unwrap();
    let contest = created.contest;
    assert_eq!(contest.started_at, START);
    clock.set(contest.deadline);
    let problem = contest.problems[0].problem.id;
    let late = other.mark_solved(ALICE, contest.id, problem).await.unwrap();
    assert_eq!(late.completed_at, Some(contest.deadline));
    assert_eq!(engine.progress(ALICE).await.unwrap().overall().solved, 1);
}

/// It neither uses nor changes the engine's remembered states.
#[tokio::test]
async fn an_engine_over_another_store_remembers_nothing() {
    let (engine, other, script, _) = pair().await;
    engine.reset_progress(ALICE).await.unwrap();
    for epoch in 2..4 {
        let reset = other.reset_progress(ALICE).await.unwrap();
        assert_eq!(reset.epoch.number, epoch);
        assert_eq!(script.take_calls(), [Call::LoadUser, Call::Commit]);
    }
    let reset = engine.reset_progress(ALICE).await.unwrap();
    assert_eq!(reset.epoch.number, 4);
}

/// A publication that the host rolls back must not be visible outside.
#[tokio::test]
async fn a_catalogue_learnt_over_another_store_stays_there() {
    let (engine, other, ..) = pair().await;
    let before = engine.catalogue();
    let fewer = without(&before, before.problems()[0].id);
    publish(&other, &fewer).await;
    assert!(Arc::ptr_eq(&engine.catalogue(), &before));
    assert_ne!(other.catalogue().revision(), before.revision());
    engine.reload_catalogue().await.unwrap();
    assert_eq!(engine.catalogue().revision(), other.catalogue().revision());
}
