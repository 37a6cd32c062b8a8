//! A shell that runs a server, and stops and removes it when this process ends for any reason.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, fs};

use super::HarnessError;
use super::account::leave_root;

/// The maximum length of the parent directory: the smallest limit of any system for a socket's path is 103
/// bytes.
const LONGEST_PARENT: usize = 60;

/// How to set up and run a server. The commands run in a shell with the server's directory in `$base`.
pub(super) struct Recipe {
    /// Fills the directory.
    pub(super) prepare: &'static str,
    /// Runs the server, with the arguments in `"$@"`.
    pub(super) server: &'static str,
    /// The signal that ends the server at once.
    pub(super) ending: &'static str,
    /// Other variables of the commands.
    pub(super) variables: Vec<(&'static str, OsString)>,
    pub(super) arguments: Vec<String>,
}

/// All methods block.
#[derive(Debug)]
pub(super) struct Keeper {
    shell: Child,
    /// Taken at the drop, which tells the shell to end.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    directory: PathBuf,
}

impl Keeper {
    /// Prepares the directory of a server, without starting it.
    pub(super) fn new(recipe: Recipe) -> Result<Self, HarnessError> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", include_str!("keeper.sh"), "contest-pg"])
            .args([recipe.prepare, recipe.server, recipe.ending])
            .arg(parent())
            .args(recipe.arguments)
            .envs(recipe.variables)
            // In a group of its own, so that an interrupt from the keyboard does not end the keeper with us.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        leave_root(&mut shell)?;
        let failed = HarnessError::io("start the shell that keeps the server");
        let mut shell = shell.spawn().map_err(&failed)?;
        let (Some(commands), Some(answers)) = (shell.stdin.take(), shell.stdout.take()) else {
            return Err(failed(std::io::Error::other("no pipes")));
        };
        let mut keeper = Self {
            shell,
            commands: Some(commands),
            answers: BufReader::new(answers),
            directory: PathBuf::new(),
        };
        match keeper.answer()?.split_once(": ") {
            Some(("ready", directory)) => keeper.directory = directory.into(),
            answer => {
                let log = answer.map_or("", |(_, log)| log).to_owned();
                let problem = "could not be set up".into();
                return Err(HarnessError::Server { problem, log });
            }
        }
        Ok(keeper)
    }

    /// The directory of the server's data, socket and log.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Starts the server. It accepts no connection yet.
    pub(super) fn start(&mut self) -> Result<(), HarnessError> {
        self.command("start")
    }

    /// Kills the server if it runs: `SIGKILL`.
    pub(super) fn kill(&mut self) -> Result<(), HarnessError> {
        self.command("kill")
    }

    /// Makes the server end at once if it runs, without a clean shutdown.
    pub(super) fn quit(&mut self) -> Result<(), HarnessError> {
        self.command("quit")
    }

    fn command(&mut self, command: &str) -> Result<(), HarnessError> {
        if let Some(pipe) = &mut self.commands {
            writeln!(pipe, "{command}").map_err(HarnessError::io(
                "send a command to the keeper of the server",
            ))?;
        }
        self.answer().map(drop)
    }

    fn answer(&mut self) -> Result<String, HarnessError> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        read.map_err(HarnessError::io("read from the keeper of the server"))?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Keeper {
    /// Waits until server and directory are gone, about a tenth of a second.
    fn drop(&mut self) {
        drop(self.commands.take());
        // A drop cannot return the error.
        let _ = self.shell.wait();
    }
}

/// The last lines of the log in `directory`.
pub(super) fn end_of_log(directory: &Path) -> String {
    let log = fs::read(directory.join("log")).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().rev().take(20).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// The process id of the server in `directory`, while it runs.
pub(super) fn process_id(directory: &Path) -> Option<u32> {
    if has_ended(directory) {
        return None;
    }
    let text = fs::read_to_string(directory.join("pid")).ok()?;
    text.trim().parse().ok()
}

/// Whether the server in `directory` has ended, by itself or on command.
pub(super) fn has_ended(directory: &Path) -> bool {
    directory.join("ended").exists()
}

fn parent() -> PathBuf {
    let parent = env::temp_dir();
    if parent.is_absolute() && parent.as_os_str().len() <= LONGEST_PARENT {
        parent
    } else {
        PathBuf::from("/tmp")
    }
}
