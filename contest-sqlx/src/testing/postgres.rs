//! A real server for the tests.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use super::database::{Copied, close, connect, drop_forgotten, parse};
use super::keeper::{Keeper, end_of_log, has_ended, process_id};
use super::url::encode;
use super::{Database, HarnessError, PostgresOptions, binaries};

/// How long a server may take to accept connections: guards against one that never does.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long to wait between two looks at a server that is starting.
const PAUSE: Duration = Duration::from_millis(10);

/// What a server says that is started before the last processes of a killed one are gone.
const NOT_YET: &str = "pre-existing shared memory block";

/// A `PostgreSQL` server: one of our own that goes with the test process, or the one of
/// `DATABASE_URL`.
///
/// One of ours is ready in about a second. It listens on a socket in a directory of its own, and on
/// no port. A shell keeps it and removes server and directory when the value is dropped or the
/// process ends, even by a panic or `SIGKILL`. Under root it runs as `postgres` or `nobody`, see
/// [`leave_root`](super::leave_root). Its collation is `C`, its encoding UTF-8.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    major: i32,
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    keeper: Arc<Mutex<Keeper>>,
    directory: PathBuf,
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
        let keeper = blocking(move || {
            let programs = binaries::find()?;
            let mut keeper = Keeper::new(&programs, &options)?;
            keeper.start()?;
            Ok(keeper)
        })
        .await?;
        let directory = keeper.directory().to_owned();
        let socket = encode(&directory.to_string_lossy());
        let url = format!("postgres://postgres@localhost/postgres?host={socket}&sslmode=disable");
        let own = Own {
            keeper: Arc::new(Mutex::new(keeper)),
            directory,
        };
        own.wait_until_ready(&url).await?;
        Ok(Self {
            major: major(&url).await?,
            url,
            own: Some(own),
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
        Database::create(&self.url, Copied::Nothing).await
    }

    /// Makes a copy of a database of this server, quicker than filling another one. Nobody may be
    /// connected to the template.
    ///
    /// # Errors
    /// When the server cannot be reached, or connections to `template` stay open.
    ///
    /// # Cancel safety
    /// Dropped early, a database may be left behind on the server.
    pub async fn database_from(&self, template: &Database) -> Result<Database, HarnessError> {
        let copied = if self.own.is_some() && self.major >= 15 {
            Copied::Files(template)
        } else {
            Copied::Pages(template)
        };
        Database::create(&self.url, copied).await
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
        self.own()?.tell(Keeper::kill).await
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
        self.own()?.tell(Keeper::quit).await
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
        let own = self.own()?;
        own.tell(Keeper::quit).await?;
        own.tell(Keeper::start).await?;
        own.wait_until_ready(&self.url).await
    }

    /// The process id of a server of ours, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        process_id(self.directory()?)
    }

    /// Where a server of ours has its data, its socket and its log.
    pub fn directory(&self) -> Option<&Path> {
        self.own.as_ref().map(|own| own.directory.as_path())
    }

    fn own(&self) -> Result<&Own, HarnessError> {
        self.own.as_ref().ok_or(HarnessError::NotOurs)
    }
}

impl Own {
    async fn tell(
        &self,
        command: fn(&mut Keeper) -> Result<(), HarnessError>,
    ) -> Result<(), HarnessError> {
        let keeper = Arc::clone(&self.keeper);
        blocking(move || command(&mut keeper.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    async fn wait_until_ready(&self, url: &str) -> Result<(), HarnessError> {
        let deadline = Instant::now() + PATIENCE;
        while !accepts_connections(url).await {
            if has_ended(&self.directory) {
                self.start_again_if_too_early().await?;
            }
            if Instant::now() >= deadline {
                return Err(self.problem("accepts no connections"));
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn start_again_if_too_early(&self) -> Result<(), HarnessError> {
        if !end_of_log(&self.directory).contains(NOT_YET) {
            return Err(self.problem("ended by itself"));
        }
        self.tell(Keeper::start).await
    }

    fn problem(&self, problem: &str) -> HarnessError {
        HarnessError::Server {
            problem: problem.into(),
            log: end_of_log(&self.directory),
        }
    }
}

async fn accepts_connections(url: &str) -> bool {
    match timeout(PATIENCE, connect(url)).await {
        Ok(Ok(connection)) => {
            close(connection).await;
            true
        }
        Ok(Err(_)) | Err(_) => false,
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

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HarnessError> + Send + 'static,
) -> Result<T, HarnessError> {
    let done = spawn_blocking(work).await;
    let ended = HarnessError::io("wait for the server's keeper");
    done.map_err(|error| ended(error.into()))?
}
