//! The plans of the statements: they use keys and indexes for any number of rows, in generic and in custom
//! plans.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _, Row as _, SqlSafeStr as _};

use super::{PgPoolConfig, PgStore, StatementTimeout, commit};
use crate::parts::{CONTEST, NEW_CONTEST, Parts, RANKED};
use crate::testing::Postgres;

/// 20,000 problems, 100,000 solves of one user, and 1,000 users with 190 solves, 20 contests and 50 events
/// each. Some of these users have undelivered events. The first ten contests of each user are in rounds, a few
/// of them virtually. There are 2,000 rounds; one lists 20,000 users.
const FILL: &str = "
INSERT INTO problems (number, tag, id, ordinal, value)
SELECT n % 9, 0, md5('p' || n)::uuid, n, '{}' FROM generate_series(1, 20000) n;
UPDATE catalogue_state SET number = 8;
INSERT INTO user_records (user_id, version, open_contest, state, solved, seen)
SELECT md5('u' || u)::uuid, md5('v')::uuid, md5('c' || u || '-20')::uuid, '{}', '', ''
FROM generate_series(1, 1000) u;
INSERT INTO attempts (user_id, at, problem, contest, submission, verdict, epoch, recorded_at)
SELECT md5('u1')::uuid, '2024-01-01'::timestamptz + n * interval '1 minute',
       md5('p' || 1 + n % 20000)::uuid, md5('c')::uuid, '', 'accepted', 0, now()
FROM generate_series(1, 100000) n;
INSERT INTO attempts (user_id, at, problem, contest, submission, verdict, epoch, recorded_at)
SELECT md5('u' || u)::uuid, '2024-01-01'::timestamptz + n * interval '1 hour',
       md5('p' || n)::uuid, md5('c')::uuid, '', 'accepted', 0, now()
FROM generate_series(2, 1000) u, generate_series(1, 190) n;
INSERT INTO contests (user_id, contest_id, key, value, round, host_rank, public_rank)
SELECT md5('u' || u)::uuid, md5('c' || u || '-' || n)::uuid, 'k' || n, '{}',
       CASE WHEN n <= 10 THEN md5('r' || n)::uuid END,
       CASE WHEN n <= 10 AND u % 50 > 0 THEN decode(md5(u || 'h' || n) || '0123456789abcdef', 'hex') END,
       CASE WHEN n <= 10 AND u % 50 > 0 THEN decode(md5(u || 'p' || n) || '0123456789abcdef', 'hex') END
FROM generate_series(1, 1000) u, generate_series(1, 20) n;
INSERT INTO rounds (round_id, version, value)
SELECT md5('r' || n)::uuid, md5('v')::uuid, '{}' FROM generate_series(1, 2000) n;
INSERT INTO round_members (user_id, round_id, participant)
SELECT md5('u' || u)::uuid, md5('r' || n)::uuid, md5('u' || u)::uuid
FROM generate_series(1, 1000) u, generate_series(1, 20) n;
INSERT INTO round_members (user_id, round_id, participant)
SELECT md5('m' || u)::uuid, md5('r1')::uuid, md5('m' || u)::uuid FROM generate_series(1, 20000) u;
INSERT INTO contest_requests (user_id, contest_id, value)
SELECT user_id, contest_id, '{}' FROM contests;
INSERT INTO user_events (user_id, number, at, value)
SELECT md5('u' || u)::uuid, n, '2024-01-01'::timestamptz + n * interval '1 hour', '{}'
FROM generate_series(1, 1000) u, generate_series(1, 50) n;
INSERT INTO event_deliveries (user_id, last, delivered, waiting, leased_at)
SELECT md5('u' || u)::uuid, 50, CASE WHEN u <= 20 THEN 30 ELSE 50 END, u <= 20,
       '2024-01-01'::timestamptz + u * interval '1 minute'
FROM generate_series(1, 1000) u";

/// Arguments for each statement that should not read a whole table. Of the commits: a creation, a pruning, a mark, and a
/// mark in a round.
/// `find_old` is left out: pruning reads events in the order of their table.
const CALLS: &[(&str, &str)] = &[
    ("load", "md5('u1')::uuid"),
    ("load_open", "md5('u1')::uuid"),
    ("load_id", "md5('u1')::uuid, md5('c1-7')::uuid"),
    ("load_key", "md5('u1')::uuid, 'k7'"),
    ("load_in_round", "md5('u1')::uuid, md5('r7')::uuid"),
    ("erase", "md5('u2')::uuid"),
    ("list_users", "md5('u1')::uuid, 20"),
    (
        "list_contests",
        "md5('u1')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 10",
    ),
    (
        "oldest_attempts",
        "md5('u1')::uuid, '2024-02-01', md5('x')::uuid, md5('x')::uuid, 'x', 20",
    ),
    (
        "latest_attempts",
        "md5('u1')::uuid, '2024-02-01', md5('x')::uuid, md5('x')::uuid, 'x', 20",
    ),
    (
        "count_solves",
        "md5('u1')::uuid, ARRAY['2024-01-02'::timestamptz, '2024-01-03'], '2024-01-02', '2024-01-03'",
    ),
    ("contest_request", "md5('u1')::uuid, md5('c1-7')::uuid"),
    ("round", "md5('r7')::uuid"),
    ("round_of_user", "md5('u1')::uuid, md5('r7')::uuid"),
    ("list_rounds", "'ffffffff-ffff-ffff-ffff-ffffffffffff', 20"),
    (
        "list_rounds_of_user",
        "md5('u1')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 20",
    ),
    ("insert_round", "md5('new')::uuid, md5('v')::uuid, '{}'"),
    (
        "update_round",
        "md5('r7')::uuid, md5('w')::uuid, '{}', md5('v')::uuid",
    ),
    (
        "put_members",
        "md5('r7')::uuid, ARRAY[md5('new')::uuid, md5('u1')::uuid],
         ARRAY[md5('new')::uuid, md5('team')::uuid]",
    ),
    ("list_members", "md5('r1')::uuid, md5('x')::uuid, 20"),
    ("contests_by_user", "md5('r7')::uuid, md5('x')::uuid, 20"),
    (
        "host_board",
        "md5('u1')::uuid, md5('r7')::uuid, '\\x80', md5('x')::uuid, 20",
    ),
    (
        "public_board",
        "md5('u1')::uuid, md5('r7')::uuid, '\\x80', md5('x')::uuid, 20",
    ),
    ("count_by_host_rank", "md5('r7')::uuid, '\\x20'"),
    ("count_by_public_rank", "md5('r7')::uuid, '\\x20'"),
    ("load_changed", "8, 0, 8, 9223372036854775807, 0, 20000"),
    ("events_after", "md5('u1')::uuid, 20, 10"),
    ("find_waiting", "'2025-01-01', 32"),
    (
        "lease",
        "md5('u1')::uuid, '2024-01-01 00:01', '2025-01-01', md5('h')::uuid, '2025-01-02'",
    ),
    ("acknowledge", "md5('u1')::uuid, md5('h')::uuid, 40"),
    ("give_back", "md5('u1')::uuid, md5('h')::uuid, '2025-01-01'"),
    ("remove_old", "ARRAY[md5('u1')::uuid], ARRAY[1]"),
    (
        "commit 00010011010",
        "md5('u1')::uuid, md5('w')::uuid, md5('new')::uuid, '{}', '', md5('v')::uuid, 8, 0,
         md5('new')::uuid, 'new', '{}', md5('new')::uuid, '{}',
         ARRAY[51], ARRAY['2025-01-01'::timestamptz], ARRAY['{}'], 51",
    ),
    (
        "commit 00100000000",
        "md5('u1')::uuid, md5('w')::uuid, NULL, '{}', md5('v')::uuid,
         '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'",
    ),
    (
        "commit 10011100000",
        "md5('u1')::uuid, md5('w')::uuid, md5('c1-20')::uuid, '{}', md5('v')::uuid,
         '{}', md5('c1-20')::uuid,
         '2025-01-01', md5('p1')::uuid, md5('c')::uuid, '', 'accepted', NULL, 0, '2025-01-01', NULL,
         ARRAY[51], ARRAY['2025-01-01'::timestamptz], ARRAY['{}'], 51",
    ),
    (
        "commit 01011100000",
        "md5('u1')::uuid, md5('w')::uuid, md5('c1-20')::uuid, '{}', md5('v')::uuid,
         '{}', '\\x01', '\\x02', '\\x03', '\\x04', md5('c1-7')::uuid,
         ARRAY['2025-01-01'::timestamptz], ARRAY[md5('p1')::uuid], ARRAY[md5('c')::uuid], ARRAY[''],
         ARRAY['accepted'], ARRAY[NULL::text], ARRAY[0],
         ARRAY['2025-01-01'::timestamptz], ARRAY[NULL::timestamptz],
         ARRAY[51], ARRAY['2025-01-01'::timestamptz], ARRAY['{}'], 51",
    ),
];

/// A store whose tables are in the default schema, so that `FILL` needs no schema.
async fn store() -> PgStore {
    let postgres = Postgres::shared().await.unwrap();
    let url = postgres.database().await.unwrap().url();
    let config = PgPoolConfig::parse(&url).unwrap();
    let config = config.with_statement_timeout(StatementTimeout::Role);
    let store = PgStore::connect_with(&config).await.unwrap();
    store.migrate().await.unwrap();
    store
}

#[tokio::test]
async fn all_statements_can_be_prepared() {
    let store = store().await;
    let mut connection = store.pool().acquire().await.unwrap();
    let statements = store.sql().all();
    assert!(statements.len() > Parts::COMBINATIONS);
    for (name, text) in statements {
        let text = AssertSqlSafe(text).into_sql_str();
        let prepared = connection.prepare(text).await;
        assert!(prepared.is_ok(), "{name}: {prepared:?}");
    }
}

/// A contest outside rounds is written as if there were none.
#[test]
fn ranks_are_written_only_in_rounds() {
    for parts in Parts::all() {
        let text = commit::statement(parts);
        let ranked = parts.has(RANKED) && parts.has(CONTEST | NEW_CONTEST);
        assert_eq!(text.contains("_rank"), ranked, "{parts:?}");
    }
}

/// Runs a statement, rolls it back, and returns its plan as lines.
async fn explain(connection: &mut PgConnection, sql: &str, arguments: &str) -> Vec<String> {
    let prepare = format!("DEALLOCATE ALL; BEGIN; PREPARE statement AS {sql}");
    connection.execute(AssertSqlSafe(prepare)).await.unwrap();
    let explain = format!("EXPLAIN (ANALYZE, BUFFERS) EXECUTE statement({arguments})");
    let rows = sqlx::raw_sql(AssertSqlSafe(explain));
    let rows = rows.fetch_all(&mut *connection).await.unwrap();
    connection.execute("ROLLBACK").await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Whether a step is too expensive: it reads a whole table, discards more rows than a page has, or reads
/// many rows.
fn is_fault(step: &str) -> bool {
    let reads_all = step.contains("Seq Scan")
        && !step.contains("catalogue_state")
        && !step.contains("(never executed)");
    let number = |text: &str| text.split(' ').next()?.parse::<f64>().ok();
    let removed = step.trim().strip_prefix("Rows Removed by Filter: ");
    let actual = step.split("actual time").nth(1);
    let actual = actual.and_then(|actual| actual.split("rows=").nth(1));
    let many = |rows: Option<&str>, limit| rows.and_then(number).is_some_and(|rows| rows > limit);
    reads_all || many(removed, 100.0) || many(actual, 5_000.0)
}

#[tokio::test]
async fn statements_are_answered_from_keys_and_indexes() {
    let store = store().await;
    let mut connection = store.pool().acquire().await.unwrap();
    connection.execute(FILL).await.unwrap();
    let statements = store.sql().all();
    let mut found = Vec::new();
    // Without statistics, and with them.
    for prepare in ["SELECT 1", "ANALYZE", "VACUUM"] {
        connection.execute(prepare).await.unwrap();
        for mode in ["force_generic_plan", "force_custom_plan"] {
            let set = format!("SET plan_cache_mode = {mode}");
            connection.execute(AssertSqlSafe(set)).await.unwrap();
            for (name, arguments) in CALLS {
                // Without statistics the planner expects that many problems changed.
                if *name == "load_changed" && prepare == "SELECT 1" {
                    continue;
                }
                let statement = statements.iter().find(|(known, _)| known == name);
                let plan = explain(&mut connection, &statement.unwrap().1, arguments).await;
                if plan.iter().any(|step| is_fault(step)) {
                    found.push(format!("{name}, {mode}, {prepare}:\n{}", plan.join("\n")));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}
