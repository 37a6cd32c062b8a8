//! Erasing and listing users.

use contest_core::model::EventNumber;
use contest_core::store::{
    CommitError, ContestSelector, EventLog as _, HistoryRepository as _, Snapshot,
    UserRepository as _,
};
use sqlx::AssertSqlSafe;

use super::fixture::{commit, creation, record, solve, store, user};

#[tokio::test]
async fn erasing_leaves_nothing_of_the_user_and_everything_of_others() {
    let store = store().await.with_outbox();
    // An id whose text does not occur in other values.
    let erased = user(u32::MAX.into());
    let first = creation(erased);
    store.commit_user(&first).await.unwrap();
    store.commit_user(&creation(user(2))).await.unwrap();
    assert!(store.erase_user(erased).await.unwrap());
    assert!(!store.erase_user(erased).await.unwrap());
    for table in [
        "user_records",
        "contests",
        "contest_requests",
        "attempts",
        "user_events",
        "event_deliveries",
    ] {
        let users = format!("SELECT DISTINCT user_id FROM {}.{table}", store.schema());
        let users =
            sqlx::query_scalar::<_, uuid::Uuid>(AssertSqlSafe(users)).fetch_all(store.pool());
        assert_eq!(users.await.unwrap(), [user(2).as_uuid()], "{table}");
    }
    // Searches all tables, like a dump.
    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1";
    let tables = sqlx::query_scalar::<_, String>(tables).bind(store.schema().as_str());
    let tables = tables.fetch_all(store.pool()).await.unwrap();
    assert!(tables.len() >= 8, "{tables:?}");
    for table in tables {
        for (user, kept) in [(erased, false), (user(2), table.starts_with("user"))] {
            let (id, simple) = (user.to_string(), user.as_uuid().simple().to_string());
            let rows = format!(
                "SELECT coalesce(string_agg(t::text, ' '), '') FROM {}.{table} t",
                store.schema()
            );
            let rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(rows));
            let rows = rows.fetch_one(store.pool()).await.unwrap();
            let found = rows.contains(&id) || rows.contains(&simple);
            assert!(found || !kept, "{table} lacks {id}");
            assert!(!found || user != erased, "{table} holds {id}");
        }
    }
    let late = commit(erased, Some(first.record.version), record(None));
    let outcome = store.commit_user(&late).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
    store.commit_user(&first).await.unwrap();
}

/// Commits and erasures of one user race: nothing of an erased record remains.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_races_commits_leaves_nothing() {
    let store = store().await.with_outbox();
    for round in 0..100_u64 {
        let first = creation(user(1));
        store.commit_user(&first).await.unwrap();
        let mut second = commit(user(1), Some(first.record.version), record(None));
        second.attempts = vec![solve(100, 100, None)];
        second.events = super::fixture::events(user(1), 3..=3);
        let committing = store.commit_user(&second);
        let (done, erased) = if round % 2 == 0 {
            tokio::join!(committing, store.erase_user(user(1)))
        } else {
            let (erased, done) = tokio::join!(store.erase_user(user(1)), committing);
            (done, erased)
        };
        assert!(erased.unwrap());
        assert!(
            matches!(done, Ok(()) | Err(CommitError::Conflict)),
            "{done:?}"
        );
        let loaded = store.load_user(user(1), &ContestSelector::Open).await;
        assert_eq!(loaded.unwrap(), Snapshot::default());
        let counted = format!(
            "SELECT (SELECT count(*) FROM {0}.attempts) + (SELECT count(*) FROM {0}.contests) \
             + (SELECT count(*) FROM {0}.user_events)",
            store.schema()
        );
        let left: i64 = sqlx::query_scalar(AssertSqlSafe(counted))
            .fetch_one(store.pool())
            .await
            .unwrap();
        assert_eq!(left, 0, "round {round}");
    }
    let events = store.events_after(user(1), EventNumber(0), 9).await;
    assert_eq!(events.unwrap(), []);
    let request = store.contest_request(user(1), super::fixture::contest(0, None).id);
    assert_eq!(request.await.unwrap(), None);
}

#[tokio::test]
async fn users_are_listed_by_id() {
    let store = store().await;
    let numbers = [0, 1, 5, 7, u128::MAX];
    for number in numbers {
        let first = commit(user(number), None, record(None));
        store.commit_user(&first).await.unwrap();
    }
    let all = store.list_users(None, 100).await.unwrap();
    assert_eq!(all, numbers.map(user));
    assert_eq!(store.list_users(None, 2).await.unwrap(), [user(0), user(1)]);
    assert_eq!(store.list_users(Some(user(1)), 1).await.unwrap(), [user(5)]);
    assert_eq!(
        store.list_users(Some(user(u128::MAX)), 9).await.unwrap(),
        []
    );
    assert_eq!(store.list_users(None, 0).await.unwrap(), []);
}
