//! The configurations that the server refuses, and the one it logs at the start.

use contest_sqlx::testing::Postgres;

use super::directory::Directory;
use super::process::{KEY, Server, command, logged, printed, run};

#[tokio::test]
async fn it_refuses_to_start_without_a_key() {
    let refused = run(&mut command(&["serve", "--database-url=memory:"])).await;
    assert_eq!(refused.status.code(), Some(2));
    let log = logged(&refused);
    assert!(
        log.contains("--jwt-key-file") && log.contains("--dev"),
        "{log}"
    );
}

#[tokio::test]
async fn it_refuses_a_key_that_can_be_guessed() {
    let mut serve = command(&["serve", "--database-url=memory:"]);
    let refused = run(serve.env("CONTEST_JWT_KEY", "hunter2")).await;
    assert_eq!(refused.status.code(), Some(2), "{}", logged(&refused));
    assert!(!logged(&refused).contains("hunter2"));
}

#[tokio::test]
async fn a_key_is_read_from_a_file() {
    let directory = Directory::new();
    let file = directory.write("key", &format!("{KEY}\n"));
    let serve = [
        "serve",
        "--listen=127.0.0.1:0",
        "--database-url=memory:",
        "--jwt-key-file",
    ];
    let mut server = Server::spawn(&mut command(&[&serve[..], &[&file]].concat())).await;
    let token = server.token().await;
    let answer = server
        .get("/api/contests")
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.status(),
        200,
        "the line end of the file must not be part of the key"
    );
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn a_raw_key_is_read_from_a_file_as_it_is() {
    let directory = Directory::new();
    // Not UTF-8, and a line end is a part of it.
    let raw: Vec<u8> = (0..31).map(|n| 255 - n).chain([b'\n']).collect();
    let file = directory.write("key", &raw);
    let key = ["--jwt-key-file", &file];
    let made = run(&mut command(&[&["token"], &key[..]].concat())).await;
    let token = printed(&made);
    let serve = ["serve", "--listen=127.0.0.1:0", "--database-url=memory:"];
    let mut server = Server::spawn(&mut command(&[&serve[..], &key].concat())).await;
    let ask = server.get("/api/contests").bearer_auth(token.trim());
    assert_eq!(ask.send().await.unwrap().status(), 200);
    assert_eq!(server.stop().await, 0);
}

#[tokio::test]
async fn origins_that_no_browser_sends_are_refused_with_what_to_write() {
    for wrong in ["*", "null", "https://app.example/", "app.example"] {
        let origins = format!("--origins={wrong}");
        let serve = ["serve", "--database-url=memory:", &origins];
        let refused = run(command(&serve).env("CONTEST_JWT_KEY", KEY)).await;
        assert_eq!(refused.status.code(), Some(2), "{wrong}");
        let log = logged(&refused);
        assert!(log.contains("https://app.example"), "{log}");
    }
}

#[tokio::test]
async fn an_invalid_url_is_refused_and_not_repeated() {
    for (url, code) in [
        ("hunter2", 2),
        ("mysql://app:hunter2@localhost/contest", 2),
        ("postgres://app:hunter2@localhost:wrong/contest", 2),
        ("postgres://app@localhost/contest?pasword=hunter2", 2),
        (
            "postgres://app:hunter2@127.0.0.1:1/contest?sslmode=disable",
            1,
        ),
    ] {
        let mut serve = command(&["serve"]);
        let serve = serve.env("CONTEST_JWT_KEY", KEY).env("DATABASE_URL", url);
        let refused = run(serve).await;
        assert_eq!(
            refused.status.code(),
            Some(code),
            "{url}: {}",
            logged(&refused)
        );
        assert!(
            !logged(&refused).contains("hunter2"),
            "{}",
            logged(&refused)
        );
    }
}

#[tokio::test]
async fn the_effective_configuration_is_logged_without_secrets() {
    let database = Postgres::shared().await.unwrap().database().await.unwrap();
    let url = format!("{}&application_name=hunter2", database.url());
    let mut serve = command(&["serve", "--listen=127.0.0.1:0", "--max-connections=3"]);
    serve.env("CONTEST_JWT_KEY", KEY).env("DATABASE_URL", url);
    let mut server = Server::spawn(serve.env("CONTEST_DRAIN_TIMEOUT", "7s")).await;
    let starting = server.log.line("starting").await;
    for part in [
        "max_connections: 3",
        "drain_timeout: 7s",
        "[redacted]",
        "reload_catalogue: 60s",
    ] {
        assert!(starting.contains(part), "{part}: {starting}");
    }
    assert_eq!(server.stop().await, 0);
    let all = server.log.text();
    assert!(!all.contains("hunter2") && !all.contains(KEY), "{all}");
}

#[tokio::test]
async fn wrong_options_are_refused_with_the_usage_code() {
    for wrong in [
        &["serve", "--drain-timeout=30"][..],
        &["serve", "--listen=everywhere"],
        &["serve", "--dev", "--log-filter=a=b=c"],
        &["token", "not-a-user"],
        &["fly"],
    ] {
        let refused = run(command(wrong).env("CONTEST_JWT_KEY", KEY)).await;
        assert_eq!(
            refused.status.code(),
            Some(2),
            "{wrong:?}: {}",
            logged(&refused)
        );
        assert_eq!(printed(&refused), "");
    }
}
