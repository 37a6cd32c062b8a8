//! The command line. Each option is a flag and an environment variable.

mod contests;
mod identity;
mod log;
mod operations;
mod origin;
mod protect;
mod rounds;
mod secret;
mod serve;
mod store;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use contest_core::UserId;
use jiff::SignedDuration;

pub(crate) use contests::ContestOptions;
pub(crate) use identity::IdentityOptions;
pub(crate) use log::{LogClients, LogFormat, LogOptions};
pub(crate) use operations::OperationsOptions;
pub(crate) use protect::ProtectOptions;
pub(crate) use rounds::RoundOptions;
pub(crate) use secret::Secret;
pub(crate) use serve::ServeOptions;
pub(crate) use store::{StatementLimit, StoreOptions};

use crate::exit::Exit;

/// Practice contests over HTTP.
#[derive(Debug, Parser)]
#[command(name = "contest-server", version, after_help = Exit::HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) log: LogOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API and the page
    Serve(Box<ServeOptions>),
    /// Create or update the store's tables, and exit
    Migrate(Box<StoreOptions>),
    /// Check or publish a catalogue
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Print a token for a user
    Token(TokenOptions),
    /// Recount every user's record from their solves and contests, and compare the two
    Verify(Box<VerifyOptions>),
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Read a catalogue, and print its counts or all its faults
    Check {
        /// A catalogue: `.csv` or `.json`
        file: PathBuf,
    },
    /// Publish a catalogue in a store; problems that it does not contain are retired
    Load(Box<LoadOptions>),
}

#[derive(Debug, Args)]
pub(crate) struct LoadOptions {
    /// A catalogue, `.csv` or `.json` [default: the 150 bundled problems]
    pub(crate) file: Option<PathBuf>,
    /// Print the changes without making them
    #[arg(
        long, env = "CONTEST_DRY_RUN", default_value = "false",
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
        action = clap::ArgAction::Set,
    )]
    pub(crate) dry_run: bool,
    /// Retire any number of problems [default: at most a tenth of those in use]
    #[arg(
        long, env = "CONTEST_RETIRE", default_value = "false",
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
        action = clap::ArgAction::Set,
    )]
    pub(crate) retire: bool,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

#[derive(Debug, Args)]
pub(crate) struct TokenOptions {
    /// The user's id, a UUID [default: a new one]
    pub(crate) user: Option<UserId>,
    /// How long the token is valid
    #[arg(long, env = "CONTEST_TOKEN_LIFETIME", default_value = "12h", value_parser = duration)]
    pub(crate) token_lifetime: Duration,
    #[command(flatten)]
    pub(crate) identity: IdentityOptions,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyOptions {
    /// Correct the differences
    #[arg(
        long, env = "CONTEST_REBUILD", default_value = "false",
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
        action = clap::ArgAction::Set,
    )]
    pub(crate) rebuild: bool,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}

/// Parses `30s`, `1m 30s`, `12h` or `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a duration such as 500ms, 30s, 5m or 12h".to_owned();
    let read: SignedDuration = text.parse().map_err(|_| expected())?;
    Duration::try_from(read).map_err(|_| expected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for text in ["", "30", "-5s", "soon"] {
            assert!(duration(text).is_err(), "{text:?}");
        }
    }
}
