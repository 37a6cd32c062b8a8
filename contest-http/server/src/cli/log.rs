//! Options for the log.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(next_help_heading = "Log (on standard error)")]
pub(crate) struct LogOptions {
    /// The format of the log
    #[arg(
        long,
        global = true,
        env = "CONTEST_LOG_FORMAT",
        default_value = "auto",
        value_enum
    )]
    pub(crate) log_format: LogFormat,
    /// The filter of the log, such as `info` or `warn,contest_core=debug`
    #[arg(
        long,
        global = true,
        env = "RUST_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    pub(crate) log_filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogClients {
    /// As hashes: the same client has the same hash until the process ends, and the hash tells nothing
    /// else
    Hashed,
    /// The address and the user's id
    Plain,
    /// Not at all
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// `json` when serving, `pretty` with `--dev` and everywhere else
    Auto,
    /// One JSON object per line
    Json,
    /// Text for people
    Pretty,
}
