//! A server run by a keeper, for async code: start, stop, wait.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use super::HarnessError;
use super::database::{close, connect};
use super::keeper::{Keeper, Recipe, end_of_log, has_ended, process_id};

/// How long a server may take to accept connections.
const PATIENCE: Duration = Duration::from_mins(1);

/// The pause between two attempts to connect to a starting server.
const PAUSE: Duration = Duration::from_millis(10);

/// The message of a server that is started while processes of its killed predecessor still run.
const NOT_YET: &str = "pre-existing shared memory block";

/// The server and its directory are removed when this is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Kept {
    keeper: Arc<Mutex<Keeper>>,
    directory: PathBuf,
}

impl Kept {
    /// Prepares the directory of a server, without starting it.
    pub(super) async fn new(
        recipe: impl FnOnce() -> Result<Recipe, HarnessError> + Send + 'static,
    ) -> Result<Self, HarnessError> {
        let keeper = blocking(|| Keeper::new(recipe()?)).await?;
        Ok(Self {
            directory: keeper.directory().to_owned(),
            keeper: Arc::new(Mutex::new(keeper)),
        })
    }

    /// The directory of the server's files, socket and log.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The process id of the server, while it runs.
    pub(super) fn process_id(&self) -> Option<u32> {
        process_id(&self.directory)
    }

    /// Sends a command to the keeper, and waits until it is done.
    pub(super) async fn tell(
        &self,
        command: fn(&mut Keeper) -> Result<(), HarnessError>,
    ) -> Result<(), HarnessError> {
        let keeper = Arc::clone(&self.keeper);
        blocking(move || command(&mut keeper.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    /// Starts the server, and waits until it accepts connections to `url`.
    pub(super) async fn start(&self, url: &str) -> Result<(), HarnessError> {
        self.tell(Keeper::start).await?;
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

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HarnessError> + Send + 'static,
) -> Result<T, HarnessError> {
    let done = spawn_blocking(work).await;
    let ended = HarnessError::io("wait for the server's keeper");
    done.map_err(|error| ended(error.into()))?
}
