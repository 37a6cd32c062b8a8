//! Filling the tables with users, by SQL over whole sets: a call for each would take hours.

use contest_benches::Outcome;
use contest_core::id::UserId;
use contest_sqlx::postgres::PgStore;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// What happens for each user, numbered from 1: three solves outside contests, one a day, and one
/// contest of five other problems. It is completed if the number is even and else active for years.
/// Ids are digests of the numbers. A row's selection is that of any contest that is there.
///
/// The problems of a user are 37 places apart: they do not meet in any catalogue of 150 or more
/// unless its size divides 37 times a small number, which the primary keys would tell.
const STEPS: [&str; 9] = [
    "CREATE TABLE {schema}.loading AS
     SELECT n, md5('user ' || n)::uuid AS user_id, md5('contest ' || n)::uuid AS contest_id,
            n % 2 = 0 AS completed
     FROM generate_series(1, {users}) AS n ORDER BY user_id",
    "CREATE TABLE {schema}.offered AS
     SELECT id, difficulty, topics, row_number() OVER (ORDER BY position, id) - 1 AS place
     FROM {schema}.problems WHERE NOT retired",
    "CREATE TABLE {schema}.assigned AS
     SELECT user_id, contest_id, k, p.id AS problem_id, p.difficulty, p.topics
     FROM {schema}.loading, generate_series(0, 7) AS k,
          LATERAL (SELECT (n::bigint * 7919 + k * 37)
                          % (SELECT count(*) FROM {schema}.offered) AS place) AS at
     JOIN {schema}.offered p USING (place)
     ORDER BY user_id",
    "INSERT INTO {schema}.user_progress (user_id, version, easy, medium, hard, completed)
     SELECT user_id, 3, count(*) FILTER (WHERE difficulty = 1),
            count(*) FILTER (WHERE difficulty = 2), count(*) FILTER (WHERE difficulty = 3),
            bool_or(completed)::int
     FROM {schema}.assigned JOIN {schema}.loading USING (user_id) WHERE k < 3
     GROUP BY user_id ORDER BY user_id",
    "INSERT INTO {schema}.user_topics (user_id, topic, solved)
     SELECT user_id, topic, count(DISTINCT problem_id)
     FROM {schema}.assigned, unnest(topics) AS topic WHERE k < 3
     GROUP BY user_id, topic ORDER BY user_id",
    "INSERT INTO {schema}.solves (user_id, problem_id, solved_at)
     SELECT user_id, problem_id, {now} - (k + 1) * interval '1 day'
     FROM {schema}.assigned WHERE k < 3 ORDER BY user_id",
    "INSERT INTO {schema}.solve_events (user_id, at, id, problem_id, kind)
     SELECT user_id, {now} - (k + 1) * interval '1 day',
            ('0000000000000001' || lpad(to_hex(k + 1), 16, '0'))::uuid, problem_id, 1
     FROM {schema}.assigned WHERE k < 3 ORDER BY user_id",
    "INSERT INTO {schema}.contests
         (user_id, id, started_at, deadline, ending, ended_at, selection)
     SELECT user_id, contest_id, {now} - interval '1 hour', {now} + interval '10 years',
            CASE WHEN completed THEN 1 END, CASE WHEN completed THEN {now} END,
            (SELECT selection FROM {schema}.contests LIMIT 1)
     FROM {schema}.loading ORDER BY user_id",
    "INSERT INTO {schema}.contest_problems (user_id, contest_id, problem_id, place)
     SELECT user_id, contest_id, problem_id, k - 2
     FROM {schema}.assigned WHERE k >= 3 ORDER BY user_id, contest_id",
];

const TIDY: [&str; 3] = [
    "DROP TABLE {schema}.loading, {schema}.offered, {schema}.assigned",
    "VACUUM (ANALYZE)",
    "CHECKPOINT",
];

/// Adds that many users to a store that has a contest, and checks that what is counted is what a
/// recount gives.
pub(crate) async fn users(store: &PgStore, users: u32) -> Outcome<()> {
    for step in STEPS.iter().chain(&TIDY) {
        let now = contest_benches::stores::NOW.as_micros();
        let sql = step
            .replace("{schema}", &store.schema().to_string())
            .replace("{users}", &users.to_string())
            .replace("{now}", &format!("to_timestamp({now} / 1000000)"));
        let statement = sqlx::raw_sql(AssertSqlSafe(sql));
        statement.execute(store.writer()).await?;
    }
    match store.verify().await?.first() {
        None => Ok(()),
        Some(wrong) => Err(format!("loaded wrong: {wrong:?}").into()),
    }
}

/// The users with these numbers.
pub(crate) async fn numbered(store: &PgStore, numbers: &[i32]) -> Outcome<Vec<UserId>> {
    let ids = sqlx::query_scalar("SELECT md5('user ' || n)::uuid FROM unnest($1::int[]) AS n");
    let ids: Vec<Uuid> = ids.bind(numbers).fetch_all(store.writer()).await?;
    Ok(ids.into_iter().map(UserId::from_uuid).collect())
}
