//! Running every schedule.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use contest_core::id::ContestId;
use contest_core::progress::{Discrepancy, recount};

use super::scenario::{Answer, Clocks, Memory, Op, Start, World, user};
use super::store::{Fate, State};

/// The choices of the scheduler in one schedule, each with its alternatives.
#[derive(Default)]
struct Choices {
    path: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    fn choose(&mut self, options: usize) -> usize {
        if self.at == self.path.len() {
            self.path.push((0, options));
        }
        let (chosen, known) = self.path[self.at];
        assert_eq!(known, options, "a schedule did not repeat");
        self.at += 1;
        chosen
    }

    /// Moves on to the next schedule, if there is one.
    fn advance(&mut self) -> bool {
        self.path.truncate(self.at);
        self.at = 0;
        while let Some((chosen, options)) = self.path.pop() {
            if chosen + 1 < options {
                self.path.push((chosen + 1, options));
                return true;
            }
        }
        false
    }
}

/// The end of a schedule, in a form without ids, so that schedules can be compared.
type End = (Vec<Answer>, String);

/// Runs every schedule of the use cases, the last of which runs in the second process, with at most
/// this many commits that fail or whose answer is lost. Returns the number of schedules.
pub(super) async fn explore(
    start: Start,
    ops: &[Op],
    clocks: Clocks,
    memory: Memory,
    faults: usize,
) -> u64 {
    let world = World::new(start, clocks, memory).await;
    let exact = faults == 0 || ops.len() == 1;
    let serial = serial_ends(&world, ops, exact, faults).await;
    let (mut choices, mut schedules) = (Choices::default(), 0);
    loop {
        let end = tokio::task::unconstrained(schedule(&world, ops, faults, &mut choices)).await;
        if let Some(answers) = end {
            schedules += 1;
            check_created(&world, &answers);
            let end = ended(&world, answers, exact);
            let path = &choices.path;
            assert!(
                serial.contains(&end),
                "{start:?} {ops:?} {clocks:?} {memory:?}: no serial order ends so\n{path:?}\n{end:#?}\n{serial:#?}"
            );
        }
        if !choices.advance() {
            return schedules;
        }
    }
}

/// A use case of a schedule.
struct Running<'w> {
    future: Pin<Box<dyn Future<Output = Answer> + 'w>>,
    at: At,
}

/// The next step of a use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Look up the remembered state in its process, and make the first call.
    Begin,
    /// Commit a decision made on the remembered state.
    Propose,
    /// Load, or read a page.
    Read,
    /// Commit a decision made on a fresh load.
    Commit,
}

/// Runs one schedule. `None` if the chosen use case waits for another.
async fn schedule(
    world: &World,
    ops: &[Op],
    mut faults: usize,
    choices: &mut Choices,
) -> Option<Vec<Answer>> {
    world.begin_again().await;
    let last = ops.len() - 1;
    let mut running = Vec::new();
    for (place, op) in ops.iter().enumerate() {
        let future = Box::pin(world.call(*op, usize::from(place == last)));
        // Publishing concerns no user, so nothing is remembered for it.
        let at = if *op == Op::Retire {
            At::Read
        } else {
            At::Begin
        };
        running.push(Some(Running { future, at }));
    }
    let mut answers = vec![Answer::Failed; ops.len()];
    let mut checked = world.stage.version();
    loop {
        let options = options(&running, faults);
        if options.is_empty() {
            return Some(answers);
        }
        let (place, fate) = options[choices.choose(options.len())];
        faults -= usize::from(fate != Fate::Answered);
        let call = running[place].as_mut().unwrap();
        if call.at == At::Begin {
            call.begin(world);
            // Alone in its process, it may as well look up the remembered state right before its
            // commit.
            if call.at == At::Propose && (place != last || faults > 0) {
                continue;
            }
        }
        match call.go_on(world, fate).await {
            Step::Answered(answer) => {
                answers[place] = answer;
                running[place] = None;
            }
            Step::Waits => return None,
            Step::Called => {}
        }
        let version = world.stage.version();
        if version != checked {
            check(world);
            checked = version;
        }
    }
}

/// The use cases that may continue, and how the call of each may end.
fn options(running: &[Option<Running<'_>>], faults: usize) -> Vec<(usize, Fate)> {
    let mut options = Vec::new();
    for (place, call) in running.iter().enumerate() {
        let Some(call) = call else { continue };
        let commits = matches!(call.at, At::Propose | At::Commit);
        let fates = if commits && faults > 0 { 4 } else { 1 };
        options.extend(Fate::ALL[..fates].iter().map(|fate| (place, *fate)));
    }
    options
}

impl Running<'_> {
    /// Continues to the first call.
    fn begin(&mut self, world: &World) {
        let context = &mut Context::from_waker(Waker::noop());
        let polled = self.future.as_mut().poll(context);
        assert!(polled.is_pending(), "answered without a call: {polled:?}");
        self.at = if world.stage.commit_waits() {
            At::Propose
        } else {
            At::Read
        };
    }

    /// Lets a call happen. After a commit on stale remembered state it lets the load happen too: stale
    /// stays stale, so the commit could as well have happened right before the load.
    async fn go_on(&mut self, world: &World, fate: Fate) -> Step {
        let mut done = step(world, &mut self.future, fate).await;
        if self.at == At::Propose && fate == Fate::Answered && matches!(done, Step::Called) {
            done = step(world, &mut self.future, fate).await;
        }
        self.at = if world.stage.commit_waits() {
            At::Commit
        } else {
            At::Read
        };
        done
    }
}

pub(super) enum Step {
    /// One call happened.
    Called,
    /// One call happened, and the use case is done.
    Answered(Answer),
    /// No call happened.
    Waits,
}

pub(super) async fn step(
    world: &World,
    future: &mut Pin<Box<dyn Future<Output = Answer> + '_>>,
    fate: Fate,
) -> Step {
    let context = &mut Context::from_waker(Waker::noop());
    world.stage.allow(fate);
    for pause in [Duration::from_secs(1), Duration::ZERO] {
        if let Poll::Ready(answer) = future.as_mut().poll(context) {
            world.stage.is_idle();
            return Step::Answered(answer);
        }
        if !world.stage.is_idle() {
            return Step::Called;
        }
        // It pauses after a conflict, or waits for another use case.
        tokio::time::advance(pause).await;
        world.stage.allow(fate);
    }
    world.stage.is_idle();
    Step::Waits
}

/// I8: the record equals a recount.
pub(super) fn check(world: &World) {
    let state = world.stage.state.lock().unwrap();
    let Some(record) = &state.record else { return };
    let log: Vec<_> = state.log.values().cloned().collect();
    let contests: Vec<_> = state.contests.values().cloned().collect();
    let counted = recount(record, &log, &contests, &state.catalogue);
    let differs = Discrepancy::between(record, &counted, &state.catalogue);
    assert_eq!(differs, [], "{record:#?}\n{log:#?}\n{contests:#?}");
}

/// I5: a caller got every new contest, even after an unknown outcome.
fn check_created(world: &World, answers: &[Answer]) {
    let answered = |id: &ContestId| {
        let has_it =
            |answer: &Answer| matches!(answer, Answer::Created { contest, .. } if contest == id);
        answers.iter().any(has_it)
    };
    let state = world.stage.state.lock().unwrap();
    let new = state
        .contests
        .keys()
        .filter(|id| !world.start.contests.contains_key(id));
    assert!(
        new.into_iter().all(answered),
        "{answers:?} {:?}",
        state.contests.keys()
    );
}

/// The ends of all serial orders. If commits fail, a use case may be missing; if answers are lost, it
/// may happen twice, as if called twice.
async fn serial_ends(world: &World, ops: &[Op], exact: bool, faults: usize) -> HashSet<End> {
    let times = if exact { 1 } else { 2 };
    let mut ends = HashSet::new();
    let mut orders = vec![Vec::new()];
    while let Some(order) = orders.pop() {
        let count = |place| order.iter().filter(|other| **other == place).count();
        for next in (0..ops.len()).filter(|place| count(*place) < times) {
            orders.push([&order[..], &[next]].concat());
        }
        if faults == 0 && order.len() < ops.len() {
            continue;
        }
        world.begin_again().await;
        let mut answers = vec![Answer::Failed; ops.len()];
        for place in order {
            // Here every use case loads.
            world.forget();
            let process = usize::from(place == ops.len() - 1);
            answers[place] = world.alone(world.call(ops[place], process)).await;
            check(world);
        }
        ends.insert(ended(world, answers, exact));
        no_user_is_locked_out(world).await;
    }
    ends
}

/// I17: regardless of the clocks, the first process can end the active contest and create another.
pub(super) async fn no_user_is_locked_out(world: &World) {
    let engine = &world.engines[0];
    if let Some(active) = world.alone(engine.active_contest(user())).await.unwrap() {
        world
            .alone(engine.abandon_contest(user(), active.id))
            .await
            .unwrap();
    }
    world.alone(engine.reset_progress(user())).await.unwrap();
}

/// The end with contests by their order instead of their ids. If answers were lost, without the flags
/// of repeated calls that say whether something changed.
fn ended(world: &World, answers: Vec<Answer>, exact: bool) -> End {
    let state = world.stage.state.lock().unwrap();
    let place = |id: ContestId| state.contests.keys().position(|other| *other == id);
    let answers = answers.into_iter().map(|answer| match answer {
        Answer::Created { contest, repeated } if exact => {
            Answer::Done(format!("{:?} {repeated}", place(contest)))
        }
        Answer::Created { contest, .. } => Answer::Done(format!("{:?}", place(contest))),
        Answer::Done(_) if !exact => Answer::Done(String::new()),
        other => other,
    });
    (answers.collect(), describe(&state, exact))
}

/// All stored data, except ids, versions and the time.
fn describe(state: &State, exact: bool) -> String {
    let place = |id: ContestId| state.contests.keys().position(|other| *other == id);
    let contests: Vec<_> = state
        .contests
        .values()
        .map(|of| {
            (
                of.started_at,
                of.deadline,
                of.ending,
                (of.epoch, of.round),
                &of.problems,
            )
        })
        .collect();
    let log: Vec<_> = state
        .log
        .values()
        .map(|of| {
            (
                of.at,
                of.problem,
                of.contest.map(place),
                (&of.submission, of.verdict),
                of.epoch,
                of.undone_at,
            )
        })
        .collect();
    let record = state.record.as_ref().map(|record| {
        let open = record.open.as_ref();
        let open = open.map(|open| (place(open.id), open.deadline, &open.newly_marked));
        let sets = (&record.solved, &record.seen);
        (
            sets,
            open,
            record.ended,
            record.epoch.number,
            record.last_commit_at,
            exact.then_some(record.last_event),
        )
    });
    let retired: Vec<_> = state
        .catalogue
        .problems()
        .iter()
        .filter(|of| of.retired)
        .collect();
    format!("{record:?}\n{contests:?}\n{log:?}\n{retired:?}")
}
