//! Other processes: this test binary again, with its task in the environment.

use std::env;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The variable with the task of a child and its arguments.
const TASK: &str = "CONTEST_TEST_TASK";

/// The prefix of a child's lines; other lines are of the test runner.
const MARK: &str = "child: ";

/// Another process.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

/// The words of the task of this process, if it is a child.
pub(crate) fn task() -> Option<Vec<String>> {
    let task = env::var(TASK).ok()?;
    Some(task.split(' ').skip(1).map(str::to_owned).collect())
}

/// Sends a line to the parent.
pub(crate) fn say(what: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{MARK}{what}").unwrap();
    output.flush().unwrap();
}

/// Waits for a line of the parent. `None` when there will be no more.
pub(crate) fn heard() -> Option<String> {
    let mut line = String::new();
    let length = std::io::stdin().read_line(&mut line).unwrap();
    (length > 0).then(|| line.trim().to_owned())
}

impl Process {
    /// Starts one with this task. Its first word is the module whose `processes::child` it runs.
    pub(crate) fn start(task: &str) -> Self {
        let (module, _) = task.split_once(' ').unwrap();
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", &format!("{module}::processes::child")])
            .args(["--nocapture", "--test-threads=1"])
            .env(TASK, task)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    pub(crate) fn tell(&mut self, what: &str) {
        writeln!(self.input, "{what}").unwrap();
    }

    /// The next line of the process; `None` when it has ended.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut lines = self.output.by_ref().map_while(Result::ok);
        // The test runner writes the name of the test without a line break.
        lines.find_map(|line| Some(line.split_once(MARK)?.1.to_owned()))
    }

    /// The lines of the process until it is ready for the next order.
    pub(crate) fn said(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            match self.line() {
                None => panic!("a process ended early, after {said:?}"),
                Some(line) if line == "ready" => return said,
                Some(line) => said.push(line),
            }
        }
    }

    /// Kills it, and returns its lines that were not read yet.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        let rest = std::iter::from_fn(|| self.line()).collect();
        self.child.wait().unwrap();
        rest
    }

    /// Lets it end by itself, and checks that it succeeded.
    pub(crate) fn end(self) {
        let Self {
            mut child,
            input,
            output,
        } = self;
        drop(input);
        // Reads to the end, so that the process can write all its output.
        assert!(output.map(Result::unwrap).count() > 0);
        assert!(child.wait().unwrap().success());
    }
}
