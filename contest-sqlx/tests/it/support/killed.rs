//! Processes that are killed while they work.

use contest_core::prelude::*;
use contest_core::store::Store;
use futures::future::join_all;

use super::Dice;
use super::process::{Process, say};
use super::worker::{Done, Worker};

/// The main function of a child: works until it is killed, and reports acknowledged writes.
pub(crate) async fn work(store: impl Store + 'static, seed: u64) {
    let engine = Engine::builder(store).build().await.unwrap();
    let mut worker = Worker::new(&engine, seed);
    loop {
        if let Some(done) = worker.step().await.unwrap() {
            say(&done.to_string());
        }
    }
}

/// The number of users who work at once in [`work_together`].
pub(crate) const TOGETHER: u64 = 32;

/// The main function of a child: works for many users at once through one store until it is killed.
pub(crate) async fn work_together(store: impl Store + 'static, seed: u64) {
    let engine = Engine::builder(store).build().await.unwrap();
    let work = async |number| {
        let mut worker = Worker::of_user(&engine, number, seed + number);
        loop {
            if let Some(done) = worker.step().await.unwrap() {
                say(&done.to_string());
            }
        }
    };
    join_all((0..TOGETHER).map(work)).await;
}

/// Starts a process with this task and a seed, and kills it. Returns the acknowledged writes.
pub(crate) fn kill_one(task: &str, dice: &mut Dice) -> Vec<Done> {
    let mut process = Process::start(&format!("{task} {}", dice.below(1_000)));
    let before = 50 + dice.below(400);
    let mut said: Vec<_> = (0..before).map(|_| process.line().unwrap()).collect();
    said.extend(process.kill());
    said.iter().filter_map(|line| Done::parse(line)).collect()
}

/// Starts two processes with this task and a seed, and kills one while the other writes. Returns the
/// acknowledged writes.
pub(crate) fn kill_two(task: &str, dice: &mut Dice) -> Vec<Done> {
    let [mut first, second] =
        [1, 2].map(|_| Process::start(&format!("{task} {}", dice.below(1_000))));
    let before = 5 + dice.below(40);
    let mut said: Vec<_> = (0..before).map(|_| first.line().unwrap()).collect();
    said.extend(first.kill());
    said.extend(second.kill());
    said.iter().filter_map(|line| Done::parse(line)).collect()
}
