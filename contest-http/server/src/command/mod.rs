//! The subcommands.

pub(crate) mod catalogue;
pub(crate) mod migrate;
pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod verify;

use std::time::Duration;

use crate::exit::Exit;
use crate::store::Backend;

/// How long a finished command waits for its connections to close.
const CLOSING: Duration = Duration::from_secs(5);

/// Closes the store of a finished command.
async fn close(store: &Backend, exit: Exit) -> Exit {
    match store.close(CLOSING).await {
        Ok(()) => exit,
        Err(error) => {
            tracing::error!(%error, "the store was not closed in time");
            Exit::NotClosed
        }
    }
}
