//! The process `contest-server`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use contest_benches::Outcome;
use contest_benches::load::HttpConnection;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, sink};
use tokio::process::{Child, ChildStderr};
use tokio::time::sleep;

/// The key of its tokens.
const KEY: &str = "a key for benchmarks only, longer than 32 bytes";
const READY: &[u8] = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n";
/// Guards against a process that never becomes ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// Builds the binary, with the profile of benchmarks so that what is built already is built once.
pub(crate) fn build() -> Outcome<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--profile", "bench", "--package", "contest-http"])
        .args(["--bin", "contest-server"])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("contest-server could not be built".into());
    }
    executable(&String::from_utf8(output.stdout)?).ok_or_else(|| "cargo built no binary".into())
}

/// The executable among what cargo says about what it has built.
fn executable(messages: &str) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
    }

    let read = |line| serde_json::from_str::<Message>(line).ok()?.executable;
    messages.lines().find_map(read)
}

/// Runs the binary to its end, and returns what it printed.
pub(crate) async fn run(binary: &Path, arguments: &[&str]) -> Outcome<String> {
    let output = command(binary, arguments).output().await?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("contest-server {arguments:?}: {said}").into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The binary, with nothing of this process's environment that could configure it.
fn command(binary: &Path, arguments: &[&str]) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(binary);
    command
        .args(arguments)
        .env_clear()
        .env("CONTEST_JWT_KEY", KEY)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// A server that is ready.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From when it was spawned to when it said that it is ready.
    pub(crate) start: Duration,
}

impl Server {
    /// Starts it over the store of that address and waits until it is ready.
    pub(crate) async fn start(binary: &Path, store: &str) -> Outcome<Self> {
        let spawned = Instant::now();
        let mut child = command(binary, &["serve", "--listen=127.0.0.1:0", "--user-rate=0"])
            .env("DATABASE_URL", store)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take().ok_or("no standard error")?;
        let mut log = BufReader::new(stderr).lines();
        let address = serving(&mut log).await?;
        // A log that nobody reads would stop the process when the pipe is full.
        tokio::spawn(async move { tokio::io::copy(&mut log.into_inner(), &mut sink()).await });
        ready(address, spawned).await?;
        Ok(Self {
            child,
            address,
            start: spawned.elapsed(),
        })
    }

    /// How many bytes of it are in memory.
    pub(crate) fn resident(&self) -> Outcome<u64> {
        let id = self.child.id().ok_or("the server has ended")?;
        let kibibytes = if cfg!(target_os = "linux") {
            let status = fs::read_to_string(format!("/proc/{id}/status"))?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            line.ok_or("no VmRSS")?.trim_end_matches("kB").to_owned()
        } else {
            let id = id.to_string();
            let output = Command::new("ps")
                .args(["-o", "rss=", "-p", &id])
                .output()?;
            String::from_utf8(output.stdout)?
        };
        Ok(kibibytes.trim().parse::<u64>()? * 1024)
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(mut self) -> Outcome<()> {
        let id = self.child.id().ok_or("the server has ended")?;
        let kill = Command::new("kill")
            .args(["-s", "TERM", &id.to_string()])
            .status()?;
        let status = self.child.wait().await?;
        if kill.success() && status.success() {
            return Ok(());
        }
        Err(format!("the server ended with {status}").into())
    }
}

/// The address it says that it serves.
async fn serving(log: &mut Lines<BufReader<ChildStderr>>) -> Outcome<SocketAddr> {
    let mut said = String::new();
    while let Some(line) = log.next_line().await? {
        let place = line
            .split_once("127.0.0.1:")
            .filter(|_| line.contains("\"serving\""));
        if let Some((_, after)) = place {
            let port: String = after.chars().take_while(char::is_ascii_digit).collect();
            return Ok(SocketAddr::from(([127, 0, 0, 1], port.parse()?)));
        }
        said = said + &line + "\n";
    }
    Err(format!("the server did not start:\n{said}").into())
}

async fn ready(address: SocketAddr, since: Instant) -> Outcome<()> {
    loop {
        let mut connection = HttpConnection::connect(address).await?;
        match connection.call(READY).await {
            Ok(_) => return Ok(()),
            Err(error) if since.elapsed() > PATIENCE => return Err(error),
            Err(_) => sleep(Duration::from_millis(1)).await,
        }
    }
}
