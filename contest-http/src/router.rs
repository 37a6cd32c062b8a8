//! Every route in one table.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, patch, post};
use contest_core::engine::Engine;
use contest_core::progress::Contest;
use http::StatusCode;

use crate::details::ProblemDetails;
use crate::dto::ContestView;
use crate::events::EventStreams;
use crate::identity::Identity;
use crate::kept::KeptPages;
use crate::routes::{
    abandon_contest, complete_contest, create_contest, explain_contest, get_active_contest,
    get_activity, get_contest, get_contest_options, get_epoch, get_pace, get_problem,
    get_problem_stats, get_progress, list_attempts, list_contests, list_problems, list_results,
    mark_problem, record_solves, replay_contest, reset_progress, resume_contest, stream_events,
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
    pub(crate) events: Option<Arc<EventStreams>>,
    pub(crate) kept_pages: Arc<KeptPages>,
}

impl ApiState {
    /// The response for a contest.
    pub(crate) fn view<'c>(&self, contest: &'c Contest) -> ContestView<'c> {
        ContestView::new(contest, self.engine.settings().resume_policy)
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
                events: None,
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
    /// that of the engine's store, with its outbox on.
    #[must_use]
    pub fn events(mut self, streams: EventStreams) -> Self {
        self.state.events = Some(Arc::new(streams));
        self
    }

    /// All routes, to nest under any path: `Router::new().nest("/api", api.router())`. Unknown paths
    /// below it get a 404 with problem details.
    pub fn router<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        self.finish(all()).fallback(async || no_such_route())
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

    fn finish<S>(&self, routes: Router<ApiState>) -> Router<S> {
        routes
            .method_not_allowed_fallback(method_not_allowed)
            .with_state(self.state.clone())
    }
}

fn all() -> Router<ApiState> {
    problems().merge(progress()).merge(contests())
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
