//! A catalogue that changes while the server runs.

use serde_json::Value;
use tokio::time::{Duration, Instant, sleep};

use super::directory::{Directory, catalogue};
use super::process::{PATIENCE, Server, json};

async fn total(server: &Server) -> Value {
    json(server.get("/api/problems/stats").send().await.unwrap()).await["total"].clone()
}

#[tokio::test]
async fn sighup_publishes_the_file_again_and_a_faulty_or_short_one_changes_nothing() {
    let directory = Directory::new();
    let file = directory.write("problems.csv", &catalogue(2));
    let mut server = Server::start(&["--database-url=memory:", "--catalogue", &file]).await;
    assert_eq!(total(&server).await, 2);

    directory.write("problems.csv", &catalogue(3));
    server.signal("HUP");
    server.log.line("the catalogue is reloaded").await;
    assert_eq!(total(&server).await, 3);

    directory.write("problems.csv", "slug,title,difficulty\nproblem-1,,easy\n");
    server.signal("HUP");
    let said = server.log.line("keeping the old catalogue").await;
    assert!(said.contains("line 2"), "no cause in {said}");
    assert_eq!(total(&server).await, 3);

    // Half a file.
    directory.write("problems.csv", &catalogue(1));
    server.signal("HUP");
    let said = server.log.nth_line("keeping the old catalogue", 2).await;
    assert!(said.contains("2 of 3 problems"), "no cause in {said}");
    assert_eq!(total(&server).await, 3);

    directory.write("problems.csv", &catalogue(4));
    server.signal("HUP");
    server.log.nth_line("the catalogue is reloaded", 2).await;
    assert_eq!(total(&server).await, 4);
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn another_process_follows_within_its_interval() {
    let directory = Directory::new();
    let file = directory.write(
        "problems.json",
        r#"[{"slug":"a","title":"A","difficulty":"Easy"}]"#,
    );
    let url = format!("--database-url={}", directory.database());
    let mut publishing = Server::start(&[&url, "--catalogue", &file]).await;
    let mut following = Server::start(&[&url, "--reload-catalogue=20ms"]).await;
    assert_eq!(
        total(&following).await,
        1,
        "the bundled catalogue does not replace a stored one"
    );

    directory.write(
        "problems.json",
        r#"[{"slug":"a","title":"A","difficulty":"Easy"},{"slug":"b","title":"B","difficulty":"Hard"}]"#,
    );
    publishing.signal("HUP");
    publishing.log.line("the catalogue is reloaded").await;
    let deadline = Instant::now() + PATIENCE;
    while total(&following).await != 2 {
        assert!(Instant::now() < deadline, "{}", following.log.text());
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(publishing.stop().await, 0);
    assert_eq!(following.stop().await, 0);
}
