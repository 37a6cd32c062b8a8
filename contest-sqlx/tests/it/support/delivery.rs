//! Processes that deliver events to a file, and are killed.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::future::pending;
use std::io::Write as _;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use contest_core::delivery::{Dispatcher, EventSink, SinkError};
use contest_core::model::{Event, EventNumber};
use contest_core::prelude::*;
use contest_core::store::{EventBatch, EventLog, Lease, LeaseHolder, Store, async_trait};
use contest_core::time::SystemClock;
use uuid::Uuid;

use super::process::{Process, heard, say};
use super::worker::{Worker, check_whole};
use super::{Dice, user};

/// The duration of leases, also of killed processes.
const LEASE: Duration = Duration::from_millis(150);

/// The time of leases taken step by step.
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

const SEED: u64 = 7;
const KILLS: u64 = 12;

/// Makes the task of a process from its name and its last word.
pub(crate) type Tasks = Box<dyn Fn(&str, &str) -> String>;

/// A file to which several processes deliver events.
struct Journal(File);

impl Journal {
    fn open(path: &Path) -> Self {
        let file = OpenOptions::new().append(true).create(true).open(path);
        Self(file.unwrap())
    }

    /// Each line is one write, so lines are never mixed.
    fn take(&self, batch: &EventBatch) {
        for event in &batch.events {
            let line = format!("{}\n", serde_json::to_string(event).unwrap());
            (&self.0).write_all(line.as_bytes()).unwrap();
        }
    }
}

#[async_trait]
impl EventSink for Journal {
    async fn deliver(&self, batch: &EventBatch) -> Result<(), SinkError> {
        self.take(batch);
        Ok(())
    }
}

/// The delivered events, in order. The last line of a killed process may be cut off.
fn delivered(file: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().map(serde_json::from_str);
    lines.map(Result::unwrap).collect()
}

/// Delivers like a host, until it is killed.
pub(crate) async fn deliver(log: impl EventLog + 'static, journal: &Path) {
    let sink = Arc::new(Journal::open(journal));
    let dispatcher = Dispatcher::new(Arc::new(log), sink, SystemClock)
        .with_lease(LEASE)
        .with_batch(NonZeroU32::new(4).unwrap())
        .with_idle_wait(Duration::from_millis(5));
    say("ready");
    dispatcher.run(pending()).await;
}

fn lease(holder: u128, now: Timestamp) -> Lease {
    Lease {
        holder: LeaseHolder(Uuid::from_u128(holder)),
        now,
        until: now + LEASE,
    }
}

/// Delivers step by step on command, so that it can be killed between two steps.
pub(crate) async fn step_by_step(store: impl Store + EventLog + Clone + 'static, journal: &Path) {
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let mut worker = Worker::new(&engine, 2);
    let journal = Journal::open(journal);
    let mut batch = None;
    say("ready");
    while let Some(order) = heard() {
        match order.as_str() {
            "work" => {
                for _ in 0..60 {
                    worker.step().await.unwrap();
                }
            }
            "lease" => batch = store.lease_events(lease(2, NOW), 4).await.unwrap(),
            "deliver" => journal.take(batch.as_ref().unwrap()),
            other => panic!("cannot `{other}`"),
        }
        say("ready");
    }
}

/// Delivers all events that can be leased at this time.
async fn deliver_the_rest(log: &impl EventLog, file: &Path, now: Timestamp) {
    let journal = Journal::open(file);
    let lease = lease(1_000, now);
    while let Some(batch) = log.lease_events(lease, 4).await.unwrap() {
        journal.take(&batch);
        let last = batch.events.last().unwrap().number;
        let noted = log.acknowledge_events(batch.user, lease.holder, last).await;
        assert!(noted.unwrap());
    }
}

/// Checks that exactly the events of the log were delivered, each at least once and after its predecessor.
async fn check_delivered(log: &impl EventLog, file: &Path) {
    let mut through: HashMap<UserId, u64> = HashMap::new();
    let mut logs: HashMap<UserId, Vec<Event>> = HashMap::new();
    for number in 0..super::worker::USERS {
        let events = log
            .events_after(user(number), EventNumber(0), 1_000_000)
            .await;
        logs.insert(user(number), events.unwrap());
    }
    for event in delivered(file) {
        let through = through.entry(event.user).or_default();
        let EventNumber(number) = event.number;
        assert!(number <= *through + 1, "{event:?} came after {through}");
        *through = number.max(*through);
        let place = usize::try_from(number - 1).unwrap();
        assert_eq!(logs[&event.user][place], event);
    }
    for (user, events) in logs {
        let through = through.get(&user).copied().unwrap_or_default();
        assert_eq!(through, events.len() as u64, "{user}");
    }
}

pub(crate) async fn killed_between_delivery_and_acknowledgement(
    store: impl Store + EventLog + Clone + 'static,
    task: &Tasks,
    file: &Path,
) {
    let _ = std::fs::remove_file(file);
    let mut process = Process::start(&task("step_by_step", file.to_str().unwrap()));
    process.said();
    for order in ["work", "lease", "deliver"] {
        process.tell(order);
        process.said();
    }
    process.kill();
    let once = delivered(file);
    let served = once[0].user;
    // No other process gets the user before the lease runs out.
    let early = NOW + LEASE.saturating_sub(Duration::from_micros(1));
    deliver_the_rest(&store, file, early).await;
    let others = &delivered(file)[once.len()..];
    assert!(!others.is_empty() && others.iter().all(|event| event.user != served));
    let before = delivered(file).len();
    deliver_the_rest(&store, file, NOW + LEASE).await;
    let again = &delivered(file)[before..];
    assert_eq!(again[..once.len()], once, "delivered again");
    // The killed process has lost its lease.
    let late = store.acknowledge_events(served, lease(2, NOW).holder, once[0].number);
    assert!(!late.await.unwrap());
    check_delivered(&store, file).await;
    let all = delivered(file).len();
    deliver_the_rest(&store, file, NOW + LEASE * 3).await;
    assert_eq!(delivered(file).len(), all, "not a second time");
    std::fs::remove_file(file).unwrap();
}

/// One process works and two deliver; all are killed repeatedly. `settle` waits until no statement of a killed
/// process runs.
pub(crate) async fn killed_again_and_again(
    store: impl Store + EventLog + Clone + 'static,
    task: &Tasks,
    file: &Path,
    settle: impl AsyncFn(),
) {
    let _ = std::fs::remove_file(file);
    println!("seed {SEED}");
    let mut dice = Dice(SEED);
    for kill in 0..KILLS {
        let mut deliverers =
            [1, 2].map(|_| Process::start(&task("deliver", file.to_str().unwrap())));
        for process in &mut deliverers {
            process.said();
        }
        let mut worker = Process::start(&task("work", &kill.to_string()));
        for _ in 0..10 + dice.below(40) {
            worker.line().unwrap();
        }
        let [first, second] = deliverers;
        first.kill();
        for _ in 0..dice.below(20) {
            worker.line().unwrap();
        }
        worker.kill();
        second.kill();
        settle().await;
    }
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    check_whole(&engine, &store).await;
    let by_killed = delivered(file).len();
    // After all leases.
    let now = SystemClock.now() + Duration::from_hours(1);
    deliver_the_rest(&store, file, now).await;
    check_delivered(&store, file).await;
    println!(
        "{by_killed} of {} by processes that were killed",
        delivered(file).len()
    );
    assert!(by_killed > 50, "{by_killed}");
    std::fs::remove_file(file).unwrap();
}
