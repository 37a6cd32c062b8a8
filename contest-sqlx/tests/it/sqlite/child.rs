//! Other processes: this test binary again, told by its environment what to do.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use contest_core::lifecycle::LatePolicy;
use contest_core::model::NewSolve;
use contest_core::prelude::*;
use contest_core::select::select;
use contest_core::store::{
    ContestRepository, CreateContestError, Creation, NewContest, ProblemRepository, SolveRepository,
};
use contest_sqlx::sqlite::{SqliteConfig, SqliteStore};
use uuid::Uuid;

use crate::sqlite::work::{Worker, user};

const TASK: &str = "CONTEST_TEST_SQLITE_TASK";
const FILE: &str = "CONTEST_TEST_SQLITE_FILE";
const SEED: &str = "CONTEST_TEST_SQLITE_SEED";

/// What begins a line of a child, as opposed to one of the test harness.
const MARK: &str = "child: ";

/// Starts a process that does `task` on `file`. It waits for [`go`] first.
pub(super) fn start(task: &str, file: &Path, seed: u64) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "sqlite::child::child",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(TASK, task)
        .env(FILE, file)
        .env(SEED, seed.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Lets children begin, together.
pub(super) fn go<'c>(children: impl IntoIterator<Item = &'c mut Child>) {
    for child in children {
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
}

/// What a child said, until it ended or closed its output.
pub(super) fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let output = BufReader::new(child.stdout.take().unwrap());
    output
        .lines()
        .map_while(Result::ok)
        // The test harness writes the name of the test without a line's end.
        .filter_map(|line| Some(line.split_once(MARK)?.1.to_owned()))
}

fn say(what: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{MARK}{what}").unwrap();
    output.flush().unwrap();
}

/// Not a test: what a child runs. Without a task it does nothing.
#[test]
fn child() {
    let Ok(task) = env::var(TASK) else { return };
    let file = env::var(FILE).unwrap();
    let seed: u64 = env::var(SEED).unwrap().parse().unwrap();
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let config = SqliteConfig::file(file).with_busy_timeout(Duration::from_secs(20));
        let store = SqliteStore::connect_with(&config).await.unwrap();
        match task.as_str() {
            "migrate" => store.migrate().await.unwrap(),
            "work" => work(store, seed).await,
            "hammer" => hammer(store, seed).await,
            other => panic!("no task `{other}`"),
        }
    });
    say("done");
}

/// Works until it is killed, and says what was acknowledged.
async fn work(store: SqliteStore, seed: u64) {
    let mut worker = Worker::new(store, seed).await;
    loop {
        if let Some(done) = worker.step().await.unwrap() {
            say(&done.to_string());
        }
    }
}

/// Creates contests and records solves for one user, as others do at the same time.
async fn hammer(store: SqliteStore, seed: u64) {
    let catalogue = store.load_catalogue().await.unwrap();
    let problems = catalogue.problems();
    for round in 0..100 {
        let number = seed * 1_000 + round;
        match store
            .create_contest(user(9), &contest(&catalogue, number))
            .await
        {
            Ok(Creation::Created { contest, .. }) => say(&format!("created {}", contest.id)),
            Err(CreateContestError::ActiveContestExists { contest }) => {
                say(&format!("active {contest}"));
            }
            other => panic!("{other:?}"),
        }
        // The same problem in every process, and none of the contest's: another user's.
        let problem = &problems[usize::try_from(round).unwrap()];
        let solve = NewSolve::new(problem.id, Timestamp::from_micros(1));
        let recorded = store.record_solves(user(8), &[solve]).await.unwrap();
        if recorded.recorded == 1 {
            say(&format!("solved {}", problem.id));
        }
    }
}

fn contest(catalogue: &Catalogue, number: u64) -> NewContest {
    let request = SelectionRequest::new(ProblemCount::new(5).unwrap());
    let selection = select(catalogue, &request, Seed(number), |_| false).unwrap();
    NewContest {
        id: Uuid::from_u128(u128::from(number)).into(),
        started_at: Timestamp::from_micros(1_000),
        deadline: Timestamp::from_micros(2_000),
        problems: selection.problems,
        selection: selection.record,
        idempotency: None,
        repeats: BTreeSet::new(),
        late_policy: LatePolicy::Reject,
    }
}
