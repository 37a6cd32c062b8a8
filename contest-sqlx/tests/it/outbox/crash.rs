//! Processes are killed, without a chance to do anything about it.

use std::collections::{HashMap, HashSet};
use std::mem::discriminant;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contest_core::model::Event;
use contest_core::prelude::*;

use super::child::{Process, STEPS};
use super::delivery::{Dispatcher, LEASE, check_order, journal};
use super::log::{check, events};
use super::place::{Logged, Place};
use super::work::{USERS, Worker, user};
use crate::sqlite::support::{Dice, Directory};

/// When the dispatchers that obey take their leases.
pub(super) const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// How long to wait for what must happen: guards against what does not.
const PATIENCE: Duration = Duration::from_mins(1);

async fn log(store: &Arc<dyn Logged>) -> HashMap<UserId, Vec<Event>> {
    let mut log = HashMap::new();
    for number in 0..USERS {
        log.insert(user(number), check(store, user(number)).await);
    }
    log
}

/// Delivers what is left.
async fn deliver_the_rest(store: &Arc<dyn Logged>, file: &Path, now: Timestamp) {
    let dispatcher = Dispatcher::new(Arc::clone(store), file, 1_000);
    while dispatcher.once(now).await {}
}

/// Everything was delivered at least once, in order, and nothing else.
async fn assert_delivered(place: &Place, store: &Arc<dyn Logged>, file: &Path) {
    let log = log(store).await;
    let through = check_order(&journal(file), &log);
    for (user, events) in &log {
        let delivered = through.get(user).copied().unwrap_or_default();
        assert_eq!(delivered, events.len() as u64, "{user}");
    }
    assert_eq!(place.verify().await, vec![]);
}

async fn the_log_is_what_was_committed(place: Place) {
    let store = place.open().await;
    for seed in 1..=4 {
        println!("seed {seed}");
        let mut worker = Worker::new(store.clone(), seed).await;
        for _ in 0..150 {
            worker.step().await;
        }
    }
    let log = log(&store).await;
    let kinds: HashSet<_> = log
        .values()
        .flatten()
        .map(|e| discriminant(&e.kind))
        .collect();
    assert_eq!(kinds.len(), 7, "there is every kind of event");
    assert_eq!(place.verify().await, vec![]);
}

async fn killed_between_commit_and_delivery(place: Place, file: &Path) {
    let mut process = Process::start("obey", &place, file, 1);
    process.tell("work");
    process.wait_for("work");
    process.kill();
    let store = place.open().await;
    assert!(journal(file).is_empty());
    assert!(!events(&store, user(0)).await.is_empty());
    deliver_the_rest(&store, file, NOW).await;
    assert_delivered(&place, &store, file).await;
    // Not a second time.
    let delivered = journal(file).len();
    deliver_the_rest(&store, file, NOW + LEASE * 2).await;
    assert_eq!(journal(file).len(), delivered);
}

async fn killed_between_delivery_and_acknowledgement(place: Place, file: &Path) {
    let mut process = Process::start("obey", &place, file, 2);
    for order in ["work", "lease", "deliver"] {
        process.tell(order);
        process.wait_for(order);
    }
    process.kill();
    let once = journal(file);
    let served = once[0].user;
    let store = place.open().await;
    // Nobody else gets the user before the lease has run out.
    let early = NOW + LEASE.saturating_sub(Duration::from_micros(1));
    deliver_the_rest(&store, file, early).await;
    let others = &journal(file)[once.len()..];
    assert!(!others.is_empty() && others.iter().all(|event| event.user != served));
    let before = journal(file).len();
    deliver_the_rest(&store, file, NOW + LEASE).await;
    let again = &journal(file)[before..];
    assert_eq!(again[..once.len()], once, "delivered again");
    // Whoever was killed and comes back has lost the lease.
    let late = Dispatcher::new(store.clone(), file, 2);
    let batch = contest_core::store::EventBatch {
        user: served,
        events: once,
    };
    assert!(!late.acknowledge(&batch).await);
    assert_delivered(&place, &store, file).await;
}

/// Two processes work and two deliver; every now and then one of them is killed, and another takes its
/// place.
async fn killed_again_and_again(place: Place, file: &Path) {
    const SEED: u64 = 7;
    const KILLS: u64 = 16;
    println!("seed {SEED}");
    let mut dice = Dice(SEED);
    let start = |slot: usize, seed| {
        let task = if slot < 2 { "work" } else { "deliver" };
        Process::start(task, &place, file, seed)
    };
    let mut processes: Vec<_> = (0..4).map(|slot| start(slot, slot as u64)).collect();
    for kill in 0..KILLS {
        // In the middle of what both workers do.
        let done = dice.below(STEPS);
        for worker in &mut processes[..2] {
            worker.tell("work");
            worker.wait_for_all(done);
        }
        let slot = usize::try_from(dice.below(4)).unwrap();
        let successor = start(slot, 10 + kill);
        std::mem::replace(&mut processes[slot], successor).kill();
        let survivors = processes[..2].iter_mut().enumerate();
        for (_, worker) in survivors.filter(|(worker, _)| *worker != slot) {
            worker.wait_for_all(STEPS - done);
        }
    }
    let dispatchers = processes.split_off(2);
    processes.into_iter().for_each(Process::kill);
    let store = place.open().await;
    let log = log(&store).await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let through = check_order(&journal(file), &log);
        let arrived = |(user, events): (_, &Vec<_>)| {
            through.get(user).copied().unwrap_or_default() == events.len() as u64
        };
        if log.iter().all(arrived) {
            break;
        }
        assert!(Instant::now() < deadline, "not delivered: {through:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    dispatchers.into_iter().for_each(Process::kill);
    assert_delivered(&place, &store, file).await;
}

macro_rules! on_both {
    ($($test:ident,)*) => {
        mod postgres {
            use super::{Directory, Place};

            $(#[tokio::test]
            async fn $test() {
                let directory = Directory::new();
                let file = directory.database().with_extension("journal");
                super::$test(Place::new_postgres().await, &file).await;
            })*

            #[tokio::test]
            async fn the_log_is_what_was_committed() {
                super::the_log_is_what_was_committed(Place::new_postgres().await).await;
            }
        }

        mod sqlite {
            use super::{Directory, Place};

            $(#[tokio::test]
            async fn $test() {
                let directory = Directory::new();
                let file = directory.database().with_extension("journal");
                super::$test(Place::new_sqlite(directory.database()).await, &file).await;
            })*

            #[tokio::test]
            async fn the_log_is_what_was_committed() {
                let directory = Directory::new();
                let place = Place::new_sqlite(directory.database()).await;
                super::the_log_is_what_was_committed(place).await;
            }
        }
    };
}

on_both! {
    killed_between_commit_and_delivery,
    killed_between_delivery_and_acknowledgement,
    killed_again_and_again,
}
