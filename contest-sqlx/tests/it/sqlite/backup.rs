//! The backup of the README: a copy of one instant, taken while the store is in use.

use contest_core::prelude::*;
use contest_sqlx::sqlite::SqliteStore;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::place::{Directory, config};
use crate::support::user;

#[tokio::test]
async fn a_backup_of_a_store_in_use_is_a_whole_database() {
    let directory = Directory::new();
    let file = directory.database();
    let copy = file.with_file_name("copy.db");
    let store = SqliteStore::connect_with(&config(&file)).await.unwrap();
    store.migrate().await.unwrap();
    let engine = Engine::builder(store).build().await.unwrap();
    let catalogue = Catalogue::neetcode150();
    engine.publish_catalogue(&catalogue).await.unwrap();
    let hour = ContestDuration::from_minutes(60).unwrap();
    let request = ContestRequest::new(ProblemCount::new(5).unwrap(), hour);
    let created = engine.create_contest(user(1), &request).await.unwrap();

    let connection = SqliteConnectOptions::new().filename(&file).connect().await;
    let mut connection = connection.unwrap();
    let copied = sqlx::query("VACUUM INTO ?").bind(copy.to_str().unwrap());
    copied.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    // After the copy, so the copy has the active contest.
    engine
        .abandon_contest(user(1), created.contest.id)
        .await
        .unwrap();

    let restored = SqliteStore::connect_with(&config(&copy)).await.unwrap();
    restored.migrate().await.unwrap();
    let restored = Engine::builder(restored).build().await.unwrap();
    assert_eq!(restored.catalogue().problems().len(), 150);
    let active = restored.active_contest(user(1)).await.unwrap();
    assert_eq!(active.map(|contest| contest.id), Some(created.contest.id));
    assert_eq!(restored.verify_user(user(1)).await.unwrap(), []);
}
