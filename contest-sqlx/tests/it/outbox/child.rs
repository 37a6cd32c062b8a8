//! Other processes: this test binary again, told by its environment what to do until it is killed.

use std::env;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use contest_core::time::SystemClock;

use super::delivery::{Dispatcher, Journal, LEASE};
use super::place::{Logged, Place};
use super::work::Worker;

const TASK: &str = "CONTEST_TEST_OUTBOX_TASK";
const PLACE: &str = "CONTEST_TEST_OUTBOX_PLACE";
const JOURNAL: &str = "CONTEST_TEST_OUTBOX_JOURNAL";
const SEED: &str = "CONTEST_TEST_OUTBOX_SEED";

/// How much a process works that is told to.
pub(super) const STEPS: u64 = 40;

/// What begins a line of a child, as opposed to one of the test runner.
const MARK: &str = "child: ";

/// A process that can be killed.
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a process that does `task`, and waits until it has begun.
    pub(super) fn start(task: &str, place: &Place, journal: &Path, seed: u64) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "outbox::child::child"])
            .args(["--nocapture", "--test-threads=1"])
            .env(TASK, task)
            .env(PLACE, place.to_string())
            .env(JOURNAL, journal)
            .env(SEED, seed.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut process = Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        };
        process.wait_for("ready");
        process
    }

    /// Reads until the process says so.
    pub(super) fn wait_for(&mut self, what: &str) {
        let mut lines = self.output.by_ref().map(Result::unwrap);
        let said = lines.find(|line| line.split_once(MARK).is_some_and(|(_, said)| said == what));
        assert!(said.is_some(), "a process ended without saying `{what}`");
    }

    /// Reads until the process has taken so many steps.
    pub(super) fn wait_for_all(&mut self, steps: u64) {
        for _ in 0..steps {
            self.wait_for("worked");
        }
    }

    pub(super) fn tell(&mut self, what: &str) {
        writeln!(self.input, "{what}").unwrap();
    }

    /// Kills it at once, whatever it is doing.
    pub(super) fn kill(self) {
        drop(self);
    }
}

/// With the test that started it, however that ends.
impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn say(what: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{MARK}{what}").unwrap();
    output.flush().unwrap();
}

/// Waits to be told something.
fn hear() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "whoever started this process has gone");
    line.trim().to_owned()
}

/// Not a test: what a child runs. Without a task it does nothing.
#[tokio::test]
async fn child() {
    let Ok(task) = env::var(TASK) else { return };
    let place = Place::parse(&env::var(PLACE).unwrap());
    let journal = PathBuf::from(env::var(JOURNAL).unwrap());
    let seed = env::var(SEED).unwrap().parse().unwrap();
    let store = place.open().await;
    let mut worker = Worker::new(store.clone(), seed).await;
    let dispatcher = Dispatcher::new(store.clone(), &journal, seed);
    say("ready");
    match task.as_str() {
        "work" => work(&mut worker).await,
        "deliver" => deliver(store, &journal).await,
        "obey" => obey(&mut worker, &dispatcher).await,
        other => panic!("no task `{other}`"),
    }
}

/// Each time it is told to, it takes [`STEPS`] steps.
async fn work(worker: &mut Worker) {
    loop {
        hear();
        for _ in 0..STEPS {
            worker.step().await;
            say("worked");
        }
    }
}

/// As a host does it.
async fn deliver(store: Arc<dyn Logged>, journal: &Path) {
    let sink = Arc::new(Journal::open(journal));
    let dispatcher = contest_core::delivery::Dispatcher::new(Arc::new(store), sink, SystemClock)
        .with_lease(LEASE)
        .with_batch(NonZeroU32::new(4).unwrap())
        .with_idle_wait(Duration::from_millis(5));
    dispatcher.run(std::future::pending()).await;
}

/// Stops at every point where it may be killed.
async fn obey(worker: &mut Worker, dispatcher: &Dispatcher) {
    let mut batch = None;
    loop {
        let told = hear();
        match told.as_str() {
            "work" => {
                for _ in 0..STEPS {
                    worker.step().await;
                }
            }
            "lease" => batch = dispatcher.lease(super::crash::NOW).await,
            "deliver" => dispatcher.deliver(batch.as_ref().unwrap()),
            other => panic!("cannot `{other}`"),
        }
        say(&told);
    }
}
