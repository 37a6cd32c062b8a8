//! Several processes on one file, and processes that are killed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use contest_core::prelude::Engine;
use contest_sqlx::sqlite::SqliteStore;

use super::place::{Directory, config};
use super::scene::{fresh, open};
use crate::support::process::{self, Process, heard, say};
use crate::support::worker::{Done, catalogue, check_done, check_whole};
use crate::support::{Dice, delivery, hammer, killed, rounds};

/// Not a test, but the main function of a child. Without a task it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(task) = process::task() else { return };
    let config = config(&task[1]).with_busy_timeout(Duration::from_secs(20));
    let store = SqliteStore::connect_with(&config)
        .await
        .unwrap()
        .with_outbox();
    match task[0].as_str() {
        "obey" => hammer::obey(store).await,
        "work" => killed::work(store, task[2].parse().unwrap()).await,
        "work_together" => killed::work_together(store, task[2].parse().unwrap()).await,
        "join" => rounds::join_on_order(store).await,
        "deliver" => delivery::deliver(store, Path::new(&task[2])).await,
        "step_by_step" => delivery::step_by_step(store, Path::new(&task[2])).await,
        "migrate" => {
            heard();
            store.migrate().await.unwrap();
            say("done");
        }
        other => panic!("no task `{other}`"),
    }
}

fn task(what: &str, directory: &Directory) -> String {
    format!("sqlite {what} {}", directory.database().display())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i1_i5_i7_processes_that_hammer_one_user_agree() {
    let (directory, store) = fresh().await;
    hammer::processes_agree(store, &task("obey", &directory)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_join_a_round_at_once_begin_one_contest() {
    let (directory, store) = fresh().await;
    rounds::processes_join_once(store, &task("join", &directory)).await;
}

#[tokio::test]
async fn i19_nothing_acknowledged_is_lost_when_a_process_is_killed() {
    kill_again_and_again(10, |directory, dice| {
        killed::kill_two(&task("work", directory), dice)
    })
    .await;
}

/// Their commits are gathered. Only one process writes, because SQLite blocks others while writes never pause.
#[tokio::test]
async fn i19_nothing_acknowledged_is_lost_when_a_process_of_many_users_is_killed() {
    kill_again_and_again(6, |directory, dice| {
        killed::kill_one(&task("work_together", directory), dice)
    })
    .await;
}

async fn kill_again_and_again(rounds: u32, kill: impl Fn(&Directory, &mut Dice) -> Vec<Done>) {
    let (directory, store) = fresh().await;
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(3_000)).await.unwrap();
    drop(engine);
    store.close(Duration::from_secs(5)).await.unwrap();
    let (mut dice, mut acknowledged) = (Dice(9), Vec::new());
    for _ in 0..rounds {
        acknowledged.extend(kill(&directory, &mut dice));
        let store = open(&directory).await;
        let engine = Engine::builder(store.clone()).build().await.unwrap();
        check_done(&engine, &acknowledged).await;
        check_whole(&engine, &store).await;
        assert_sound(&store).await;
        store.close(Duration::from_secs(5)).await.unwrap();
    }
    println!("{} writes were acknowledged", acknowledged.len());
    assert!(acknowledged.len() > 100);
}

/// Checks the integrity of the file with SQLite.
pub(crate) async fn assert_sound(store: &SqliteStore) {
    let sound = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(store.reader());
    let sound: String = sound.await.unwrap();
    assert_eq!(sound, "ok");
}

#[tokio::test]
async fn ten_processes_that_start_at_once_migrate_a_new_file_once() {
    let directory = Directory::new();
    let start = |_| Process::start(&task("migrate", &directory));
    let mut processes: Vec<_> = (0..10).map(start).collect();
    for process in &mut processes {
        process.tell("go");
    }
    for mut process in processes {
        assert_eq!(process.line().as_deref(), Some("done"));
        process.end();
    }
    open(&directory).await.ping().await.unwrap();
}

/// A file with a catalogue, and the tasks of processes that work on it.
async fn delivery_scene() -> (Directory, SqliteStore, delivery::Tasks, PathBuf) {
    let (directory, store) = fresh().await;
    let store = store.with_outbox();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(3_000)).await.unwrap();
    let file = directory.database();
    let journal = file.with_extension("journal-of-events");
    let task = move |what: &str, last: &str| format!("sqlite {what} {} {last}", file.display());
    (directory, store, Box::new(task), journal)
}

#[tokio::test]
async fn killed_between_delivery_and_acknowledgement_it_is_delivered_again() {
    let (_directory, store, task, journal) = delivery_scene().await;
    delivery::killed_between_delivery_and_acknowledgement(store, &task, &journal).await;
}

#[tokio::test]
async fn killed_again_and_again_everything_is_delivered_in_order() {
    let (_directory, store, task, journal) = delivery_scene().await;
    delivery::killed_again_and_again(store, &task, &journal, async || {}).await;
}
