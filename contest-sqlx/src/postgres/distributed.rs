//! The rules that let the tables be distributed by user, checked in the texts of the statements. Each test
//! is one rule and names its source. The crate's README says which statements were tried on a cluster.

use super::{PgSchema, sql::Statements};

/// Tables that are keyed by user.
const USER_TABLES: [&str; 7] = [
    "user_records",
    "contests",
    "contest_requests",
    "attempts",
    "user_events",
    "event_deliveries",
    "round_members",
];

/// Statements about more than one user, each with the reason why it is allowed.
const SEVERAL_USERS: [(&str, &str); 12] = [
    ("list_users", "one table, read without a lock"),
    ("find_waiting", "one table, read without a lock"),
    ("find_old", "two tables joined by user, read without a lock"),
    ("remove_old", "one table, each row by its user"),
    ("commit_together", "only used with `with_gathering`"),
    ("put_members", "one table, each row by its user"),
    ("list_members", "one table, read without a lock"),
    ("contests_by_user", "one table, read without a lock"),
    (
        "host_board",
        "a page of one table, joined to one row, read without a lock",
    ),
    (
        "public_board",
        "a page of one table, joined to one row, read without a lock",
    ),
    ("count_by_host_rank", "one table, read without a lock"),
    ("count_by_public_rank", "one table, read without a lock"),
];

/// The statements of requests and of the delivery of events.
fn statements() -> Vec<(String, String)> {
    let schema = PgSchema::new("s").unwrap();
    let all = Statements::new(&schema).all();
    // A commit inserts a contest, changes one, or deletes some.
    let both = |name: &str| {
        let parts = name.strip_prefix("commit ").unwrap_or_default();
        let contests = [2, 5, 6].map(|place| parts.get(place..=place) == Some("1"));
        contests.into_iter().filter(|writes| *writes).count() > 1
    };
    let squeezed = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    all.into_iter()
        .filter(|(name, _)| !both(name))
        .map(|(name, text)| (name, squeezed(text)))
        .collect()
}

fn of_one_user() -> Vec<(String, String)> {
    let several = |name: &str| SEVERAL_USERS.iter().any(|(other, _)| *other == name);
    let all = statements().into_iter();
    all.filter(|(name, _)| !several(name)).collect()
}

/// The mentions of a table: position and alias.
fn mentions<'t>(text: &'t str, table: &str) -> Vec<(usize, &'t str)> {
    let name = format!("\"s\".{table} ");
    text.match_indices(&name)
        .map(|(at, _)| {
            let rest = text.get(at + name.len()..).unwrap_or_default();
            let rest = rest.strip_prefix("AS ").unwrap_or(rest);
            let alias = rest.split([' ', ')']).next().unwrap_or_default();
            (at, alias)
        })
        .collect()
}

/// The part of a statement around a position: the enclosing parentheses, or the whole statement.
fn part(text: &str, at: usize) -> &str {
    let (before, after) = text.split_at(at);
    let end = |text: &str, open: char, close: char, back: bool| {
        let mut depth = 0;
        let mut places: Vec<_> = text.char_indices().collect();
        if back {
            places.reverse();
        }
        for (place, c) in places {
            if c == open {
                depth += 1;
            } else if c == close {
                if depth == 0 {
                    return Some(place);
                }
                depth -= 1;
            }
        }
        None
    };
    let from = end(before, ')', '(', true).map_or(0, |place| place + 1);
    let to = end(after, '(', ')', false).map_or(text.len(), |place| at + place);
    &text[from..to]
}

/// The user is a constant in each part of the statement, so the statement goes to one shard. Citus, "SQL
/// support and workarounds": a query for one node may use all of SQL.
#[test]
fn every_user_table_is_met_at_one_user() {
    let mut met = 0;
    for (name, text) in of_one_user() {
        for table in USER_TABLES {
            for (at, alias) in mentions(&text, table) {
                let part = part(&text, at);
                let inserted = part.contains(&format!("INSERT INTO \"s\".{table} "));
                let by_user = [
                    format!("{alias}.user_id = $1"),
                    "WHERE user_id = $1".to_owned(),
                    "(user_id, ".to_owned(),
                ];
                let [aliased, bare, columns] = &by_user;
                let right = if inserted {
                    part.contains(columns)
                        && (part.contains("SELECT $1,") || part.contains("SELECT claim.user_id,"))
                } else {
                    part.contains(aliased) || part.contains(bare)
                };
                assert!(right, "{name}: {table} in {part}");
                met += 1;
            }
        }
    }
    assert!(met > 500, "{met} mentions");
}

/// Citus refuses sub-selects and functions that are not immutable in `DO UPDATE SET`.
#[test]
fn what_is_written_over_comes_from_the_row_or_is_a_constant() {
    let mut met = 0;
    for (name, text) in statements() {
        for (at, found) in text.match_indices("DO UPDATE SET ") {
            let rest = part(&text, at + found.len());
            let from = rest.find("DO UPDATE SET ").unwrap_or_default() + found.len();
            let assignments = rest.get(from..).unwrap_or_default();
            for assignment in assignments.split(", ") {
                let (column, value) = assignment.trim().split_once(" = ").unwrap();
                let plain = value == format!("excluded.{column}") || value == "true";
                assert!(plain, "{name}: {assignment}");
                met += 1;
            }
        }
    }
    assert!(met > 100, "{met} assignments");
}

/// `CockroachDB` refuses several modifications of one table in a statement, unless all are plain inserts.
/// Postgres does not define which of two updates of a row in one statement takes effect.
#[test]
fn no_statement_writes_a_table_twice() {
    for (name, text) in of_one_user() {
        for table in USER_TABLES
            .iter()
            .chain(&["problems", "catalogue_state", "rounds"])
        {
            let writes = ["INSERT INTO", "UPDATE", "DELETE FROM"].map(|verb| {
                let written = format!("{verb} \"s\".{table} ");
                text.matches(&written).count()
            });
            assert!(writes.iter().sum::<usize>() <= 1, "{name}: {table}");
        }
    }
}

/// A pooler does not keep temporary tables and session locks. `YugabyteDB` and Citus cannot share a
/// sequence between nodes without gaps or round trips.
#[test]
fn nothing_belongs_to_a_session_or_to_one_node() {
    let tables = include_str!("../../migrations/postgres/0001_initial.sql");
    let all = statements().into_iter();
    for (name, text) in all.chain([("the tables".to_owned(), tables.to_owned())]) {
        let text: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n")
            .to_lowercase();
        for word in [
            "temp ",
            "temporary",
            "advisory",
            "sequence",
            "nextval",
            "serial",
            "identity",
            "currval",
            "set_config",
            "listen ",
            "notify ",
        ] {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

/// Citus refuses `FOR UPDATE` over several shards. So leasing finds a user without a lock, and then updates
/// that one user by compare-and-set.
#[test]
fn leasing_is_two_steps_and_nothing_else_locks() {
    for (name, text) in statements() {
        let locks = ["FOR UPDATE", "FOR SHARE", "FOR NO KEY UPDATE", "LOCK TABLE"];
        let found = locks.iter().any(|lock| text.contains(lock));
        assert_eq!(found, name == "commit_together", "{name}");
    }
    let text = |wanted: &str| {
        let all = statements();
        let found = all.into_iter().find(|(name, _)| name == wanted);
        found.unwrap().1
    };
    assert!(text("find_waiting").starts_with("SELECT "));
    for step in ["lease", "acknowledge", "give_back"] {
        let text = text(step);
        assert!(
            text.starts_with("UPDATE \"s\".event_deliveries SET "),
            "{step}"
        );
        assert!(text.contains("WHERE user_id = $1 AND "), "{step}");
    }
}
