//! A client that costs as little as it can: it shares the machine with what it measures.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;

/// More than any answer that is asked for here.
const MOST: usize = 1024 * 1024;

/// A connection that is kept alive. Requests are sent as they are, in one write; of an answer only
/// the status and the length are read. That is enough for servers that say how long their answers
/// are, and for no others.
#[derive(Debug)]
pub struct HttpConnection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl HttpConnection {
    /// Connects.
    ///
    /// # Errors
    /// Those of connecting.
    pub async fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends a whole request and returns the body of its answer.
    ///
    /// # Errors
    /// The connection broke, the status is not 200 to 299, or the answer does not say how long it is.
    pub async fn call(&mut self, request: &[u8]) -> Outcome<&[u8]> {
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
            return Err("an answer without an end".into());
        }
        if self.stream.read_buf(&mut self.received).await? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(())
    }
}

/// Where the body begins and how long it is, once the head is there.
fn head(received: &[u8]) -> Outcome<Option<(usize, usize)>> {
    let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(received.get(..end).unwrap_or_default())?;
    let status = head.get(9..12).unwrap_or_default();
    if !status.starts_with('2') {
        let answer = String::from_utf8_lossy(received);
        return Err(format!("not a success: {answer}").into());
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse().ok())?
    });
    let length: usize = length.ok_or("an answer that does not say how long it is")?;
    Ok(Some((end + 4, length)))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::HttpConnection;

    #[tokio::test]
    async fn answers_in_pieces_are_put_together() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4];
            for pieces in [
                &[
                    "HTTP/1.1 20",
                    "0 OK\r\ncontent-length: 5\r\n\r",
                    "\nhel",
                    "lo",
                ][..],
                &["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
                &["HTTP/1.1 503 No\r\nContent-Length: 3\r\n\r\nbad"],
            ] {
                stream.read_exact(&mut request).await.unwrap();
                assert_eq!(&request, b"ping");
                for piece in pieces {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                    stream.flush().await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        };
        let client = async {
            let mut connection = HttpConnection::connect(address).await.unwrap();
            assert_eq!(connection.call(b"ping").await.unwrap(), b"hello");
            assert_eq!(connection.call(b"ping").await.unwrap(), b"");
            let refused = connection.call(b"ping").await.unwrap_err().to_string();
            assert!(refused.contains("503"), "{refused}");
        };
        futures::join!(server, client);
    }
}
