//! Cancels an operation at any point: it leaves all of its effect or nothing.
//!
//! ```text
//! cargo run --example cancellation --features cancellation
//! ```
//!
//! Dropping a future cancels it, and no task runs on afterwards. So everything that drops futures cancels
//! operations: a `CancellationToken`, `select!`, a timeout, a client that disconnects.

use std::time::Duration;

use contest_core::conformance::{Delays, Fault, Faults, Gate};
use contest_core::engine::CreatedContest;
use contest_core::prelude::*;
use contest_core::store::{Intercepted, Interceptor, StoreCall};
use tokio_util::sync::CancellationToken;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The time that a slow store takes for a call. A creation makes two calls: load the user, and commit.
const LATENCY: Duration = Duration::from_millis(40);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
    cancel_by_token(user, &request).await?;
    cancel_at_every_poll(user, &request).await?;
    time_out(user, &request).await?;
    lose_the_answer(user, &request).await?;
    leave_and_repeat(user, request).await
}

/// A token cancels an operation that waits for the store.
async fn cancel_by_token(user: UserId, request: &ContestRequest) -> Outcome {
    println!("A token is cancelled before the store has answered:");
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let engine = around(&store, Delays::latency(LATENCY)).build().await?;

    let token = CancellationToken::new();
    let cancel_soon = async {
        tokio::time::sleep(LATENCY / 2).await;
        token.cancel();
    };
    let creation = token.run_until_cancelled(engine.create_contest(user, request));
    let (answer, ()) = tokio::join!(creation, cancel_soon);

    println!("  {}; {}", heard(answer), stored(&store, user).await?);
    Ok(())
}

/// Cancels the operation at every point where it can be dropped, one after the other.
async fn cancel_at_every_poll(user: UserId, request: &ContestRequest) -> Outcome {
    println!("It is cancelled after 0, 1, 2, … polls:");
    for polls in 0.. {
        let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
        // Each call takes two polls before the store works, and two afterwards.
        let engine = around(&store, Delays::yields(2)).build().await?;
        let answer = tokio::select! {
            // In this order, the operation is polled `polls` times before it is dropped.
            biased;
            () = pass(polls) => None,
            answer = engine.create_contest(user, request) => Some(answer),
        };
        let answered = answer.is_some();
        println!(
            "  {polls}: {}; {}",
            heard(answer),
            stored(&store, user).await?
        );
        if answered {
            break;
        }
    }
    Ok(())
}

/// The engine's timeout cancels an operation.
async fn time_out(user: UserId, request: &ContestRequest) -> Outcome {
    println!("The engine's timeout is shorter than two calls of the store:");
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let engine = around(&store, Delays::latency(LATENCY))
        .operation_timeout(LATENCY * 3 / 2)
        .build()
        .await?;
    let answer = engine.create_contest(user, request).await;
    println!("  {}; {}", heard(Some(answer)), stored(&store, user).await?);
    Ok(())
}

/// The connection to the store breaks after the commit: the engine finds out whether the commit succeeded.
async fn lose_the_answer(user: UserId, request: &ContestRequest) -> Outcome {
    println!("The contest is stored, but the answer of the store is lost:");
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let faults = Faults::default();
    let engine = around(&store, faults.clone()).build().await?;
    faults.on_next(StoreCall::CommitUser, Fault::LoseAnswer);
    let answer = engine.create_contest(user, request).await;
    println!("  {}; {}", heard(Some(answer)), stored(&store, user).await?);
    Ok(())
}

/// A caller that cancelled cannot know whether the contest was created. With an idempotency key it can
/// safely repeat the call.
async fn leave_and_repeat(user: UserId, request: ContestRequest) -> Outcome {
    println!("The caller cancels just after the contest was stored, and then repeats the call:");
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    let (faults, kept) = (Faults::default(), Gate::new());
    let engine = around(&store, faults.clone()).build().await?;
    let request = request.with_idempotency_key(IdempotencyKey::new("monday-1")?);

    faults.on_next(StoreCall::CommitUser, Fault::HoldAfter(kept.clone()));
    let answer = tokio::select! {
        answer = engine.create_contest(user, &request) => Some(answer),
        () = kept.reached() => None,
    };
    println!("  {}; {}", heard(answer), stored(&store, user).await?);
    let answer = engine.create_contest(user, &request).await;
    println!("  {}; {}", heard(Some(answer)), stored(&store, user).await?);
    Ok(())
}

/// An engine whose every call to the store passes `interceptor`.
fn around(store: &MemoryStore, interceptor: impl Interceptor + 'static) -> EngineBuilder {
    Engine::builder(Intercepted::new(store.clone(), interceptor))
}

/// Yields to the runtime this number of times.
async fn pass(times: u32) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

/// Describes the caller's answer, if there is one.
fn heard(answer: Option<Result<CreatedContest, Error>>) -> String {
    match answer {
        None => "the caller gets no answer".to_owned(),
        Some(Ok(created)) => format!("the caller gets contest {}", created.contest.id),
        Some(Err(error)) => format!("the caller gets `{}`: {error}", error.code()),
    }
}

/// Describes the stored contests, read through a separate engine.
async fn stored(store: &MemoryStore, user: UserId) -> Outcome<String> {
    let engine = Engine::builder(store.clone()).build().await?;
    let contests = engine.contests(user, None, PageLimit::default()).await?;
    let described: Vec<_> = contests
        .items
        .iter()
        .map(|contest| {
            format!(
                "contest {} of {} problems",
                contest.id,
                contest.problems.len()
            )
        })
        .collect();
    Ok(match described.as_slice() {
        [] => "no contest is stored".to_owned(),
        contests => format!("stored: {}", contests.join(" and ")),
    })
}
