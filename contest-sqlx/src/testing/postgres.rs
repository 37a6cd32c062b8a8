//! A real server for the tests.

mod replica;

use std::env;
use std::path::Path;

use sqlx::postgres::PgConnectOptions;
use tokio::sync::OnceCell;

use super::database::{close, connect, drop_forgotten, parse};
use super::keeper::{Keeper, Recipe};
use super::kept::Kept;
use super::url::encode;
use super::{Database, HarnessError, PostgresOptions, binaries};

/// Creates an empty data directory.
const INITDB: &str =
    r#""$programs/initdb" -D "$base/data" -A trust -U postgres -E UTF8 --locale=C --no-sync"#;

/// Runs the server on its data directory.
const SERVER: &str = r#""$programs/postgres" -D "$base/data" -k "$base" "$@""#;

/// A `PostgreSQL` server: one started by this harness, which ends with the test process, or the server of
/// `DATABASE_URL`.
///
/// A server started here is ready in about a second. It listens on a socket in a directory of its own, and on
/// no port unless the settings `listen_addresses` and `port` say so. A shell runs it, and removes server and
/// directory when the value is dropped or the process ends, even by a panic or `SIGKILL`. If the tests run as
/// root, the server runs as `postgres` or `nobody`. Its collation is `C`, its encoding UTF-8.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    major: i32,
    own: Option<Own>,
}

/// A server started by this harness.
#[derive(Debug)]
struct Own {
    kept: Kept,
    options: PostgresOptions,
}

impl Postgres {
    /// The shared server of this process: that of `DATABASE_URL` if set, or one that the first call
    /// starts with [`PostgresOptions::fast`].
    ///
    /// # Errors
    /// [`HarnessError::NoServer`] when there is neither a URL nor the programs of a server; its message
    /// says what to install. Others when the server does not work.
    ///
    /// # Cancel safety
    /// Dropped early, the next call starts over.
    pub async fn shared() -> Result<&'static Self, HarnessError> {
        static SHARED: OnceCell<Postgres> = OnceCell::const_new();
        SHARED.get_or_try_init(Self::given_or_started).await
    }

    async fn given_or_started() -> Result<Self, HarnessError> {
        match env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()) {
            None => Self::start(PostgresOptions::fast()).await,
            Some(url) => {
                drop_forgotten(&url).await?;
                let major = major(&url).await?;
                let own = None;
                Ok(Self { url, major, own })
            }
        }
    }

    /// Starts a server for one test, even if `DATABASE_URL` is set.
    ///
    /// # Errors
    /// [`HarnessError::NoServer`] when its programs are not found; its message says what to install. Others
    /// when the server does not work.
    ///
    /// # Cancel safety
    /// A server that was starting is stopped and removed.
    pub async fn start(options: PostgresOptions) -> Result<Self, HarnessError> {
        let arguments = options.arguments().collect();
        let recipe = move || {
            Ok(Recipe {
                prepare: INITDB,
                server: SERVER,
                ending: "QUIT",
                variables: vec![("programs", binaries::find()?.into())],
                arguments,
            })
        };
        Self::run(Kept::new(recipe).await?, options).await
    }

    /// Starts a server.
    async fn run(kept: Kept, options: PostgresOptions) -> Result<Self, HarnessError> {
        let socket = encode(&kept.directory().to_string_lossy());
        let port = options.port();
        let url = format!(
            "postgres://postgres@localhost/postgres?host={socket}&port={port}&sslmode=disable"
        );
        kept.start(&url).await?;
        Ok(Self {
            major: major(&url).await?,
            url,
            own: Some(Own { kept, options }),
        })
    }

    /// The URL of the database through which test databases are created.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Options to connect to the database of [`url`](Self::url).
    ///
    /// # Errors
    /// When `DATABASE_URL` is not a valid URL.
    pub fn connect_options(&self) -> Result<PgConnectOptions, HarnessError> {
        parse(&self.url)
    }

    /// The major version of the server.
    pub fn major_version(&self) -> i32 {
        self.major
    }

    /// Creates an empty database.
    ///
    /// # Errors
    /// When the server cannot be reached, or its role may not create databases.
    ///
    /// # Cancel safety
    /// Dropped early, a database may remain on the server.
    pub async fn database(&self) -> Result<Database, HarnessError> {
        Database::create(&self.url).await
    }

    /// Kills the server with `SIGKILL` and returns when its main process is gone. Its child processes notice
    /// and end a moment later.
    ///
    /// # Errors
    /// [`HarnessError::NotOurs`] for the server of `DATABASE_URL`.
    ///
    /// # Cancel safety
    /// The server is killed even if the future is dropped.
    pub async fn kill(&self) -> Result<(), HarnessError> {
        self.own()?.kept.tell(Keeper::kill).await
    }

    /// Makes the server end at once with all connections, without a clean shutdown: the next start
    /// recovers as after a crash.
    ///
    /// # Errors
    /// [`HarnessError::NotOurs`] for the server of `DATABASE_URL`.
    ///
    /// # Cancel safety
    /// The server ends even if the future is dropped.
    pub async fn stop_immediate(&self) -> Result<(), HarnessError> {
        self.own()?.kept.tell(Keeper::quit).await
    }

    /// Starts the server again on the same data and waits until it accepts connections. If it runs, it is
    /// [stopped](Self::stop_immediate) first.
    ///
    /// # Errors
    /// [`HarnessError::NotOurs`] for the server of `DATABASE_URL`; others when the server does not
    /// start.
    ///
    /// # Cancel safety
    /// Dropped early, the server may be stopped or started.
    pub async fn restart(&self) -> Result<(), HarnessError> {
        let kept = &self.own()?.kept;
        kept.tell(Keeper::quit).await?;
        kept.start(&self.url).await
    }

    /// The process id of a server started here, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.own.as_ref()?.kept.process_id()
    }

    /// The directory of the data, socket and log of a server started here.
    pub fn directory(&self) -> Option<&Path> {
        self.own.as_ref().map(|own| own.kept.directory())
    }

    fn own(&self) -> Result<&Own, HarnessError> {
        self.own.as_ref().ok_or(HarnessError::NotOurs)
    }
}

async fn major(url: &str) -> Result<i32, HarnessError> {
    let mut connection = connect(url).await?;
    let version = sqlx::query_scalar("SELECT current_setting('server_version_num')::int / 10000")
        .fetch_one(&mut connection)
        .await;
    close(connection).await;
    version.map_err(HarnessError::sql("ask for the server's version"))
}
