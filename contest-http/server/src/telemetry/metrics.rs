//! Metrics for Prometheus. Labels come from closed sets: routes, methods, status codes, operations,
//! outcomes, pools. No id is ever one.

use contest_core::model::{ContestStatus, EndingKind, EventKind};
use contest_core::rules::Refusal;
use contest_core::store::{Commit, ContestWrite, StoreCall, StoreOutcome};
use http::{Method, StatusCode};
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::Instant;

use crate::exit::Failure;
use crate::store::Backend;

const REQUEST_DURATION: &str = "http_server_request_duration_seconds";
const ACTIVE_REQUESTS: &str = "http_server_active_requests";
const STORE_DURATION: &str = "contest_store_operation_duration_seconds";
const STORE_ACTIVE: &str = "contest_store_operations_active";
const CREATED: &str = "contest_contests_created_total";
const ENDED: &str = "contest_contests_ended_total";
const LATE: &str = "contest_late_calls_total";
const SHORTFALLS: &str = "contest_selection_shortfalls_total";
const POOL: &str = "contest_pool_connections";
const POOL_MAX: &str = "contest_pool_max_connections";

/// The buckets of the semantic conventions for HTTP, in seconds.
const REQUEST_BUCKETS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
const STORE_BUCKETS: &[f64] = &[
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0,
];

/// The recorder's handle.
#[derive(Clone)]
pub(crate) struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installs the recorder of this process.
    pub(crate) fn install() -> Result<Self, Failure> {
        let failed = |error| Failure::new("metrics could not be set up").because(error);
        let full = |name: &str| Matcher::Full(name.to_owned());
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(full(REQUEST_DURATION), REQUEST_BUCKETS)
            .and_then(|new| new.set_buckets_for_metric(full(STORE_DURATION), STORE_BUCKETS))
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(failed)?;
        describe();
        begin_at_zero();
        Ok(Self(handle))
    }

    /// All metrics in the text format of Prometheus, with the present state of the pools.
    pub(crate) fn render(&self, store: &Backend) -> String {
        for pool in store.pools() {
            let name = pool.name;
            gauge!(POOL, "pool" => name, "state" => "in_use").set(pool.in_use);
            gauge!(POOL, "pool" => name, "state" => "idle").set(pool.idle);
            gauge!(POOL_MAX, "pool" => name).set(pool.max);
        }
        self.0.render()
    }

    /// Sorts recorded values into their buckets; until then each is kept by itself.
    pub(crate) fn tidy(&self) {
        self.0.run_upkeep();
    }
}

fn describe() {
    let seconds = Unit::Seconds;
    describe_histogram!(
        REQUEST_DURATION,
        seconds,
        "Time from a request's head to its response's head, by route, method and status"
    );
    describe_gauge!(ACTIVE_REQUESTS, "Requests without a response yet");
    describe_histogram!(
        STORE_DURATION,
        seconds,
        "Time of an operation of the store, by name and outcome"
    );
    describe_gauge!(
        STORE_ACTIVE,
        "Operations of the store; active operations minus connections in use wait for a connection"
    );
    describe_counter!(CREATED, "Contests created, without repeated creations");
    describe_counter!(
        ENDED,
        "Contests completed, abandoned, or settled as expired by a later step of their user"
    );
    describe_counter!(LATE, "Calls refused because the contest had expired");
    describe_counter!(
        SHORTFALLS,
        "Contests created with fewer problems than requested"
    );
    describe_gauge!(POOL, "Connections of the store, by pool and state");
    describe_gauge!(POOL_MAX, "The most connections of a pool");
}

/// Starts the counters at zero: a rate needs the value before the first event.
fn begin_at_zero() {
    counter!(CREATED).absolute(0);
    counter!(ENDED, "ending" => "completed").absolute(0);
    counter!(ENDED, "ending" => "abandoned").absolute(0);
    counter!(ENDED, "ending" => "expired").absolute(0);
    counter!(LATE).absolute(0);
    counter!(SHORTFALLS).absolute(0);
}

/// Counts a stored commit.
pub(crate) fn committed(commit: &Commit) {
    if let Some(ContestWrite::Insert { contest, .. }) = &commit.contest {
        counter!(CREATED).increment(1);
        if contest.selection.shortfall() > 0 {
            counter!(SHORTFALLS).increment(1);
        }
    }
    for event in &commit.events {
        if let EventKind::ContestFinished { ending, .. } = &event.kind {
            let ending = match ending {
                EndingKind::Completed => "completed",
                EndingKind::Abandoned => "abandoned",
                EndingKind::Expired => "expired",
            };
            counter!(ENDED, "ending" => ending).increment(1);
        }
    }
}

/// Counts a refused request that came after its contest's deadline.
pub(crate) fn refused(refusal: &Refusal) {
    let late = match refusal {
        Refusal::ContestNotAccepting { status, .. } => *status == ContestStatus::Expired,
        Refusal::DeadlinePassed { .. } => true,
        _ => false,
    };
    if late {
        counter!(LATE).increment(1);
    }
}

/// A running call of the store. If dropped before its end, it is recorded as cancelled.
#[derive(Debug)]
pub(crate) struct StoreMeasure {
    call: StoreCall,
    begun: Instant,
    outcome: &'static str,
}

impl StoreMeasure {
    pub(crate) fn begin(call: StoreCall) -> Self {
        gauge!(STORE_ACTIVE).increment(1);
        Self {
            call,
            begun: Instant::now(),
            outcome: "cancelled",
        }
    }

    pub(crate) fn end(mut self, outcome: StoreOutcome) {
        self.outcome = outcome.as_str();
    }
}

impl Drop for StoreMeasure {
    fn drop(&mut self) {
        gauge!(STORE_ACTIVE).decrement(1);
        let labels = [("operation", self.call.as_str()), ("outcome", self.outcome)];
        histogram!(STORE_DURATION, &labels).record(self.begun.elapsed());
    }
}

/// A request that is being answered; recorded when it goes out of scope.
#[derive(Debug)]
pub(crate) struct HttpCall {
    method: &'static str,
    route: String,
    begun: Instant,
    pub(crate) status: Option<StatusCode>,
}

impl HttpCall {
    /// Begins now. `route` is the template that matched, if one did.
    pub(crate) fn begin(method: &Method, route: Option<&str>) -> Self {
        gauge!(ACTIVE_REQUESTS).increment(1);
        Self {
            method: known(method),
            // Never a client's text: it would make labels without bound.
            route: route.unwrap_or("unmatched").to_owned(),
            begun: Instant::now(),
            status: None,
        }
    }

    pub(crate) fn method(&self) -> &'static str {
        self.method
    }

    pub(crate) fn route(&self) -> &str {
        &self.route
    }

    /// The status code, or `cancelled` if the client left first.
    pub(crate) fn status(&self) -> &str {
        self.status.as_ref().map_or("cancelled", StatusCode::as_str)
    }

    pub(crate) fn millis(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Drop for HttpCall {
    fn drop(&mut self) {
        gauge!(ACTIVE_REQUESTS).decrement(1);
        let labels = [
            ("http_request_method", self.method.to_owned()),
            ("http_response_status_code", self.status().to_owned()),
            ("http_route", std::mem::take(&mut self.route)),
        ];
        histogram!(REQUEST_DURATION, &labels).record(self.begun.elapsed());
    }
}

/// The methods of RFC 9110 and PATCH; any other is one label.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ];
    let found = KNOWN.into_iter().find(|name| *name == method.as_str());
    found.unwrap_or("_OTHER")
}

/// The metrics that `work` records.
#[cfg(test)]
pub(crate) fn counted(work: impl Future<Output = ()>) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    metrics::with_local_recorder(&recorder, || runtime.block_on(work));
    handle.render()
}
