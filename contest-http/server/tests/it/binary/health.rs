//! `/healthz` and `/readyz`.

use contest_sqlx::testing::{Postgres, Proxy};
use tokio::time::{Duration, Instant, sleep};

use super::process::{PATIENCE, Server, json};

#[tokio::test]
async fn ready_while_the_store_answers_and_up_all_the_time() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let proxy = Proxy::to(&database.url()).await.unwrap();
    let url = format!("--database-url={}", proxy.url());
    let mut server = Server::start(&[&url, "--ready-timeout=100ms"]).await;
    let ready = json(server.get("/readyz").send().await.unwrap()).await;
    assert_eq!(ready["status"], "ready");

    proxy.mute();
    let refused = server.get("/readyz").send().await.unwrap();
    assert_eq!(refused.status(), 503);
    assert_eq!(
        refused.headers()["content-type"],
        "application/problem+json"
    );
    assert!(refused.headers().contains_key("retry-after"));
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains("urn:contest:not_ready")
    );
    let up = server.get("/healthz").send().await.unwrap();
    assert_eq!(up.status(), 200);

    proxy.resume();
    let deadline = Instant::now() + PATIENCE;
    while server.get("/readyz").send().await.unwrap().status() != 200 {
        assert!(Instant::now() < deadline, "{}", server.log.text());
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(server.stop().await, 0, "{}", server.log.text());
}

#[tokio::test]
async fn not_ready_from_the_signal_on_while_connections_are_still_accepted() {
    let mut server = Server::start(&["--database-url=memory:", "--shutdown-delay=3s"]).await;
    server.signal("TERM");
    server.log.line("shutting down").await;
    let deadline = Instant::now() + PATIENCE;
    let refused = loop {
        let answer = server.get("/readyz").send().await.expect("still accepting");
        if answer.status() == 503 {
            break answer.text().await.unwrap();
        }
        assert!(Instant::now() < deadline);
    };
    assert!(refused.contains("shutting down"), "{refused}");
    assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
    assert_eq!(server.exit_code().await, 0);
}
