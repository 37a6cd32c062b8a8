//! `/metrics`: the counts, under labels that cannot grow without bound.

use contest_sqlx::testing::{Postgres, Proxy};
use http::Method;
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use super::directory::{Directory, catalogue};
use super::process::{PATIENCE, Server, json};

const CALLS: &str = "contest_store_operation_duration_seconds_count";

/// The value of the first series whose line contains all these parts.
fn value(metrics: &str, parts: &[&str]) -> u64 {
    let mut series = metrics.lines().filter(|line| !line.starts_with('#'));
    let line = series.find(|line| parts.iter().all(|part| line.contains(part)));
    let line = line.unwrap_or_else(|| panic!("no {parts:?} in:\n{metrics}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn requests_are_counted_by_route_method_and_status_only() {
    let mut server = Server::start(&["--database-url=memory:"]).await;
    for path in ["/made/up/1", "/made/up/2", "/api/made/up"] {
        assert_eq!(server.get(path).send().await.unwrap().status(), 404);
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for method in ["MADE", "UP"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let sent = client
            .request(method, server.url("/api/contests"))
            .send()
            .await;
        assert_eq!(sent.unwrap().status(), 405);
    }
    let metrics = server.metrics().await;
    let count = "http_server_request_duration_seconds_count";
    let unmatched = r#"http_route="unmatched""#;
    assert_eq!(value(&metrics, &[count, unmatched, "\"404\""]), 3);
    let other = r#"http_request_method="_OTHER""#;
    assert_eq!(
        value(&metrics, &[count, other, "\"/api/contests\"", "\"405\""]),
        2
    );
    assert!(
        !metrics.contains("made") && !metrics.contains("MADE"),
        "{metrics}"
    );
    let bucket = "http_server_request_duration_seconds_bucket";
    for le in ["0.005", "0.75", "10", "+Inf"] {
        value(&metrics, &[bucket, unmatched, &format!("le=\"{le}\"")]);
    }
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn contests_and_operations_of_the_store_are_counted_without_ids() {
    let directory = Directory::new();
    let file = directory.write("problems.csv", &catalogue(3));
    let url = format!("--database-url={}", directory.database());
    let mut server = Server::start(&[&url, "--catalogue", &file]).await;
    let token = server.token().await;
    let create = async |key: &str, count: u32| {
        let body = json!({"problem_count": count, "duration_minutes": 10});
        let request = server.post("/api/contests").bearer_auth(&token);
        let request = request.header("idempotency-key", key).json(&body);
        request.send().await.unwrap()
    };
    let end = async |id: &str, how: &str| {
        let ended = server
            .post(&format!("/api/contests/{id}/{how}"))
            .bearer_auth(&token);
        json(ended.send().await.unwrap()).await;
    };
    let first = json(create("first", 5).await).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    json(create("first", 5).await).await;
    assert_eq!(create("second", 1).await.status(), 409);
    end(&first, "complete").await;
    let second = json(create("third", 1).await).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    end(&second, "abandon").await;

    let metrics = server.metrics().await;
    for (parts, expected) in [
        (&["contest_contests_created_total "][..], 2),
        (&["contest_selection_shortfalls_total "], 1),
        (&["contest_contests_ended_total", "completed"], 1),
        (&["contest_contests_ended_total", "abandoned"], 1),
        (&["contest_late_calls_total "], 0),
        // Neither the repeated creation nor the refused one commits.
        (&[CALLS, "commit_user", "done"], 4),
        // Ending a contest that this process has just created needs no load.
        (&[CALLS, "load_user", "done"], 4),
        (&["contest_store_operations_active "], 0),
        (&["contest_pool_max_connections", "reader"], 4),
    ] {
        assert_eq!(value(&metrics, parts), expected, "{parts:?}\n{metrics}");
    }
    for id in [&first, &second] {
        assert!(!metrics.contains(id.as_str()), "{metrics}");
    }
    assert!(!metrics.contains("problem-"), "{metrics}");
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn metrics_can_be_left_out() {
    let mut server = Server::start(&["--database-url=memory:", "--metrics=false"]).await;
    assert_eq!(server.get("/metrics").send().await.unwrap().status(), 404);
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn operations_that_wait_for_a_connection_are_counted() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let url = format!("--database-url={}", proxy.url());
    let patient = ["--acquire-timeout=1m", "--statement-timeout=1m"];
    let one = ["--max-connections=1", &url];
    let mut server = Server::start(&[&patient[..], &one[..]].concat()).await;
    let token = server.token().await;
    proxy.mute();
    // One operation per request.
    let progress = "/api/users/me/progress";
    let ask = || tokio::spawn(server.get(progress).bearer_auth(&token).send());
    let asked = [ask(), ask(), ask()];
    let deadline = Instant::now() + PATIENCE;
    loop {
        let metrics = server.metrics().await;
        let active = value(&metrics, &["contest_store_operations_active "]);
        let in_use = value(&metrics, &["contest_pool_connections", "writer", "in_use"]);
        if (active, in_use) == (3, 1) {
            break;
        }
        assert!(Instant::now() < deadline, "{metrics}");
        sleep(Duration::from_millis(5)).await;
    }
    proxy.resume();
    for answer in asked {
        assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(server.stop().await, 0);
}
