//! Dispatchers over the event log of the in-memory store: failures between committing, delivering and
//! acknowledging.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contest_core::delivery::{DispatchError, Dispatched, Dispatcher, EventSink, SinkError};
use contest_core::model::{EventKind, EventNumber};
use contest_core::prelude::*;
use contest_core::store::{
    EventBatch, EventLog, Intercepted, Interceptor, Lease, LeaseHolder, StoreCall, StoreError,
    StoreOutcome, async_trait,
};
use contest_core::time::{Clock, ManualClock};
use futures::future::{join_all, pending};
use tokio::sync::Notify;

use crate::support::*;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const LEASE: Duration = Duration::from_secs(40);

/// How a sink handles the next batches; by default it accepts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Refuse,
    /// Accepts the events and then never answers: its caller times out or dies.
    TakeAndHang,
    Hang,
}

/// Records the events it accepts.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    taken: Mutex<Vec<(UserId, u64)>>,
    deeds: Mutex<Vec<Deed>>,
    refused_user: Mutex<Option<UserId>>,
    pub(crate) refused_event: Mutex<Option<u64>>,
    /// The event numbers of each batch it was offered, and the number of the attempt.
    pub(crate) offered: Mutex<Vec<(Vec<u64>, u32)>>,
    took: Notify,
}

impl Recorder {
    pub(crate) fn next(&self, deed: Deed) {
        self.deeds.lock().unwrap().push(deed);
    }

    fn taken(&self) -> Vec<(UserId, u64)> {
        self.taken.lock().unwrap().clone()
    }

    pub(crate) fn numbers(&self, user: UserId) -> Vec<u64> {
        let taken = self.taken();
        let own = taken.into_iter().filter(|(whose, _)| *whose == user);
        own.map(|(_, number)| number).collect()
    }

    fn take(&self, batch: &EventBatch) {
        let events = batch.events.iter().map(|e| (e.user, e.number.0));
        self.taken.lock().unwrap().extend(events);
        self.took.notify_one();
    }
}

#[async_trait]
impl EventSink for Recorder {
    async fn deliver(&self, batch: &EventBatch) -> Result<(), SinkError> {
        // Others run in between, if they can.
        tokio::task::yield_now().await;
        let numbers: Vec<_> = batch.events.iter().map(|e| e.number.0).collect();
        let refused = *self.refused_event.lock().unwrap();
        let is_refused = refused.is_some_and(|refused| numbers.contains(&refused));
        self.offered.lock().unwrap().push((numbers, batch.attempt));
        if is_refused {
            return Err("not that one".into());
        }
        if *self.refused_user.lock().unwrap() == Some(batch.user) {
            return Err("not this one".into());
        }
        let deed = self.deeds.lock().unwrap().pop();
        match deed {
            Some(Deed::Refuse) => return Err("the queue is full".into()),
            Some(Deed::Hang) => pending().await,
            Some(Deed::TakeAndHang) => {
                self.take(batch);
                pending::<()>().await;
            }
            None => self.take(batch),
        }
        Ok(())
    }
}

/// A clock that follows the time of the runtime, which the tests pause.
#[derive(Debug)]
pub(crate) struct RuntimeClock(tokio::time::Instant);

impl RuntimeClock {
    #[expect(clippy::disallowed_methods, reason = "the time is paused")]
    pub(crate) fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        START + self.0.elapsed()
    }
}

pub(crate) struct Scene {
    pub(crate) store: MemoryStore,
    pub(crate) sink: Arc<Recorder>,
    pub(crate) clock: Arc<ManualClock>,
    processes: AtomicU64,
}

impl Scene {
    /// The first seed of the next process.
    fn seed(&self) -> u64 {
        1_000 * self.processes.fetch_add(1, SeqCst)
    }

    pub(crate) fn new() -> Self {
        Self {
            store: bundled().with_outbox(),
            sink: Arc::default(),
            clock: clock(),
            processes: AtomicU64::new(1),
        }
    }

    pub(crate) fn dispatcher(&self) -> Dispatcher {
        self.dispatcher_at(Arc::clone(&self.clock))
    }

    pub(crate) fn dispatcher_at(&self, clock: impl Clock + 'static) -> Dispatcher {
        let sink: Arc<dyn EventSink> = Arc::clone(&self.sink) as _;
        Dispatcher::new(Arc::new(self.store.clone()), sink, clock)
            .with_lease(LEASE)
            .with_batch(NonZeroU32::new(2).unwrap())
    }

    /// Makes the user solve this number of problems, from this one on: one event each.
    pub(crate) async fn solve(&self, user: UserId, from: usize, count: usize) {
        let catalogue = Catalogue::neetcode150();
        let problems = catalogue.problems().iter().skip(from).take(count);
        let solves: Vec<_> = problems.map(|p| NewSolve::new(p.id, START)).collect();
        let engine = process(self.store.clone(), clock(), self.seed()).await;
        engine.record_solves(user, &solves).await.unwrap();
    }
}

/// Dispatches until no event is left, for any of the dispatchers.
pub(crate) async fn drain(dispatcher: &Dispatcher) -> Vec<Result<Dispatched, DispatchError>> {
    let mut done = Vec::new();
    loop {
        match dispatcher.dispatch_once().await {
            Ok(Dispatched::Nothing) => return done,
            other => done.push(other),
        }
    }
}

#[tokio::test]
async fn events_are_delivered_in_order_and_once() {
    let scene = Scene::new();
    scene.solve(user(1), 0, 5).await;
    let dispatcher = scene.dispatcher();
    let first = dispatcher.dispatch_once().await.unwrap();
    let (who, events) = (user(1), 2);
    assert_eq!(first, Dispatched::Delivered { user: who, events });
    drain(&dispatcher).await;
    assert_eq!(scene.sink.numbers(user(1)), [1, 2, 3, 4, 5]);
    scene.solve(user(1), 5, 1).await;
    drain(&dispatcher).await;
    assert_eq!(scene.sink.numbers(user(1)), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_crash_between_commit_and_delivery_loses_nothing() {
    let scene = Scene::new();
    let engine = engine_at(scene.store.clone(), Arc::clone(&scene.clock)).await;
    let contest = engine
        .create_contest(user(1), &request(3))
        .await
        .unwrap()
        .contest;
    for problem in problem_ids(&contest) {
        engine
            .mark_solved(user(1), contest.id, problem)
            .await
            .unwrap();
    }
    engine.complete_contest(user(1), contest.id).await.unwrap();
    // The dispatcher dies: its call is dropped at every point up to the delivery.
    for polls in 0..2 {
        let dispatcher = scene.dispatcher();
        let attempt = dispatcher.dispatch_once();
        tokio::pin!(attempt);
        for _ in 0..polls {
            assert!(futures::poll!(attempt.as_mut()).is_pending());
        }
    }
    assert_eq!(scene.sink.taken(), []);
    // Another process, after the lease of the one that died.
    drop(engine);
    scene.clock.advance(LEASE);
    drain(&scene.dispatcher()).await;
    assert_eq!(scene.sink.numbers(user(1)), [1, 2, 3, 4, 5]);
    let log = scene.store.events_after(user(1), EventNumber(0), 100).await;
    let log = log.unwrap();
    let ends = [log.first(), log.last()].map(|event| event.unwrap().kind.clone());
    assert!(matches!(ends[0], EventKind::ContestCreated { .. }));
    assert!(matches!(ends[1], EventKind::ContestFinished { .. }));
}

#[tokio::test]
async fn a_crash_between_delivery_and_acknowledgement_delivers_again_in_order() {
    let scene = Scene::new();
    scene.solve(user(1), 0, 3).await;
    scene.sink.next(Deed::TakeAndHang);
    let dispatcher = scene.dispatcher();
    {
        let attempt = dispatcher.dispatch_once();
        tokio::pin!(attempt);
        while scene.sink.taken().is_empty() {
            assert!(futures::poll!(attempt.as_mut()).is_pending());
        }
        // It dies here.
    }
    assert!(drain(&scene.dispatcher()).await.is_empty(), "still leased");
    assert_eq!(scene.sink.numbers(user(1)), [1, 2]);
    scene.clock.advance(LEASE);
    drain(&scene.dispatcher()).await;
    assert_eq!(scene.sink.numbers(user(1)), [1, 2, 1, 2, 3]);
}

#[tokio::test]
async fn a_sink_that_refuses_gets_the_same_events_again() {
    let scene = Scene::new();
    scene.solve(user(1), 0, 2).await;
    scene.sink.next(Deed::Refuse);
    let dispatcher = scene.dispatcher();
    let error = dispatcher.dispatch_once().await.unwrap_err();
    let DispatchError::Sink {
        user: who,
        attempt,
        source,
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        (*who, *attempt, source.to_string().as_str()),
        (user(1), 1, "the queue is full")
    );
    assert!(error.to_string().contains(&user(1).to_string()), "{error}");
    // More events arrive, and other users are served meanwhile.
    scene.solve(user(1), 2, 1).await;
    scene.solve(user(2), 0, 1).await;
    drain(&dispatcher).await;
    assert_eq!(scene.sink.taken(), [(user(2), 1)]);
    scene.clock.advance(LEASE);
    drain(&dispatcher).await;
    assert_eq!(scene.sink.numbers(user(1)), [1, 2, 3]);
}

#[tokio::test]
async fn a_user_whose_events_always_fail_does_not_block_others() {
    let scene = Scene::new();
    *scene.sink.refused_user.lock().unwrap() = Some(user(1));
    let dispatcher = scene.dispatcher();
    for round in 0..3 {
        scene.solve(user(1), round * 4, 4).await;
        scene.solve(user(2), round * 4, 4).await;
        let failed = drain(&dispatcher).await;
        assert_eq!(failed.iter().filter(|done| done.is_err()).count(), 1);
        scene.clock.advance(LEASE);
    }
    assert_eq!(scene.sink.numbers(user(2)), (1..=12).collect::<Vec<_>>());
    *scene.sink.refused_user.lock().unwrap() = None;
    drain(&dispatcher).await;
    assert_eq!(scene.sink.numbers(user(1)), (1..=12).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dispatchers_that_share_a_log_reorder_nothing() {
    let scene = Scene::new();
    for number in 0..8 {
        scene.solve(user(number), 0, 10).await;
    }
    let dispatchers: Vec<_> = (0..4).map(|_| Arc::new(scene.dispatcher())).collect();
    // Two concurrent calls on each, while more events arrive.
    let tasks = dispatchers.iter().cycle().take(8).map(|dispatcher| {
        let dispatcher = Arc::clone(dispatcher);
        tokio::spawn(async move { drain(&dispatcher).await })
    });
    let tasks: Vec<_> = tasks.collect();
    for number in 0..8 {
        scene.solve(user(number), 10, 5).await;
    }
    for done in join_all(tasks).await {
        assert!(done.unwrap().iter().all(Result::is_ok));
    }
    drain(&dispatchers[0]).await;
    let mut by_user: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (user, number) in scene.sink.taken() {
        by_user.entry(user).or_default().push(number);
    }
    assert_eq!(by_user.len(), 8);
    for numbers in by_user.values() {
        assert_eq!(*numbers, (1..=15).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_slower_than_its_lease_is_cut_off_before_another_delivers() {
    let scene = Scene::new();
    scene.solve(user(1), 0, 2).await;
    scene.sink.next(Deed::Hang);
    let clock = Arc::new(RuntimeClock::new());
    let (slow, other) = (
        scene.dispatcher_at(Arc::clone(&clock)),
        scene.dispatcher_at(Arc::clone(&clock)),
    );
    let error = slow.dispatch_once().await.unwrap_err();
    assert!(matches!(error, DispatchError::TimedOut { after } if after == LEASE / 4 * 3));
    assert_eq!(clock.now(), START + LEASE / 4 * 3);
    let early = other.dispatch_once().await.unwrap();
    assert_eq!(early, Dispatched::Nothing, "it pauses");
    // Given back: there is no wait for the end of the lease.
    tokio::time::advance(SECOND).await;
    drain(&other).await;
    assert_eq!(scene.sink.numbers(user(1)), [1, 2]);
}

#[tokio::test]
async fn a_lease_that_was_taken_meanwhile_is_noticed() {
    /// A dispatcher whose clock is far ahead takes the lease while the sink is working.
    struct Slow(MemoryStore);

    #[async_trait]
    impl EventSink for Slow {
        async fn deliver(&self, _: &EventBatch) -> Result<(), SinkError> {
            let lease = Lease {
                holder: LeaseHolder(uuid::Uuid::from_u128(1)),
                now: START + HOUR,
                until: START + 2 * HOUR,
            };
            self.0.lease_events(lease, 10).await?;
            Ok(())
        }
    }

    let scene = Scene::new();
    scene.solve(user(1), 0, 1).await;
    let sink = Arc::new(Slow(scene.store.clone()));
    let dispatcher = Dispatcher::new(Arc::new(scene.store.clone()), sink, scene.clock);
    let done = dispatcher.dispatch_once().await.unwrap();
    let (user, events) = (user(1), 1);
    assert_eq!(done, Dispatched::DeliveredLate { user, events });
}

#[tokio::test(start_paused = true)]
async fn running_delivers_new_events_until_it_is_stopped() {
    let scene = Scene::new();
    let dispatcher = scene.dispatcher_at(RuntimeClock::new());
    let stop = Notify::new();
    let host = async {
        scene.solve(user(1), 0, 3).await;
        while scene.sink.numbers(user(1)).len() < 3 {
            scene.sink.took.notified().await;
        }
        scene.solve(user(1), 3, 1).await;
        scene.sink.took.notified().await;
        stop.notify_one();
    };
    tokio::join!(dispatcher.run(stop.notified()), host);
    assert_eq!(scene.sink.numbers(user(1)), [1, 2, 3, 4]);
    // The delivered events are acknowledged.
    scene.clock.advance(HOUR);
    assert!(drain(&scene.dispatcher()).await.is_empty());
}

/// Refuses every call, and records its time.
#[derive(Debug, Clone, Default)]
struct Refusing(Arc<Mutex<Vec<tokio::time::Instant>>>);

#[async_trait]
impl Interceptor for Refusing {
    type Permit = ();

    #[expect(clippy::disallowed_methods, reason = "the time is paused")]
    async fn before(&self, _: StoreCall) -> Result<(), StoreError> {
        let now = tokio::time::Instant::now();
        self.0.lock().unwrap().push(now);
        Err(StoreError::transient("no connection"))
    }

    async fn after(&self, _: StoreCall, _: StoreOutcome, (): ()) -> Result<(), StoreError> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn running_waits_longer_after_each_error_up_to_a_limit() {
    let refusing = Refusing::default();
    let log = Intercepted::new(MemoryStore::new(), refusing.clone());
    let sink: Arc<dyn EventSink> = Arc::new(Recorder::default());
    let dispatcher =
        Dispatcher::new(Arc::new(log), sink, RuntimeClock::new()).with_longest_wait(SECOND / 2);
    // Dropping it is another way to stop it.
    let ran = tokio::time::timeout(3 * SECOND, dispatcher.run(pending())).await;
    assert!(ran.is_err());
    let asked = refusing.0.lock().unwrap();
    let waits = asked.iter().zip(asked.iter().skip(1));
    let waits: Vec<_> = waits
        .map(|(one, next)| (*next - *one).as_millis())
        .collect();
    // Timers have a resolution of a millisecond.
    let near = |expected: u128| move |wait: &u128| wait.abs_diff(expected) <= 1;
    for (wait, expected) in waits.iter().zip([100, 200, 400, 500, 500]) {
        assert!(near(expected)(wait), "{waits:?}");
    }
    assert!(waits.len() >= 5, "{waits:?}");
}

#[tokio::test]
async fn a_store_without_an_outbox_has_nothing_to_deliver() {
    let scene = Scene {
        store: bundled(),
        ..Scene::new()
    };
    scene.solve(user(1), 0, 2).await;
    assert!(drain(&scene.dispatcher()).await.is_empty());
    // Events are stored from `with_outbox` on.
    let store = scene.store.clone().with_outbox();
    scene.solve(user(1), 2, 1).await;
    let events = store.events_after(user(1), EventNumber(0), 10).await;
    assert_eq!(events.unwrap().len(), 1);
}
