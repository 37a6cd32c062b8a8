//! The plans of the statements that requests run: only searches by a key or an index, whatever the
//! tables hold.

use sqlx::{AssertSqlSafe, Row, SqlitePool};

use crate::sqlite::{
    PING, SqliteStore, contests, counters, create, events, extend, finish, life, marks, outbox,
    practice, progress, reset, resume, solves,
};

const REQUESTS: &[(&str, &str)] = &[
    ("contests::FIND", contests::FIND),
    ("contests::FIND_ACTIVE", contests::FIND_ACTIVE),
    ("contests::FIND_BY_KEY", contests::FIND_BY_KEY),
    ("contests::LIST", contests::LIST),
    ("counters::INSERT_SOLVES", counters::INSERT_SOLVES),
    ("counters::DELETE_SOLVE", counters::DELETE_SOLVE),
    ("counters::ADD_TO_PROGRESS", counters::ADD_TO_PROGRESS),
    ("counters::ADD_TO_TOPICS", counters::ADD_TO_TOPICS),
    ("counters::TAKE_FROM_PROGRESS", counters::TAKE_FROM_PROGRESS),
    ("counters::TAKE_FROM_TOPICS", counters::TAKE_FROM_TOPICS),
    ("counters::APPEND_EVENTS", counters::APPEND_EVENTS),
    ("create::OPEN", create::OPEN),
    ("create::UNAVAILABLE", create::UNAVAILABLE),
    ("create::SETTLE", create::SETTLE),
    ("create::COUNT_EXPIRED", create::COUNT_EXPIRED),
    ("create::INSERT", create::INSERT),
    ("create::INSERT_PROBLEMS", create::INSERT_PROBLEMS),
    ("events::AFTER", events::AFTER),
    ("events::NEXT", events::NEXT),
    ("events::LEASE", events::LEASE),
    ("events::ACKNOWLEDGE", events::ACKNOWLEDGE),
    ("events::FORGET", events::FORGET),
    ("extend::EXTEND", extend::EXTEND),
    ("finish::END", finish::END),
    ("finish::COUNT", finish::COUNT),
    ("life::EPOCH", life::EPOCH),
    ("marks::LOOK", marks::LOOK),
    ("marks::SET", marks::SET),
    ("practice::PRACTICE_AMONG", practice::PRACTICE_AMONG),
    ("practice::LIST_SOLVES", practice::LIST_SOLVES),
    ("outbox::NUMBER", outbox::NUMBER),
    ("outbox::APPEND", outbox::APPEND),
    ("progress::BY_DIFFICULTY", progress::BY_DIFFICULTY),
    ("progress::BY_TOPIC", progress::BY_TOPIC),
    ("progress::CONTESTS", progress::CONTESTS),
    ("progress::SOLVES_BETWEEN", progress::SOLVES_BETWEEN),
    ("reset::BEGIN_EPOCH", reset::BEGIN_EPOCH),
    ("reset::LOG_REMOVALS", reset::LOG_REMOVALS),
    ("reset::REMOVE_SOLVES", reset::REMOVE_SOLVES),
    ("reset::CLEAR_TOPICS", reset::CLEAR_TOPICS),
    ("resume::REOPEN", resume::REOPEN),
    ("resume::COUNT_RESUMED", resume::COUNT_RESUMED),
    ("solves::SOLVED_AMONG", solves::SOLVED_AMONG),
    ("solves::UNKNOWN", solves::UNKNOWN),
    ("solves::HISTORY", solves::HISTORY),
];

/// What may be gone through from end to end: the lists a statement is given or finds in a row, and
/// rows that are there only to be joined to.
const LISTS: &[&str] = &[
    "SCAN j VIRTUAL TABLE",
    "SCAN r VIRTUAL TABLE",
    "SCAN t VIRTUAL TABLE",
    "SCAN CONSTANT ROW",
    "SCAN (subquery-",
    // Holds only users with undelivered events.
    "SCAN event_delivery USING INDEX event_delivery_waiting",
];

/// 3,000 problems and 60 users with 500 solves and 50 contests each.
const FILL: &str = "
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
INSERT INTO problems (id, slug, title, difficulty, topics, position, retired)
SELECT unhex(format('%032x', n)), 'p-' || n, 'P', iif(n % 2, 'Easy', 'Hard'), '[\"A\",\"B\"]', n, 0
FROM n;
WITH RECURSIVE u (u) AS (SELECT 1 UNION ALL SELECT u + 1 FROM u WHERE u < 60)
INSERT INTO contests (user_id, id, started_at, deadline, ending, ended_at, selection)
SELECT unhex(format('%032x', u)), p.id, position, position + 1,
       iif(position = 50, NULL, 'expired'), iif(position = 50, NULL, position + 1), '{}'
FROM u, problems p WHERE position <= 50;
INSERT INTO contest_problems (user_id, contest_id, problem_id, place)
SELECT c.user_id, c.id, p.id, p.position FROM contests c, problems p WHERE p.position <= 5;
INSERT INTO solves (user_id, problem_id, solved_at)
SELECT c.user_id, p.id, p.position FROM contests c, problems p
WHERE c.ending IS NULL AND p.position <= 500;
INSERT INTO solve_events (user_id, at, id, problem_id, kind)
SELECT user_id, solved_at, problem_id, problem_id, 'recorded' FROM solves;
INSERT INTO user_progress (user_id, easy) SELECT user_id, 500 FROM contests WHERE ending IS NULL;
INSERT INTO user_topics (user_id, topic, solved)
SELECT user_id, 'T' || p.position, 1 FROM contests, problems p WHERE ending IS NULL AND position < 10;
INSERT INTO user_events (user_id, number, at, kind, contest_id)
SELECT user_id, started_at, started_at, 'contest_created', id FROM contests;
INSERT INTO event_delivery (user_id, head, delivered)
SELECT user_id, 50, iif(unhex(format('%032x', 5)) < user_id, 50, 10)
FROM contests WHERE ending IS NULL;
ANALYZE;";

async fn plan(pool: &SqlitePool, statement: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::raw_sql(explain).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}

async fn check_all(store: &SqliteStore) {
    for (name, statement) in REQUESTS {
        let plan = plan(&store.reader, statement).await;
        let scan = |step: &&String| {
            step.starts_with("SCAN") && !LISTS.iter().any(|list| step.starts_with(list))
        };
        let scans: Vec<_> = plan.iter().filter(scan).collect();
        assert!(scans.is_empty(), "{name} goes through a table: {plan:#?}");
        let automatic = plan.iter().any(|step| step.contains("AUTOMATIC"));
        assert!(!automatic, "{name} builds an index: {plan:#?}");
    }
}

#[tokio::test]
async fn requests_search_by_key_or_index() {
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    check_all(&store).await;
    sqlx::raw_sql(FILL).execute(&store.writer).await.unwrap();
    check_all(&store).await;
}

#[tokio::test]
async fn pages_and_intervals_are_searched_from_where_they_begin() {
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    for (statement, search) in [
        (
            contests::LIST,
            "SEARCH c USING PRIMARY KEY (user_id=? AND id<?)",
        ),
        (
            solves::HISTORY,
            "SEARCH solve_events USING PRIMARY KEY (user_id=? AND (at,id)<(?,?))",
        ),
        (
            progress::SOLVES_BETWEEN,
            "SEARCH s USING COVERING INDEX solves_by_time (user_id=? AND solved_at>? AND solved_at<?)",
        ),
        (
            practice::LIST_SOLVES,
            "SEARCH solves USING INDEX solves_by_time (user_id=? AND (solved_at,problem_id)>(?,?))",
        ),
        (
            practice::PRACTICE_AMONG,
            "SEARCH p USING INDEX contest_problems_by_problem (user_id=? AND problem_id=?)",
        ),
        (
            solves::SOLVED_AMONG,
            "SEARCH s USING PRIMARY KEY (user_id=? AND problem_id=?)",
        ),
        (
            contests::FIND_ACTIVE,
            "SEARCH c USING INDEX contests_open (user_id=?)",
        ),
        (
            contests::FIND_BY_KEY,
            "SEARCH c USING INDEX contests_key (user_id=? AND idempotency_key=?)",
        ),
        (
            create::OPEN,
            "SEARCH contests USING INDEX contests_open (user_id=?)",
        ),
        (
            events::AFTER,
            "SEARCH user_events USING PRIMARY KEY (user_id=? AND number>?)",
        ),
        (
            events::NEXT,
            "SCAN event_delivery USING INDEX event_delivery_waiting",
        ),
        (
            events::FORGET,
            "SEARCH e USING COVERING INDEX user_events_by_time (at<?)",
        ),
        (PING, "SCAN catalogue_state"),
    ] {
        let plan = plan(&store.reader, statement).await;
        assert!(
            plan.iter().any(|step| step == search),
            "{search}: {plan:#?}"
        );
        // Only the list a statement was given may be sorted.
        let sorts = plan
            .iter()
            .any(|step| step == "USE TEMP B-TREE FOR ORDER BY");
        assert!(!sorts || statement.contains("json_each"), "{plan:#?}");
    }
}
