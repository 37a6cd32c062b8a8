//! `serve --dev`: a contest from its creation to the progress it made.

use serde_json::json;

use super::directory::Directory;
use super::process::{Server, command, json, logged, run};

#[tokio::test]
async fn a_contest_is_created_ticked_finished_and_counted() {
    let directory = Directory::new();
    let mut server = Server::spawn(
        command(&["serve", "--dev", "--listen=127.0.0.1:0"]).current_dir(directory.path()),
    )
    .await;
    let page = server.out.line("page:").await;
    let token = server.out.line("token:").await;
    let token = token.split_whitespace().nth(1).unwrap();
    let signed_in = format!("http://{}/#token={token}", server.address);
    assert!(page.ends_with(&signed_in), "{page}");

    let request = json!({"problem_count": 5, "duration_minutes": 60});
    let created = server
        .post("/api/contests")
        .bearer_auth(token)
        .json(&request);
    let contest = json(created.send().await.unwrap()).await;
    let id = contest["id"].as_str().unwrap();
    let problem = contest["problems"][0]["problem"]["id"].as_str().unwrap();

    let tick = server.patch(&format!("/api/contests/{id}/problems/{problem}"));
    let tick = tick.bearer_auth(token).json(&json!({"is_completed": true}));
    json(tick.send().await.unwrap()).await;
    let complete = server.post(&format!("/api/contests/{id}/complete"));
    let finished = json(complete.bearer_auth(token).send().await.unwrap()).await;
    assert_eq!(finished["status"], "completed");
    let progress = server.get("/api/users/me/progress").bearer_auth(token);
    let progress = json(progress.send().await.unwrap()).await;
    assert_eq!(progress["total_solved"], 1);
    assert_eq!(progress["contest_stats"]["completed_contests"], 1);

    assert_eq!(server.stop().await, 0, "{}", server.log.text());
    assert!(directory.path().join("contest.db").exists());
    assert!(!server.log.text().contains(token));
}

#[tokio::test]
async fn the_150_bundled_problems_are_there() {
    let mut server = Server::start(&["--database-url=memory:"]).await;
    let stats = json(server.get("/api/problems/stats").send().await.unwrap()).await;
    assert_eq!(stats["total"], 150);
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn dev_listens_on_loopback_only() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = run(&mut command(&[
            "serve",
            "--dev",
            "--database-url=memory:",
            "--listen",
            address,
        ]))
        .await;
        assert_eq!(refused.status.code(), Some(2), "{address}");
        assert!(
            logged(&refused).contains("loopback"),
            "{}",
            logged(&refused)
        );
    }
}
