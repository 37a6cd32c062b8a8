//! Plans: what a request sends is answered from primary keys and indexes, however many rows there
//! are, whether the server plans for the arguments or once for all.

use std::fmt::Write as _;

use contest_sqlx::postgres::{PgStore, StatementTimeout};
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use super::support::{config, store};

/// 200,000 problems, 2,000,000 solves: 100,000 of one user, about 190 of each of 10,000 others, of
/// whom each has had twenty contests and fifty events, which a few still wait for. The triggers that
/// check foreign keys are off meanwhile.
const FILL: &str = "
SET session_replication_role = replica;
INSERT INTO {schema}.problems
SELECT md5('p' || n)::uuid, 'p-' || n, 'P ' || n, 1 + n % 3,
       ARRAY['Topic ' || n % 20, 'Topic ' || 20 + n % 7], NULL, n, n % 50 = 0
FROM generate_series(1, 200000) n;
INSERT INTO {schema}.solves
SELECT md5('u1')::uuid, md5('p' || n)::uuid, '2024-01-01'::timestamptz + n * interval '1 minute'
FROM generate_series(1, 100000) n;
INSERT INTO {schema}.solves
SELECT md5('u' || u)::uuid, md5('p' || 1 + (u * 7919 + n * 1009) % 200000)::uuid,
       '2024-01-01'::timestamptz + n * interval '1 hour'
FROM generate_series(2, 10000) u, generate_series(1, 190) n;
INSERT INTO {schema}.solve_events
SELECT user_id, solved_at, gen_random_uuid(), problem_id, 1 FROM {schema}.solves;
INSERT INTO {schema}.user_progress
SELECT md5('u' || u)::uuid, 1, 100, 100, 100, 10 FROM generate_series(1, 10000) u;
INSERT INTO {schema}.user_topics
SELECT md5('u' || u)::uuid, 'Topic ' || n, 10
FROM generate_series(1, 10000) u, generate_series(0, 26) n;
INSERT INTO {schema}.contests
SELECT md5('u' || u)::uuid, md5('c' || u || '-' || n)::uuid, at, at + interval '1 hour',
       CASE WHEN n < 20 THEN 1 END, CASE WHEN n < 20 THEN at + interval '1 hour' END,
       'k' || n, decode(repeat('00', 32), 'hex'), '{}'
FROM generate_series(1, 10000) u, generate_series(1, 20) n,
     LATERAL (SELECT '2024-01-01'::timestamptz + n * interval '1 day' AS at) t;
INSERT INTO {schema}.contest_problems
SELECT c.user_id, c.id, md5('p' || 100001 + k)::uuid, k, NULL
FROM {schema}.contests c, generate_series(1, 5) k;
INSERT INTO {schema}.user_events (user_id, number, at, kind, contest_id)
SELECT md5('u' || u)::uuid, n, '2024-01-01'::timestamptz + n * interval '1 hour', 1,
       md5('c' || u || '-' || n)::uuid
FROM generate_series(1, 10000) u, generate_series(1, 50) n;
INSERT INTO {schema}.event_delivery (user_id, head, delivered, waiting, leased_at)
SELECT md5('u' || u)::uuid, 50, CASE WHEN u <= 20 THEN 30 ELSE 50 END, u <= 20,
       '2024-01-01'::timestamptz + u * interval '1 minute'
FROM generate_series(1, 10000) u;
SET session_replication_role = origin";

/// Arguments of the user with 100,000 solves for each statement of the request path. Loading the
/// catalogue is not on it, and reads all problems anyway.
fn requests() -> Vec<(&'static str, String)> {
    let user = "md5('u1')::uuid";
    let contest = "md5('c1-20')::uuid";
    let problem = "md5('p100002')::uuid";
    let now = "'2024-01-21 00:30:00Z'";
    let ids = |from: u32, count: u32| {
        let mut array = "ARRAY[".to_owned();
        for n in from..from + count {
            let comma = if n == from { "" } else { "," };
            write!(array, "{comma}md5('p{n}')::uuid").unwrap();
        }
        array + "]"
    };
    let times = format!("array_fill({now}::timestamptz, ARRAY[30])");
    let bounds = "ARRAY['2024-01-02'::timestamptz, '2024-01-03', '2024-01-04']";
    let new = format!(
        "{user}, md5('new')::uuid, '2025-01-01', '2025-01-02', 'key', decode(repeat('00', 32), 'hex'), '{{}}'"
    );
    vec![
        ("ping", String::new()),
        ("solved_among", format!("{user}, {}", ids(99_990, 30))),
        (
            "record_solves",
            format!("{user}, {}, {times}", ids(99_990, 30)),
        ),
        ("history", format!("{user}, 20")),
        (
            "history_after",
            format!("{user}, 20, {now}, md5('x')::uuid"),
        ),
        ("practice_among", format!("{user}, {}", ids(99_990, 30))),
        ("list_solves", format!("{user}, 20")),
        (
            "list_solves_after",
            format!("{user}, 20, '2024-02-01', md5('x')::uuid"),
        ),
        (
            "create",
            format!("{new}, {}, NULL, ARRAY[]::uuid[]", ids(100_101, 5)),
        ),
        ("find", format!("{user}, {contest}")),
        ("find_active", format!("{user}, {now}")),
        ("find_by_key", format!("{user}, 'k7'")),
        ("list", format!("{user}, 20")),
        ("list_before", format!("{user}, 20, {contest}")),
        ("mark", format!("{user}, {contest}, {problem}, {now}")),
        ("unmark", format!("{user}, {contest}, {problem}, {now}")),
        ("finish", format!("{user}, {contest}, 1::smallint, {now}")),
        (
            "extend",
            format!("{user}, {contest}, '2024-01-21 03:00:00Z', {now}"),
        ),
        (
            "resume",
            format!("{user}, md5('c1-19')::uuid, '2024-01-20 00:30:00Z'"),
        ),
        (
            "reset",
            "md5('u2')::uuid, '2024-01-21 02:00:00Z'".to_owned(),
        ),
        ("current_epoch", user.to_owned()),
        ("events_after", format!("{user}, 20, 10")),
        (
            "lease_events",
            format!("md5('h')::uuid, {now}, '2024-01-21 00:31:00Z', 10"),
        ),
        ("acknowledge_events", format!("{user}, md5('h')::uuid, 40")),
        ("forget_events", "'2024-01-02', 100".to_owned()),
        ("by_difficulty", user.to_owned()),
        ("by_topic", user.to_owned()),
        ("count_contests", format!("{user}, {now}")),
        (
            "count_between",
            format!("{user}, {bounds}, '2024-01-02', '2024-01-04'"),
        ),
    ]
}

/// The plan, after it was run, as text.
async fn explain(connection: &mut PgConnection, sql: &str, arguments: &str) -> String {
    let call = if arguments.is_empty() {
        "statement".to_owned()
    } else {
        format!("statement({arguments})")
    };
    let prepare = format!("DEALLOCATE ALL; BEGIN; PREPARE statement AS {sql}");
    connection.execute(AssertSqlSafe(prepare)).await.unwrap();
    let explain = format!("EXPLAIN (ANALYZE, BUFFERS) EXECUTE {call}");
    let rows = sqlx::raw_sql(AssertSqlSafe(explain))
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    connection.execute("ROLLBACK").await.unwrap();
    let lines = rows.iter().map(|row| row.get::<String, _>(0) + "\n");
    lines.collect()
}

/// What the plan does that it must not: read a table from end to end, look at what other users have
/// solved, or throw away more rows than a page has.
fn faults(plan: &str) -> Vec<&str> {
    let reads_all = |line: &&str| line.contains("Seq Scan") && !line.contains("catalogue_state");
    let looks_at_others = |line: &&str| line.contains("using solves_problem");
    let discards = |line: &&str| {
        let removed = line.trim().strip_prefix("Rows Removed by Filter: ");
        removed.is_some_and(|rows| rows.parse::<u64>().unwrap() > 100)
    };
    let reads_many = |line: &&str| {
        let actual = line.split("actual time").nth(1);
        let rows = actual.and_then(|actual| actual.split("rows=").nth(1));
        let rows = rows.and_then(|rows| rows.split(' ').next());
        rows.is_some_and(|rows| rows.parse::<u64>().is_ok_and(|rows| rows > 5_000))
    };
    plan.lines()
        .filter(|line| {
            reads_all(line) || looks_at_others(line) || discards(line) || reads_many(line)
        })
        .collect()
}

async fn fill(pool: &PgPool, store: &PgStore) {
    let sql = FILL.replace("{schema}", store.schema().as_str());
    pool.execute(AssertSqlSafe(sql)).await.unwrap();
}

#[tokio::test]
async fn requests_are_answered_from_indexes() {
    let config = config()
        .await
        .with_statement_timeout(StatementTimeout::Role);
    let store = store(&config).await.unwrap();
    fill(store.writer(), &store).await;
    let requests = requests();
    let mut connection = store.writer().acquire().await.unwrap();
    let mut found = String::new();
    // Before there are statistics, and with them.
    for (mode, prepare) in [
        ("force_generic_plan", "SELECT 1"),
        ("force_custom_plan", "SELECT 1"),
        ("force_generic_plan", "ANALYZE"),
        ("force_custom_plan", "ANALYZE"),
        ("force_generic_plan", "VACUUM"),
    ] {
        connection.execute(prepare).await.unwrap();
        let set = format!("SET plan_cache_mode = {mode}");
        connection.execute(AssertSqlSafe(set)).await.unwrap();
        let with_outbox = store.clone().with_outbox();
        for (name, sql) in store
            .statements()
            .into_iter()
            .chain(with_outbox.statements())
        {
            let Some((_, arguments)) = requests.iter().find(|(request, _)| *request == name) else {
                continue;
            };
            let plan = explain(&mut connection, sql, arguments).await;
            if std::env::var("CONTEST_SHOW_PLANS").is_ok() {
                println!("## {name}, {mode}, {prepare}\n{plan}");
            }
            for fault in faults(&plan) {
                writeln!(found, "{name}, {mode}, {prepare}: {fault}\n{plan}").unwrap();
            }
        }
    }
    assert!(found.is_empty(), "{found}");
    let drop = format!("DROP SCHEMA {} CASCADE", store.schema());
    connection.execute(AssertSqlSafe(drop)).await.unwrap();
}
