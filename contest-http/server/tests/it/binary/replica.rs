//! `--reader-url`: only reads that may lag go to the replica.

use contest_sqlx::testing::{Postgres, Proxy};
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use super::process::{PATIENCE, Server, json as body_of};

#[tokio::test]
async fn progress_and_lists_wait_for_a_silent_replica_and_contests_do_not() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    // The same database in the place of its replica, behind a network that can go silent.
    let replica = Proxy::to(&database.url()).await.unwrap();
    let url = format!("--database-url={}", database.url());
    let reader = format!("--reader-url={}", replica.url());
    let patient = ["--acquire-timeout=1m", "--statement-timeout=1m"];
    let mut server = Server::start(&[&patient[..], &[&url, &reader]].concat()).await;
    let token = server.token().await;
    replica.mute();
    let ask = |path: &str| tokio::spawn(server.get(path).bearer_auth(&token).send());
    let waiting = [
        "/api/users/me/progress",
        "/api/users/me/attempts",
        "/api/contests",
        "/api/contests/results",
    ]
    .map(ask);
    let deadline = Instant::now() + PATIENCE;
    // All of them, and the request for the metrics.
    while !server
        .metrics()
        .await
        .contains("http_server_active_requests 5\n")
    {
        assert!(Instant::now() < deadline, "{}", server.metrics().await);
        sleep(Duration::from_millis(5)).await;
    }

    let body = json!({"problem_count": 1, "duration_minutes": 10});
    let create = server.post("/api/contests").bearer_auth(&token).json(&body);
    let created = body_of(create.send().await.unwrap()).await;
    let active = ask("/api/contests/active").await.unwrap().unwrap();
    assert_eq!(body_of(active).await["contest"]["id"], created["id"]);

    let metrics = server.metrics().await;
    let still = metrics.contains("http_server_active_requests 5\n");
    assert!(still, "all read from the replica: {metrics}");
    replica.resume();
    for answer in waiting {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(server.stop().await, 0, "{}", server.log.text());
}
