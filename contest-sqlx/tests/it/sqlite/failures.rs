//! The errors of the store when SQLite fails.

use std::time::Duration;

use contest_core::store::{CommitError, ContestSelector, StoreErrorKind, UserRepository};
use contest_sqlx::sqlite::{SqliteConfig, SqliteStore};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Connection};

use super::place::{Directory, config, host_pool};
use super::scene::{
    at, commit, contest, creation, fresh, held_by_a_reader, open, solve, stored, user, version,
};

fn failure(outcome: Result<(), CommitError>) -> contest_core::store::StoreError {
    match outcome {
        Err(CommitError::Failed(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn another_process_that_writes_for_too_long_is_a_failure_that_passes() {
    let (directory, _store) = fresh().await;
    let pool = host_pool(&directory, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    let transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let config = config(directory.database()).with_busy_timeout(Duration::from_millis(20));
    let impatient = SqliteStore::connect_with(&config).await.unwrap();
    let first = commit(user(1), None, 1);
    assert!(failure(impatient.commit_user(&first).await).is_transient());
    // Reads do not wait.
    let none = impatient.load_user(user(1), &ContestSelector::Open).await;
    assert_eq!(none.unwrap().record, None);
    transaction.rollback().await.unwrap();
    impatient.commit_user(&first).await.unwrap();
}

#[tokio::test]
async fn a_connection_whose_transaction_sqlite_ended_by_itself_is_replaced() {
    let (directory, _store) = fresh().await;
    let pool = host_pool(&directory, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    // SQLite does so when the disk is full. The driver then believes forever that it is in a transaction.
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut *transaction)
        .await
        .unwrap();
    drop(transaction);
    drop(connection);
    let store = SqliteStore::from_pool(pool);
    store.commit_user(&commit(user(1), None, 1)).await.unwrap();
}

#[tokio::test]
async fn an_exhausted_pool_is_a_failure_that_passes() {
    let directory = Directory::new();
    let options = SqliteConnectOptions::new().filename(directory.database());
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(20))
        .connect_with(options.create_if_missing(true))
        .await
        .unwrap();
    let store = SqliteStore::from_pool(pool.clone());
    store.migrate().await.unwrap();
    let taken = pool.acquire().await.unwrap();
    let load = store.load_user(user(1), &ContestSelector::None).await;
    assert!(load.unwrap_err().is_transient());
    let first = commit(user(1), None, 1);
    assert!(failure(store.commit_user(&first).await).is_transient());
    drop(taken);
    store.commit_user(&first).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_inconsistency() {
    let directory = Directory::new();
    std::fs::write(directory.database(), [7; 4096]).unwrap();
    let config = SqliteConfig::file(directory.database());
    let error = SqliteStore::connect_with(&config).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Inconsistent, "{error}");
}

#[tokio::test]
async fn a_closed_store_refuses_work() {
    let (_directory, store) = fresh().await;
    assert_eq!(store.metrics().max, 1);
    store.close(Duration::from_secs(5)).await.unwrap();
    assert!(store.ping().await.is_err());
    assert_eq!(store.reader_metrics().open, 0);
}

#[tokio::test]
async fn closing_waits_for_calls_and_not_for_ever() {
    let (_directory, store) = fresh().await;
    let held = store.reader().acquire().await.unwrap();
    let error = store.close(Duration::from_millis(50)).await.unwrap_err();
    assert!(error.is_transient());
    drop(held);
    store.close(Duration::from_secs(5)).await.unwrap();
}

/// All connections close at once, while the writing one is still being returned.
#[tokio::test]
async fn a_closed_store_leaves_no_log_behind() {
    let (directory, store) = fresh().await;
    store.close(Duration::from_secs(5)).await.unwrap();
    for round in 0..150 {
        let store = open(&directory).await;
        let write = store.commit_user(&commit(user(round), None, 1)).await;
        write.unwrap();
        store.close(Duration::from_secs(5)).await.unwrap();
        let log = directory.database().with_extension("db-wal");
        assert!(!log.exists(), "round {round}");
    }
}

/// Then certainly nothing is written.
#[tokio::test]
async fn a_commit_that_finds_the_file_busy_failed() {
    let (_directory, store, mut reader) = held_by_a_reader().await;
    let first = commit(user(1), None, 1);
    assert!(failure(store.commit_user(&first).await).is_transient());
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut *reader)
        .await
        .unwrap();
    drop(reader);
    assert_eq!(store.list_users(None, 9).await.unwrap(), []);
    store.commit_user(&first).await.unwrap();
}

#[tokio::test]
async fn a_database_without_the_schema_is_a_permanent_failure() {
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    let error = store.ping().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Permanent, "{error}");
    let error = failure(store.commit_user(&commit(user(1), None, 1)).await);
    assert_eq!(error.kind(), StoreErrorKind::Permanent, "{error}");
}

#[tokio::test]
async fn a_row_that_cannot_be_is_named() {
    let (directory, store) = fresh().await;
    let created = creation(user(1), None, 1, contest(1));
    store.commit_user(&created).await.unwrap();
    let pool = host_pool(&directory, 1).await;
    for (spoil, place) in [
        ("UPDATE contests SET value = '{}'", "contests"),
        ("UPDATE user_records SET state = '[]'", "user_records"),
    ] {
        sqlx::raw_sql(spoil).execute(&pool).await.unwrap();
        let error = store.load_user(user(1), &ContestSelector::Open).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Inconsistent);
        let message = error.to_string();
        assert!(message.contains(place), "{message}");
        assert!(message.contains(&user(1).to_string()), "{message}");
    }
}

#[tokio::test]
async fn a_full_disk_is_survived() {
    let (directory, store) = fresh().await;
    store.commit_user(&commit(user(1), None, 1)).await.unwrap();
    let pool = host_pool(&directory, 1).await;
    let store = SqliteStore::from_pool(pool.clone());
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&pool)
        .await
        .unwrap();
    let limit = format!("PRAGMA max_page_count = {}", pages + 5);
    sqlx::raw_sql(AssertSqlSafe(limit))
        .execute(&pool)
        .await
        .unwrap();
    let mut import = commit(user(1), Some(1), 2);
    import.attempts = (0..9_000).map(|n| solve(n, 1, None)).collect();
    let full = failure(store.commit_user(&import).await);
    assert!(full.to_string().contains("full"), "{full}");
    assert!(full.is_transient(), "{full}");
    // The next commit that fits succeeds at once.
    import.attempts.truncate(2);
    store.commit_user(&import).await.unwrap();
    let snapshot = store.load_user(user(1), &ContestSelector::None).await;
    assert_eq!(snapshot.unwrap().version(), Some(version(2)));
}

#[tokio::test]
async fn a_file_that_is_gone_or_replaced_is_noticed_by_every_call_until_it_is_back() {
    let (directory, store) = fresh().await;
    let (file, away) = (
        directory.database(),
        directory.database().with_extension("away"),
    );
    let refused = async |store: &SqliteStore, what: &str| {
        let load = store.load_user(user(1), &ContestSelector::None).await;
        let write = failure(store.commit_user(&commit(user(1), None, 1)).await);
        for error in [store.ping().await.unwrap_err(), load.unwrap_err(), write] {
            assert!(error.is_transient(), "{error}");
            assert!(error.to_string().contains(what), "{error}");
        }
    };
    std::fs::rename(&file, &away).unwrap();
    refused(&store, "was removed or moved").await;
    assert!(!file.exists(), "no connection makes another file");
    std::fs::copy(&away, &file).unwrap();
    refused(&store, "another file").await;
    std::fs::rename(&away, &file).unwrap();
    store.ping().await.unwrap();
    store.commit_user(&commit(user(1), None, 1)).await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let lost = store.close(Duration::from_secs(5)).await.unwrap_err();
    assert!(lost.to_string().contains("was removed"), "{lost}");
}

#[tokio::test]
async fn a_read_only_file_answers_reads_and_is_not_ready() {
    let (directory, store) = fresh().await;
    store.ping().await.unwrap();
    let url = format!("sqlite:{}?mode=ro", directory.database().display());
    let store = SqliteStore::connect(&url).await.unwrap();
    let load = store.load_user(user(1), &ContestSelector::None).await;
    assert_eq!(load.unwrap().record, None);
    for error in [
        store.ping().await.unwrap_err(),
        failure(store.commit_user(&commit(user(1), None, 1)).await),
        store.ping().await.unwrap_err(),
    ] {
        assert!(error.is_transient(), "{error}");
        assert!(error.to_string().contains("readonly"), "{error}");
    }
}

#[tokio::test]
async fn people_can_read_what_is_stored() {
    use contest_core::model::SubmissionId;
    use contest_core::scoring::{Points, Score, Verdict};
    use contest_core::store::CatalogueRepository;
    let (_directory, store) = fresh().await;
    let problem = stored(0, "A");
    let (none, first) = (super::scene::revision(0, 0), super::scene::revision(1, 1));
    let publication = super::scene::publication(none, first, vec![problem.clone()]);
    store.commit_publication(&publication).await.unwrap();
    let mut created = creation(user(1), None, 1, contest(1));
    let mut entry = solve(-1, 1, None);
    entry.problem = problem.problem.id;
    entry.undone_at = Some(at(1_700_000_000_123_456));
    entry.submission = Some(SubmissionId::new("s1").unwrap());
    entry.verdict = Verdict::Rejected;
    let points = Points::try_from(0.5).unwrap();
    entry.score = Some(Score::out_of(points, Points::from(2)).unwrap());
    created.attempts = vec![entry];
    store.commit_user(&created).await.unwrap();
    let one = async |sql: &'static str| -> (String, String) {
        sqlx::query_as(sql).fetch_one(store.reader()).await.unwrap()
    };
    let id = user(1).to_string();
    assert_eq!(
        one("SELECT user_id, open_until FROM user_records_readable").await,
        (id.clone(), "1970-01-01T00:01:01.000Z".into())
    );
    assert_eq!(
        one("SELECT user_id, problems || ' ' || marked FROM contests_readable").await,
        (id, "5 0".into())
    );
    assert_eq!(
        one("SELECT problem || ' ' || (contest IS NULL), undone_at FROM attempts_readable").await,
        ("p-0 1".into(), "2023-11-14T22:13:20.123Z".into())
    );
    assert_eq!(
        one("SELECT submission || ' ' || verdict, points || ' ' || max FROM attempts_readable")
            .await,
        ("s1 rejected".into(), "0.5 2".into())
    );
}
