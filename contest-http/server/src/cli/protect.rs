//! Options of what stands around the routes.

use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

use clap::{ArgAction, Args};
use contest_http::Identity;
use contest_server::protect::{Protection, Rate};
use http::HeaderValue;

use super::duration;

#[derive(Debug, Args)]
#[command(next_help_heading = "Protection")]
pub(crate) struct ProtectOptions {
    /// How long a request may take until its answer begins
    #[arg(
        long, env = "CONTEST_REQUEST_TIMEOUT", default_value = "30s", value_parser = duration,
        value_name = "TIME",
    )]
    pub(crate) request_timeout: Duration,
    /// How long a client may take to send a body
    #[arg(
        long, env = "CONTEST_BODY_TIMEOUT", default_value = "10s", value_parser = duration,
        value_name = "TIME",
    )]
    pub(crate) body_timeout: Duration,
    /// How many requests may be in flight; more are refused
    #[arg(
        long,
        env = "CONTEST_MAX_IN_FLIGHT",
        default_value = "1024",
        value_name = "N"
    )]
    pub(crate) max_in_flight: usize,
    /// How many requests a user may make in a second, and at once after a pause; 0 for any
    #[arg(
        long,
        env = "CONTEST_USER_RATE",
        default_value = "20",
        value_name = "N"
    )]
    pub(crate) user_rate: u32,
    /// The same for an address; behind a proxy, say so with --proxies first; 0 for any
    #[arg(
        long,
        env = "CONTEST_ADDRESS_RATE",
        default_value = "0",
        value_name = "N"
    )]
    pub(crate) address_rate: u32,
    /// How many proxies stand in front, each adding to `X-Forwarded-For`
    #[arg(long, env = "CONTEST_PROXIES", default_value = "0", value_name = "N")]
    pub(crate) proxies: u8,
    /// Origins whose pages may use the API, separated by commas [default: none but its own]
    #[arg(
        long,
        env = "CONTEST_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGINS"
    )]
    pub(crate) origins: Vec<HeaderValue>,
    /// Compress answers
    #[arg(
        long, env = "CONTEST_COMPRESSION", default_value = "true", action = ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_missing_value = "true",
    )]
    pub(crate) compression: bool,
}

impl ProtectOptions {
    /// The layers, with users known by `identity`.
    pub(crate) fn protection(&self, identity: impl Identity + 'static) -> Protection {
        let mut protection = Protection::new()
            .with_timeout(self.request_timeout)
            .with_body_timeout(self.body_timeout)
            .with_in_flight(self.max_in_flight)
            .with_origins(self.origins.iter().cloned());
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
}
