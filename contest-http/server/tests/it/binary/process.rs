//! A process of the server, and its output.

use std::process::{Output, Stdio};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

/// Bounds the wait for a process.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The key of every server here that is not under `--dev`.
pub(crate) const KEY: &str = "a key for tests only, longer than 32 bytes";

/// The binary, without variables of this process's environment that could configure it.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contest-server"));
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs the binary to its end.
pub(crate) async fn run(command: &mut Command) -> Output {
    timeout(PATIENCE, command.output())
        .await
        .expect("it ends")
        .unwrap()
}

/// The standard output of a run.
pub(crate) fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The log of a run.
pub(crate) fn logged(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The text of an output stream so far.
#[derive(Debug)]
pub(crate) struct Said(watch::Receiver<String>);

impl Said {
    fn of(stream: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let (sender, receiver) = watch::channel(String::new());
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                sender.send_modify(|said| *said = format!("{said}{line}\n"));
            }
        });
        Self(receiver)
    }

    pub(crate) fn text(&self) -> String {
        self.0.borrow().clone()
    }

    /// Waits for the first line that contains `part`.
    pub(crate) async fn line(&self, part: &str) -> String {
        self.nth_line(part, 1).await
    }

    /// Waits for the `n`-th line that contains `part`, from 1.
    pub(crate) async fn nth_line(&self, part: &str, n: usize) -> String {
        let find = |said: &str| {
            said.lines()
                .filter(|line| line.contains(part))
                .nth(n - 1)
                .map(str::to_owned)
        };
        let mut receiver = self.0.clone();
        let waiting = receiver.wait_for(|said| find(said).is_some());
        let found = timeout(PATIENCE, waiting)
            .await
            .ok()
            .and_then(Result::ok)
            .map(|said| find(&said).unwrap());
        found.unwrap_or_else(|| panic!("no line with {part:?}:\n{}", self.text()))
    }

    /// Waits for the end of the stream.
    async fn ended(&self) {
        let mut receiver = self.0.clone();
        while timeout(PATIENCE, receiver.changed())
            .await
            .expect("it ends")
            .is_ok()
        {}
    }
}

/// A server that listens.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) out: Said,
    pub(crate) log: Said,
    client: Client,
}

impl Server {
    /// Starts `serve` with a free port and waits until it listens.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let all = [&["serve", "--listen=127.0.0.1:0"], arguments].concat();
        Self::spawn(command(&all).env("CONTEST_JWT_KEY", KEY)).await
    }

    /// Starts this command and waits until it listens.
    pub(crate) async fn spawn(command: &mut Command) -> Self {
        let mut server = Self::spawned(command);
        let serving = server.log.line("serving").await;
        let after = serving.split("127.0.0.1:").nth(1).expect("an address");
        let port: String = after.chars().take_while(char::is_ascii_digit).collect();
        server.address = format!("127.0.0.1:{port}");
        server
    }

    /// Starts these arguments and waits until it has logged `part`. It has no address yet.
    pub(crate) async fn spawn_until(arguments: &[&str], part: &str) -> Self {
        let server = Self::spawned(command(arguments).env("CONTEST_JWT_KEY", KEY));
        server.log.line(part).await;
        server
    }

    fn spawned(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = Said::of(child.stdout.take().unwrap());
        let log = Said::of(child.stderr.take().unwrap());
        Self {
            child,
            address: String::new(),
            out,
            log,
            client: Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// A token for a new user, made by `token` with the key of [`start`](Self::start).
    pub(crate) async fn token(&self) -> String {
        self.token_of(&[]).await
    }

    /// The same for a given user, or a new one.
    pub(crate) async fn token_of(&self, user: &[&str]) -> String {
        let arguments = [&["token"], user].concat();
        let made = run(command(&arguments).env("CONTEST_JWT_KEY", KEY)).await;
        assert!(made.status.success(), "{}", logged(&made));
        printed(&made).trim().to_owned()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path))
    }

    pub(crate) fn put(&self, path: &str) -> RequestBuilder {
        self.client.put(self.url(path))
    }

    pub(crate) fn patch(&self, path: &str) -> RequestBuilder {
        self.client.patch(self.url(path))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The response of `/metrics`.
    pub(crate) async fn metrics(&self) -> String {
        self.get("/metrics")
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &id])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end of the process and its output, and returns the exit code.
    pub(crate) async fn exit_code(&mut self) -> i32 {
        let ended = timeout(PATIENCE, self.child.wait())
            .await
            .expect("it ends")
            .unwrap();
        self.out.ended().await;
        self.log.ended().await;
        ended
            .code()
            .unwrap_or_else(|| panic!("{ended}: {}", self.log.text()))
    }

    /// Sends SIGTERM, and returns the exit code.
    pub(crate) async fn stop(&mut self) -> i32 {
        self.signal("TERM");
        self.exit_code().await
    }
}

/// The body of a successful answer.
pub(crate) async fn json(answer: Response) -> Value {
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}
