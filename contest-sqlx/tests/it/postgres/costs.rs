//! The cost of calls: statements and round trips, counted at the server and in the network, rows, and
//! bytes of WAL.

use std::{fmt, fs};

use contest_core::catalogue::OrdinalSet;
use contest_core::engine::{BoardPosition, Rounds, Viewer};
use contest_core::model::NewSolve;
use contest_core::prelude::*;
use contest_core::store::{ContestSelector, UserRepository as _};
use contest_sqlx::postgres::{PgPoolConfig, PgStore};
use contest_sqlx::testing::{Postgres, PostgresOptions, Proxy};
use sqlx::postgres::PgPool;

use super::fixture::{commit, record};
use crate::support::rounds::{member, new_round, round_id};
use crate::support::worker::{catalogue, request};
use crate::support::{Dice, user};

/// The tables, in the order in which their rows are counted.
const TABLES: [&str; 6] = [
    "user_records",
    "contests",
    "contest_requests",
    "attempts",
    "user_events",
    "event_deliveries",
];

/// The application name of the measured connections.
const WATCHED: &str = "watched";

/// The cost of one call.
#[derive(Debug, PartialEq, Eq)]
struct Cost {
    statements: usize,
    round_trips: u64,
    rows: [i64; 6],
    log: i64,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = TABLES.iter().zip(self.rows).filter(|(_, rows)| *rows > 0);
        let rows: Vec<_> = rows
            .map(|(table, rows)| format!("{table} {rows}"))
            .collect();
        write!(
            f,
            "{:>10} | {:>11} | {:>9} | {}",
            self.statements,
            self.round_trips,
            self.log,
            rows.join(", ")
        )
    }
}

/// A server that logs every statement, and an engine behind a proxy that counts round trips.
struct Scene {
    server: Postgres,
    proxy: Proxy,
    /// A direct connection.
    watcher: PgPool,
    store: PgStore,
    engine: Engine,
}

impl Scene {
    /// With one connection, so that no statement is prepared twice.
    async fn new(outbox: bool, remembered: usize) -> Self {
        let options = PostgresOptions::fast()
            .with_setting("autovacuum", "off")
            .with_setting("log_statement", "all")
            .with_setting("log_line_prefix", "%a|");
        let server = Postgres::start(options).await.unwrap();
        let database = server.database().await.unwrap();
        let proxy = Proxy::to(&database.url()).await.unwrap();
        let watcher = PgPool::connect(&database.url()).await.unwrap();
        let mut config = PgPoolConfig::parse(&proxy.url()).unwrap();
        config.connect = config.connect.application_name(WATCHED);
        let store = PgStore::connect_with(&config.with_max_connections(1)).await;
        let mut store = store.unwrap();
        if outbox {
            store = store.with_outbox();
        }
        store.migrate().await.unwrap();
        let engine = Engine::builder(store.clone()).remembered_users(remembered);
        let engine = engine.build().await.unwrap();
        engine.publish_catalogue(&catalogue(1_000)).await.unwrap();
        Self {
            server,
            proxy,
            watcher,
            store,
            engine,
        }
    }

    /// The statements of the store so far.
    fn statements(&self) -> usize {
        let log = fs::read(self.server.directory().unwrap().join("log")).unwrap();
        let log = String::from_utf8_lossy(&log);
        let executed = |line: &&str| {
            line.strip_prefix(WATCHED)
                .is_some_and(|line| line.contains("LOG:  execute ") || line.contains("statement: "))
        };
        log.lines().filter(executed).count()
    }

    async fn number(&self, query: &'static str) -> i64 {
        let number = sqlx::query_scalar(query).fetch_one(&self.watcher).await;
        number.unwrap()
    }

    async fn log_position(&self) -> i64 {
        self.number("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
            .await
    }

    /// The rows of each table that were written since this transaction.
    async fn rows_since(&self, transaction: i64) -> [i64; 6] {
        let mut rows = [0; 6];
        for (table, rows) in TABLES.iter().zip(&mut rows) {
            let count = format!("SELECT count(*) FROM {table} WHERE xmin::text::bigint > $1");
            let count = sqlx::query_scalar(sqlx::AssertSqlSafe(count)).bind(transaction);
            *rows = count.fetch_one(&self.watcher).await.unwrap();
        }
        rows
    }

    /// Waits until the pool has its connection back.
    async fn is_idle(&self) {
        while self.store.metrics().idle == 0 {
            tokio::task::yield_now().await;
        }
    }

    async fn cost<T>(&self, call: impl Future<Output = Result<T, Error>>) -> (T, Cost) {
        self.is_idle().await;
        let transaction = self.number("SELECT txid_current()").await;
        let (statements, round_trips) = (self.statements(), self.proxy.round_trips());
        let log = self.log_position().await;
        let answer = call.await.unwrap();
        self.is_idle().await;
        let log = self.log_position().await - log;
        let cost = Cost {
            statements: self.statements() - statements,
            round_trips: self.proxy.round_trips() - round_trips,
            rows: self.rows_since(transaction).await,
            log,
        };
        (answer, cost)
    }

    /// Runs every use case once. Returns names and costs. `from` is the first problem solved outside contests.
    async fn all(&self, from: usize) -> Vec<(&'static str, Cost)> {
        let (engine, user) = (&self.engine, user(1));
        let stored = engine.catalogue();
        let request = request(5);
        let mut costs = Vec::new();
        let (created, cost) = self
            .cost(Box::pin(engine.create_contest(user, &request)))
            .await;
        costs.push(("create", cost));
        let (id, problem) = (created.contest.id, created.contest.problems[0].problem.id);
        let (_, cost) = self
            .cost(Box::pin(engine.mark_solved(user, id, problem)))
            .await;
        costs.push(("mark", cost));
        let (_, cost) = self
            .cost(Box::pin(engine.mark_solved(user, id, problem)))
            .await;
        costs.push(("mark again", cost));
        let (_, cost) = self.cost(Box::pin(engine.unmark(user, id, problem))).await;
        costs.push(("unmark", cost));
        engine.mark_solved(user, id, problem).await.unwrap();
        let (_, cost) = self.cost(Box::pin(engine.progress(user))).await;
        costs.push(("progress", cost));
        let (_, cost) = self.cost(Box::pin(engine.active_contest(user))).await;
        costs.push(("active contest", cost));
        let (_, cost) = self.cost(Box::pin(engine.contest(user, id))).await;
        costs.push(("contest by id", cost));
        let page = engine.contests(user, None, PageLimit::default());
        let (page, cost) = self.cost(Box::pin(page)).await;
        assert_eq!(page.items.len(), 20);
        costs.push(("page of 20", cost));
        let (_, cost) = self.cost(Box::pin(engine.complete_contest(user, id))).await;
        costs.push(("complete", cost));
        let id = engine.create_contest(user, &request).await.unwrap();
        let id = id.contest.id;
        let (_, cost) = self.cost(Box::pin(engine.abandon_contest(user, id))).await;
        costs.push(("abandon", cost));
        // Without marked problems: they are already solved, so the engine would read the log.
        let all = stored.problems().iter().map(|problem| problem.id);
        let others = all.filter(|id| *id != problem).skip(from).take(101);
        let at = Timestamp::from_micros(from as i64);
        let solves: Vec<_> = others.map(|id| NewSolve::new(id, at)).collect();
        let (one, hundred) = solves.split_at(1);
        let (_, cost) = self.cost(Box::pin(engine.record_solves(user, one))).await;
        costs.push(("record one", cost));
        let (_, cost) = self
            .cost(Box::pin(engine.record_solves(user, hundred)))
            .await;
        costs.push(("record 100", cost));
        let (_, cost) = self
            .cost(Box::pin(engine.record_solves(user, hundred)))
            .await;
        costs.push(("record them again", cost));
        let (_, cost) = self.cost(Box::pin(engine.reset_progress(user))).await;
        costs.push(("reset", cost));
        costs
    }
}

/// The rows of each table that a call of this name writes.
fn expected_rows(name: &str, outbox: bool) -> [i64; 6] {
    // Records, contests, requests, attempts, and events.
    let [record, contest, request, solves, events] = match name {
        "create" => [1, 1, 1, 0, 1],
        "mark" | "unmark" => [1, 1, 0, 1, 1],
        "complete" | "abandon" => [1, 1, 0, 0, 1],
        "record one" => [1, 0, 0, 1, 1],
        "record 100" => [1, 0, 0, 100, 100],
        "reset" => [1, 0, 0, 0, 1],
        _ => [0; 5],
    };
    let events = if outbox { events } else { 0 };
    [record, contest, request, solves, events, events.min(1)]
}

/// A read is one statement, a commit is one statement, and each is one round trip. If the user is not
/// remembered, a change is a load and a commit.
async fn every_call_costs_what_it_should(outbox: bool, remembered: usize) {
    let scene = Scene::new(outbox, remembered).await;
    for _ in 0..25 {
        let created = scene.engine.create_contest(user(1), &request(5)).await;
        let id = created.unwrap().contest.id;
        scene.engine.complete_contest(user(1), id).await.unwrap();
    }
    // The first run prepares every statement.
    scene.all(700).await;
    println!("outbox: {outbox}, remembered users: {remembered}");
    println!(
        "{:>17} | statements | round trips | log bytes | rows written",
        ""
    );
    for (name, cost) in scene.all(850).await {
        println!("{name:>17} | {cost}");
        let statements = match name {
            "mark again" | "progress" | "active contest" | "contest by id" | "page of 20" => 1,
            // Recording solves again also reads that part of the log.
            "record them again" => 2,
            _ if remembered > 0 => 1,
            _ => 2,
        };
        assert_eq!(cost.statements, statements, "{name}");
        assert_eq!(cost.round_trips, statements as u64, "{name}");
        assert_eq!(cost.rows, expected_rows(name, outbox), "{name}");
        let writes = cost.rows[0] > 0;
        assert!(writes || cost.log < 200, "{name}: {} bytes", cost.log);
    }
}

#[tokio::test]
async fn every_call_costs_what_it_should_without_events() {
    every_call_costs_what_it_should(false, 0).await;
}

#[tokio::test]
async fn every_call_costs_what_it_should_with_events() {
    every_call_costs_what_it_should(true, 0).await;
}

#[tokio::test]
async fn a_change_for_a_remembered_user_is_one_round_trip() {
    every_call_costs_what_it_should(false, 1).await;
}

/// Each read and each write is one statement and one round trip.
#[tokio::test]
async fn calls_about_rounds_cost_what_they_should() {
    let scene = Scene::new(false, 0).await;
    let (engine, id, limit) = (&scene.engine, round_id(0), PageLimit::default());
    let rounds = Rounds::new(engine.clone(), scene.store.clone());
    let clock = contest_core::time::SystemClock;
    let members: Vec<_> = (0..1_000).map(|number| member(number, None)).collect();
    println!(
        "{:>17} | statements | round trips | log bytes | rows written",
        ""
    );
    for pass in 0..2 {
        let users = [10 + pass, 20 + pass].map(user);
        let mut costs = Vec::new();
        let round = new_round(engine, clock.now(), 1);
        let put = rounds.put(round_id(pass), &round);
        costs.push(("put", 2, scene.cost(Box::pin(put)).await.1));
        let listed = rounds.put_members(id, &members);
        costs.push(("list 1,000", 2, scene.cost(Box::pin(listed)).await.1));
        let (joined, cost) = scene.cost(Box::pin(rounds.join(users[0], id))).await;
        costs.push(("join", 3, cost));
        rounds.join(users[1], id).await.unwrap();
        let (contest, problem) = (joined.contest.id, joined.contest.problems[0].problem.id);
        let mark = engine.mark_solved(users[0], contest, problem);
        costs.push(("mark", 2, scene.cost(Box::pin(mark)).await.1));
        let viewer = Viewer::User(users[1]);
        let board = rounds.board(id, viewer, BoardPosition::default(), limit);
        costs.push(("board", 2, scene.cost(Box::pin(board)).await.1));
        let place = rounds.place(users[1], id);
        costs.push(("place", 3, scene.cost(Box::pin(place)).await.1));
        // The first pass prepares every statement.
        for (name, statements, cost) in costs.into_iter().skip_while(|_| pass == 0) {
            println!("{name:>17} | {cost}");
            assert_eq!(cost.statements, statements, "{name}");
            assert_eq!(cost.round_trips, statements as u64, "{name}");
            let rows = match name {
                "join" => [1, 1, 1, 0, 0, 0],
                "mark" => [1, 1, 0, 1, 0, 0],
                _ => [0; 6],
            };
            assert_eq!(cost.rows, rows, "{name}");
        }
    }
}

/// Through the engine, with sets of 100,000 random bits. Most of their problems are not in the engine's
/// catalogue.
#[tokio::test]
async fn a_mark_logs_less_than_1500_bytes_with_100_000_bits_set() {
    let scene = Scene::new(false, 1).await;
    let mut dice = Dice(5);
    let half: OrdinalSet = (0..200_000).filter(|_| dice.below(2) == 0).collect();
    let mut first = commit(user(1), None, record(None));
    (first.record.solved, first.record.seen) = (half.clone(), half);
    scene.store.commit_user(&first).await.unwrap();
    let mut written = Vec::new();
    for _ in 0..40 {
        let created = scene.engine.create_contest(user(1), &request(5)).await;
        let contest = created.unwrap().contest;
        for entry in &contest.problems {
            let mark = scene
                .engine
                .mark_solved(user(1), contest.id, entry.problem.id);
            let before = scene.log_position().await;
            assert!(mark.await.unwrap().changed);
            written.push(scene.log_position().await - before);
        }
        let completed = scene.engine.complete_contest(user(1), contest.id);
        completed.await.unwrap();
    }
    let snapshot = scene.store.load_user(user(1), &ContestSelector::None).await;
    assert!(snapshot.unwrap().record.unwrap().solved.len() > 99_000);
    let average = written.iter().sum::<i64>() / written.len() as i64;
    let most = written.iter().max().unwrap();
    println!("{average} bytes on average, {most} at most");
    assert!(average < 1_500, "{average}");
}
