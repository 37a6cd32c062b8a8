//! The schema: its keys, the bytes written by a mark, and the readable views.

use std::error::Error as _;

use contest_core::catalogue::OrdinalSet;
use contest_core::id::{ProblemId, UserId};
use contest_core::model::Slug;
use contest_core::scoring::Verdict;
use contest_core::store::{
    Commit, ContestSelector, ContestWrite, StoreErrorKind, UserRepository as _,
};
use contest_core::user::{JudgedAttempt, Mark};
use contest_sqlx::postgres::{PgPoolConfig, PgSchema, PgStore};
use contest_sqlx::testing::{Postgres, PostgresOptions};
use futures::future::try_join_all;
use sqlx::{AssertSqlSafe, Executor as _};

use super::fixture::{
    attempt, commit, creation, events, problems, publish, record, solve, store, url, user, version,
};

/// The tables can be distributed by user.
#[tokio::test]
async fn keys_of_user_tables_have_the_user_and_nothing_refers_or_counts() {
    let store = store().await;
    let schema = store.schema().as_str();
    let keys = "
        SELECT t.relname::text, x.indisprimary, array_agg(a.attname::text ORDER BY k.place)
        FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid,
            unnest(x.indkey) WITH ORDINALITY k (attnum, place),
            pg_attribute a
        WHERE x.indisunique AND t.relkind = 'r' AND t.relnamespace = $1::regnamespace
            AND a.attrelid = t.oid AND a.attnum = k.attnum
        GROUP BY t.relname, x.indisprimary, x.indexrelid";
    let keys: Vec<(String, bool, Vec<String>)> = sqlx::query_as(keys)
        .bind(schema)
        .fetch_all(store.pool())
        .await
        .unwrap();
    let shared = [
        "problems",
        "catalogue_state",
        "rounds",
        "contest_migrations",
    ];
    let of_users = keys.iter().filter(|key| !shared.contains(&&*key.0));
    let places = of_users.map(|(table, primary, columns)| {
        let place = columns.iter().position(|column| column == "user_id");
        assert!(place.is_some_and(|place| place == 0 || !primary), "{table}");
    });
    assert_eq!(places.count(), 9);
    let others = "
        SELECT (SELECT count(*) FROM pg_constraint
                WHERE contype = 'f' AND connamespace = $1::regnamespace)
             + (SELECT count(*) FROM pg_class
                WHERE relkind = 'S' AND relnamespace = $1::regnamespace)";
    let others = sqlx::query_scalar::<_, i64>(others)
        .bind(schema)
        .fetch_one(store.pool());
    assert_eq!(others.await.unwrap(), 0);
}

#[tokio::test]
async fn ten_stores_migrate_at_once() {
    let url = url().await;
    let migrate = || async {
        let config = PgPoolConfig::parse(&url)?.with_max_connections(1);
        let store = PgStore::connect_with(&config).await?;
        let store = store.with_schema(PgSchema::new("other").unwrap());
        store.migrate().await?;
        store.migrate().await?;
        store.ping().await
    };
    try_join_all((0..10).map(|_| migrate())).await.unwrap();
}

#[tokio::test]
async fn a_store_without_tables_says_so_for_good() {
    let store = PgStore::connect(&url().await).await.unwrap();
    let load = store.load_user(user(1), &ContestSelector::None).await;
    for error in [store.ping().await.unwrap_err(), load.unwrap_err()] {
        assert_eq!(error.kind(), StoreErrorKind::Permanent);
        assert!(error.source().is_some());
    }
}

/// About half of `of` ordinals, from a fixed generator.
fn random_set(of: u32, seed: u64) -> OrdinalSet {
    let mut state = seed;
    let mut half = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 63 == 1
    };
    (0..of).filter(|_| half()).collect()
}

/// Bytes of WAL.
struct Written {
    on_average: i64,
    at_most: i64,
}

/// The bytes written by marks, in forty contests of five problems, each marked from the first to the last.
async fn written_by_marks(store: &PgStore, of: u32, with_events: bool) -> Written {
    let user = user(u128::from(of));
    let mut latest = creation(user);
    latest.record.solved = random_set(of, 1);
    latest.record.seen = random_set(of, 2);
    store.commit_user(&latest).await.unwrap();
    let log = async || -> i64 {
        let place = sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint");
        place.fetch_one(store.pool()).await.unwrap()
    };
    let mut written = Vec::new();
    for round in 1..=40_i64 {
        let mut next = new_contest(user, &latest, round);
        store.commit_user(&next).await.unwrap();
        for place in 0..5 {
            next = mark(user, &next, place, round);
            if with_events {
                let number = u64::try_from(written.len()).unwrap() + 3;
                next.events = events(user, number..=number);
            }
            let before = log().await;
            store.commit_user(&next).await.unwrap();
            written.push(log().await - before);
        }
        latest = next;
    }
    Written {
        on_average: written.iter().sum::<i64>() / written.len() as i64,
        at_most: written.into_iter().max().unwrap(),
    }
}

/// An empty commit after another one.
fn following(user: UserId, latest: &Commit) -> Commit {
    let mut next = commit(user, Some(latest.record.version), latest.record.clone());
    next.record.version = version();
    (next.solved_changed, next.seen_changed) = (false, false);
    next
}

/// With a contest whose problem ids compress as badly as real ones.
fn new_contest(user: UserId, latest: &Commit, round: i64) -> Commit {
    let mut next = following(user, latest);
    let mut contest = super::fixture::contest(round * 1_000, None);
    for (assigned, place) in contest.problems.iter_mut().zip(0..) {
        let slug = Slug::new(format!("problem-{round}-{place}")).unwrap();
        (assigned.problem, assigned.mark) = (ProblemId::from_slug(&slug), None);
    }
    next.record.open = record(Some(&contest)).open;
    next.record.open.as_mut().unwrap().newly_marked.clear();
    next.contest = Some(ContestWrite::Insert {
        contest,
        request: Box::new(super::fixture::request(0)),
    });
    next
}

fn mark(user: UserId, latest: &Commit, place: usize, round: i64) -> Commit {
    let mut next = following(user, latest);
    let mut contest = latest.contest.as_ref().unwrap().contest().clone();
    let mut solve = solve(round * 1_000 + place as i64, 0, Some(contest.id));
    solve.problem = contest.problems[place].problem;
    contest.problems[place].mark = Some(Mark {
        at: solve.at,
        newly: true,
        judged: false,
    });
    next.record.last_commit_at = Some(solve.at);
    let open = next.record.open.as_mut().unwrap();
    open.newly_marked.push(solve.problem);
    next.contest = Some(ContestWrite::Update(contest));
    next.attempts = vec![solve];
    next
}

/// On a server of its own, because all databases share the WAL. A mark writes most of its contest, up to
/// the mark, and its record; it does not write the sets. The maximum occurs when a page is full: then a row
/// moves to another page, or an index page is split. Single marks can exceed 1,500 bytes: the fifth mark of
/// a contest writes 1,800.
#[tokio::test]
async fn a_mark_writes_little_whatever_the_sets() {
    let options = PostgresOptions::fast().with_setting("autovacuum", "off");
    let postgres = Postgres::start(options).await.unwrap();
    let database = postgres.database().await.unwrap();
    let store = PgStore::connect(&database.url()).await.unwrap();
    store.migrate().await.unwrap();
    let mut averages = Vec::new();
    for of in [10, 150, 1_000, 5_000, 10_000, 100_000] {
        let written = written_by_marks(&store, of, false).await;
        println!("{of}: {} to {}", written.on_average, written.at_most);
        averages.push(written.on_average);
        assert!(
            written.on_average < 1_500 && written.at_most < 3_500,
            "{of}"
        );
    }
    let (least, most) = (
        averages.iter().min().unwrap(),
        averages.iter().max().unwrap(),
    );
    assert!(most - least < 300, "{averages:?}");
    let written = written_by_marks(&store.with_outbox(), 100_001, true).await;
    println!("with events: {} to {}", written.on_average, written.at_most);
    assert!(written.on_average < 2_200);
}

/// Epoch, completed contests, last commit, solved and seen.
type User = (i64, i64, String, Vec<String>, Option<Vec<String>>);

#[tokio::test]
async fn views_show_sets_and_contests() {
    let store = store().await;
    publish(&store, 1, problems(0..10, "title")).await;
    let mut first = creation(user(1));
    let judged = attempt(3, 4, "7", Verdict::Rejected);
    let judged = JudgedAttempt {
        at: judged.at,
        submission: judged.submission,
        verdict: judged.verdict,
        score: judged.score,
        recorded_at: judged.recorded_at,
        undone_at: None,
    };
    if let Some(ContestWrite::Insert { contest, .. }) = &mut first.contest {
        contest.problems[4].attempts = vec![judged.clone(), judged];
    }
    let dense = (100_000..110_000).chain(250_000..315_536);
    first.record.solved = [1, 5].into_iter().chain(dense).collect();
    store.commit_user(&first).await.unwrap();
    let schema = store.schema();
    let users = format!(
        "SELECT epoch, completed, last_commit_at::text, solved, seen \
         FROM {schema}.user_records_readable"
    );
    let shown: User = sqlx::query_as(AssertSqlSafe(users))
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!((shown.0, shown.1, shown.4), (2, 3, None));
    assert!(shown.2.starts_with("2027-01-15 08:00:00"), "{}", shown.2);
    let expected: Vec<_> = first.record.solved.iter().collect();
    assert_eq!(shown.3.len(), expected.len());
    assert_eq!(shown.3[..3], ["p-1", "p-5", "ordinal 100000"]);
    let last = format!("ordinal {}", expected.last().unwrap());
    assert_eq!(shown.3.last(), Some(&last));

    let contests = format!("SELECT key, epoch, problems FROM {schema}.contests_readable");
    let shown: (String, i64, Vec<String>) = sqlx::query_as(AssertSqlSafe(contests))
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!((&*shown.0, shown.1, shown.2.len()), ("key", 2, 5));
    assert!(shown.2[0].contains(" marked 2027-01-15"), "{:?}", shown.2);
    let judged = " attempts: rejected, rejected";
    let places: Vec<_> = shown.2.iter().map(|text| text.ends_with(judged)).collect();
    assert_eq!(places, [false, false, false, false, true]);
}

#[tokio::test]
async fn stored_data_that_cannot_be_is_named() {
    let store = store().await;
    store.commit_user(&creation(user(1))).await.unwrap();
    for (column, value) in [("state", "'{}'"), ("seen", "'\\x010203'")] {
        let spoil = format!(
            "UPDATE {}.user_records SET {column} = {value}",
            store.schema()
        );
        store.pool().execute(AssertSqlSafe(spoil)).await.unwrap();
        let none = ContestSelector::None;
        let error = store.load_user(user(1), &none).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Inconsistent);
        let text = error.to_string();
        for part in ["user_records", column, &user(1).to_string()] {
            assert!(text.contains(part), "{text}");
        }
        let repair = commit(user(1), None, record(None)).record;
        let repair = serde_json::to_string(&repair).unwrap();
        let repair = format!(
            "UPDATE {}.user_records SET state = '{repair}'",
            store.schema()
        );
        store.pool().execute(AssertSqlSafe(repair)).await.unwrap();
    }
}
