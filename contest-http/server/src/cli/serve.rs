//! Options for `serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};

use super::{
    ContestOptions, IdentityOptions, OperationsOptions, ProtectOptions, RoundOptions, StoreOptions,
    duration,
};

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// Try it out: make a random key, print a token, log text for people, and listen on a loopback
    /// address only
    #[arg(
        long, env = "CONTEST_DEV", default_value = "false", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
    )]
    pub(crate) dev: bool,
    /// The address to listen on; port 0 takes a free port
    #[arg(
        long,
        env = "CONTEST_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    pub(crate) listen: SocketAddr,
    /// Create or update the store's tables before serving
    #[arg(
        long, env = "CONTEST_MIGRATE", default_value = "true", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
    )]
    pub(crate) migrate: bool,

    /// A catalogue to publish, `.csv` or `.json`; read again on SIGHUP [default: the 150 bundled
    /// problems, if the store has none]
    #[arg(
        long,
        env = "CONTEST_CATALOGUE",
        value_name = "FILE",
        help_heading = "Catalogue"
    )]
    pub(crate) catalogue: Option<PathBuf>,
    /// How often to reload the catalogue from the store, where another process may have published one;
    /// 0s for never
    #[arg(
        long, env = "CONTEST_RELOAD_CATALOGUE", default_value = "1m", value_parser = duration,
        value_name = "TIME", help_heading = "Catalogue",
    )]
    pub(crate) reload_catalogue: Duration,

    /// The most problems in a contest
    #[arg(long, env = "CONTEST_MAX_PROBLEMS", default_value = "20", value_name = "N", help_heading = "Limits",
        value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_problems: u16,
    /// The most contests that a user begins on a day of UTC
    #[arg(long, env = "CONTEST_MAX_CONTESTS_PER_DAY", default_value = "100", value_name = "N",
        help_heading = "Limits", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_contests_per_day: u32,
    /// The most solves that a user records on a day of UTC
    #[arg(long, env = "CONTEST_MAX_SOLVES_PER_DAY", default_value = "20000", value_name = "N",
        help_heading = "Limits", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_solves_per_day: u32,

    #[command(flatten)]
    pub(crate) contests: ContestOptions,
    #[command(flatten)]
    pub(crate) rounds: RoundOptions,

    /// How long `/readyz` waits for the store; its answer is given again for a second
    #[arg(
        long, env = "CONTEST_READY_TIMEOUT", default_value = "2s", value_parser = duration,
        value_name = "TIME", help_heading = "Health and shutdown",
    )]
    pub(crate) ready_timeout: Duration,
    /// How long to keep accepting connections after a signal, while `/readyz` already answers 503
    #[arg(
        long, env = "CONTEST_SHUTDOWN_DELAY", default_value = "0s", value_parser = duration,
        value_name = "TIME", help_heading = "Health and shutdown",
    )]
    pub(crate) shutdown_delay: Duration,
    /// How long requests in flight may take to finish
    #[arg(
        long, env = "CONTEST_DRAIN_TIMEOUT", default_value = "30s", value_parser = duration,
        value_name = "TIME", help_heading = "Health and shutdown",
    )]
    pub(crate) drain_timeout: Duration,
    /// How long the store may take to close
    #[arg(
        long, env = "CONTEST_CLOSE_TIMEOUT", default_value = "5s", value_parser = duration,
        value_name = "TIME", help_heading = "Health and shutdown",
    )]
    pub(crate) close_timeout: Duration,
    /// How long flushing the telemetry may take
    #[arg(
        long, env = "CONTEST_FLUSH_TIMEOUT", default_value = "5s", value_parser = duration,
        value_name = "TIME", help_heading = "Health and shutdown",
    )]
    pub(crate) flush_timeout: Duration,

    #[command(flatten)]
    pub(crate) operations: OperationsOptions,
    #[command(flatten)]
    pub(crate) protect: ProtectOptions,
    #[command(flatten)]
    pub(crate) identity: IdentityOptions,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
}
