//! Several processes, each with a pool of its own, on one database.

use std::path::{Path, PathBuf};

use contest_core::prelude::Engine;
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore};
use sqlx::PgPool;

use super::fixture::{store_with, url};
use crate::support::worker::{Done, catalogue, check_done, check_whole};
use crate::support::{Dice, delivery, hammer, killed, process, rounds};

/// The application name of children.
const CHILD: &str = "child";

/// Not a test, but the main function of a child. Without a task it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(task) = process::task() else { return };
    let mut config = PgPoolConfig::parse(&task[1])
        .unwrap()
        .with_max_connections(8);
    config.connect = config.connect.application_name(CHILD);
    let store = PgStore::connect_with(&config).await.unwrap();
    let store = store.with_schema(PgSchema::new(&*task[2]).unwrap());
    let store = store.with_outbox();
    match task[0].as_str() {
        "obey" => hammer::obey(store).await,
        "work" => killed::work(store, task[3].parse().unwrap()).await,
        "work_together" => {
            killed::work_together(store.with_gathering(), task[3].parse().unwrap()).await;
        }
        "join" => rounds::join_on_order(store).await,
        "deliver" => delivery::deliver(store, Path::new(&task[3])).await,
        "step_by_step" => delivery::step_by_step(store, Path::new(&task[3])).await,
        other => panic!("no task `{other}`"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i1_i5_i7_processes_that_hammer_one_user_agree() {
    let url = url().await;
    let store = store_with(&PgPoolConfig::parse(&url).unwrap()).await;
    let task = format!("postgres obey {url} {}", store.schema().as_str());
    hammer::processes_agree(store, &task).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_join_a_round_at_once_begin_one_contest() {
    let url = url().await;
    let store = store_with(&PgPoolConfig::parse(&url).unwrap()).await;
    let task = format!("postgres join {url} {}", store.schema().as_str());
    rounds::processes_join_once(store, &task).await;
}

/// Waits, because statements of a killed process end on the server a little later.
async fn no_statement_runs(pool: &PgPool) {
    let count = "SELECT count(*) FROM pg_stat_activity \
                 WHERE application_name = $1 AND datname = current_database()";
    let mut left = 1;
    while left > 0 {
        let query = sqlx::query_scalar::<_, i64>(count).bind(CHILD);
        left = query.fetch_one(pool).await.unwrap();
    }
}

#[tokio::test]
async fn i19_nothing_acknowledged_is_lost_when_a_process_is_killed() {
    kill_again_and_again(10, "work", killed::kill_two).await;
}

/// Commits of many users go together in the process that is killed.
#[tokio::test]
async fn i19_nothing_acknowledged_is_lost_when_commits_were_gathered() {
    kill_again_and_again(5, "work_together", killed::kill_one).await;
}

async fn kill_again_and_again(
    rounds: u32,
    task: &str,
    kill: impl Fn(&str, &mut Dice) -> Vec<Done>,
) {
    let url = url().await;
    let store = store_with(&PgPoolConfig::parse(&url).unwrap()).await;
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(3_000)).await.unwrap();
    let task = format!("postgres {task} {url} {}", store.schema().as_str());
    let (mut dice, mut acknowledged) = (Dice(9), Vec::new());
    for _ in 0..rounds {
        acknowledged.extend(kill(&task, &mut dice));
        no_statement_runs(store.pool()).await;
        check_done(&engine, &acknowledged).await;
        check_whole(&engine, &store).await;
    }
    println!("{} writes were acknowledged", acknowledged.len());
    assert!(acknowledged.len() > 100);
}

/// A database with a catalogue, and the tasks of processes that work on it.
async fn delivery_scene(name: &str) -> (PgStore, delivery::Tasks, PathBuf) {
    let url = url().await;
    let store = store_with(&PgPoolConfig::parse(&url).unwrap()).await;
    let store = store.with_outbox();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(3_000)).await.unwrap();
    let journal = std::env::temp_dir().join(format!("{name}-{}.journal", std::process::id()));
    let schema = store.schema().as_str().to_owned();
    let task = move |what: &str, last: &str| format!("postgres {what} {url} {schema} {last}");
    (store, Box::new(task), journal)
}

#[tokio::test]
async fn killed_between_delivery_and_acknowledgement_it_is_delivered_again() {
    let (store, task, journal) = delivery_scene("next-again").await;
    delivery::killed_between_delivery_and_acknowledgement(store, &task, &journal).await;
}

#[tokio::test]
async fn killed_again_and_again_everything_is_delivered_in_order() {
    let (store, task, journal) = delivery_scene("next-killed").await;
    let pool = store.pool().clone();
    let settle = async || no_statement_runs(&pool).await;
    delivery::killed_again_and_again(store, &task, &journal, settle).await;
}
