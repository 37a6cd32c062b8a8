//! The process `contest-server`: its time to start, and its memory.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use std::{env, fs};

use contest_benches::{Bound, Outcome, Report, Server};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, copy, sink};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::sleep;

use crate::client::Client;

/// The environment variable that names the program.
const PROGRAM: &str = "CONTEST_SERVER";
/// The key of its tokens.
const KEY: &str = "a key for benchmarks only, longer than 32 bytes";
const READY: &[u8] = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n";
/// Bounds the wait for a process that never becomes ready.
const PATIENCE: Duration = Duration::from_mins(1);
/// A server is idle after this long without a request.
const REST: Duration = Duration::from_secs(1);
/// The most memory of an idle server, in MiB.
const IDLE: f64 = 20.0;

/// Measures the process with a store of each kind.
pub(crate) async fn measure(report: &mut Report) -> Outcome<()> {
    let Some(program) = env::var_os(PROGRAM) else {
        report.text(format_args!(
            "`{PROGRAM}` is not set: the memory of the server is not measured."
        ));
        return Ok(());
    };
    let file = env::temp_dir().join(format!("contest-bench-http-{}.db", std::process::id()));
    let database = Server::start().await?;
    let stores = [
        ("memory", "memory:".to_owned()),
        ("SQLite", format!("sqlite:{}", file.display())),
        ("Postgres", database.url()),
    ];
    let mut rows = Vec::new();
    for (name, store) in &stores {
        // The first start creates the tables and publishes the catalogue.
        Process::start(Path::new(&program), store)
            .await?
            .stop()
            .await?;
        let server = Process::start(Path::new(&program), store).await?;
        sleep(REST).await;
        let idle = server.mebibytes()?;
        let start = format!("{:.1} ms", server.start.as_secs_f64() * 1e3);
        let mut row = vec![(*name).to_owned(), start, format!("{idle:.1}")];
        let what = format!("MiB of an idle server, {name}");
        row.extend(report.judge(&what, idle, Bound::AtMost(IDLE)));
        rows.push(row);
        server.stop().await?;
    }
    fs::remove_file(&file)?;
    database.close().await?;
    report.heading(
        "Memory of `contest-server`",
        "MiB of resident memory one second after the server was ready, with the 150 bundled problems.",
    );
    report.table(&["store", "ready after", "MiB", "budget", ""], &rows);
    Ok(())
}

/// A server that is ready.
struct Process {
    child: Child,
    /// From its spawn to its log line that it is ready.
    start: Duration,
}

impl Process {
    /// Starts the server over the store with that URL, without variables of this process's environment that
    /// could configure it.
    async fn start(program: &Path, store: &str) -> Outcome<Self> {
        let spawned = Instant::now();
        let mut child = Command::new(program)
            .args(["serve", "--listen=127.0.0.1:0"])
            .env_clear()
            .env("CONTEST_JWT_KEY", KEY)
            .env("DATABASE_URL", store)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stderr = child.stderr.take().ok_or("no standard error")?;
        let mut log = BufReader::new(stderr).lines();
        let address = serving(&mut log).await?;
        // An unread log would stop the process when the pipe is full.
        tokio::spawn(async move { copy(&mut log.into_inner(), &mut sink()).await });
        ready(address, spawned).await?;
        let start = spawned.elapsed();
        Ok(Self { child, start })
    }

    /// The resident memory.
    fn mebibytes(&self) -> Outcome<f64> {
        let id = self.child.id().ok_or("the server has ended")?.to_string();
        let output = std::process::Command::new("ps")
            .args(["-o", "rss=", "-p", &id])
            .output()?;
        let kibibytes: u32 = String::from_utf8(output.stdout)?.trim().parse()?;
        Ok(f64::from(kibibytes) / 1024.0)
    }

    /// Sends SIGTERM, and waits for the end.
    async fn stop(mut self) -> Outcome<()> {
        let id = self.child.id().ok_or("the server has ended")?.to_string();
        let mut kill = std::process::Command::new("kill");
        let kill = kill.args(["-s", "TERM", &id]).status()?;
        let status = self.child.wait().await?;
        if kill.success() && status.success() {
            return Ok(());
        }
        Err(format!("the server ended with {status}").into())
    }
}

/// The address in its log.
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
        let mut client = Client::connect(address).await?;
        match client.call(READY).await {
            Ok(_) => return Ok(()),
            Err(error) if since.elapsed() > PATIENCE => return Err(error),
            Err(_) => sleep(Duration::from_millis(1)).await,
        }
    }
}
