//! The test server ends with the process that started it.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use contest_sqlx::testing::{Postgres, PostgresOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

/// The variable with the task of a child.
const TASK: &str = "CONTEST_TEST_HARNESS_TASK";

/// The prefix of a child's lines; other lines are of the test runner.
const MARK: &str = "child: ";

/// The time limit for an expected event.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test binary as a child with this task.
fn child(program: &Path, task: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--exact", "harness::process::child_task"])
        .args(["--nocapture", "--test-threads=1"])
        .env(TASK, task)
        .env_remove("DATABASE_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn this_program() -> PathBuf {
    env::current_exe().unwrap()
}

/// Not a test, but the main function of a child. Without a task it does nothing.
#[tokio::test]
async fn child_task() {
    let Ok(task) = env::var(TASK) else { return };
    let postgres = match Postgres::shared().await {
        Ok(postgres) => postgres,
        Err(error) => return println!("{MARK}{error:?}"),
    };
    if task == "use what is given" {
        postgres.database().await.unwrap().close().await.unwrap();
        return println!("{MARK}{}", postgres.kill().await.unwrap_err());
    }
    let directory = postgres.directory().unwrap().display();
    println!("{MARK}{} {directory}", postgres.process_id().unwrap());
    match task.as_str() {
        "return" => {}
        "panic" => panic!("told to"),
        "hang" => drop(std::io::stdin().read(&mut [0])),
        other => panic!("no task `{other}`"),
    }
}

/// The first line of a child.
fn said(child: &mut Child) -> String {
    let output = BufReader::new(child.stdout.as_mut().unwrap());
    let mut lines = output.lines().map_while(Result::ok);
    let line = lines.find_map(|line| Some(line.split_once(MARK)?.1.to_owned()));
    line.expect("the child said nothing")
}

/// The server that a child reports: its process and its directory.
fn server_of(child: &mut Child) -> (u32, PathBuf) {
    let line = said(child);
    let (process, directory) = line.split_once(' ').unwrap();
    (process.parse().unwrap(), directory.into())
}

fn is_running(process: u32) -> bool {
    let status = Command::new("kill")
        .args(["-0", &process.to_string()])
        .stderr(Stdio::null())
        .status();
    status.unwrap().success()
}

/// Waits, because a server outlives its process for a moment.
fn assert_goes(process: u32, directory: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while directory.exists() || is_running(process) {
        assert!(
            Instant::now() < deadline,
            "{process} in {}",
            directory.display()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn a_dropped_server_is_gone_at_once() {
    let postgres = Postgres::start(PostgresOptions::fast()).await.unwrap();
    let directory = postgres.directory().unwrap().to_owned();
    let process = postgres.process_id().unwrap();
    assert!(directory.exists() && is_running(process));
    drop(postgres);
    assert!(!directory.exists() && !is_running(process));
}

#[test]
fn a_server_goes_with_its_process_however_that_ends() {
    for task in ["return", "panic"] {
        let mut child = child(&this_program(), task).spawn().unwrap();
        let (process, directory) = server_of(&mut child);
        child.wait().unwrap();
        assert_goes(process, &directory);
    }
}

#[test]
fn a_server_goes_with_its_process_if_that_is_killed() {
    let mut child = child(&this_program(), "hang").spawn().unwrap();
    let (process, directory) = server_of(&mut child);
    assert!(directory.exists() && is_running(process));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_goes(process, &directory);
}

#[test]
fn nothing_is_left_if_the_process_is_killed_while_its_server_starts() {
    let place = env::temp_dir().join(format!("contest-{}", std::process::id()));
    fs::create_dir(&place).unwrap();
    // The server may run under another account, which must be able to write here.
    fs::set_permissions(&place, Permissions::from_mode(0o777)).unwrap();
    for step in 1..5 {
        let mut command = child(&this_program(), "hang");
        let mut child = command.env("TMPDIR", &place).spawn().unwrap();
        // At some point between the start of the process and the start of the server.
        std::thread::sleep(Duration::from_millis(200 * step));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let deadline = Instant::now() + PATIENCE;
    while fs::read_dir(&place).unwrap().next().is_some() {
        assert!(
            Instant::now() < deadline,
            "{} is not empty",
            place.display()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    fs::remove_dir(&place).unwrap();
}

/// Run as root, the other tests cover root, and this one covers another account. Otherwise the other tests
/// cover this case.
#[test]
fn a_server_starts_under_an_account_that_is_not_root() {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout != b"0\n" {
        return;
    }
    // To a place that every account can read.
    let program = env::temp_dir().join(format!("contest-program-{}", std::process::id()));
    fs::copy(this_program(), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let mut command = child(&program, "return");
    command.uid(65_534).gid(65_534).current_dir("/");
    let mut child = command.spawn().unwrap();
    let (process, directory) = server_of(&mut child);
    let status = child.wait().unwrap();
    fs::remove_file(&program).unwrap();
    assert!(status.success());
    assert_goes(process, &directory);
}

#[test]
fn a_directory_without_programs_is_named() {
    let mut command = child(&this_program(), "return");
    let mut child = command.env("CONTEST_PG_BIN", "/nowhere").spawn().unwrap();
    let said = said(&mut child);
    assert!(said.contains("CONTEST_PG_BIN is /nowhere"), "{said}");
    child.wait().unwrap();
}

#[tokio::test]
async fn a_given_server_is_used_cleaned_up_and_not_stopped() {
    let given = Postgres::start(PostgresOptions::fast()).await.unwrap();
    let mut connection = given.connect_options().unwrap().connect().await.unwrap();
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let [forgotten, recent] = [now - 100_000, now].map(|time| format!("contest_test_{time}_0"));
    for name in ["unrelated", &forgotten, &recent] {
        let statement = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(statement).await.unwrap();
    }
    let mut command = child(&this_program(), "use what is given");
    command.env("DATABASE_URL", given.url());
    // Would fail if the programs were searched for.
    command.env("CONTEST_PG_BIN", "/nowhere");
    let mut child = command.spawn().unwrap();
    let said = said(&mut child);
    assert!(said.contains("must not be stopped"), "{said}");
    assert!(child.wait().unwrap().success());
    let left = super::names(&given).await;
    assert!(left.contains(&recent) && left.contains(&"unrelated".into()));
    assert!(!left.contains(&forgotten));
    let ours = left.iter().filter(|name| name.starts_with("contest_test_"));
    assert_eq!(ours.count(), 1);
}
