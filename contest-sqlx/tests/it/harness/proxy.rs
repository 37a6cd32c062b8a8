//! The network that fails on command.

use std::time::{Duration, Instant};

use contest_sqlx::testing::{Database, Postgres, Proxy};
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Executor as _};

async fn proxy() -> (Database, Proxy) {
    let postgres = Postgres::shared().await.unwrap();
    let database = postgres.database().await.unwrap();
    let proxy = Proxy::to(&database.url()).await.unwrap();
    (database, proxy)
}

async fn connect(proxy: &Proxy) -> PgConnection {
    let options = proxy.connect_options().unwrap();
    options.connect().await.unwrap()
}

async fn ask(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute("SELECT 1").await.map(drop)
}

/// Sends a query, and drops it before the answer.
async fn send(proxy: &Proxy, connection: &mut PgConnection) {
    let sent = proxy.round_trips() + 1;
    tokio::select! {
        biased;
        _ = ask(connection) => panic!("answered by a mute server"),
        () = proxy.reaches_round_trips(sent) => {}
    }
}

#[tokio::test]
async fn round_trips_are_counted_on_all_connections() {
    let (database, proxy) = proxy().await;
    let mut connections = [connect(&proxy).await, connect(&proxy).await];
    let before = proxy.round_trips();
    assert!(before > 0);
    for connection in &mut connections {
        ask(connection).await.unwrap();
        ask(connection).await.unwrap();
    }
    assert_eq!(proxy.round_trips(), before + 4);
    database.close().await.unwrap();
}

#[tokio::test]
async fn a_delay_holds_in_each_direction_and_ends() {
    let (database, proxy) = proxy().await;
    let mut connection = connect(&proxy).await;
    let delay = Duration::from_millis(50);
    proxy.delay(delay);
    let start = Instant::now();
    ask(&mut connection).await.unwrap();
    assert!(start.elapsed() >= 2 * delay);
    // Without the end of the delay, the next answer would not come in time.
    proxy.delay(Duration::from_hours(1));
    proxy.resume();
    ask(&mut connection).await.unwrap();
    database.close().await.unwrap();
}

#[tokio::test]
async fn what_is_sent_to_a_mute_network_arrives_when_it_resumes() {
    let (database, proxy) = proxy().await;
    let mut connection = connect(&proxy).await;
    proxy.mute();
    send(&proxy, &mut connection).await;
    proxy.resume();
    // The answer to the first one comes before this one's.
    ask(&mut connection).await.unwrap();
    database.close().await.unwrap();
}

#[tokio::test]
async fn only_open_connections_fall_silent() {
    let (database, proxy) = proxy().await;
    let mut open = connect(&proxy).await;
    proxy.mute_open();
    send(&proxy, &mut open).await;
    ask(&mut connect(&proxy).await).await.unwrap();
    database.close().await.unwrap();
}

#[tokio::test]
async fn open_connections_are_closed_and_new_ones_work() {
    let (database, proxy) = proxy().await;
    let mut open = connect(&proxy).await;
    proxy.drop_all();
    let error = ask(&mut open).await.unwrap_err();
    assert!(matches!(error, sqlx::Error::Io(_)), "{error:?}");
    ask(&mut connect(&proxy).await).await.unwrap();
    database.close().await.unwrap();
}

#[tokio::test]
async fn everything_closes_when_the_proxy_is_dropped() {
    let (database, proxy) = proxy().await;
    let mut open = connect(&proxy).await;
    let options = proxy.connect_options().unwrap();
    drop(proxy);
    ask(&mut open).await.unwrap_err();
    options.connect().await.unwrap_err();
    database.close().await.unwrap();
}
