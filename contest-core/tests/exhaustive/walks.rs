//! Random walks beyond the interleavings: more concurrent calls, several contests and problems, passing
//! time, publications and crashes. Each walk has a seed, which is printed if it fails.

use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use contest_core::select::{SeedSource, SequentialSeeds};

use super::explore::{Step, check, no_user_is_locked_out, step};
use super::scenario::{Answer, Clocks, Memory, NOON, Op, Start, World};
use super::store::Fate;

/// The most concurrent use cases.
const AT_ONCE: usize = 5;
const STEPS: usize = 120;

struct Dice(SequentialSeeds);

impl Dice {
    /// A number below `bound`.
    fn roll(&self, bound: usize) -> usize {
        usize::try_from(self.0.next_seed() % bound as u64).unwrap()
    }

    fn pick<T: Copy>(&self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}

#[tokio::test(start_paused = true)]
async fn i8_random_walks_keep_the_record_equal_to_a_recount() {
    for seed in 0..4_000 {
        println!("seed {seed}");
        tokio::task::unconstrained(walk(seed)).await;
    }
}

async fn walk(seed: u64) {
    let dice = Dice(SequentialSeeds::new(seed << 20));
    let clocks = dice.pick(&[Clocks::Together, Clocks::SecondsApart, Clocks::YearsApart]);
    let (start, memory) = (
        dice.pick(&[&Start::ALL[..], &Start::JUDGED].concat()),
        dice.pick(&Memory::ALL),
    );
    let world = World::new(start, clocks, memory).await;
    world.begin_again().await;
    let mut running: Vec<Pin<Box<dyn Future<Output = Answer> + '_>>> = Vec::new();
    let mut now = NOON + Duration::from_mins(61);
    for _ in 0..STEPS {
        match dice.roll(12) {
            0 => {
                now = now + Duration::from_mins(dice.pick(&[1, 10, 70]));
                world.set_clocks(now, clocks);
            }
            // A process crashes: some of its calls are never polled again.
            1 if !running.is_empty() => drop(running.swap_remove(dice.roll(running.len()))),
            2 | 3 if running.len() < AT_ONCE => running.push(begin(&world, &dice)),
            _ if running.is_empty() => running.push(begin(&world, &dice)),
            // A use case continues to its next call, and others run first.
            4 => {
                let place = dice.roll(running.len());
                if go_on(&mut running[place]) {
                    drop(running.swap_remove(place));
                }
            }
            _ => {
                let place = dice.roll(running.len());
                let fate = if dice.roll(10) == 0 {
                    dice.pick(&Fate::ALL)
                } else {
                    Fate::Answered
                };
                if let Step::Answered(_) = step(&world, &mut running[place], fate).await {
                    drop(running.swap_remove(place));
                }
            }
        }
        check(&world);
    }
    drop(running);
    no_user_is_locked_out(&world).await;
}

/// Continues without a call. Returns whether the use case is done.
fn go_on(running: &mut Pin<Box<dyn Future<Output = Answer> + '_>>) -> bool {
    let context = &mut Context::from_waker(Waker::noop());
    running.as_mut().poll(context).is_ready()
}

/// Begins a use case on a random contest and a random problem of it.
fn begin<'w>(world: &'w World, dice: &Dice) -> Pin<Box<dyn Future<Output = Answer> + 'w>> {
    let (op, process) = (dice.pick(&Op::every()), dice.roll(2));
    let about = {
        let state = world.stage.state.lock().unwrap();
        let contests: Vec<_> = state.contests.values().collect();
        (!contests.is_empty()).then(|| {
            let contest = dice.pick(&contests);
            (
                contest.id,
                contest.problems[dice.roll(contest.problems.len())].problem,
            )
        })
    };
    match about {
        Some((contest, problem)) => Box::pin(world.call_about(op, process, contest, problem)),
        None => Box::pin(world.call(op, process)),
    }
}
