//! The test server.

mod process;
mod proxy;

use contest_sqlx::testing::{Database, Postgres, PostgresOptions};
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Executor as _};

async fn connect(database: &Database) -> PgConnection {
    database.connect_options().unwrap().connect().await.unwrap()
}

async fn count(connection: &mut PgConnection) -> i64 {
    let query = sqlx::query_scalar("SELECT count(*) FROM things");
    query.fetch_one(connection).await.unwrap()
}

async fn names(postgres: &Postgres) -> Vec<String> {
    let options = postgres.connect_options().unwrap();
    let mut connection = options.connect().await.unwrap();
    let query = sqlx::query_scalar("SELECT datname::text FROM pg_database");
    query.fetch_all(&mut connection).await.unwrap()
}

#[tokio::test]
async fn every_test_has_a_database_of_its_own() {
    let postgres = Postgres::shared().await.unwrap();
    let (one, other) = tokio::try_join!(postgres.database(), postgres.database()).unwrap();
    for database in [&one, &other] {
        let mut connection = connect(database).await;
        connection
            .execute("CREATE TABLE things (); INSERT INTO things DEFAULT VALUES")
            .await
            .unwrap();
        assert_eq!(count(&mut connection).await, 1);
    }
    let (one_name, other_name) = (one.name().to_owned(), other.name().to_owned());
    // With a connection still open.
    let _connection = connect(&one).await;
    one.close().await.unwrap();
    let names = names(postgres).await;
    assert!(!names.contains(&one_name));
    assert!(names.contains(&other_name));
    other.close().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_comes_back_with_what_was_committed() {
    let postgres = Postgres::start(PostgresOptions::durable()).await.unwrap();
    let database = postgres.database().await.unwrap();
    let mut connection = connect(&database).await;
    connection.execute("CREATE TABLE things ()").await.unwrap();
    for round in 1..=3 {
        connection
            .execute("INSERT INTO things DEFAULT VALUES")
            .await
            .unwrap();
        let before = postgres.process_id().unwrap();
        match round {
            1 => postgres.kill().await.unwrap(),
            2 => postgres.stop_immediate().await.unwrap(),
            _ => {}
        }
        assert_eq!(postgres.process_id().is_some(), round == 3);
        postgres.restart().await.unwrap();
        assert_ne!(postgres.process_id(), Some(before));
        connection = connect(&database).await;
        assert_eq!(count(&mut connection).await, round);
    }
}

#[tokio::test]
async fn settings_reach_the_server() {
    let options = PostgresOptions::fast().with_setting("max_connections", "17");
    let postgres = Postgres::start(options).await.unwrap();
    let mut connection = postgres.connect_options().unwrap().connect().await.unwrap();
    let setting = async |connection: &mut PgConnection, name: &str| -> String {
        let query = sqlx::query_scalar("SELECT current_setting($1)").bind(name);
        query.fetch_one(connection).await.unwrap()
    };
    assert_eq!(setting(&mut connection, "max_connections").await, "17");
    assert_eq!(setting(&mut connection, "fsync").await, "off");
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let options = PostgresOptions::fast().with_setting("max_connections", "many");
    let error = Postgres::start(options).await.unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("ended by itself"), "{text}");
    assert!(text.contains("max_connections"), "{text}");
}
