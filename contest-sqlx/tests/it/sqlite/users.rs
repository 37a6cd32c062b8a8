//! Users: loading, committing, erasing, listing.

use contest_core::store::{
    Commit, CommitError, ContestSelector, ContestWrite, HistoryRepository, Snapshot, UserRepository,
};
use contest_core::user::{ContestRecord, Ending, EndingKind, UserRecord};
use contest_sqlx::sqlite::SqliteStore;

use super::scene::{
    at, commit, contest, contest_id, creation, fresh, key, request, revision, user, version,
    with_key,
};

async fn load(store: &SqliteStore, number: u64, contest: ContestSelector) -> Snapshot {
    store.load_user(user(number), &contest).await.unwrap()
}

#[tokio::test]
async fn nothing_is_kept_of_a_user_who_did_nothing() {
    let (_directory, store) = fresh().await;
    for selector in [
        ContestSelector::None,
        ContestSelector::Open,
        ContestSelector::Id(contest_id(1)),
        ContestSelector::Key(key("k")),
    ] {
        assert_eq!(load(&store, 1, selector).await, Snapshot::default());
    }
    assert!(!store.erase_user(user(1)).await.unwrap());
    assert_eq!(store.list_users(None, 9).await.unwrap(), []);
}

#[tokio::test]
async fn a_commit_is_read_as_it_was_written() {
    let (_directory, store) = fresh().await;
    let mut created = creation(user(1), None, 1, with_key(contest(1), "k"));
    created.record.solved = [1, 70_000].into_iter().collect();
    created.record.seen = (0..5_000).collect();
    (created.solved_changed, created.seen_changed) = (true, true);
    store.commit_user(&created).await.unwrap();
    let expected = Snapshot {
        record: Some(created.record.clone()),
        contest: Some(with_key(contest(1), "k")),
        revision: revision(0, 0),
    };
    for selector in [
        ContestSelector::Open,
        ContestSelector::Id(contest_id(1)),
        ContestSelector::Key(key("k")),
    ] {
        assert_eq!(load(&store, 1, selector.clone()).await, expected);
        // Other users do not get it.
        assert_eq!(load(&store, 2, selector).await, Snapshot::default());
    }
    let without = Snapshot {
        contest: None,
        ..expected
    };
    for selector in [
        ContestSelector::None,
        ContestSelector::Id(contest_id(2)),
        ContestSelector::Key(key("K")),
    ] {
        assert_eq!(load(&store, 1, selector).await, without);
    }
    let asked = store.contest_request(user(1), contest_id(1)).await.unwrap();
    assert_eq!(asked, Some(request(5)));
    let asked = store.contest_request(user(2), contest_id(1)).await.unwrap();
    assert_eq!(asked, None);
}

#[tokio::test]
async fn a_set_is_written_only_if_it_changed() {
    let (_directory, store) = fresh().await;
    let mut first = commit(user(1), None, 1);
    first.record.solved = [1, 2].into_iter().collect();
    first.record.seen = [3].into_iter().collect();
    (first.solved_changed, first.seen_changed) = (true, true);
    store.commit_user(&first).await.unwrap();
    let mut second = commit(user(1), Some(1), 2);
    second.record.seen = [4].into_iter().collect();
    second.seen_changed = true;
    store.commit_user(&second).await.unwrap();
    let record = load(&store, 1, ContestSelector::None).await.record.unwrap();
    assert_eq!(record.solved, first.record.solved);
    assert_eq!(record.seen, second.record.seen);
    assert_eq!(record.version, version(2));
}

#[tokio::test]
async fn a_contest_is_written_over() {
    let (_directory, store) = fresh().await;
    let created = creation(user(1), None, 1, with_key(contest(1), "k"));
    store.commit_user(&created).await.unwrap();
    let mut ended = with_key(contest(1), "k");
    ended.ending = Some(Ending {
        kind: EndingKind::Completed,
        at: at(9),
    });
    let mut commit = commit(user(1), Some(1), 2);
    commit.contest = Some(ContestWrite::Update(ended.clone()));
    store.commit_user(&commit).await.unwrap();
    let open = load(&store, 1, ContestSelector::Open).await;
    assert_eq!((open.record, open.contest), (Some(commit.record), None));
    let by_key = load(&store, 1, ContestSelector::Key(key("k"))).await;
    assert_eq!(by_key.contest, Some(ended));
}

#[tokio::test]
async fn members_of_a_later_version_stay() {
    let (_directory, store) = fresh().await;
    let mut created = creation(user(1), None, 1, contest(1));
    let newer = |mut value: serde_json::Value| {
        value["format"] = 2.into();
        value["invented"] = serde_json::json!({"later": [1, null]});
        value
    };
    let value = newer(serde_json::to_value(contest(1)).unwrap());
    let contest: ContestRecord = serde_json::from_value(value).unwrap();
    let value = newer(serde_json::to_value(&created.record).unwrap());
    created.record = UserRecord {
        version: created.record.version,
        ..serde_json::from_value(value).unwrap()
    };
    created.contest = Some(ContestWrite::Insert {
        contest: contest.clone(),
        request: Box::new(request(5)),
    });
    store.commit_user(&created).await.unwrap();
    let snapshot = load(&store, 1, ContestSelector::Open).await;
    assert_eq!(snapshot.contest, Some(contest));
    assert_eq!(snapshot.record, Some(created.record));
}

/// Checks that a commit is a conflict and writes nothing.
async fn check_refused(store: &SqliteStore, commit: &Commit) {
    let before = load(store, 1, ContestSelector::Open).await;
    let refused = store.commit_user(commit).await.unwrap_err();
    assert!(matches!(refused, CommitError::Conflict), "{refused:?}");
    assert_eq!(load(store, 1, ContestSelector::Open).await, before);
}

#[tokio::test]
async fn what_is_not_as_expected_is_a_conflict() {
    let (_directory, store) = fresh().await;
    // A record is updated only if there is one.
    check_refused(&store, &commit(user(1), Some(1), 2)).await;
    let created = creation(user(1), None, 1, with_key(contest(1), "k"));
    store.commit_user(&created).await.unwrap();
    // And inserted only if there is none.
    check_refused(&store, &commit(user(1), None, 2)).await;
    check_refused(&store, &commit(user(1), Some(3), 2)).await;
    // The id, and then the key, of an existing contest.
    check_refused(&store, &creation(user(1), Some(1), 2, contest(1))).await;
    let same_key = with_key(contest(2), "k");
    check_refused(&store, &creation(user(1), Some(1), 2, same_key.clone())).await;
    // Another user may have the same key.
    let other = creation(user(2), None, 1, same_key);
    store.commit_user(&other).await.unwrap();
}

#[tokio::test]
async fn a_contest_that_is_not_there_is_not_changed() {
    let (_directory, store) = fresh().await;
    let mut commit = commit(user(1), None, 1);
    commit.contest = Some(ContestWrite::Update(contest(1)));
    let refused = store.commit_user(&commit).await.unwrap_err();
    assert!(matches!(refused, CommitError::Conflict), "{refused:?}");
    assert_eq!(
        load(&store, 1, ContestSelector::None).await,
        Snapshot::default()
    );
}

#[tokio::test]
async fn users_are_listed_by_page() {
    let (_directory, store) = fresh().await;
    for number in [3, 1, 2] {
        let commit = commit(user(number), None, number);
        store.commit_user(&commit).await.unwrap();
    }
    let page = store.list_users(None, 2).await.unwrap();
    assert_eq!(page, [user(1), user(2)]);
    let page = store.list_users(Some(user(2)), 2).await.unwrap();
    assert_eq!(page, [user(3)]);
    assert_eq!(store.list_users(Some(user(3)), 2).await.unwrap(), []);
    assert_eq!(store.list_users(None, 0).await.unwrap(), []);
}
