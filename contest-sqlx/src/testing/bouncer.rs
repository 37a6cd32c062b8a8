//! A `PgBouncer` in front of a server.

mod program;

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use tokio::task::spawn_blocking;

use super::HarnessError;
use super::database::parse;
use super::keeper::{Keeper, Recipe};
use super::kept::Kept;
use super::url::{decode, with_socket};

/// We copy the program and its configuration into the directory, because the account of the server may be
/// unable to read the originals.
const SERVER: &str = r#""$base/pgbouncer" "$base/pgbouncer.ini""#;

const PORT: u16 = 6432;

/// A `PgBouncer` of 1.21 or newer, in transaction mode, in front of a server started by this harness or the
/// server of `DATABASE_URL`.
///
/// Like [`Postgres`](super::Postgres), it listens only on a socket in a directory of its own, and is stopped
/// and removed when it is dropped or the process ends. It accepts every client that can reach the
/// socket, and connects to the server with the role and password of the URL it was made for.
///
/// The program is `CONTEST_PGBOUNCER_BIN` if that is set; otherwise the first that is new enough among
/// `tools/pgbouncer` in the build directory, where `scripts/install-pgbouncer.sh` puts it, `PATH`, and the
/// directories of packages.
#[derive(Debug)]
pub struct PgBouncer {
    url: String,
    version: String,
    kept: Kept,
}

impl PgBouncer {
    /// Starts one in front of the server of `url`, for all its databases. `settings` override those of
    /// the section `[pgbouncer]` of its configuration.
    ///
    /// # Errors
    /// [`HarnessError::NoPgBouncer`] when none is new enough; its message says what to install. Others
    /// when it cannot be started or does not reach the server.
    ///
    /// # Cancel safety
    /// A `PgBouncer` that was starting is stopped and removed.
    pub async fn to(url: &str, settings: &[(&str, &str)]) -> Result<Self, HarnessError> {
        let servers = databases(&parse(url)?);
        let kept = Kept::new(|| {
            Ok(Recipe {
                prepare: ":",
                server: SERVER,
                // Before 1.23 it obeys no other signal at once. It has nothing to clean up.
                ending: "KILL",
                variables: Vec::new(),
                arguments: Vec::new(),
            })
        })
        .await?;
        let directory = kept.directory().to_owned();
        let configuration = configuration(&servers, &directory, settings);
        let failed = HarnessError::io("set PgBouncer up");
        let version = spawn_blocking(move || put_into(&directory, &configuration)).await;
        let version = version.map_err(|error| failed(error.into()))??;
        let url = with_socket(url, kept.directory(), PORT);
        kept.start(&url).await?;
        Ok(Self { url, version, kept })
    }

    /// The URL of the same database through it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Options to connect to the same database through it.
    ///
    /// # Errors
    /// When the URL it was made for is invalid.
    pub fn connect_options(&self) -> Result<PgConnectOptions, HarnessError> {
        parse(&self.url)
    }

    /// The version that the program reports.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Kills it with `SIGKILL` and returns when its process is gone.
    ///
    /// # Errors
    /// When its keeper does not answer.
    ///
    /// # Cancel safety
    /// It is killed even if the future is dropped.
    pub async fn kill(&self) -> Result<(), HarnessError> {
        self.kept.tell(Keeper::kill).await
    }

    /// Starts it again on the same socket and waits until it accepts connections. If it runs, it is
    /// [killed](Self::kill) first.
    ///
    /// # Errors
    /// When it does not start.
    ///
    /// # Cancel safety
    /// Dropped early, it may be stopped or started.
    pub async fn restart(&self) -> Result<(), HarnessError> {
        self.kill().await?;
        self.kept.start(&self.url).await
    }
}

/// The section `[databases]`.
fn databases(server: &PgConnectOptions) -> String {
    let host = match server.get_socket() {
        Some(directory) => directory.to_string_lossy().into_owned(),
        None => server.get_host().to_owned(),
    };
    // The options have no accessor for the password.
    let password = server.to_url_lossy().password().map(decode);
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let password = password.map(|password| format!(" password={}", quoted(&password)));
    format!(
        "[databases]\n* = host={} port={} user={}{}\n",
        quoted(&host),
        server.get_port(),
        quoted(server.get_username()),
        password.unwrap_or_default(),
    )
}

fn configuration(databases: &str, directory: &Path, settings: &[(&str, &str)]) -> String {
    let (directory, port) = (directory.to_string_lossy(), PORT.to_string());
    let ours = [
        ("unix_socket_dir", directory.as_ref()),
        ("listen_port", &port),
        ("auth_type", "any"),
        ("pool_mode", "transaction"),
        ("max_client_conn", "1000"),
        ("max_prepared_statements", "200"),
        // sqlx sends this parameter on every connection.
        ("ignore_startup_parameters", "extra_float_digits"),
    ];
    let lines = ours.iter().chain(settings);
    let lines = lines.map(|(name, value)| format!("{name} = {value}\n"));
    format!("{databases}[pgbouncer]\n{}", lines.collect::<String>())
}

/// Copies the program and its configuration into the directory. Returns the program's version.
fn put_into(directory: &Path, configuration: &str) -> Result<String, HarnessError> {
    let program = program::find()?;
    let failed = HarnessError::io("copy PgBouncer to where it runs");
    let (copy, settings) = (directory.join("pgbouncer"), directory.join("pgbouncer.ini"));
    // Copied by another process. If this process wrote the file, a program that another test starts meanwhile
    // would inherit the open file, and a program open for writing cannot run ("text file busy").
    let copied = Command::new("cp").arg(&program.path).arg(&copy).status();
    let copied = copied.and_then(|status| {
        if !status.success() {
            return Err(io::Error::other(format!("cp: {status}")));
        }
        fs::set_permissions(&copy, Permissions::from_mode(0o755))?;
        // No other account can enter the directory.
        fs::write(&settings, configuration)?;
        fs::set_permissions(&settings, Permissions::from_mode(0o644))
    });
    copied.map_err(failed)?;
    Ok(program.version)
}
