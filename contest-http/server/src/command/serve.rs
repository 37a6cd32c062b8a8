//! `serve`: serves the API and the page.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use contest_core::engine::{Engine, Error};
use contest_core::rules::{Limits, Refusal};
use contest_core::store::Store;
use contest_http::events::EventStreams;
use contest_http::jwt::JwtIdentity;
use contest_server::serve::{self as http, Outcome, ShuttingDown};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::app::{self, Parts, observed, operations};
use crate::catalogue::{self, Source};
use crate::cli::ServeOptions;
use crate::exit::{Exit, Failure};
use crate::health::Health;
use crate::identity::{DEV_USER, Keys};
use crate::signals::{Hangups, Stops};
use crate::store::Backend;
use crate::telemetry::Telemetry;
use crate::telemetry::clients::{Clients, Named};
use crate::telemetry::metrics::Metrics;
use crate::{events, shutdown};

/// How long the token of `--dev` is valid.
const DEV_TOKEN: Duration = Duration::from_hours(12);
/// How long probes may take that are in flight when the last request is answered.
const LAST_PROBES: Duration = Duration::from_secs(1);
/// How often recorded measurements are sorted into their buckets.
const TIDY: Duration = Duration::from_secs(5);

pub(crate) async fn run(options: ServeOptions, telemetry: Telemetry) -> Result<Exit, Failure> {
    let keys = keys(&options)?;
    let identity = keys.identity()?;
    // Before `starting` is logged: no signal that follows that line is missed.
    let unheard = |error| Failure::new("signals cannot be received").because(error);
    let stops = Stops::listen().map_err(unheard)?;
    let hangups = Hangups::listen().map_err(unheard)?;
    tracing::info!(?options, "starting");
    let stop = CancellationToken::new();
    tokio::select! {
        exit = serve(&options, (&keys, identity), hangups, telemetry, &stop) => exit,
        exit = shutdown::watch(stops, &stop) => Ok(exit),
    }
}

fn keys(options: &ServeOptions) -> Result<Keys<'_>, Failure> {
    if !options.dev {
        return Keys::load(&options.identity);
    }
    if !options.listen.ip().is_loopback() {
        return Err(Failure::usage(
            "--dev prints a token for anyone who can read its output: it listens on a loopback \
             address only",
        ));
    }
    Keys::random(&options.identity)
}

async fn serve(
    options: &ServeOptions,
    (keys, identity): (&Keys<'_>, JwtIdentity),
    hangups: Hangups,
    telemetry: Telemetry,
    stop: &CancellationToken,
) -> Result<Exit, Failure> {
    let metrics = options.operations.metrics;
    let metrics = metrics.then(Metrics::install).transpose()?;
    let source = Source::of(options.catalogue.clone());
    let Some(prepared) = stop.run_until_cancelled(prepare(options, &source)).await else {
        return Ok(Exit::Done);
    };
    let (store, engine, replica) = prepared?;
    let listeners = Listeners::open(options).await?;
    let mut background = JoinSet::new();
    let every = options.reload_catalogue;
    let engines = std::iter::once(&engine).chain(&replica).cloned().collect();
    background.spawn(catalogue::follow(engines, source, every, hangups));
    if let Some(metrics) = metrics.clone() {
        background.spawn(tidy(metrics));
    }
    let shutting_down = ShuttingDown::default();
    if options.contests.events {
        background.spawn(events::tidy(store.events(), options.contests.keep_events));
    }
    let streams = streams(&store, options, shutting_down.clone());
    let identity = Named(identity);
    let app = app::router(Parts {
        rounds: store.rounds(engine.clone()),
        hosts: options.rounds.host_users.clone(),
        engine,
        replica,
        streams,
        protection: options.protect.protection(identity.clone()),
        identity,
        docs: options.operations.docs,
    });
    let health = Health::new(store.clone(), options.ready_timeout, shutting_down.clone());
    let operations = operations(&health, metrics.map(|metrics| (metrics, store.clone())));
    let clients = Clients::new(options.operations.log_clients, options.protect.proxies);
    announce(options, keys, &listeners)?;
    let how = how(options, shutting_down);
    let outcome = listeners.serve((app, operations, &clients), stop, &how);
    let outcome = outcome.await;
    background.shutdown().await;
    let drained = shutdown::drained(outcome);
    Ok(shutdown::finish(drained, &store, telemetry, options).await)
}

/// Streams of boards, and of events if they are recorded. They end when the server drains its connections.
fn streams(store: &Backend, options: &ServeOptions, draining: ShuttingDown) -> EventStreams {
    let streams = if options.contests.events {
        EventStreams::new(store.events())
    } else {
        EventStreams::without_log()
    };
    streams.with_end(async move { draining.draining().await })
}

fn how(options: &ServeOptions, shutting_down: ShuttingDown) -> http::ServeOptions {
    let protected = options.protect.serve_options();
    protected
        .with_drain(options.drain_timeout)
        .with_notice(options.shutdown_delay)
        .with_shutting_down(shutting_down)
}

/// Opens the store, prepares its tables and catalogue, and builds engines over it and its replica.
async fn prepare(
    options: &ServeOptions,
    source: &Source,
) -> Result<(Backend, Engine, Option<Engine>), Failure> {
    let mut store = Backend::open(&options.store).await?;
    if options.contests.events {
        store = store.with_outbox();
    }
    if options.migrate {
        store.migrate().await?;
    }
    let engine = engine(store.measured(), options).await?;
    catalogue::prepare(&engine, source).await?;
    let replica = match store.replica() {
        Some(replica) => Some(self::engine(replica, options).await?),
        None => None,
    };
    Ok((store, engine, replica))
}

async fn engine(store: Arc<dyn Store>, options: &ServeOptions) -> Result<Engine, Failure> {
    let limits = Limits::default();
    let problems = *limits.problems.start()..=options.max_problems;
    let limits = limits
        .with_problems(problems)
        .with_contests_per_day(options.max_contests_per_day)
        .with_solves_per_day(options.max_solves_per_day);
    let mut engine = Engine::builder(store)
        .limits(limits)
        .late_policy(options.contests.late_policy())
        .resume_policy(options.contests.resume_policy())
        .long_computations(|compute| tokio::task::block_in_place(compute));
    let limit = options.protect.operation_timeout;
    if !limit.is_zero() {
        engine = engine.operation_timeout(limit);
    }
    engine.build().await.map_err(|error| match error {
        Error::Refused(Refusal::LimitExceeded(_)) => {
            Failure::usage("--grace is too long").because(error)
        }
        error => Failure::new("the catalogue could not be loaded").because(error),
    })
}

/// The sockets of the server.
struct Listeners {
    public: (TcpListener, SocketAddr),
    /// Without it, the routes of operations are public.
    operations: Option<(TcpListener, SocketAddr)>,
}

impl Listeners {
    async fn open(options: &ServeOptions) -> Result<Self, Failure> {
        let public = listen(options.listen).await?;
        let operations = match options.operations.ops_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(Self { public, operations })
    }

    /// Serves until `stop`. Operations are served until the last public request is answered.
    async fn serve(
        self,
        (app, operations, clients): (Router, Router, &Clients),
        stop: &CancellationToken,
        how: &http::ServeOptions,
    ) -> Outcome {
        let (listener, _) = self.public;
        let Some((second, _)) = self.operations else {
            let app = observed(app.merge(operations), clients);
            return http::serve(listener, app, stop.cancelled(), how).await;
        };
        let drained = CancellationToken::new();
        let public = async {
            let outcome =
                http::serve(listener, observed(app, clients), stop.cancelled(), how).await;
            drained.cancel();
            outcome
        };
        let probes = http::ServeOptions::new().with_drain(LAST_PROBES);
        let operations = http::serve(
            second,
            observed(operations, clients),
            drained.cancelled(),
            &probes,
        );
        tokio::join!(public, operations).0
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |error| Failure::new(format!("cannot listen on {address}")).because(error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Logs the addresses; under `--dev`, also prints the page's address and a token.
fn announce(options: &ServeOptions, keys: &Keys<'_>, listeners: &Listeners) -> Result<(), Failure> {
    if let Some((_, address)) = listeners.operations {
        tracing::info!(%address, "operations have an address of their own");
    }
    let (_, address) = listeners.public;
    tracing::info!(%address, "serving");
    if options.dev {
        let token = keys.issue(DEV_USER, DEV_TOKEN)?;
        println!("page:  http://{address}/#token={token}");
        println!("token: {token}");
    }
    Ok(())
}

async fn tidy(metrics: Metrics) {
    let mut ticks = interval(TIDY);
    loop {
        ticks.tick().await;
        metrics.tidy();
    }
}
