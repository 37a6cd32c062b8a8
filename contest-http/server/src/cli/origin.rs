//! The origin of a web page.

use std::str::FromStr;

use http::{HeaderValue, Uri};

/// An origin, as browsers send it: a scheme, a host, and the port unless it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) HeaderValue);

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('*') {
            return Err(
                "other pages could then use the API: name each origin, such as \
                 https://app.example",
            );
        }
        if text == "null" {
            return Err(
                "every sandboxed page and local file has the origin `null`: name an origin \
                 such as https://app.example",
            );
        }
        let (scheme, rest) = text
            .split_once("://")
            .ok_or("an origin begins with its scheme: write https://app.example")?;
        if rest.contains(['/', '?', '#']) {
            return Err(
                "an origin ends with its host or port: write https://app.example, without a \
                 slash or a path",
            );
        }
        if text.contains(|c: char| c.is_ascii_uppercase()) {
            return Err("browsers send an origin in lower case: write https://app.example");
        }
        let uri: Uri = text.parse().map_err(|_| EXPECTED)?;
        let host = uri.host().filter(|host| !host.is_empty());
        let port = host
            .and_then(|host| rest.strip_prefix(host))
            .ok_or(EXPECTED)?;
        let port = port.strip_prefix(':').map(str::parse::<u16>);
        match (scheme, port.transpose().map_err(|_| EXPECTED)?) {
            ("https", Some(443)) | ("http", Some(80)) => {
                Err("browsers leave out the usual port: write https://app.example")
            }
            _ => HeaderValue::from_str(text).map(Self).map_err(|_| EXPECTED),
        }
    }
}

const EXPECTED: &str = "expected an origin such as https://app.example or http://localhost:3000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_browser_sends_is_an_origin() {
        for good in [
            "https://app.example",
            "http://localhost:3000",
            "http://[::1]:3000",
            "capacitor://localhost",
        ] {
            let origin: Origin = good.parse().unwrap();
            assert_eq!(origin.0, good);
        }
        for (bad, part) in [
            ("*", "name each origin"),
            ("null", "sandboxed"),
            ("https://app.example/", "without a slash"),
            ("https://app.example/path", "without a slash"),
            ("app.example", "https://app.example"),
            ("https://App.example", "lower case"),
            ("https://app.example:443", "usual port"),
            ("https://me@app.example", "expected an origin"),
            ("https://*.app.example", "name each origin"),
            ("https://app.example:x", "expected an origin"),
            ("https://app.examplé", "expected an origin"),
            ("https://", "expected an origin"),
        ] {
            let error = bad.parse::<Origin>().unwrap_err();
            assert!(error.contains(part), "{bad}: {error}");
        }
    }
}
