//! The client of a request.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU8;

use axum::extract::ConnectInfo;
use http::request::Parts;

use crate::client::Client;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The number of trusted proxies in front, none by default. Each adds the address of its caller to
/// `X-Forwarded-For`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Proxies(Option<NonZeroU8>);

impl Proxies {
    /// This many proxies.
    pub const fn some(count: NonZeroU8) -> Self {
        Self(Some(count))
    }

    /// The address of the client that makes the request, as in
    /// [`Protection::with_proxies`](super::Protection::with_proxies). `None` if it came over no connection.
    pub fn address(self, request: &Parts) -> Option<IpAddr> {
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|info| info.0.ip());
        self.forwarded(request).or(peer)
    }

    /// The client that makes the request.
    pub(super) fn client(self, request: &Parts) -> Client {
        self.address(request).into()
    }

    fn forwarded(self, request: &Parts) -> Option<IpAddr> {
        let from_end = usize::from(self.0?.get()) - 1;
        let headers = request.headers.get_all(FORWARDED_FOR).into_iter().rev();
        let entry = headers
            .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','))
            .nth(from_end)?;
        let text = std::str::from_utf8(entry).ok()?.trim();
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        let with_port = || text.parse().map(|address: SocketAddr| address.ip());
        bare.parse().or_else(|_| with_port()).ok()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn client(proxies: u8, forwarded: &[&str]) -> Client {
        let mut request = Request::get("/");
        for value in forwarded {
            request = request.header("X-Forwarded-For", *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let peer: SocketAddr = "10.0.0.9:80".parse().unwrap();
        parts.extensions.insert(ConnectInfo(peer));
        Proxies(NonZeroU8::new(proxies)).client(&parts)
    }

    fn address(text: &str) -> Client {
        Some(text.parse().unwrap()).into()
    }

    #[test]
    fn only_entries_of_trusted_proxies_count() {
        let peer = address("10.0.0.9");
        assert_eq!(client(0, &["1.1.1.1"]), peer);
        assert_eq!(client(1, &[]), peer);
        assert_eq!(client(1, &["1.1.1.1"]), address("1.1.1.1"));
        // The client made up the first entry.
        assert_eq!(client(1, &["6.6.6.6, 1.1.1.1"]), address("1.1.1.1"));
        assert_eq!(
            client(2, &["6.6.6.6", "1.1.1.1, 10.0.0.1"]),
            address("1.1.1.1")
        );
        assert_eq!(client(2, &["1.1.1.1"]), peer);
        assert_eq!(client(1, &["1.1.1.1, unknown"]), peer);
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        for text in ["1.1.1.1", "1.1.1.1:4711", " 1.1.1.1 ", "::ffff:1.1.1.1"] {
            assert_eq!(client(1, &[text]), address("1.1.1.1"), "{text:?}");
        }
        for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::2]:4711"] {
            assert_eq!(client(1, &[text]), address("2001:db8::"), "{text:?}");
        }
        assert_ne!(address("2001:db8:0:1::"), address("2001:db8::"));
    }
}
