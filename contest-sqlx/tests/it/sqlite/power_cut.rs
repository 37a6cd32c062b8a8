//! What a power cut leaves of the files. It is more than a kill of the process: what was not yet
//! flushed may be there, missing, or there by parts in any order.
//!
//! Writes go to the log only, until a checkpoint copies it into the database. So every moment of the
//! recording is the database as it was at the beginning, and the log up to some byte: a cut shows
//! that moment again, with something else behind that byte. A cut during a checkpoint leaves the
//! whole log, which was flushed before, and a database of old and new pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use contest_core::prelude::*;
use contest_sqlx::sqlite::{Durability, SqliteConfig, SqliteStore};

use super::place::Directory;
use super::processes::assert_sound;
use super::scene::open;
use crate::support::Dice;
use crate::support::worker::{Done, Kept, Worker, catalogue, check_done, check_whole};

const SEED: u64 = 21;
const PAGE: usize = 4096;

/// Shorter than what SQLite makes a checkpoint of by itself, which is 1,000 pages.
const LOG: u64 = 700 * PAGE as u64;

/// Random work, and what it left in the files.
struct Recording {
    /// The database before, and after everything was copied into it.
    before: Vec<u8>,
    after: Vec<u8>,
    log: Vec<u8>,
    /// What was acknowledged, and how long the log was then.
    done: Vec<(usize, Done)>,
}

fn log_of(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

async fn close(store: SqliteStore) {
    store.close(Duration::from_secs(5)).await.unwrap();
}

async fn record() -> Recording {
    let directory = Directory::new();
    let file = directory.database();
    // Flushed at every commit, as a store is unless told otherwise.
    let config = SqliteConfig::file(&file);
    let store = SqliteStore::connect_with(&config).await.unwrap();
    store.migrate().await.unwrap();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(300)).await.unwrap();
    close(store).await;
    let before = fs::read(&file).unwrap();

    let store = SqliteStore::connect_with(&config)
        .await
        .unwrap()
        .with_outbox();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let mut worker = Worker::new(&engine, SEED);
    let mut done = Vec::new();
    let mut length = 0;
    while length < LOG {
        let step = worker.step().await.unwrap();
        length = fs::metadata(log_of(&file)).unwrap().len();
        let length = usize::try_from(length).unwrap();
        done.extend(step.map(|step| (length, step)));
    }
    assert!(fs::read(&file).unwrap() == before, "nothing was copied yet");
    let log = fs::read(log_of(&file)).unwrap();
    close(store).await;
    let after = fs::read(&file).unwrap();
    assert!(!log_of(&file).exists() && after != before);
    println!("{} writes in {} bytes, seed {SEED}", done.len(), log.len());
    Recording {
        before,
        after,
        log,
        done,
    }
}

/// The log up to `cut`, and behind it what may be there of what was written and not flushed.
fn cut_log(log: &[u8], cut: usize, dice: &mut Dice) -> Vec<u8> {
    let (kept, lost) = log.split_at(cut);
    let mut behind = match dice.below(4) {
        0 => vec![],
        1 => vec![0; lost.len()],
        2 => lost.iter().map(|_| dice.next().to_le_bytes()[0]).collect(),
        _ => lost.to_vec(),
    };
    // A part did not get there, whatever did later. Zeros may be what was lost, so the first differs.
    let gap = behind.len().min(PAGE);
    behind[..gap].fill(0);
    if let Some(first) = behind.first_mut() {
        *first = !lost[0];
    }
    [kept, &behind].concat()
}

/// A database whose pages are old, new, or new by half.
fn mixed_pages(old: &[u8], new: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut mixed = old.to_vec();
    mixed.resize(new.len().max(old.len()), 0);
    for (to, from) in mixed.chunks_mut(PAGE).zip(new.chunks(PAGE)) {
        let written = match dice.below(3) {
            0 => 0,
            1 => from.len(),
            _ => usize::try_from(dice.below(8)).unwrap() * 512,
        };
        to[..written].copy_from_slice(&from[..written]);
    }
    mixed
}

/// Opens what is left, as a host does after a cut, and compares it with what was acknowledged until
/// `cut`: all of it is there, and nothing of what came later.
async fn check_left(recording: &Recording, database: &[u8], log: &[u8], cut: usize) {
    println!("cut at {cut} of {}", recording.log.len());
    let directory = Directory::new();
    fs::write(directory.database(), database).unwrap();
    fs::write(log_of(&directory.database()), log).unwrap();
    let store = open(&directory).await.with_outbox();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    let done = recording.done.iter().copied();
    let (kept, lost): (Vec<_>, Vec<_>) = done.partition(|(at, _)| *at <= cut);
    let kept: Vec<_> = kept.into_iter().map(|(_, done)| done).collect();
    check_done(&engine, &kept).await;
    for (_, lost) in lost {
        let (Done::Created(user, id) | Done::Ended(user, id)) = lost else {
            continue;
        };
        let contests = Kept::of(&engine, user).await.unwrap().contests;
        let contest = contests.get(&id);
        let created = kept.contains(&Done::Created(user, id));
        assert_eq!(contest.is_some(), created, "{lost}");
        assert!(
            contest.is_none_or(|contest| contest.ending.is_none()),
            "{lost}"
        );
    }
    check_whole(&engine, &store).await;
    assert_sound(&store).await;
    let mut worker = Worker::new(&engine, SEED + 1);
    for _ in 0..10 {
        worker.step().await.unwrap();
    }
    check_whole(&engine, &store).await;
    close(store).await;
}

#[tokio::test]
async fn i19_a_log_cut_anywhere_gives_what_was_committed_before_the_cut() {
    let recording = record().await;
    let mut dice = Dice(SEED);
    let mut anywhere = |below: usize| usize::try_from(dice.below(below as u64)).unwrap();
    // Nowhere, inside the header of the log, behind it, and at the end.
    let mut cuts = vec![0, 17, 32, recording.log.len()];
    for _ in 0..12 {
        cuts.push(anywhere(recording.log.len()));
        let (commit, _) = recording.done[anywhere(recording.done.len())];
        cuts.extend([commit, commit - 1]);
    }
    for cut in cuts {
        let log = cut_log(&recording.log, cut, &mut dice);
        check_left(&recording, &recording.before, &log, cut).await;
    }
}

#[tokio::test]
async fn i19_a_checkpoint_cut_anywhere_loses_nothing() {
    let recording = record().await;
    let mut dice = Dice(SEED);
    for _ in 0..12 {
        let database = mixed_pages(&recording.before, &recording.after, &mut dice);
        check_left(&recording, &database, &recording.log, recording.log.len()).await;
    }
}

/// The tests above take for granted that what was acknowledged was flushed. This is the setting that
/// makes SQLite do so: 2 is `FULL`, and 1 is `NORMAL`, which flushes at checkpoints only.
#[tokio::test]
async fn acknowledged_writes_are_flushed_unless_the_host_chose_otherwise() {
    let directory = Directory::new();
    let config = SqliteConfig::file(directory.database());
    let faster = config.clone().with_durability(Durability::ProcessCrash);
    for (config, expected) in [(config, 2), (faster, 1)] {
        let store = SqliteStore::connect_with(&config).await.unwrap();
        let setting: i64 = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(store.writer())
            .await
            .unwrap();
        assert_eq!(setting, expected);
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(store.writer())
            .await
            .unwrap();
        assert_eq!(mode, "wal");
    }
}
