//! Delivers domain events: from the outbox of a store, through a dispatcher, to a sink. The sink fails once,
//! and no event is lost. For one event it fails every time: that event is set aside, and the next ones are
//! delivered.
//!
//! ```text
//! cargo run --example events
//! ```
//!
//! `PgStore` and `SqliteStore` work the same way: with `with_outbox()`, the store is the log of events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contest_core::delivery::{Dispatcher, EventSink, SinkError};
use contest_core::model::{Event, EventKind, EventNumber};
use contest_core::prelude::*;
use contest_core::store::{EventBatch, EventLog, async_trait};
use contest_core::time::SystemClock;
use tokio::sync::Notify;

/// The number of attempts before an event is set aside. Use more in production: if an outage of the sink
/// lasts longer than the attempts, the events of all users are set aside.
const ATTEMPTS: u32 = 3;

/// An event that the board can never show.
const TOO_LONG: EventNumber = EventNumber(6);

/// The sink of this program prints to standard output. Yours may write to a queue.
#[derive(Default)]
struct Board {
    /// The last printed event of each user: events may be delivered twice, after a crash between delivery and
    /// acknowledgement.
    seen: Mutex<HashMap<UserId, EventNumber>>,
    finished: Notify,
}

#[async_trait]
impl EventSink for Board {
    async fn deliver(&self, batch: &EventBatch) -> Result<(), SinkError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_empty() && batch.attempt == 1 {
            println!("(the board is out of order; the events stay in the outbox)");
            return Err("out of order".into());
        }
        if batch.events.iter().any(|event| event.number == TOO_LONG) {
            println!("(attempt {}: a line is too long)", batch.attempt);
            return Err("a line is too long".into());
        }
        let last = seen.entry(batch.user).or_default();
        for event in batch.events.iter().filter(|event| event.number > *last) {
            println!("{:>2}  {}", event.number.0, describe(event));
        }
        if let Some(event) = batch.events.last() {
            *last = event.number;
            if matches!(event.kind, EventKind::ContestFinished { .. }) {
                self.finished.notify_one();
            }
        }
        Ok(())
    }
}

fn describe(event: &Event) -> String {
    match &event.kind {
        EventKind::ContestCreated { .. } => "a contest began".to_owned(),
        EventKind::ProblemSolved { contest, .. } => match contest {
            Some(_) => "a problem was solved in it".to_owned(),
            None => "a problem was solved outside a contest".to_owned(),
        },
        EventKind::ProblemUnsolved { .. } => "a mark was undone".to_owned(),
        EventKind::ContestFinished { ending, .. } => format!("it ended: {ending:?}"),
        // There may be more kinds in later versions.
        other => format!("{other:?}"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = MemoryStore::with_catalogue(Catalogue::neetcode150()).with_outbox();
    let engine = Engine::builder(store.clone())
        .clock(ManualClock::new(Timestamp::from_micros(0)))
        .seeds(SequentialSeeds::new(150))
        .build()
        .await?;
    let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    let board = Arc::new(Board::default());
    // Short pauses for an example. By default they grow from a second to five minutes.
    let dispatcher = Dispatcher::new(
        Arc::new(store.clone()),
        Arc::clone(&board) as _,
        SystemClock,
    )
    .with_pauses(Duration::from_millis(20), Duration::from_millis(80))
    .with_set_aside(ATTEMPTS)
    .with_idle_wait(Duration::from_millis(20));

    let request = ContestRequest::new(ProblemCount::new(2)?, ContestDuration::from_minutes(60)?);
    practise(&engine, user, &request).await?;
    // The dispatcher runs next to the rest of a program until `stop` is ready: here, when the board has got
    // the end of the second contest.
    let stop = Box::pin(async {
        board.finished.notified().await;
        match practise(&engine, user, &request).await {
            Ok(()) => board.finished.notified().await,
            Err(error) => println!("{error}"),
        }
    });
    dispatcher.run(stop).await;

    // An event that is set aside is logged as an error with its user and number. It stays in the log.
    let before = EventNumber(TOO_LONG.0 - 1);
    for event in store.events_after(user, before, 1).await? {
        println!("set aside: {}  {}", event.number.0, describe(&event));
    }
    let log = store.events_after(user, EventNumber(0), 100).await?;
    println!("{} events were committed, all but 1 delivered", log.len());
    // Events that were delivered or set aside can be removed.
    let pruned = store.prune_events(Timestamp::from_micros(1), 100).await?;
    println!("{pruned} events were pruned");
    Ok(())
}

/// Runs a contest of two problems. The first mark is undone.
async fn practise(engine: &Engine, user: UserId, request: &ContestRequest) -> Result<(), Error> {
    let contest = engine.create_contest(user, request).await?.contest;
    let problems = contest.problems.iter().map(|entry| entry.problem.id);
    for (problem, first) in problems.zip([true, false]) {
        engine.mark_solved(user, contest.id, problem).await?;
        if first {
            engine.unmark(user, contest.id, problem).await?;
        }
    }
    engine.complete_contest(user, contest.id).await.map(|_| ())
}
