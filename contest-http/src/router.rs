//! Every route in one table.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, patch, post, put};
use contest_core::engine::{Engine, Rounds};
use contest_core::progress::Contest;
use http::StatusCode;

use crate::details::ProblemDetails;
use crate::dto::ContestView;
use crate::events::{Boards, EventStreams};
use crate::identity::{HostPolicy, Identity};
use crate::kept::KeptPages;
use crate::routes::{
    abandon_contest, complete_contest, create_contest, explain_contest, get_active_contest,
    get_activity, get_board, get_contest, get_contest_options, get_epoch, get_own_row, get_pace,
    get_problem, get_problem_stats, get_progress, get_round, get_round_definition, get_standings,
    grant_extra_time, join_round, list_attempts, list_contests, list_participants, list_problems,
    list_results, list_rounds, mark_problem, put_participants, put_round, record_attempts,
    record_solves, remove_participants, replay_contest, reset_progress, resume_contest,
    stream_board, stream_events,
};

/// The routes over one engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    state: ApiState,
}

/// The state of the handlers.
#[derive(Debug, Clone)]
pub(crate) struct ApiState {
    pub(crate) engine: Engine,
    /// For reads that may lag.
    pub(crate) replica: Engine,
    pub(crate) identity: Arc<dyn Identity>,
    pub(crate) streams: Arc<EventStreams>,
    rounds: Option<Rounds>,
    pub(crate) host: Option<Arc<dyn HostPolicy>>,
    pub(crate) boards: Arc<Boards>,
    pub(crate) kept_pages: Arc<KeptPages>,
}

impl ApiState {
    /// The response for a contest.
    pub(crate) fn view<'c>(&self, contest: &'c Contest) -> ContestView<'c> {
        ContestView::new(contest, self.engine.settings().resume_policy)
    }

    /// The rounds, if the host has mounted them.
    pub(crate) fn rounds(&self) -> Result<&Rounds, ProblemDetails> {
        self.rounds.as_ref().ok_or_else(no_such_route)
    }
}

impl Api {
    /// Routes over `engine`. `identity` identifies the user of each request.
    pub fn new(engine: Engine, identity: impl Identity + 'static) -> Self {
        let identity = Arc::new(identity);
        Self {
            state: ApiState {
                replica: engine.clone(),
                engine,
                identity,
                streams: Arc::new(EventStreams::without_log()),
                rounds: None,
                host: None,
                boards: Arc::default(),
                kept_pages: Arc::default(),
            },
        }
    }

    /// Reads progress, histories and lists through `engine`, which uses a replica of the store. These
    /// reads may lag. All other calls use the engine of [`new`](Self::new).
    #[must_use]
    pub fn replica(mut self, engine: Engine) -> Self {
        self.state.replica = engine;
        self
    }

    /// Streams users their own events at `/users/me/events`, which is a 404 without this. The log must be
    /// that of the engine's store, with its outbox on. Boards are streamed with the same settings.
    #[must_use]
    pub fn events(mut self, streams: EventStreams) -> Self {
        self.state.streams = Arc::new(streams);
        self
    }

    /// Adds `/rounds` and the paths below it, which are 404s without this: users see rounds, join them and watch
    /// their boards. The contests of `rounds` must be those of this engine.
    ///
    /// ```
    /// use contest_core::engine::Rounds;
    /// use contest_core::prelude::*;
    /// use contest_http::Api;
    /// use contest_http::identity::FromExtension;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
    /// let engine = Engine::builder(store.clone()).build().await?;
    /// let staff: UserId = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
    /// let api = Api::new(engine.clone(), FromExtension)
    ///     .rounds(Rounds::new(engine, store))
    ///     .host(move |user| user == staff);
    /// # let _: axum::Router = api.router();
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn rounds(mut self, rounds: Rounds) -> Self {
        self.state.rounds = Some(rounds);
        self
    }

    /// Adds the routes of the host to those of [`rounds`](Self::rounds): it defines rounds, lists participants,
    /// grants extra time, records attempts, and sees all of a board. `policy` decides which users act for the
    /// host; others get a 403.
    #[must_use]
    pub fn host(mut self, policy: impl HostPolicy + 'static) -> Self {
        self.state.host = Some(Arc::new(policy));
        self
    }

    /// All routes, to nest under any path: `Router::new().nest("/api", api.router())`. Unknown paths
    /// below it get a 404 with problem details.
    pub fn router<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let all = problems().merge(progress()).merge(contests());
        self.finish(all.merge(self.rounds_mounted()))
            .fallback(async || no_such_route())
    }

    /// Only `/contests` and the paths below it.
    pub fn contest_routes<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        self.finish(contests())
    }

    /// Only the paths below `/users/me`.
    pub fn progress_routes<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        self.finish(progress())
    }

    /// Only `/problems` and the paths below it. They need no identity.
    pub fn problem_routes<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        self.finish(problems())
    }

    /// Only `/rounds` and the paths below it: none without [`rounds`](Self::rounds).
    pub fn round_routes<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        self.finish(self.rounds_mounted())
    }

    fn rounds_mounted(&self) -> Router<ApiState> {
        match (&self.state.rounds, &self.state.host) {
            (None, _) => Router::new(),
            (Some(_), None) => rounds(),
            (Some(_), Some(_)) => rounds().merge(rounds_of_host()),
        }
    }

    fn finish<S>(&self, routes: Router<ApiState>) -> Router<S> {
        routes
            .method_not_allowed_fallback(method_not_allowed)
            .with_state(self.state.clone())
    }
}

fn problems() -> Router<ApiState> {
    Router::new()
        .route("/problems", get(list_problems::handler))
        .route("/problems/stats", get(get_problem_stats::handler))
        .route("/problems/{problem_id}", get(get_problem::handler))
}

fn progress() -> Router<ApiState> {
    Router::new()
        .route("/users/me/progress", get(get_progress::handler))
        .route("/users/me/progress/reset", post(reset_progress::handler))
        .route("/users/me/epoch", get(get_epoch::handler))
        .route("/users/me/activity", get(get_activity::handler))
        .route("/users/me/pace", get(get_pace::handler))
        .route("/users/me/attempts", get(list_attempts::handler))
        .route("/users/me/solves", post(record_solves::handler))
        .route("/users/me/events", get(stream_events::handler))
}

fn contests() -> Router<ApiState> {
    Router::new()
        .route(
            "/contests",
            post(create_contest::handler).get(list_contests::handler),
        )
        .route("/contests/active", get(get_active_contest::handler))
        .route("/contests/options", get(get_contest_options::handler))
        .route("/contests/results", get(list_results::handler))
        .route("/contests/explain", post(explain_contest::handler))
        .route("/contests/{contest_id}", get(get_contest::handler))
        .route(
            "/contests/{contest_id}/replay",
            get(replay_contest::handler),
        )
        .route(
            "/contests/{contest_id}/problems/{problem_id}",
            patch(mark_problem::handler),
        )
        .route(
            "/contests/{contest_id}/complete",
            post(complete_contest::handler),
        )
        .route(
            "/contests/{contest_id}/abandon",
            post(abandon_contest::handler),
        )
        .route(
            "/contests/{contest_id}/resume",
            post(resume_contest::handler),
        )
}

fn rounds() -> Router<ApiState> {
    Router::new()
        .route("/rounds", get(list_rounds::handler))
        .route("/rounds/{round_id}", get(get_round::handler))
        .route("/rounds/{round_id}/join", post(join_round::handler))
        .route("/rounds/{round_id}/board", get(get_board::handler))
        .route("/rounds/{round_id}/board/me", get(get_own_row::handler))
        .route(
            "/rounds/{round_id}/board/events",
            get(stream_board::handler),
        )
        .route("/rounds/{round_id}/standings", get(get_standings::handler))
}

fn rounds_of_host() -> Router<ApiState> {
    Router::new()
        .route("/rounds/{round_id}", put(put_round::handler))
        .route(
            "/rounds/{round_id}/definition",
            get(get_round_definition::handler),
        )
        .route(
            "/rounds/{round_id}/participants",
            get(list_participants::handler).put(put_participants::handler),
        )
        .route(
            "/rounds/{round_id}/participants/remove",
            post(remove_participants::handler),
        )
        .route(
            "/rounds/{round_id}/participants/{user_id}/extra-time",
            put(grant_extra_time::handler),
        )
        .route(
            "/rounds/{round_id}/participants/{user_id}/attempts",
            post(record_attempts::handler),
        )
}

pub(crate) fn no_such_route() -> ProblemDetails {
    ProblemDetails::new(StatusCode::NOT_FOUND, "no_such_route", "No such route")
        .with_detail("nothing is served under this path")
}

async fn method_not_allowed() -> ProblemDetails {
    ProblemDetails::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Method not allowed",
    )
    .with_detail("this path does not support the method: see the Allow header")
}
