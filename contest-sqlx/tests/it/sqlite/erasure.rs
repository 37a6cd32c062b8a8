//! Nothing remains of an erased user.

use std::time::Duration;

use contest_core::model::EventNumber;
use contest_core::store::{
    CommitError, ContestPage, ContestSelector, EventLog, HistoryRepository, Snapshot,
    UserRepository,
};
use contest_sqlx::sqlite::SqliteStore;

use super::events::event;
use super::place::Directory;
use super::scene::{commit, contest, contest_id, creation, fresh, solve, user, with_key};

async fn fill(store: &SqliteStore, number: u64) {
    let user = user(number);
    for new in 1..=40 {
        let expected = (new > 1).then_some(new - 1);
        let contest = with_key(contest(new), &format!("key-{new}"));
        let mut commit = creation(user, expected, new, contest);
        commit.record.solved = (0..2_000).filter(|n| n % 3 == 0).collect();
        commit.record.seen = commit.record.solved.clone();
        (commit.solved_changed, commit.seen_changed) = (true, true);
        let solves = new.cast_signed() * 50..new.cast_signed() * 50 + 50;
        commit.attempts = solves.map(|at| solve(at, new, Some(new))).collect();
        commit.events = vec![event(user, new, 0)];
        store.commit_user(&commit).await.unwrap();
    }
}

/// Whether the files hold the id, as bytes or as text.
fn holds(directory: &Directory, number: u64) -> bool {
    let id = user(number).as_uuid();
    let needles = [
        id.as_bytes().to_vec(),
        id.to_string().into_bytes(),
        id.simple().to_string().into_bytes(),
    ];
    let database = directory.database();
    let log = database.with_extension("db-wal");
    [database, log].into_iter().any(|file| {
        let bytes = std::fs::read(file).unwrap_or_default();
        let found = |needle: &Vec<u8>| {
            let mut windows = bytes.windows(needle.len());
            windows.any(|window| window.eq_ignore_ascii_case(needle))
        };
        needles.iter().any(found)
    })
}

#[tokio::test]
async fn an_erased_user_is_gone_from_the_files_too() {
    let (directory, store) = fresh().await;
    let store = store.with_outbox();
    fill(&store, 1).await;
    fill(&store, 2).await;
    assert!(holds(&directory, 1));
    assert!(store.erase_user(user(1)).await.unwrap());
    assert!(!store.erase_user(user(1)).await.unwrap());
    assert!(holds(&directory, 1), "in free pages and in the log");

    sqlx::query("VACUUM").execute(store.writer()).await.unwrap();
    let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(store.writer())
        .await
        .unwrap();
    assert_eq!(busy, 0);
    assert!(!holds(&directory, 1));
    assert!(holds(&directory, 2));
    store.close(Duration::from_secs(5)).await.unwrap();
    assert!(!holds(&directory, 1));
}

#[tokio::test]
async fn an_erased_user_begins_anew() {
    let (_directory, store) = fresh().await;
    let store = store.with_outbox();
    fill(&store, 1).await;
    fill(&store, 2).await;
    assert!(store.erase_user(user(1)).await.unwrap());
    for selector in [
        ContestSelector::Open,
        ContestSelector::Id(contest_id(1)),
        ContestSelector::Key(super::scene::key("key-1")),
    ] {
        let snapshot = store.load_user(user(1), &selector).await.unwrap();
        assert_eq!(snapshot, Snapshot::default());
    }
    let late = store.commit_user(&commit(user(1), Some(40), 41)).await;
    assert!(matches!(late, Err(CommitError::Conflict)));
    for (number, contests, events) in [(1, 0, 0), (2, 40, 40)] {
        let page = ContestPage {
            before: None,
            limit: 99,
        };
        let page = store.list_contests(user(number), page).await.unwrap();
        assert_eq!(page.items.len(), contests);
        let request = store.contest_request(user(number), contest_id(1)).await;
        assert_eq!(request.unwrap().is_some(), contests > 0);
        let log = store.events_after(user(number), EventNumber(0), 99).await;
        assert_eq!(log.unwrap().len(), events);
    }
    assert_eq!(store.list_users(None, 9).await.unwrap(), [user(2)]);
    // The same ids, keys and events once more.
    fill(&store, 1).await;
}
