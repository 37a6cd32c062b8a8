//! A dispatcher when a sink or the log fails: pauses, attempts, events set aside.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contest_core::conformance::{Fault, Faults};
use contest_core::delivery::{DispatchError, Dispatcher, EventSink};
use contest_core::model::{Event, EventKind, EventNumber};
use contest_core::prelude::*;
use contest_core::select::SequentialSeeds;
use contest_core::store::{EventBatch, EventLog as _, Intercepted, MockStore, StoreCall};

use crate::delivery::{Deed, LEASE, Recorder, RuntimeClock, SECOND, Scene, drain};
use crate::support::*;

#[tokio::test]
async fn after_a_failure_events_come_one_by_one_and_say_which_attempt_it_is() {
    let scene = Scene::new();
    scene.solve(user(1), 0, 4).await;
    *scene.sink.refused_event.lock().unwrap() = Some(2);
    for _ in 0..5 {
        // Each in its own process: the count is stored with the events.
        let _ = scene.dispatcher().dispatch_once().await;
        scene.clock.advance(LEASE);
    }
    *scene.sink.refused_event.lock().unwrap() = None;
    drain(&scene.dispatcher()).await;
    let offered = scene.sink.offered.lock().unwrap();
    let [one, two, three, four] = [1, 2, 3, 4];
    let expected: Vec<(Vec<u64>, u32)> = vec![
        (vec![one, two], 1),
        (vec![one], 2),
        (vec![two, three], 1),
        (vec![two], 2),
        (vec![two], 3),
        (vec![two], 4),
        (vec![three, four], 1),
    ];
    assert_eq!(*offered, expected);
}

#[tokio::test]
async fn an_event_is_set_aside_after_the_attempts_allowed_and_the_next_go_on() {
    let scene = Scene::new();
    scene.solve(user(1), 0, 4).await;
    *scene.sink.refused_event.lock().unwrap() = Some(2);
    let mut set_aside = Vec::new();
    for _ in 0..8 {
        let dispatcher = scene.dispatcher().with_set_aside(3);
        let failed = drain(&dispatcher).await.into_iter().filter_map(Result::err);
        set_aside.extend(failed.filter(|e| matches!(e, DispatchError::SetAside { .. })));
        scene.clock.advance(LEASE);
    }
    assert_eq!(scene.sink.numbers(user(1)), [1, 3, 4]);
    let [
        DispatchError::SetAside {
            user: who,
            number,
            attempts,
            source,
        },
    ] = &*set_aside
    else {
        panic!("{set_aside:?}");
    };
    assert_eq!((*who, number.0, *attempts), (user(1), 2, 3));
    assert_eq!(source.to_string(), "not that one");
    // It can be read, and delivered by hand.
    let before = EventNumber(number.0 - 1);
    let kept = scene.store.events_after(user(1), before, 1).await.unwrap();
    assert_eq!(kept[0].number, *number);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_hangs_the_sink_is_set_aside_too() {
    let scene = Scene::new();
    scene.solve(user(1), 0, 2).await;
    let dispatcher = scene.dispatcher_at(RuntimeClock::new()).with_set_aside(2);
    for _ in 0..2 {
        scene.sink.next(Deed::Hang);
        tokio::time::advance(LEASE).await;
        let error = dispatcher.dispatch_once().await.unwrap_err();
        let is_aside = matches!(
            error,
            DispatchError::SetAside {
                number: EventNumber(1),
                ..
            }
        );
        let offered = scene.sink.offered.lock().unwrap().len();
        assert_eq!(is_aside, offered == 2, "{error:?}");
    }
    drain(&dispatcher).await;
    assert_eq!(scene.sink.numbers(user(1)), [2]);
}

/// The pause of a user after this many attempts, as the log gets it.
async fn pause_after(attempt: u32, seed: u64) -> Duration {
    let event = Event {
        user: user(1),
        number: EventNumber(1),
        at: START,
        kind: EventKind::UserErased,
    };
    let until = Arc::new(Mutex::new(None));
    let given = Arc::clone(&until);
    let mut log = MockStore::new();
    log.expect_lease_events().returning(move |_, _| {
        let events = vec![event.clone()];
        Ok(Some(EventBatch {
            user: user(1),
            attempt,
            events,
        }))
    });
    log.expect_give_back_events().returning(move |_, _, until| {
        *given.lock().unwrap() = Some(until);
        Ok(true)
    });
    let sink = Recorder::default();
    sink.next(Deed::Refuse);
    let dispatcher = Dispatcher::new(Arc::new(log), Arc::new(sink), clock())
        .with_pauses(SECOND, 10 * SECOND)
        .with_seeds(SequentialSeeds::new(seed));
    dispatcher.dispatch_once().await.unwrap_err();
    let until: Option<Timestamp> = *until.lock().unwrap();
    until.unwrap() - START
}

#[tokio::test]
async fn pauses_double_up_to_a_limit_and_differ_by_chance() {
    for (attempt, longest) in [
        (1, 1),
        (2, 2),
        (3, 4),
        (4, 8),
        (5, 10),
        (40, 10),
        (u32::MAX, 10),
    ] {
        let longest = longest * SECOND;
        let mut pauses = Vec::new();
        for seed in 0..20 {
            pauses.push(pause_after(attempt, seed).await);
        }
        let all = pauses.iter();
        assert!(
            all.clone().all(|p| (longest / 2..longest).contains(p)),
            "{pauses:?}"
        );
        let (least, most) = (all.clone().min().unwrap(), all.max().unwrap());
        assert!(*most > *least + longest / 4, "{attempt}: {pauses:?}");
        assert_eq!(pauses[7], pause_after(attempt, 7).await);
    }
}

/// A log can be scripted to fail as a store can.
#[tokio::test]
async fn nothing_is_lost_or_passed_over_when_the_log_fails() {
    use {Fault::*, StoreCall::*};

    let scene = Scene::new();
    scene.solve(user(1), 0, 3).await;
    let faults = Faults::default();
    let log = Arc::new(Intercepted::new(scene.store.clone(), faults.clone()));
    let sink: Arc<dyn EventSink> = Arc::clone(&scene.sink) as _;
    let dispatcher = Dispatcher::new(log, sink, Arc::clone(&scene.clock))
        .with_lease(LEASE)
        .with_batch(NonZeroU32::MIN);
    let failing = async |call, fault| {
        faults.on_next(call, fault);
        let error = dispatcher.dispatch_once().await.unwrap_err();
        assert!(matches!(error, DispatchError::Log(_)), "{error:?}");
        scene.clock.advance(LEASE);
        scene.sink.numbers(user(1))
    };
    assert!(failing(LeaseEvents, Refuse).await.is_empty());
    // Leased, but the dispatcher does not know.
    assert!(failing(LeaseEvents, LoseAnswer).await.is_empty());
    assert_eq!(failing(AcknowledgeEvents, Refuse).await, [1]);
    // Acknowledged, but the dispatcher does not know.
    assert_eq!(failing(AcknowledgeEvents, LoseAnswer).await, [1, 1]);
    scene.sink.next(Deed::Refuse);
    assert_eq!(failing(GiveBackEvents, Refuse).await, [1, 1]);
    drain(&dispatcher).await;
    assert_eq!(scene.sink.numbers(user(1)), [1, 1, 2, 3]);
    let attempts: Vec<_> = scene
        .sink
        .offered
        .lock()
        .unwrap()
        .iter()
        .map(|o| o.1)
        .collect();
    assert_eq!(attempts, [2, 3, 1, 2, 1]);
}
