//! Gathering, polled by hand, with scripted commits.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use contest_core::id::{UserId, Version};
use contest_core::store::StoreError;
use contest_core::time::Timestamp;
use contest_core::user::{AttemptRecord, UserRecord};
use futures::FutureExt as _;
use uuid::Uuid;

use super::*;

/// Ready after this number of polls; it wakes itself at once for each.
struct Rounds(u32);

impl Future for Rounds {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A store that records its calls. A commit takes some rounds, a batch the same number for each commit.
#[derive(Debug, Default)]
struct Script {
    rounds: u32,
    /// The outcomes, other than `Ok`, of batched commits, by the number of the user.
    answers: HashMap<u64, fn() -> Outcome>,
    began: Mutex<Vec<Vec<u64>>>,
    /// Only commits that ran to the end.
    made: Mutex<Vec<u64>>,
    running: AtomicUsize,
    most_running: AtomicUsize,
    panics: bool,
}

/// Counts running commits and batches.
struct Running<'s>(&'s Script);

impl<'s> Running<'s> {
    fn new(script: &'s Script) -> Self {
        let now = script.running.fetch_add(1, Ordering::SeqCst) + 1;
        script.most_running.fetch_max(now, Ordering::SeqCst);
        Self(script)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Script {
    fn of(rounds: u32) -> Self {
        Self {
            rounds,
            ..Self::default()
        }
    }

    async fn alone(self: Arc<Self>, user: u64) -> Result<(), CommitError> {
        let _running = Running::new(&self);
        lock(&self.began).push(vec![user]);
        Rounds(self.rounds).await;
        lock(&self.made).push(user);
        Ok(())
    }

    async fn together(self: Arc<Self>, commits: Vec<Commit>) -> Vec<Outcome> {
        let _running = Running::new(&self);
        let users: Vec<_> = commits.iter().map(|commit| number(commit.user)).collect();
        lock(&self.began).push(users.clone());
        assert!(!self.panics);
        for _ in &users {
            Rounds(self.rounds).await;
        }
        let mut outcomes = Vec::new();
        for user in users {
            let outcome = self.answers.get(&user);
            let outcome = outcome.map_or(Outcome::Ended(Ok(())), |outcome| outcome());
            if let Outcome::Ended(Ok(())) = outcome {
                lock(&self.made).push(user);
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    fn began(&self) -> Vec<Vec<u64>> {
        lock(&self.began).clone()
    }

    fn made(&self) -> Vec<u64> {
        lock(&self.made).clone()
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A call, polled by hand. Its outcome is a text.
struct Call {
    future: BoxFuture<'static, Result<(), CommitError>>,
    woken: Arc<Flag>,
    outcome: Option<String>,
    polls: usize,
}

impl Call {
    /// Polls it if it was woken. Returns whether it was.
    fn poll(&mut self) -> bool {
        let woken = self.woken.0.swap(false, Ordering::SeqCst);
        if !woken || self.outcome.is_some() {
            return false;
        }
        self.polls += 1;
        let waker = Waker::from(Arc::clone(&self.woken));
        if let Poll::Ready(outcome) = self.future.poll_unpin(&mut Context::from_waker(&waker)) {
            self.outcome = Some(outcome.map_or_else(|error| error.to_string(), |()| "ok".into()));
        }
        true
    }
}

struct World {
    gatherer: Arc<Gatherer>,
    script: Arc<Script>,
}

impl World {
    fn new(places: usize, script: Script) -> Self {
        Self {
            gatherer: Arc::new(Gatherer::new(places)),
            script: Arc::new(script),
        }
    }

    fn call(&self, user: u64) -> Call {
        self.call_with(user, commit(user, 0))
    }

    fn call_with(&self, user: u64, commit: Commit) -> Call {
        let (gatherer, script) = (Arc::clone(&self.gatherer), Arc::clone(&self.script));
        let future = async move {
            let together = {
                let script = Arc::clone(&script);
                move |commits| script.together(commits).boxed()
            };
            gatherer.commit(&commit, script.alone(user), together).await
        };
        Call {
            future: future.boxed(),
            woken: Arc::new(Flag(AtomicBool::new(true))),
            outcome: None,
            polls: 0,
        }
    }

    fn assert_free(&self, places: usize) {
        assert_eq!(self.gatherer.places.available_permits(), places);
        assert_eq!(self.script.running.load(Ordering::SeqCst), 0);
    }
}

fn user(number: u64) -> UserId {
    Uuid::from_u128(number.into()).into()
}

fn number(user: UserId) -> u64 {
    user.as_uuid().as_u64_pair().1
}

fn commit(of: u64, solves: usize) -> Commit {
    let solve = AttemptRecord::tick(Uuid::nil().into(), Timestamp::from_micros(0), None, 0);
    let mut commit = Commit::of_record(user(of), None, UserRecord::new());
    commit.record.version = Version::from_random(0, of);
    commit.attempts = vec![solve; solves];
    commit
}

/// Polls the woken calls, in order. Returns their number.
fn poll_each(calls: &mut [Call]) -> usize {
    calls.iter_mut().map(|call| usize::from(call.poll())).sum()
}

/// Polls woken calls, in order, until none is woken.
fn run(calls: &mut [Call]) {
    while poll_each(calls) > 0 {}
}

fn outcomes(calls: &[Call]) -> Vec<&str> {
    let outcomes = calls.iter().map(|call| call.outcome.as_deref());
    outcomes.map(|outcome| outcome.unwrap_or("none")).collect()
}

#[test]
fn a_commit_with_a_free_place_runs_at_once_and_alone() {
    let world = World::new(2, Script::default());
    let (mut one, mut other) = (world.call(1), world.call(2));
    assert!(one.poll() && other.poll());
    assert_eq!(outcomes(&[one, other]), ["ok", "ok"]);
    assert_eq!(world.script.began(), [[1], [2]]);
    assert!(lock(&world.gatherer.latest).upgrade().is_none());
}

#[test]
fn commits_that_come_while_one_is_under_way_go_together() {
    let world = World::new(1, Script::of(3));
    let mut calls: Vec<_> = (1..=20).map(|user| world.call(user)).collect();
    run(&mut calls);
    assert_eq!(outcomes(&calls), ["ok"; 20]);
    let together: Vec<_> = (2..=20).collect();
    assert_eq!(world.script.began(), [vec![1], together]);
    world.assert_free(1);
    // The batch of 19 was woken 57 times, instead of each of its calls.
    let polls: usize = calls.iter().map(|call| call.polls).sum();
    assert!(polls < 120, "{polls}");
}

#[test]
fn each_commit_has_an_outcome_of_its_own() {
    fn failed() -> Outcome {
        Outcome::Ended(Err(CommitError::Failed(StoreError::transient("full"))))
    }
    let answers: [(u64, fn() -> Outcome); 4] = [
        (3, || Outcome::Ended(Err(CommitError::Conflict))),
        (4, || Outcome::Ended(Err(CommitError::Outdated))),
        (5, || Outcome::Alone),
        (6, failed),
    ];
    let script = Script {
        rounds: 1,
        answers: answers.into(),
        ..Script::default()
    };
    let world = World::new(1, script);
    let mut calls: Vec<_> = (1..=7).map(|user| world.call(user)).collect();
    run(&mut calls);
    let [conflict, outdated] =
        [CommitError::Conflict, CommitError::Outdated].map(|e| e.to_string());
    let expected = [
        "ok",
        "ok",
        &conflict,
        &outdated,
        "ok",
        "nothing was kept",
        "ok",
    ];
    assert_eq!(outcomes(&calls), expected);
    // The fifth was made again, alone.
    assert_eq!(world.script.began(), [vec![1], (2..=7).collect(), vec![5]]);
    assert_eq!(world.script.made(), [1, 2, 7, 5]);
    world.assert_free(1);
}

/// Drops any of four calls at each point, in both orders: so the next driver may be dropped before it is polled.
#[test]
fn i14_other_calls_are_answered_when_any_call_is_dropped_at_any_point() {
    for rounds in 0..3 {
        for dropped in 0..1_u32 << 4 {
            let mut users: Vec<_> = (0..4).filter(|user| dropped & (1 << user) != 0).collect();
            for _ in 0..2 {
                for point in 0..40 {
                    drop_at(rounds, &users, point);
                }
                users.reverse();
            }
        }
    }
}

/// Drops the calls of these users after this total number of polls, and checks that the others get an answer.
fn drop_at(rounds: u32, users: &[u64], point: usize) {
    let case = format!("rounds {rounds}, dropped {users:?} at {point}");
    let world = World::new(1, Script::of(rounds));
    let mut calls: Vec<_> = (0..4).map(|user| world.call(user)).collect();
    let mut left = point;
    while calls.iter_mut().fold(false, |any, call| {
        let polled = left > 0 && call.poll();
        left -= usize::from(polled);
        any || polled
    }) {}
    let mut calls: Vec<_> = calls.into_iter().map(Some).collect();
    for user in users {
        calls[usize::try_from(*user).unwrap()] = None;
    }
    let mut calls: Vec<_> = calls.into_iter().flatten().collect();
    if calls.is_empty() {
        world.assert_free(1);
    }
    run(&mut calls);
    assert_eq!(outcomes(&calls), vec!["ok"; calls.len()], "{case}");
    world.assert_free(1);
    let made = world.script.made();
    let is_kept = |user: &u64| users.contains(user) || made.contains(user);
    assert!((0..4).all(|user| is_kept(&user)), "{case}: {made:?}");
    if rounds > 0 && point < 4 {
        // No batch had closed, so no batch has a dropped commit.
        let began = world.script.began().concat();
        let mut early = users.iter().filter(|user| point == 0 || **user > 0);
        assert!(early.all(|user| !began.contains(user)), "{case}: {began:?}");
    }
}

#[test]
fn a_call_dropped_before_its_batch_closes_takes_its_commit_out() {
    let world = World::new(1, Script::of(1));
    let mut calls: Vec<_> = (1..=5).map(|user| world.call(user)).collect();
    assert_eq!(poll_each(&mut calls), calls.len());
    drop(calls.remove(2));
    // Another one of the same user may join.
    calls.push(world.call(3));
    assert!(calls[4].poll());
    run(&mut calls);
    assert_eq!(world.script.began(), [vec![1], vec![2, 4, 5, 3]]);
    assert_eq!(outcomes(&calls), ["ok"; 5]);
}

#[test]
fn i14_a_batch_ends_with_its_last_call() {
    let world = World::new(1, Script::of(2));
    let mut calls: Vec<_> = (1..=3).map(|user| world.call(user)).collect();
    assert_eq!(poll_each(&mut calls), calls.len());
    while world.script.began().len() < 2 {
        poll_each(&mut calls);
    }
    assert_eq!(world.script.running.load(Ordering::SeqCst), 1);
    calls.truncate(2);
    assert_eq!(world.script.running.load(Ordering::SeqCst), 1);
    calls.truncate(1);
    assert_eq!(world.script.made(), [1]);
    world.assert_free(1);
}

/// The driver of the batch is woken but never polled again.
#[test]
fn a_call_that_is_polled_drives_the_batch_itself() {
    let world = World::new(1, Script::of(1));
    let mut calls: Vec<_> = (1..=2).map(|user| world.call(user)).collect();
    assert_eq!(poll_each(&mut calls), calls.len());
    let _idle = calls.pop();
    calls.push(world.call(3));
    run(&mut calls);
    assert_eq!(outcomes(&calls), ["ok"; 2]);
}

#[test]
fn commits_of_one_user_stay_in_order_and_in_batches_of_their_own() {
    let world = World::new(1, Script::of(2));
    let users = [1, 2, 3, 2, 4, 2, 1];
    let mut calls: Vec<_> = users.into_iter().map(|user| world.call(user)).collect();
    run(&mut calls);
    assert_eq!(outcomes(&calls), ["ok"; 7]);
    let expected = [vec![1], vec![2, 3], vec![2, 4], vec![2, 1]];
    assert_eq!(world.script.began(), expected);
}

#[test]
fn batches_are_bounded_and_run_in_turn() {
    let world = World::new(1, Script::of(1));
    let mut calls: Vec<_> = (1..=150).map(|user| world.call(user)).collect();
    run(&mut calls);
    assert_eq!(outcomes(&calls), ["ok"; 150]);
    let sizes: Vec<_> = world.script.began().iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 64, 64, 21]);
    assert_eq!(world.script.made(), (1..=150).collect::<Vec<_>>());
}

#[test]
fn large_commits_run_alone_and_in_turn() {
    let world = World::new(1, Script::of(1));
    let sizes = [0, 600, 400, 1, MOST_ROWS, MOST_ROWS + 1, 1];
    let calls = (1..).zip(sizes);
    let mut calls: Vec<_> = calls
        .map(|(user, size)| world.call_with(user, commit(user, size)))
        .collect();
    run(&mut calls);
    let expected = [vec![1], vec![2, 3], vec![4], vec![5], vec![6], vec![7]];
    assert_eq!(world.script.began(), expected);
    assert_eq!(outcomes(&calls), ["ok"; 7]);
}

#[test]
fn no_more_run_at_once_than_there_are_places() {
    let world = World::new(3, Script::of(4));
    let mut calls: Vec<_> = (1..=200).map(|user| world.call(user)).collect();
    run(&mut calls);
    assert_eq!(outcomes(&calls), ["ok"; 200]);
    assert_eq!(world.script.most_running.load(Ordering::SeqCst), 3);
    world.assert_free(3);
}

#[test]
fn a_panic_in_a_batch_leaves_no_call_waiting() {
    let script = Script {
        panics: true,
        ..Script::of(1)
    };
    let world = World::new(1, script);
    let mut calls: Vec<_> = (1..=4).map(|user| world.call(user)).collect();
    let panics = catch_unwind(AssertUnwindSafe(|| run(&mut calls)));
    assert!(panics.is_err());
    // The last call polled the work.
    run(&mut calls[1..3]);
    let cut_off = "the commit may have been kept";
    assert_eq!(outcomes(&calls), ["ok", cut_off, cut_off, "none"]);
    world.assert_free(1);
}
