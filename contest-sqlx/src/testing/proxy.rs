//! A network that fails on command.

mod connection;
mod switches;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use self::connection::Target;
use self::switches::Network;
use super::HarnessError;
use super::database::parse;
use super::url::with_address;

/// A TCP proxy in front of a server, with switches that can be changed at any time.
///
/// At first it forwards without delay. When it is dropped, all its connections close.
///
/// ```
/// use std::time::Duration;
///
/// use contest_sqlx::testing::{HarnessError, Postgres, Proxy};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), HarnessError> {
/// let database = Postgres::shared().await?.database().await?;
/// let proxy = Proxy::to(&database.url()).await?;
/// // Connect to `proxy.url()`, and then:
/// proxy.delay(Duration::from_millis(50));
/// proxy.mute_open();
/// proxy.resume();
/// # database.close().await
/// # }
/// ```
#[derive(Debug)]
pub struct Proxy {
    server: String,
    address: SocketAddr,
    network: Arc<Network>,
    /// The accepting task, which ends with this value.
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// A proxy on a free local port, in front of the server of `url`.
    ///
    /// # Errors
    /// When `url` is invalid, or no port is free.
    ///
    /// # Cancel safety
    /// Leaves nothing behind.
    pub async fn to(url: &str) -> Result<Self, HarnessError> {
        let target = Target::of(&parse(url)?);
        let failed = HarnessError::io("open a local port for the proxy");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(&failed)?;
        let address = listener.local_addr().map_err(&failed)?;
        let network = Arc::new(Network::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, target, Arc::clone(&network)));
        Ok(Self {
            server: url.to_owned(),
            address,
            network,
            _tasks: tasks,
        })
    }

    /// The URL of the same database through the proxy.
    pub fn url(&self) -> String {
        with_address(&self.server, self.address)
    }

    /// Options to connect to the same database through the proxy.
    ///
    /// # Errors
    /// Never, because [`to`](Self::to) has accepted the URL.
    pub fn connect_options(&self) -> Result<PgConnectOptions, HarnessError> {
        parse(&self.url())
    }

    /// Delays all data that arrives from now on by this time, in each direction.
    pub fn delay(&self, delay: Duration) {
        self.network.turn(|switches| switches.delay = delay);
    }

    /// Stops forwarding on all connections, existing and new. They stay open, and their data is kept.
    pub fn mute(&self) {
        self.network.turn(|switches| switches.muted = true);
    }

    /// Stops forwarding on the connections that are open now, like a firewall that lost their state. New
    /// connections work.
    pub fn mute_open(&self) {
        let open = self.network.accepted();
        self.network.turn(|switches| switches.muted_below = open);
    }

    /// Closes the connections that are open now. New connections work.
    pub fn drop_all(&self) {
        let open = self.network.accepted();
        self.network.turn(|switches| switches.closed_below = open);
    }

    /// Ends delay and silence, and delivers the data that was kept.
    pub fn resume(&self) {
        self.network.turn(|switches| {
            switches.delay = Duration::ZERO;
            switches.muted = false;
            switches.muted_below = 0;
        });
    }

    /// The number of round trips since the proxy began, on all connections together: how often a client sent
    /// data after an answer of the server. Opening a connection counts, too.
    pub fn round_trips(&self) -> u64 {
        self.network.round_trips()
    }

    /// Waits until [`round_trips`](Self::round_trips) is at least `count`. The client's last data may not have
    /// reached the server yet.
    ///
    /// # Cancel safety
    /// Changes nothing.
    pub async fn reaches_round_trips(&self, count: u64) {
        self.network.reaches_round_trips(count).await;
    }
}

async fn accept(listener: TcpListener, target: Target, network: Arc<Network>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // The port is gone: this closes all connections.
                let Ok((client, _)) = accepted else { return };
                let number = network.accept();
                let (target, network) = (target.clone(), Arc::clone(&network));
                connections.spawn(connection::serve(client, target, network, number));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
