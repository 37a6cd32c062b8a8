//! The plans of the statements: only searches by a key or an index.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Row, SqlitePool};

use super::{SqliteStore, catalogue, commit, events, history, rounds, user};
use crate::parts::Parts;

/// Each statement with the searches that its plan must have.
const STATEMENTS: &[(&str, &[&str])] = &[
    (
        user::LOAD_WITH_OPEN,
        &[
            "SEARCH u USING PRIMARY KEY (user_id=?)",
            "SEARCH c USING INDEX sqlite_autoindex_contests_1 (user_id=? AND contest_id=?)",
            "SEARCH user_sets USING PRIMARY KEY (user_id=? AND name=?)",
        ],
    ),
    (
        user::LOAD_WITH_ID,
        &["SEARCH c USING INDEX sqlite_autoindex_contests_1 (user_id=? AND contest_id=?)"],
    ),
    (
        user::LOAD_WITH_KEY,
        &["SEARCH c USING INDEX contests_by_key (user_id=? AND key=?)"],
    ),
    (
        user::LOAD_WITH_ROUND,
        &["SEARCH c USING INDEX contests_of_round (round=? AND user_id=?)"],
    ),
    (
        user::LIST,
        &["SEARCH user_records USING PRIMARY KEY (user_id>?)"],
    ),
    (commit::IS_REVISION, &[]),
    (
        history::CONTESTS,
        &["SEARCH contests USING INDEX sqlite_autoindex_contests_1 (user_id=? AND contest_id<?)"],
    ),
    (
        history::OLDEST_ATTEMPTS,
        &[
            "SEARCH attempts USING PRIMARY KEY (user_id=? AND (at,problem,contest,submission)>(?,?,?,?))",
        ],
    ),
    (
        history::LATEST_ATTEMPTS,
        &[
            "SEARCH attempts USING PRIMARY KEY (user_id=? AND (at,problem,contest,submission)<(?,?,?,?))",
        ],
    ),
    (
        history::COUNTS,
        &["SEARCH attempts USING PRIMARY KEY (user_id=? AND at>? AND at<?)"],
    ),
    (history::REQUEST, &[]),
    (
        events::AFTER,
        &["SEARCH user_events USING PRIMARY KEY (user_id=? AND number>?)"],
    ),
    (
        events::NEXT,
        &["SCAN event_deliveries USING INDEX event_deliveries_waiting"],
    ),
    (
        rounds::ROUND,
        &[
            "SEARCH r USING INDEX sqlite_autoindex_rounds_1 (round_id=?)",
            "SEARCH m USING PRIMARY KEY (user_id=? AND round_id=?)",
        ],
    ),
    (
        rounds::LIST,
        &[
            "SEARCH r USING INDEX sqlite_autoindex_rounds_1 (round_id<?)",
            "SEARCH m USING PRIMARY KEY (user_id=? AND round_id=?)",
        ],
    ),
    (rounds::INSERT, &[]),
    (
        rounds::UPDATE,
        &["SEARCH rounds USING INDEX sqlite_autoindex_rounds_1 (round_id=?)"],
    ),
    (rounds::PUT_MEMBERS, &[]),
    (rounds::REMOVE_MEMBERS, &["SEARCH round_members USING"]),
    (
        rounds::LIST_MEMBERS,
        &["SEARCH round_members USING INDEX round_members_of_round (round_id=? AND user_id>?)"],
    ),
    (
        rounds::CONTESTS_BY_USER,
        &["SEARCH contests USING INDEX contests_of_round (round=? AND user_id>?)"],
    ),
    (
        rounds::CONTESTS_BY_HOST_RANK,
        &[
            "SEARCH contests USING INDEX contests_by_host_rank (round=? AND (host_rank,user_id)>(?,?))",
        ],
    ),
    (
        rounds::CONTESTS_BY_PUBLIC_RANK,
        &[
            "SEARCH contests USING INDEX contests_by_public_rank (round=? AND (public_rank,user_id)>(?,?))",
        ],
    ),
    (
        rounds::COUNT_BY_HOST_RANK,
        &["SEARCH contests USING COVERING INDEX contests_by_host_rank (round=? AND host_rank<?)"],
    ),
    (
        rounds::COUNT_BY_PUBLIC_RANK,
        &[
            "SEARCH contests USING COVERING INDEX contests_by_public_rank (round=? AND public_rank<?)",
        ],
    ),
    (events::LEASE, &[]),
    (events::ACKNOWLEDGE, &[]),
    (events::GIVE_BACK, &[]),
    (
        events::PRUNE,
        &["SEARCH e USING COVERING INDEX user_events_by_time (at<?)"],
    ),
    (catalogue::CLAIM, &[]),
    (catalogue::PUT, &[]),
];

/// Tables that a plan may scan: lists passed to the statement, the single row of the catalogue, and waiting
/// users in their order.
const LISTS: &[&str] = &[
    "SCAN json_each VIRTUAL TABLE",
    "SCAN j VIRTUAL TABLE",
    "SCAN k",
    "SCAN catalogue_state",
    "SCAN CONSTANT ROW",
    "SCAN (subquery-",
    "SCAN event_deliveries USING INDEX event_deliveries_waiting",
];

/// 3,000 problems, as many rounds, and 60 users with 50 contests and 500 solves each. Half of the contests are
/// in rounds.
const FILL: &str = "
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
INSERT INTO problems (id, ordinal, number, tag, value)
SELECT unhex(format('%032x', n)), n, n % 9, 0, '{}' FROM n;
INSERT INTO user_records (user_id, version, state) SELECT id, id, '{}' FROM problems WHERE ordinal <= 60;
INSERT INTO user_sets (user_id, name, ordinals) SELECT user_id, 'seen', x'' FROM user_records;
INSERT INTO contests (user_id, contest_id, key, value, round, host_rank, public_rank)
SELECT user_id, id, iif(ordinal % 2, hex(id), NULL), '{}', iif(ordinal % 2, id, NULL),
    iif(ordinal % 2, randomblob(24), NULL), iif(ordinal % 2, randomblob(24), NULL)
FROM user_records, problems WHERE ordinal <= 50;
INSERT INTO rounds (round_id, version, value) SELECT id, id, '{}' FROM problems;
INSERT INTO round_members (user_id, round_id, participant)
SELECT user_id, id, user_id FROM user_records, problems WHERE ordinal <= 50;
INSERT INTO contest_requests (user_id, contest_id, value) SELECT user_id, contest_id, '{}' FROM contests;
INSERT INTO attempts (user_id, at, problem, contest, submission, verdict, epoch, recorded_at)
SELECT user_id, ordinal, id, zeroblob(16), '', 'accepted', 0, 0 FROM user_records, problems WHERE ordinal <= 500;
INSERT INTO user_events (user_id, number, at, value)
SELECT user_id, ordinal, ordinal, '{}' FROM user_records, problems WHERE ordinal <= 50;
INSERT INTO event_deliveries (user_id, last, delivered, place)
SELECT id, 50, iif(ordinal > 5, 50, 10), ordinal FROM problems WHERE ordinal <= 60;
ANALYZE;";

async fn plan(pool: &SqlitePool, statement: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::raw_sql(explain).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}

/// Each statement of each text of a commit, with the searches that its plan must have.
fn of_commits() -> Vec<(&'static str, &'static [&'static str])> {
    let texts = Parts::all().flat_map(|parts| commit::text(parts).split(';'));
    let statements: BTreeSet<_> = texts.map(str::trim).collect();
    let searches = |statement: &str| -> &'static [&'static str] {
        if statement.starts_with("INSERT INTO event_deliveries") {
            &[
                "SEARCH user_records USING PRIMARY KEY (user_id=?)",
                "SCAN event_deliveries USING INDEX event_deliveries_waiting",
            ]
        } else if statement.contains("json_each") {
            &[
                "SEARCH u USING PRIMARY KEY (user_id=?)",
                "SCAN json_each VIRTUAL TABLE",
            ]
        } else if statement.starts_with("INSERT INTO user_records") {
            &[]
        } else {
            &["SEARCH user_records USING PRIMARY KEY (user_id=?)"]
        }
    };
    let named = statements.into_iter().map(|s| (s, searches(s)));
    named.collect()
}

async fn check_all(store: &SqliteStore) {
    let erase = user::ERASE.iter().map(|statement| (*statement, &[][..]));
    for (statement, searches) in STATEMENTS.iter().copied().chain(erase).chain(of_commits()) {
        let plan = plan(&store.reader, statement).await;
        for search in searches {
            let found = plan.iter().any(|step| step.starts_with(search));
            assert!(found, "{statement}: {search} is not in {plan:#?}");
        }
        for step in &plan {
            let scan = step.starts_with("SCAN") && !LISTS.iter().any(|list| step.starts_with(list));
            let sort =
                step.contains("TEMP B-TREE FOR ORDER BY") && !statement.contains("json_each");
            let automatic = step.contains("AUTOMATIC");
            assert!(!scan && !sort && !automatic, "{statement}: {plan:#?}");
        }
    }
}

#[tokio::test]
async fn statements_search_by_key_or_index() {
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    check_all(&store).await;
    sqlx::raw_sql(FILL).execute(&store.writer).await.unwrap();
    check_all(&store).await;
    // Only the part of the union that loads all problems may scan them.
    let load = plan(&store.reader, catalogue::LOAD).await;
    let search = "SEARCH p USING INDEX problems_by_revision (number>?)";
    assert!(load.iter().any(|step| step == search), "{load:#?}");
}
