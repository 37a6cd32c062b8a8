//! The files after a power cut. A power cut does more harm than a kill of the process: data that was not
//! flushed may be present, missing, or partly present in any order.
//!
//! Writes go only to the log, until a checkpoint copies it into the database. So every moment of the
//! recording is the database of the beginning and a prefix of the log: a simulated cut restores that
//! prefix and puts other data behind it. A cut during a checkpoint leaves the whole log, which was flushed
//! before, and a database of old and new pages.

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

/// The maximum of the log: below 1,000 pages, at which SQLite makes a checkpoint by itself.
const LOG: u64 = 700 * PAGE as u64;

/// Random work, and the files after it.
struct Recording {
    /// The database before the work, and after the whole log was copied into it.
    before: Vec<u8>,
    after: Vec<u8>,
    log: Vec<u8>,
    /// The acknowledged writes, each with the length of the log at that time.
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
    // With the default durability: flushed at every commit.
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

/// The log up to `cut`, and behind it a possible remainder of the unflushed data.
fn cut_log(log: &[u8], cut: usize, dice: &mut Dice) -> Vec<u8> {
    let (kept, lost) = log.split_at(cut);
    let mut behind = match dice.below(4) {
        0 => vec![],
        1 => vec![0; lost.len()],
        2 => lost.iter().map(|_| dice.next().to_le_bytes()[0]).collect(),
        _ => lost.to_vec(),
    };
    // A gap: a part was not written, although later parts were. The lost data may be zeros, so the first
    // byte of the gap differs.
    let gap = behind.len().min(PAGE);
    behind[..gap].fill(0);
    if let Some(first) = behind.first_mut() {
        *first = !lost[0];
    }
    [kept, &behind].concat()
}

/// A database whose pages are old, new, or half new.
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

/// Opens the remaining files, like a host after a cut. Checks that all writes acknowledged before `cut` are
/// there, and no later ones.
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
    // At the start, inside the header of the log, directly behind it, and at the end.
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

/// The tests above assume that acknowledged writes were flushed. This setting makes SQLite do so: 2 is `FULL`;
/// 1 is `NORMAL`, which flushes only at checkpoints.
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
