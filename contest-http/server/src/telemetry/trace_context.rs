//! The trace of a request's caller: `traceparent` of W3C Trace Context.

use http::HeaderMap;

/// The ids of a `traceparent` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TraceParent<'r> {
    /// 32 hexadecimal digits.
    pub(super) trace: &'r str,
    /// 16 hexadecimal digits: the caller's span.
    pub(super) parent: &'r str,
}

impl<'r> TraceParent<'r> {
    /// `None` if the header is missing, repeated or invalid.
    pub(super) fn of(headers: &'r HeaderMap) -> Option<Self> {
        let mut values = headers.get_all("traceparent").iter();
        let text = values.next()?.to_str().ok()?;
        if values.next().is_some() {
            return None;
        }
        Self::parse(text)
    }

    fn parse(text: &'r str) -> Option<Self> {
        let mut parts = text.split('-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let parent = hex(parts.next()?, 16)?;
        hex(parts.next()?, 2)?;
        // Later versions may add parts; this one has none.
        let complete = version != "00" || parts.next().is_none();
        let zero = |id: &str| id.bytes().all(|digit| digit == b'0');
        let valid = version != "ff" && complete && !zero(trace) && !zero(parent);
        valid.then_some(Self { trace, parent })
    }
}

fn hex(text: &str, digits: usize) -> Option<&str> {
    let lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == digits && text.bytes().all(lower_hex)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const PARENT: &str = "b7ad6b7169203331";

    #[test]
    fn a_valid_parent_is_read_and_others_are_not() {
        let text = format!("00-{TRACE}-{PARENT}-01");
        let read = TraceParent::parse(&text).unwrap();
        assert_eq!((read.trace, read.parent), (TRACE, PARENT));
        assert!(TraceParent::parse(&format!("cc-{TRACE}-{PARENT}-01-more")).is_some());
        let upper = TRACE.to_uppercase();
        for wrong in [
            String::new(),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-01-more"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("00-{upper}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
        ] {
            assert_eq!(TraceParent::parse(&wrong), None, "{wrong}");
        }
    }
}
