//! Options for the limits and headers around the routes.

use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

use clap::{ArgAction, Args};
use contest_http::Identity;
use contest_server::protect::{Protection, Rate};
use contest_server::serve::ServeOptions;

use super::duration;
use super::origin::Origin;

const MIB: usize = 1024 * 1024;

#[derive(Debug, Args)]
#[command(next_help_heading = "Protection")]
pub(crate) struct ProtectOptions {
    /// How long a request may take until its response begins
    #[arg(
        long, env = "CONTEST_REQUEST_TIMEOUT", default_value = "30s", value_parser = duration,
        value_name = "TIME",
    )]
    pub(crate) request_timeout: Duration,
    /// How long the work of a request may take in the store, where a silent database would hold it until
    /// --request-timeout; 0s for no limit
    #[arg(
        long, env = "CONTEST_OPERATION_TIMEOUT", default_value = "10s", value_parser = duration,
        value_name = "TIME",
    )]
    pub(crate) operation_timeout: Duration,
    /// How long a client may take to send a body
    #[arg(
        long, env = "CONTEST_BODY_TIMEOUT", default_value = "10s", value_parser = duration,
        value_name = "TIME",
    )]
    pub(crate) body_timeout: Duration,
    /// The memory in MiB for bodies of unanswered requests and unsent responses, beyond 16 KiB of each; one
    /// client may hold an eighth; more are refused
    #[arg(
        long,
        env = "CONTEST_BODY_MEMORY",
        default_value = "128",
        value_name = "MIB"
    )]
    pub(crate) body_memory: usize,
    /// How long a client may leave a part of its response unread
    #[arg(
        long, env = "CONTEST_UNREAD_TIMEOUT", default_value = "30s", value_parser = duration,
        value_name = "TIME",
    )]
    pub(crate) unread_timeout: Duration,
    /// The most connections from clients, each a file descriptor; more replace idle ones, or wait
    #[arg(
        long,
        env = "CONTEST_CONNECTIONS",
        default_value = "2048",
        value_name = "N"
    )]
    pub(crate) connections: usize,
    /// The most connections of a client's address; more replace its idle ones, or are refused; 0 for no
    /// limit [default: 256, and no limit with --proxies]
    #[arg(long, env = "CONTEST_ADDRESS_CONNECTIONS", value_name = "N")]
    pub(crate) address_connections: Option<usize>,
    /// The most requests in flight; more are refused
    #[arg(
        long,
        env = "CONTEST_MAX_IN_FLIGHT",
        default_value = "1024",
        value_name = "N"
    )]
    pub(crate) max_in_flight: usize,
    /// The most requests per second of a user, and the most at once after a pause; 0 for no limit
    #[arg(
        long,
        env = "CONTEST_USER_RATE",
        default_value = "20",
        value_name = "N"
    )]
    pub(crate) user_rate: u32,
    /// The same for a client's address; behind a proxy, set --proxies first; 0 for no limit
    #[arg(
        long,
        env = "CONTEST_ADDRESS_RATE",
        default_value = "0",
        value_name = "N"
    )]
    pub(crate) address_rate: u32,
    /// The number of proxies in front of the server, each adding to `X-Forwarded-For`
    #[arg(long, env = "CONTEST_PROXIES", default_value = "0", value_name = "N")]
    pub(crate) proxies: u8,
    /// Other origins whose pages may use the API, such as `https://app.example`, separated by commas
    /// [default: none]
    #[arg(
        long,
        env = "CONTEST_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGINS"
    )]
    pub(crate) origins: Vec<Origin>,
    /// Compress responses
    #[arg(
        long, env = "CONTEST_COMPRESSION", default_value = "true", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
    )]
    pub(crate) compression: bool,
}

impl ProtectOptions {
    /// The layers; the rate limit per user takes the user from `identity`.
    pub(crate) fn protection(&self, identity: impl Identity + 'static) -> Protection {
        let mut protection = Protection::new()
            .with_timeout(self.request_timeout)
            .with_body_timeout(self.body_timeout)
            .with_body_memory(self.body_memory.saturating_mul(MIB))
            .with_in_flight(self.max_in_flight)
            .with_origins(self.origins.iter().map(|origin| origin.0.clone()));
        if let Some(rate) = NonZeroU32::new(self.user_rate) {
            protection = protection.with_user_limit(identity, Rate::per_second(rate));
        }
        if let Some(rate) = NonZeroU32::new(self.address_rate) {
            protection = protection.with_address_limit(Rate::per_second(rate));
        }
        if let Some(count) = NonZeroU8::new(self.proxies) {
            protection = protection.with_proxies(count);
        }
        if !self.compression {
            protection = protection.without_compression();
        }
        protection
    }

    /// The limits of connections.
    pub(crate) fn serve_options(&self) -> ServeOptions {
        let options = ServeOptions::new()
            .with_unread_timeout(self.unread_timeout)
            .with_connections(self.connections);
        match self.address_connections {
            // All connections are those of the proxy.
            None if self.proxies > 0 => options.with_connections_per_address(usize::MAX),
            None => options,
            Some(0) => options.with_connections_per_address(usize::MAX),
            Some(most) => options.with_connections_per_address(most),
        }
    }
}
