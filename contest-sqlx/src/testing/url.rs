//! Changes one part of a database URL and keeps the rest, which the driver's options cannot do.

use std::path::Path;

/// `url` with another database.
pub(super) fn with_database(url: &str, database: &str) -> String {
    let parts = Parts::of(url);
    let query = parts.query_without(&["dbname"]);
    format!("{}{}/{database}{query}", parts.scheme, parts.authority)
}

/// `url` with another host and port, over TCP.
pub(super) fn with_address(url: &str, address: impl std::fmt::Display) -> String {
    let parts = Parts::of(url);
    let user = match parts.authority.rsplit_once('@') {
        Some((user, _)) => format!("{user}@"),
        None => String::new(),
    };
    let query = parts.query_without(&["host", "hostaddr", "port"]);
    format!("{}{user}{address}{}{query}", parts.scheme, parts.path)
}

/// `url` with the socket in this directory instead of its host.
pub(super) fn with_socket(url: &str, directory: &Path, port: u16) -> String {
    let parts = Parts::of(url);
    let user = match parts.authority.rsplit_once('@') {
        Some((user, _)) => format!("{user}@"),
        None => String::new(),
    };
    let query = parts.query_without(&["host", "hostaddr", "port", "sslmode", "ssl-mode"]);
    let more = if query.is_empty() { "?" } else { "&" };
    let (scheme, path) = (parts.scheme, parts.path);
    let directory = encode(&directory.to_string_lossy());
    format!(
        "{scheme}{user}localhost{path}{query}{more}host={directory}&port={port}&sslmode=disable"
    )
}

/// Percent-encodes `text` as a part of a URL.
pub(super) fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Decodes a part of a URL.
pub(super) fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('%') {
        bytes.extend(plain.bytes());
        let digits = after.get(..2).map(|digits| u8::from_str_radix(digits, 16));
        if let Some(Ok(byte)) = digits {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(b'%');
            rest = after;
        }
    }
    bytes.extend(rest.bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

struct Parts<'u> {
    /// With `://`.
    scheme: &'u str,
    authority: &'u str,
    /// With its slash, or empty.
    path: &'u str,
    query: &'u str,
}

impl<'u> Parts<'u> {
    fn of(url: &'u str) -> Self {
        let (before, query) = url.split_once('?').unwrap_or((url, ""));
        let (scheme, rest) = split_at(before, before.find("://").map_or(0, |start| start + 3));
        let (authority, path) = split_at(rest, rest.find('/').unwrap_or(rest.len()));
        Self {
            scheme,
            authority,
            path,
            query,
        }
    }

    /// With its question mark, or empty.
    fn query_without(&self, names: &[&str]) -> String {
        let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
        let kept: Vec<&str> = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && !names.contains(&name(pair).as_str()))
            .collect();
        if kept.is_empty() {
            String::new()
        } else {
            format!("?{}", kept.join("&"))
        }
    }
}

fn split_at(text: &str, place: usize) -> (&str, &str) {
    text.split_at_checked(place).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, with_address, with_database, with_socket};

    #[test]
    fn the_database_changes_and_the_rest_stays() {
        let cases = [
            ("postgres://h", "postgres://h/new"),
            ("postgres:///old", "postgres:///new"),
            (
                "postgres://u:p@h:1/old?sslmode=disable&dbname=old",
                "postgres://u:p@h:1/new?sslmode=disable",
            ),
            ("postgres://h/?dbname=old", "postgres://h/new"),
        ];
        for (url, expected) in cases {
            assert_eq!(with_database(url, "new"), expected);
        }
    }

    #[test]
    fn the_address_changes_and_the_rest_stays() {
        let cases = [
            ("postgres://h", "postgres://1.2.3.4:5"),
            (
                "postgres://u:p@h:1/d?host=%2Ftmp&port=3&options=-csearch_path%3Da",
                "postgres://u:p@1.2.3.4:5/d?options=-csearch_path%3Da",
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(with_address(url, "1.2.3.4:5"), expected);
        }
    }

    #[test]
    fn a_socket_takes_the_place_of_an_address() {
        let cases = [
            (
                "postgres://u:p@h:1/d?sslmode=require&a=b",
                "postgres://u:p@localhost/d?a=b&host=%2Ftmp%2Fx&port=5&sslmode=disable",
            ),
            (
                "postgres://h/d",
                "postgres://localhost/d?host=%2Ftmp%2Fx&port=5&sslmode=disable",
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(with_socket(url, "/tmp/x".as_ref(), 5), expected);
        }
    }

    #[test]
    fn a_part_of_a_url_is_read_as_it_was_written() {
        let text = "p@ss: wörd%/100% ";
        assert_eq!(decode(&encode(text)), text);
        assert_eq!(decode("50%"), "50%");
    }

    #[test]
    fn a_directory_becomes_part_of_a_url() {
        assert_eq!(encode("/tmp/a b.c"), "%2Ftmp%2Fa%20b.c");
    }
}
