//! One connection through a proxy.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::switches::Network;

/// The maximum of bytes read at once.
const CHUNK: usize = 16 * 1024;

/// The maximum of chunks on their way in one direction; then the sender waits.
const ON_THE_WAY: usize = 256;

/// The address of the server.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Tcp(String, u16),
    Unix(PathBuf),
}

type Reader = Box<dyn AsyncRead + Send + Unpin>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

impl Target {
    pub(super) fn of(options: &PgConnectOptions) -> Self {
        let (host, port) = (options.get_host(), options.get_port());
        let directory = match options.get_socket() {
            Some(directory) => directory.clone(),
            None if host.starts_with('/') => host.into(),
            None => return Self::Tcp(host.to_owned(), port),
        };
        Self::Unix(directory.join(format!(".s.PGSQL.{port}")))
    }

    async fn connect(&self) -> io::Result<(Reader, Writer)> {
        Ok(match self {
            Self::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                let (reader, writer) = stream.into_split();
                (Box::new(reader), Box::new(writer))
            }
            Self::Unix(path) => {
                let (reader, writer) = UnixStream::connect(path).await?.into_split();
                (Box::new(reader), Box::new(writer))
            }
        })
    }
}

/// Forwards in both directions until both ends are done, one fails, or the connection is closed on command.
pub(super) async fn serve(client: TcpStream, target: Target, network: Arc<Network>, number: u64) {
    let wire = Wire {
        network: &network,
        number,
        client_spoke_last: AtomicBool::new(false),
    };
    tokio::select! {
        // An error on one side closes the other, as in a real network.
        _ = wire.forward_both(client, &target) => {}
        () = network.closes(number) => {}
    }
}

struct Wire<'n> {
    network: &'n Network,
    number: u64,
    client_spoke_last: AtomicBool,
}

/// Data on its way.
struct Sent {
    /// The earliest time of arrival.
    due: Instant,
    /// Empty at the end of the stream.
    bytes: Vec<u8>,
}

impl Wire<'_> {
    async fn forward_both(&self, client: TcpStream, target: &Target) -> io::Result<()> {
        client.set_nodelay(true)?;
        let (client_reader, client_writer) = client.into_split();
        let (server_reader, server_writer) = target.connect().await?;
        tokio::try_join!(
            self.forward(client_reader, server_writer, || self.client_spoke()),
            self.forward(server_reader, client_writer, || self.server_spoke()),
        )?;
        Ok(())
    }

    async fn forward(
        &self,
        from: impl AsyncRead + Unpin,
        to: impl AsyncWrite + Unpin,
        heard: impl Fn(),
    ) -> io::Result<()> {
        let (sender, receiver) = mpsc::channel(ON_THE_WAY);
        tokio::try_join!(
            self.receive(from, sender, heard),
            self.deliver(receiver, to)
        )?;
        Ok(())
    }

    async fn receive(
        &self,
        mut from: impl AsyncRead + Unpin,
        on_the_way: mpsc::Sender<Sent>,
        heard: impl Fn(),
    ) -> io::Result<()> {
        loop {
            let mut bytes = vec![0; CHUNK];
            let length = from.read(&mut bytes).await?;
            bytes.truncate(length);
            let due = Instant::now() + self.network.delay();
            if length > 0 {
                heard();
            }
            let delivered = on_the_way.send(Sent { due, bytes }).await;
            if length == 0 || delivered.is_err() {
                return Ok(());
            }
        }
    }

    async fn deliver(
        &self,
        mut on_the_way: mpsc::Receiver<Sent>,
        mut to: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        while let Some(Sent { due, bytes }) = on_the_way.recv().await {
            sleep_until(due).await;
            self.network.lets_through(self.number).await;
            if bytes.is_empty() {
                break;
            }
            to.write_all(&bytes).await?;
        }
        to.shutdown().await
    }

    fn client_spoke(&self) {
        if !self.client_spoke_last.swap(true, Ordering::SeqCst) {
            self.network.count_round_trip();
        }
    }

    fn server_spoke(&self) {
        self.client_spoke_last.store(false, Ordering::SeqCst);
    }
}
