//! Options for those who operate the server.

use std::net::SocketAddr;

use clap::{ArgAction, Args};

use super::LogClients;

#[derive(Debug, Args)]
#[command(next_help_heading = "Operations")]
pub(crate) struct OperationsOptions {
    /// A second address, for `/healthz`, `/readyz` and `/metrics`: the first one then does not serve them
    /// [default: none]
    #[arg(long, env = "CONTEST_OPS_LISTEN", value_name = "ADDRESS")]
    pub(crate) ops_listen: Option<SocketAddr>,
    /// Serve `/metrics`
    #[arg(
        long, env = "CONTEST_METRICS", default_value = "true", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
    )]
    pub(crate) metrics: bool,
    /// Serve the documentation of the API, `/docs` and `/openapi.json`
    #[arg(
        long, env = "CONTEST_DOCS", default_value = "true", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
    )]
    pub(crate) docs: bool,
    /// How the log of requests names the client's address, behind --proxies too, and the user
    #[arg(
        long,
        env = "CONTEST_LOG_CLIENTS",
        default_value = "hashed",
        value_enum
    )]
    pub(crate) log_clients: LogClients,
}
