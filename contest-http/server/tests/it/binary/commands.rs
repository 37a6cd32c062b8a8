//! The subcommands, on SQLite and on Postgres.

use std::process::Output;

use contest_sqlx::postgres::PgStore;
use contest_sqlx::sqlite::SqliteStore;
use contest_sqlx::testing::{Database, Postgres};

use super::directory::{Directory, catalogue};
use super::process::{KEY, Server, command, json, logged, printed, run};

/// An empty store of each kind, kept while the value lives.
struct Stores {
    directory: Directory,
    database: Database,
}

impl Stores {
    async fn new() -> Self {
        Self {
            directory: Directory::new(),
            database: Postgres::shared().await.unwrap().database().await.unwrap(),
        }
    }

    fn urls(&self) -> [String; 2] {
        [self.directory.database(), self.database.url()]
    }
}

async fn with(url: &str, arguments: &[&str]) -> Output {
    run(command(arguments).env("DATABASE_URL", url)).await
}

fn assert_prints(output: &Output, code: i32, part: &str) {
    let (printed, logged) = (printed(output), logged(output));
    assert_eq!(output.status.code(), Some(code), "{printed}{logged}");
    assert!(printed.contains(part), "{printed}{logged}");
}

#[tokio::test]
async fn migrate_creates_the_tables_and_is_idempotent() {
    let stores = Stores::new().await;
    for url in stores.urls() {
        let early = with(&url, &["verify"]).await;
        assert_eq!(early.status.code(), Some(1), "there are no tables yet");
        for _ in 0..2 {
            assert_prints(&with(&url, &["migrate"]).await, 0, "up to date");
        }
        assert_prints(&with(&url, &["verify"]).await, 0, "every record is correct");
    }
}

#[tokio::test]
async fn load_publishes_a_file_or_the_bundled_problems() {
    let stores = Stores::new().await;
    let file = stores.directory.write("problems.csv", &catalogue(3));
    for url in stores.urls() {
        with(&url, &["migrate"]).await;
        let dry = with(&url, &["catalogue", "load", "--dry-run", &file]).await;
        assert_prints(&dry, 0, "3 added, 0 changed, 0 retired, 0 restored");
        let loaded = with(&url, &["catalogue", "load", &file]).await;
        assert_prints(
            &loaded,
            0,
            "3 problems: 3 easy, 0 medium, 0 hard; 0 retired; 0 topics",
        );
        assert_prints(&loaded, 0, "3 added, 0 changed, 0 retired, 0 restored");
        assert_prints(&loaded, 0, "published as revision 1");
        let again = with(&url, &["catalogue", "load", &file]).await;
        assert_prints(&again, 0, "0 added, 0 changed, 0 retired, 0 restored");
        assert_prints(&again, 0, "published as revision 1");
        assert_refused_for_retiring(&url, &["catalogue", "load"], "3 of 3 problems").await;
        let bundled = with(&url, &["catalogue", "load", "--retire"]).await;
        assert_prints(&bundled, 0, "150 problems: 28 easy, 101 medium, 21 hard");
        assert_prints(&bundled, 0, "150 added, 0 changed, 3 retired, 0 restored");
        assert_prints(&bundled, 0, "published as revision 2");
    }
}

/// `load` is refused, and with `--dry-run` it says so.
async fn assert_refused_for_retiring(url: &str, load: &[&str], part: &str) {
    let refused = with(url, load).await;
    assert_eq!(refused.status.code(), Some(1));
    let said = logged(&refused);
    assert!(said.contains(part) && said.contains("--retire"), "{said}");
    let dry = with(url, &[load, &["--dry-run"]].concat()).await;
    assert_prints(&dry, 0, part);
    assert_prints(&dry, 0, "--retire");
}

#[tokio::test]
async fn a_load_of_half_a_file_is_refused_and_a_renamed_problem_is_pointed_out() {
    let stores = Stores::new().await;
    let whole = stores.directory.write("whole.csv", &catalogue(100));
    let half = stores.directory.write("half.csv", &catalogue(2));
    let renamed = catalogue(100).replacen("\nproblem-7,", "\nrenamed,", 1);
    let renamed = stores.directory.write("renamed.csv", &renamed);
    for url in stores.urls() {
        with(&url, &["catalogue", "load", &whole]).await;
        let load = ["catalogue", "load", &half];
        assert_refused_for_retiring(&url, &load, "98 of 100 problems").await;
        let renamed = with(&url, &["catalogue", "load", &renamed]).await;
        assert_prints(&renamed, 0, "1 added, 0 changed, 1 retired, 0 restored");
        assert_prints(&renamed, 0, "problem-7 seems to be renamed renamed");
        assert_prints(&renamed, 0, "published as revision 2");
        let retired = with(&url, &[&load[..], &["--retire"]].concat()).await;
        assert_prints(&retired, 0, "published as revision 3");
    }
}

#[tokio::test]
async fn check_prints_counts_or_every_fault() {
    let directory = Directory::new();
    let good = directory.write("good.csv", &catalogue(2));
    let checked = run(&mut command(&["catalogue", "check", &good])).await;
    assert_prints(&checked, 0, "2 problems: 2 easy");

    let lines: String = (0..12).map(|_| "x,,easy\n").collect();
    let bad = directory.write("bad.csv", &format!("slug,title,difficulty\n{lines}"));
    let checked = run(&mut command(&["catalogue", "check", &bad])).await;
    for part in ["line 2: ", "line 13: ", "12 fault(s)"] {
        assert_prints(&checked, 3, part);
    }

    let bad = directory.write(
        "bad.json",
        r#"[{"slug": "a", "title": "A", "difficulty": "grim"}]"#,
    );
    let checked = run(&mut command(&["catalogue", "check", &bad])).await;
    assert_prints(&checked, 3, "entry 1: ");

    // The form of judges: converted values are printed.
    let judges = "Slug;Title;Difficulty;Rating\r\nABC001_A;A;EASY;-848\r\nb;B;hard;1653.7\r\n";
    let judges = directory.write("judges.csv", judges);
    let checked = run(&mut command(&["catalogue", "check", &judges])).await;
    for part in [
        "line 3: the rating 1653.7 is taken as 1654\n",
        "1 value(s) converted\n",
        "2 problems: 1 easy, 0 medium, 1 hard",
    ] {
        assert_prints(&checked, 0, part);
    }

    // Loading into Postgres would fail for this.
    let text = "slug,title,difficulty\na,A\0,easy\nb,\u{202e}B,easy\n";
    let unfit = directory.write("unfit.csv", text);
    let checked = run(&mut command(&["catalogue", "check", &unfit])).await;
    for part in ["line 2: \"A\\0\" is not a title", "line 3: ", "2 fault(s)"] {
        assert_prints(&checked, 3, part);
    }

    let other = directory.write("problems.txt", "");
    let checked = run(&mut command(&["catalogue", "check", &other])).await;
    assert_eq!(checked.status.code(), Some(2));
    let missing = run(&mut command(&["catalogue", "check", "/nowhere.csv"])).await;
    assert_eq!(missing.status.code(), Some(1));
}

#[tokio::test]
async fn verify_finds_a_wrong_counter_and_rebuild_corrects_it() {
    const WRONG: &str = r#"UPDATE user_records
        SET state = replace(state, '"completed":1', '"completed":8')"#;
    let stores = Stores::new().await;
    for url in stores.urls() {
        complete_a_contest(&url).await;
        if url.starts_with("sqlite:") {
            let store = SqliteStore::connect(&url).await.unwrap();
            sqlx::query(WRONG).execute(store.writer()).await.unwrap();
            store.close(super::process::PATIENCE).await.unwrap();
        } else {
            let store = PgStore::connect(&url).await.unwrap();
            sqlx::query(WRONG).execute(store.pool()).await.unwrap();
            store.close(super::process::PATIENCE).await.unwrap();
        }
        let found = with(&url, &["verify"]).await;
        assert_prints(&found, 3, "completed is 8, counted 1");
        assert_prints(&found, 3, "1 difference(s): `verify --rebuild`");
        let corrected = with(&url, &["verify", "--rebuild"]).await;
        assert_prints(&corrected, 0, "1 difference(s) corrected");
        assert_prints(&with(&url, &["verify"]).await, 0, "every record is correct");
    }
}

/// Makes a user with counters.
async fn complete_a_contest(url: &str) {
    let url = format!("--database-url={url}");
    let mut server = Server::start(&[&url]).await;
    let token = server.token().await;
    let body = serde_json::json!({"problem_count": 1, "duration_minutes": 10});
    let request = server.post("/api/contests").bearer_auth(&token).json(&body);
    let contest = json(request.send().await.unwrap()).await;
    let complete = format!("/api/contests/{}/complete", contest["id"].as_str().unwrap());
    json(
        server
            .post(&complete)
            .bearer_auth(&token)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(server.stop().await, 0, "{}", server.log.text());
}

#[tokio::test]
async fn a_token_is_for_the_user_asked_for_and_for_this_server() {
    const USER: &str = "0190d3f4-7a00-7000-8000-000000000001";
    let mut server = Server::start(&["--database-url=memory:"]).await;
    let made = |arguments: Vec<&'static str>, key: &'static str| async move {
        let arguments = [&["token"], &arguments[..]].concat();
        let made = run(command(&arguments).env("CONTEST_JWT_KEY", key)).await;
        assert!(made.status.success(), "{}", logged(&made));
        (printed(&made).trim().to_owned(), logged(&made))
    };
    let status = async |token: &str| {
        let answer = server.get("/api/contests").bearer_auth(token).send();
        answer.await.unwrap().status().as_u16()
    };
    let (token, log) = made(vec![USER], KEY).await;
    assert!(log.contains(USER), "{log}");
    assert!(!log.contains(&token), "{log}");
    assert_eq!(status(&token).await, 200);
    let (other, log) = made(vec![], KEY).await;
    assert!(other != token && !log.contains(USER), "{log}");
    assert_eq!(status(&other).await, 200);
    let (foreign, _) = made(vec![USER], "another key that is longer than 32 bytes").await;
    assert_eq!(status(&foreign).await, 401);
    let (elsewhere, _) = made(vec![USER, "--jwt-audience=elsewhere"], KEY).await;
    assert_eq!(status(&elsewhere).await, 401);
    assert_eq!(server.stop().await, 0);
}
