//! The pool, failures, migrations and maintenance.

use std::error::Error as _;
use std::time::Duration;

use contest_core::model::{Difficulty, NewSolve};
use contest_core::store::{
    ContestRepository as _, ProblemRepository as _, ProgressRepository as _, SolveRepository as _,
    StoreErrorKind,
};
use contest_core::time::Timestamp;
use contest_sqlx::postgres::{
    PgPoolConfig, PgStore, StatementTimeout, guard_release, has_release_guard,
};
use futures::future::try_join_all;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor as _};

use super::races::{contest, ids, problems, user};
use super::support::{config, new_schema, store, url};

#[tokio::test]
async fn ten_processes_migrate_at_once() {
    let schema = new_schema();
    let starts = (0..10).map(|_| {
        let schema = schema.clone();
        async {
            let config = config().await.with_max_connections(1);
            let store = PgStore::connect_with(&config).await?.with_schema(schema);
            store.migrate().await?;
            store.migrate().await?;
            store.ping().await
        }
    });
    try_join_all(starts).await.unwrap();
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let store = store(&config().await).await.unwrap();
    let newer = format!(
        "INSERT INTO {}.contest_migrations VALUES (9999, 'later', now(), true, '', 0)",
        store.schema()
    );
    store.writer().execute(AssertSqlSafe(newer)).await.unwrap();
    let error = store.migrate().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Permanent);
}

#[tokio::test]
async fn a_store_without_tables_says_so_and_is_not_tried_again() {
    let store = PgStore::connect(&url().await).await.unwrap();
    let store = store.with_schema(new_schema());
    for error in [
        store.ping().await.unwrap_err(),
        store.solved_by_difficulty(user(1)).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), StoreErrorKind::Permanent);
        assert!(error.source().is_some());
    }
}

#[tokio::test]
async fn the_release_check_is_there_in_pools_of_ours_and_detectable_in_others() {
    assert!(
        has_release_guard(&config().await.connect_pool_lazy())
            .await
            .unwrap()
    );
    let options = || PgPoolOptions::new().max_connections(2);
    let bare = options().connect_lazy(&url().await).unwrap();
    assert!(!has_release_guard(&bare).await.unwrap());
    let guarded = guard_release(options(), Duration::from_secs(1));
    let guarded = guarded.connect_lazy(&url().await).unwrap();
    assert!(has_release_guard(&guarded).await.unwrap());
}

#[tokio::test]
async fn a_connection_returned_in_a_transaction_is_not_used_again() {
    let pool = config().await.with_max_connections(1).connect_pool_lazy();
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("BEGIN").await.unwrap();
    drop(connection);
    let outside: bool = sqlx::raw_sql("SELECT now() = statement_timestamp()")
        .fetch_one(&pool)
        .await
        .map(|row| sqlx::Row::get(&row, 0))
        .unwrap();
    assert!(outside);
}

#[tokio::test]
async fn an_exhausted_pool_is_a_transient_error() {
    let config = config()
        .await
        .with_max_connections(1)
        .with_acquire_timeout(Duration::from_millis(50));
    let store = store(&config).await.unwrap();
    let held = store.writer().acquire().await.unwrap();
    let error = store.solved_by_difficulty(user(1)).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(store.metrics().in_use, 1);
    drop(held);
    store.solved_by_difficulty(user(1)).await.unwrap();
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_a_transient_error_and_changes_nothing() {
    let timeout = StatementTimeout::Startup(Duration::from_millis(100));
    let store = store(&config().await.with_statement_timeout(timeout))
        .await
        .unwrap();
    let catalogue = problems(3, |_| Difficulty::Easy);
    store.publish_catalogue(&catalogue).await.unwrap();
    let mut holder = store.writer().begin().await.unwrap();
    let lock = format!(
        "LOCK TABLE {}.user_progress IN SHARE ROW EXCLUSIVE MODE",
        store.schema()
    );
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    let solve = NewSolve::new(ids(&catalogue)[0], Timestamp::from_micros(0));
    let error = store.record_solves(user(1), &[solve]).await.unwrap_err();
    let text = format!("{error:?}");
    assert!(
        text.contains("Transient") && text.contains("57014"),
        "{text}"
    );
    drop(holder);
    let solved = store.solved_among(user(1), &[solve.problem]).await.unwrap();
    assert!(solved.is_empty());
}

#[tokio::test]
async fn stored_data_that_cannot_be_is_named() {
    let store = store(&config().await).await.unwrap();
    let catalogue = problems(5, |_| Difficulty::Easy);
    store.publish_catalogue(&catalogue).await.unwrap();
    let contest = contest(&store, user(1)).await;
    let spoil = format!("UPDATE {}.contests SET selection = '{{}}'", store.schema());
    store.writer().execute(AssertSqlSafe(spoil)).await.unwrap();
    let error = store.find_contest(user(1), contest.id).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Inconsistent);
    let text = error.to_string();
    for part in ["contests", "selection", &contest.id.to_string()] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_time_that_does_not_fit_is_refused_and_not_bent() {
    let store = store(&config().await).await.unwrap();
    let catalogue = problems(1, |_| Difficulty::Easy);
    store.publish_catalogue(&catalogue).await.unwrap();
    let ancient = Timestamp::from_micros(i64::MIN);
    let solve = NewSolve::new(ids(&catalogue)[0], ancient);
    let error = store.record_solves(user(1), &[solve]).await.unwrap_err();
    assert!(format!("{error:?}").contains("Permanent"));
    let bounds = [ancient, Timestamp::from_micros(i64::MAX)];
    let counts = store.count_solves_between(user(1), &bounds).await.unwrap();
    assert_eq!(counts, [0]);
}

#[tokio::test]
async fn counters_that_are_wrong_are_found_and_rebuilt() {
    let store = store(&config().await).await.unwrap();
    let catalogue = problems(9, |n| Difficulty::ALL[n as usize % 3]);
    store.publish_catalogue(&catalogue).await.unwrap();
    for number in 1..4 {
        let solve = |problem| NewSolve::new(problem, Timestamp::from_micros(number));
        let solves: Vec<_> = ids(&catalogue).into_iter().take(5).map(solve).collect();
        store
            .record_solves(user(number as u128), &solves)
            .await
            .unwrap();
    }
    assert_eq!(store.verify().await.unwrap(), vec![]);
    let schema = store.schema();
    let spoil = format!(
        "UPDATE {schema}.user_progress SET easy = 7, expired = 1 WHERE user_id = '{one}';
         DELETE FROM {schema}.user_progress WHERE user_id = '{two}';
         UPDATE {schema}.user_topics SET solved = 0 WHERE user_id = '{two}' AND topic = 'T 1';
         INSERT INTO {schema}.user_topics VALUES ('{two}', 'nothing', 3)",
        one = user(1),
        two = user(2),
    );
    sqlx::raw_sql(AssertSqlSafe(spoil))
        .execute(store.writer())
        .await
        .unwrap();
    let found = store.verify().await.unwrap();
    let named: Vec<_> = found.iter().map(|m| (m.user, m.counter.as_str())).collect();
    let expected = [
        (user(1), "easy"),
        (user(1), "expired"),
        (user(2), "easy"),
        (user(2), "hard"),
        (user(2), "medium"),
        (user(2), "topic T 1"),
        (user(2), "topic nothing"),
    ];
    assert_eq!(named, expected);
    assert_eq!(store.rebuild().await.unwrap(), found);
    assert_eq!(store.verify().await.unwrap(), vec![]);
}

#[tokio::test]
async fn closing_waits_for_calls_and_not_for_ever() {
    let store = store(&PgPoolConfig::parse(&url().await).unwrap())
        .await
        .unwrap();
    let held = store.writer().acquire().await.unwrap();
    let error = store.close(Duration::from_millis(50)).await.unwrap_err();
    assert!(error.is_transient());
    drop(held);
    store.close(Duration::from_secs(5)).await.unwrap();
    let error = store.solved_by_difficulty(user(1)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Permanent);
}
