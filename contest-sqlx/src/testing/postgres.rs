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

/// Makes an empty data directory.
const INITDB: &str =
    r#""$programs/initdb" -D "$base/data" -A trust -U postgres -E UTF8 --locale=C --no-sync"#;

/// Runs the server on its data directory.
const SERVER: &str = r#""$programs/postgres" -D "$base/data" -k "$base" "$@""#;

/// A `PostgreSQL` server: one of our own that goes with the test process, or the one of
/// `DATABASE_URL`.
///
/// One of ours is ready in about a second. It listens on a socket in a directory of its own, and on
/// no port unless the settings `listen_addresses` and `port` say so. A shell keeps it and removes server and directory when the value is dropped or the
/// process ends, even by a panic or `SIGKILL`. Under root it runs as `postgres` or `nobody`.
/// Its collation is `C`, its encoding UTF-8.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    major: i32,
    own: Option<Own>,
}

/// A server of ours.
#[derive(Debug)]
struct Own {
    kept: Kept,
    options: PostgresOptions,
}

impl Postgres {
    /// The one server of this process: that of `DATABASE_URL` if set, or else one that is started
    /// on the first call with [`PostgresOptions::fast`].
    ///
    /// # Errors
    /// [`HarnessError::NoServer`] when there is neither a URL nor the programs of a server, and says
    /// what to install; others when the server does not work.
    ///
    /// # Cancel safety
    /// The next call starts over.
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

    /// Starts a server for one test, whatever `DATABASE_URL` says.
    ///
    /// # Errors
    /// [`HarnessError::NoServer`] when its programs are not found, and says what to install; others
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

    /// Starts a server of ours.
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

    /// The URL of the database that others are made from.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Options to connect to the database that others are made from.
    ///
    /// # Errors
    /// When `DATABASE_URL` is no URL.
    pub fn connect_options(&self) -> Result<PgConnectOptions, HarnessError> {
        parse(&self.url)
    }

    /// The major version of the server.
    pub fn major_version(&self) -> i32 {
        self.major
    }

    /// Makes an empty database.
    ///
    /// # Errors
    /// When the server cannot be reached, or its role may not create databases.
    ///
    /// # Cancel safety
    /// Dropped early, a database may be left behind on the server.
    pub async fn database(&self) -> Result<Database, HarnessError> {
        Database::create(&self.url).await
    }

    /// Kills the server with `SIGKILL` and returns when it is gone. Its children see that by
    /// themselves a moment later.
    ///
    /// # Errors
    /// [`HarnessError::NotOurs`] for the server of `DATABASE_URL`.
    ///
    /// # Cancel safety
    /// The server is killed all the same.
    pub async fn kill(&self) -> Result<(), HarnessError> {
        self.own()?.kept.tell(Keeper::kill).await
    }

    /// Makes the server end at once, connections and all, without tidying up: the next start
    /// recovers as after a crash.
    ///
    /// # Errors
    /// [`HarnessError::NotOurs`] for the server of `DATABASE_URL`.
    ///
    /// # Cancel safety
    /// The server ends all the same.
    pub async fn stop_immediate(&self) -> Result<(), HarnessError> {
        self.own()?.kept.tell(Keeper::quit).await
    }

    /// Starts the server again on the same data, after [`stop_immediate`](Self::stop_immediate) if
    /// it runs, and waits until it accepts connections.
    ///
    /// # Errors
    /// [`HarnessError::NotOurs`] for the server of `DATABASE_URL`; others when the server does not
    /// come back.
    ///
    /// # Cancel safety
    /// The server starts all the same, if it got that far.
    pub async fn restart(&self) -> Result<(), HarnessError> {
        let kept = &self.own()?.kept;
        kept.tell(Keeper::quit).await?;
        kept.start(&self.url).await
    }

    /// The process id of a server of ours, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.own.as_ref()?.kept.process_id()
    }

    /// Where a server of ours has its data, its socket and its log.
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
