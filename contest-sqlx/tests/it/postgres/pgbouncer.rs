//! Through a real `PgBouncer` in transaction mode, with more callers than connections to the server.

use std::collections::BTreeSet;
use std::time::Duration;

use contest_core::prelude::*;
use contest_sqlx::postgres::{
    PgPoolConfig, PgStore, StatementTimeout, guard_release, has_release_guard,
};
use contest_sqlx::testing::PgBouncer;
use futures::future::{join_all, try_join_all};
use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::time::{Instant, timeout};

use super::fixture::{store_with, url};
use crate::support::race::race;
use crate::support::user;
use crate::support::worker::{Kept, catalogue, check_whole, request};

/// Connections to the server.
const SERVERS: i64 = 4;

/// The application name of direct connections.
const DIRECT: &str = "direct";

/// The time limit for an expected event.
const PATIENCE: Duration = Duration::from_secs(30);

/// A `PgBouncer` in front of a database of its own, and the URL of that database.
async fn bouncer(settings: &[(&str, &str)]) -> (String, PgBouncer) {
    let url = url().await;
    let bouncer = before(&url, settings).await;
    (url, bouncer)
}

async fn before(url: &str, settings: &[(&str, &str)]) -> PgBouncer {
    let servers = SERVERS.to_string();
    let settings = [&[("default_pool_size", servers.as_str())], settings].concat();
    let bouncer = PgBouncer::to(url, &settings).await;
    bouncer.unwrap_or_else(|error| panic!("{error}"))
}

fn config(bouncer: &PgBouncer) -> PgPoolConfig {
    let config = PgPoolConfig::parse(bouncer.url()).unwrap();
    config.with_statement_timeout(StatementTimeout::Role)
}

/// A store with a direct connection, which makes the tables, and one through `PgBouncer`.
async fn stores(url: &str, config: &PgPoolConfig) -> (PgStore, PgStore) {
    let past = PgPoolConfig::parse(url).unwrap();
    let mut past = past.with_statement_timeout(StatementTimeout::Role);
    past.connect = past.connect.application_name(DIRECT);
    let direct = store_with(&past).await.with_outbox();
    let through = PgStore::connect_with(config).await.unwrap();
    let through = through.with_schema(direct.schema().clone()).with_outbox();
    (direct, through)
}

async fn engine(store: &PgStore) -> Engine {
    Engine::builder(store.clone()).build().await.unwrap()
}

#[tokio::test]
async fn the_version_keeps_prepared_statements() {
    let (_, bouncer) = bouncer(&[]).await;
    let mut parts = bouncer.version().split('.');
    let mut next = || parts.next().unwrap().parse::<u32>().unwrap();
    assert!((next(), next()) >= (1, 21), "{}", bouncer.version());
}

#[tokio::test]
async fn a_timeout_of_the_connection_is_refused_and_not_ignored() {
    let (_, bouncer) = bouncer(&[]).await;
    let config = PgPoolConfig::parse(bouncer.url()).unwrap();
    let error = PgStore::connect_with(&config).await.unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("unsupported startup parameter"), "{text}");
}

/// Callers share connections to the server from one statement to the next, and use more prepared statements
/// than `PgBouncer` keeps on one.
#[tokio::test(flavor = "multi_thread")]
async fn every_caller_gets_the_answers_of_its_own_user() {
    let (url, bouncer) = bouncer(&[("max_prepared_statements", "5")]).await;
    let (direct, store) = stores(&url, &config(&bouncer)).await;
    let engine = engine(&store).await;
    engine.publish_catalogue(&catalogue(60)).await.unwrap();
    let callers = (0..50).map(|number| {
        let engine = engine.clone();
        tokio::spawn(async move {
            let caller = Caller::new(engine, number).await;
            for round in 0..20 {
                caller.ask(round).await;
            }
        })
    });
    try_join_all(callers).await.unwrap();
    check_whole(&engine, &direct).await;
    let through: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND backend_type = 'client backend' \
         AND application_name <> $1",
    )
    .bind(DIRECT)
    .fetch_one(direct.pool())
    .await
    .unwrap();
    assert_eq!(through, SERVERS);
    assert!(i64::from(store.metrics().open) > SERVERS);
}

/// A user, and the expected state.
struct Caller {
    engine: Engine,
    contest: Contest,
    /// Solved before the contest. Their number and time differ for every user.
    solved: BTreeSet<ProblemId>,
    at: Timestamp,
}

impl Caller {
    async fn new(engine: Engine, number: u64) -> Self {
        let user = user(number);
        let at = Timestamp::from_micros(number.cast_signed());
        let all = engine.catalogue();
        let some = all.problems().iter().take(number as usize);
        let solved: BTreeSet<_> = some.map(|problem| problem.id).collect();
        let new: Vec<_> = solved.iter().map(|id| NewSolve::new(*id, at)).collect();
        let told = engine.record_solves(user, &new).await.unwrap();
        assert_eq!(told.recorded, number);
        let created = engine.create_contest(user, &request(5)).await.unwrap();
        Self {
            contest: created.contest,
            engine,
            solved,
            at,
        }
    }

    async fn ask(&self, round: usize) {
        let (engine, user, contest) = (&self.engine, self.contest.user, &self.contest);
        let progress = engine.progress(user).await.unwrap();
        assert_eq!(progress.overall().solved, self.solved.len() as u64);
        let kept = Kept::of(engine, user).await.unwrap();
        for solve in &kept.solves {
            let outside = solve.at == self.at && self.solved.contains(&solve.problem);
            assert!(outside || solve.contest == Some(contest.id), "{solve:?}");
        }
        let active = engine.active_contest(user).await.unwrap().unwrap();
        assert_eq!(active.id, contest.id);
        let problem = contest.problems[round % 5].problem.id;
        let marked = engine.mark_solved(user, contest.id, problem).await;
        assert!(marked.unwrap().changed);
        let unmarked = engine.unmark(user, contest.id, problem).await;
        assert!(unmarked.unwrap().changed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_many_tasks_for_one_user_agree() {
    let (url, bouncer) = bouncer(&[]).await;
    let (direct, store) = stores(&url, &config(&bouncer)).await;
    let through = engine(&store).await;
    through.publish_catalogue(&catalogue(1_000)).await.unwrap();
    let past = engine(&direct).await;
    race(&[through, past], &direct, user(1), 12, 50).await;
}

/// The role's timeout for new connections to this database.
async fn limit_statements(url: &str, limit: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let statement = format!(
        "DO $$ BEGIN EXECUTE format(
             'ALTER ROLE %I IN DATABASE %I SET statement_timeout = %L',
             current_user, current_database(), '{limit}');
         END $$"
    );
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
}

#[tokio::test]
async fn the_timeout_of_the_role_holds() {
    let url = url().await;
    // Set before the first connection is opened.
    limit_statements(&url, "1s").await;
    let bouncer = before(&url, &[]).await;
    let (direct, store) = stores(&url, &config(&bouncer)).await;
    let engine = engine(&store).await;
    engine.publish_catalogue(&catalogue(30)).await.unwrap();
    let lock = format!(
        "LOCK TABLE {}.user_records IN EXCLUSIVE MODE",
        direct.schema()
    );
    let mut holder = direct.pool().begin().await.unwrap();
    holder.execute(AssertSqlSafe(lock)).await.unwrap();
    let request = request(5);
    let created = timeout(PATIENCE, engine.create_contest(user(1), &request));
    let error = created.await.unwrap().unwrap_err();
    assert!(error.is_retryable() && format!("{error:?}").contains("57014"));
    holder.rollback().await.unwrap();
    assert!(engine.active_contest(user(1)).await.unwrap().is_none());
    engine.create_contest(user(1), &request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bouncer_that_was_killed_is_found_again_and_nothing_is_lost() {
    let (url, bouncer) = bouncer(&[]).await;
    let config = config(&bouncer).with_acquire_timeout(Duration::from_secs(2));
    let (direct, store) = stores(&url, &config).await;
    let (past, engine) = (engine(&direct).await, engine(&store).await);
    let catalogue = catalogue(60);
    engine.publish_catalogue(&catalogue).await.unwrap();
    let at = Timestamp::from_micros(0);
    let solves = catalogue.problems().iter().map(|p| NewSolve::new(p.id, at));
    let solves: Vec<_> = solves.collect();
    let record = |solve: NewSolve| {
        let engine = engine.clone();
        async move { (solve.problem, engine.record_solves(user(1), &[solve]).await) }
    };
    let before = join_all(solves[..20].iter().copied().map(record)).await;
    assert!(before.iter().all(|(_, outcome)| outcome.is_ok()));
    // While calls are under way.
    let under_way = solves[20..40].iter().copied().map(record);
    let under_way = tokio::spawn(join_all(under_way.collect::<Vec<_>>()));
    bouncer.kill().await.unwrap();
    let met = under_way.await.unwrap();
    let down = engine.progress(user(1)).await.unwrap_err();
    assert!(down.is_retryable(), "{down:?}");
    bouncer.restart().await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    // Once for each dead connection in the pool.
    while let Err(error) = engine.progress(user(1)).await {
        assert!(error.is_retryable(), "{error:?}");
        assert!(Instant::now() < deadline, "{error:?}");
    }
    let after = join_all(solves[40..].iter().copied().map(record)).await;
    let kept = Kept::of(&past, user(1)).await.unwrap().solves;
    let found: BTreeSet<_> = kept.iter().map(|solve| solve.problem).collect();
    for (problem, outcome) in before.into_iter().chain(met).chain(after) {
        match outcome {
            Ok(told) => assert!(told.recorded == 1 && found.contains(&problem)),
            Err(error) => assert!(error.is_retryable(), "{error:?}"),
        }
    }
    check_whole(&past, &direct).await;
}

/// A dropped `begin()` of the host leaves an open transaction on its connection.
#[tokio::test]
async fn a_connection_returned_in_a_transaction_is_not_used_again() {
    let (url, bouncer) = bouncer(&[]).await;
    let (direct, _) = stores(&url, &config(&bouncer)).await;
    let past = engine(&direct).await;
    past.publish_catalogue(&catalogue(30)).await.unwrap();
    let options = || PgPoolOptions::new().max_connections(1);
    let bare = options().connect_lazy_with(bouncer.connect_options().unwrap());
    assert!(!has_release_guard(&bare).await.unwrap());
    let guarded = guard_release(options(), Duration::from_secs(1));
    let guarded = guarded.connect_lazy_with(bouncer.connect_options().unwrap());
    assert!(has_release_guard(&guarded).await.unwrap());
    let mut connection = guarded.acquire().await.unwrap();
    connection.execute("BEGIN").await.unwrap();
    drop(connection);
    let store = PgStore::from_pool(guarded).with_schema(direct.schema().clone());
    let created = engine(&store)
        .await
        .create_contest(user(1), &request(5))
        .await;
    let seen = past.contest(user(1), created.unwrap().contest.id).await;
    assert_eq!(seen.unwrap().problems.len(), 5);
}
