//! Other processes: this test binary again, told by its environment what to do.

use std::env;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What a child is to do, and on what.
const TASK: &str = "CONTEST_TEST_TASK";

/// What begins a line of a child, as opposed to one of the test runner.
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

/// Tells the parent something.
pub(crate) fn say(what: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{MARK}{what}").unwrap();
    output.flush().unwrap();
}

/// Waits for the parent to say something. `None` when it never will again.
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

    /// The next line that it says; `None` when it has ended.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut lines = self.output.by_ref().map_while(Result::ok);
        // The test runner writes the name of the test without a line's end.
        lines.find_map(|line| Some(line.split_once(MARK)?.1.to_owned()))
    }

    /// What it says until it is ready for the next order.
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

    /// Kills it, and returns what it had said and was not read yet.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        let rest = std::iter::from_fn(|| self.line()).collect();
        self.child.wait().unwrap();
        rest
    }

    /// Lets it end by itself, and sees that all was well.
    pub(crate) fn end(self) {
        let Self {
            mut child,
            input,
            output,
        } = self;
        drop(input);
        // Reads to the end, so that the process does not fail to write.
        assert!(output.map(Result::unwrap).count() > 0);
        assert!(child.wait().unwrap().success());
    }
}
