//! A minimal client: it shares the machine with the server that it measures.

use std::net::SocketAddr;

use contest_benches::Outcome;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// More than any response here.
const MOST: usize = 1024 * 1024;

/// A connection that is kept alive. It sends each request in one write, and parses only the status and
/// the length of a response. It works only with servers that send a content length.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends a whole request and returns the body of the response. Fails unless the status is a success.
    pub(crate) async fn call(&mut self, request: &[u8]) -> Outcome<&[u8]> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let (body, end) = loop {
            if let Some((body, length)) = head(&self.received)? {
                break (body, body + length);
            }
            self.receive().await?;
        };
        while self.received.len() < end {
            self.receive().await?;
        }
        Ok(self.received.get(body..end).unwrap_or_default())
    }

    async fn receive(&mut self) -> Outcome<()> {
        if self.received.len() > MOST {
            return Err("a response without an end".into());
        }
        if self.stream.read_buf(&mut self.received).await? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(())
    }
}

/// The start and the length of the body, once the head is complete.
fn head(received: &[u8]) -> Outcome<Option<(usize, usize)>> {
    let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(received.get(..end).unwrap_or_default())?;
    if !head.get(9..12).unwrap_or_default().starts_with('2') {
        let answer = String::from_utf8_lossy(received);
        return Err(format!("not a success: {answer}").into());
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse().ok())?
    });
    let length: usize = length.ok_or("a response without a length")?;
    Ok(Some((end + 4, length)))
}
