//! A custom store, and a contest over it.
//!
//! ```text
//! cargo run --example custom_store
//! ```
//!
//! The store is in `custom_store/store.rs`. It implements the three repositories of
//! `contest_core::store`; `tests/custom_store.rs` tests it with the conformance suite. It keeps no domain
//! events and no rounds: these have separate, optional ports and separate suites.

#[path = "custom_store/store.rs"]
mod store;

use std::error::Error;

use contest_core::prelude::*;

use crate::store::MapStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::builder(MapStore::default()).build().await?;
    engine.publish_catalogue(&Catalogue::neetcode150()).await?;

    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?);
    let contest = engine.create_contest(user, &request).await?.contest;
    for entry in &contest.problems {
        engine
            .mark_solved(user, contest.id, entry.problem.id)
            .await?;
    }
    let contest = engine.complete_contest(user, contest.id).await?;
    let progress = engine.progress(user).await?;
    let Tally { solved, total } = progress.overall();
    println!("{}: {solved} of {total} solved", contest.status);
    Ok(())
}
