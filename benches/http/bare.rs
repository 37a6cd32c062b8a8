//! The floor: minimal handlers that a host would write by hand.
//!
//! Each handler takes the user from a header, makes the same engine call as the route, and serialises
//! the result with `serde_json`. There are no layers, and an error is a bare status. The routes return
//! more; padding makes the bodies equally large on average.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use contest_core::prelude::*;
use contest_core::uuid::Uuid;
use serde::{Deserialize, Serialize};

use crate::servers::USER_HEADER;

/// More than the difference in size between two bodies.
const MOST_PADDING: usize = 8 * 1024;

/// The state of the handlers.
#[derive(Debug, Clone)]
pub(crate) struct Bare {
    engine: Engine,
    padding: Arc<Padding>,
}

/// The bytes of padding in each response.
#[derive(Debug)]
struct Padding {
    bytes: AtomicUsize,
    blank: String,
}

/// A response padded to the size of the routes' response.
#[derive(Serialize)]
struct Padded<'a, T> {
    answer: T,
    padding: &'a str,
}

/// The user.
struct Caller(UserId);

#[derive(Deserialize)]
struct NewContest {
    problem_count: u16,
    duration_minutes: u16,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    is_completed: bool,
}

impl Bare {
    pub(crate) fn new(engine: Engine) -> Self {
        let padding = Padding {
            bytes: AtomicUsize::new(0),
            blank: " ".repeat(MOST_PADDING),
        };
        Self {
            engine,
            padding: Arc::new(padding),
        }
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/api/contests", post(create))
            .route("/api/contests/active", get(active))
            .route("/api/contests/{contest}/problems/{problem}", patch(mark))
            .route("/api/users/me/progress", get(progress))
            .with_state(self.clone())
    }

    /// Sets the bytes of padding of each response from now on.
    pub(crate) fn pad(&self, bytes: usize) {
        self.padding.bytes.store(bytes, Ordering::Relaxed);
    }

    fn answer(&self, status: StatusCode, answer: impl Serialize) -> Response {
        let bytes = self.padding.bytes.load(Ordering::Relaxed);
        let padding = self.padding.blank.get(..bytes).unwrap_or_default();
        (status, Json(Padded { answer, padding })).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let user = parts.headers.get(USER_HEADER).and_then(|v| v.to_str().ok());
        let user = user.and_then(|text| text.parse().ok());
        user.map(Self).ok_or(StatusCode::UNAUTHORIZED)
    }
}

async fn create(
    State(bare): State<Bare>,
    Caller(user): Caller,
    Json(body): Json<NewContest>,
) -> Result<Response, StatusCode> {
    let count = ProblemCount::new(body.problem_count).map_err(refused)?;
    let duration = ContestDuration::from_minutes(body.duration_minutes).map_err(refused)?;
    let request = ContestRequest::new(count, duration);
    let created = bare.engine.create_contest(user, &request).await;
    let created = created.map_err(refused)?;
    Ok(bare.answer(StatusCode::CREATED, created.contest))
}

async fn active(State(bare): State<Bare>, Caller(user): Caller) -> Result<Response, StatusCode> {
    let contest = bare.engine.active_contest(user).await;
    let contest: Option<Contest> = contest.map_err(refused)?;
    Ok(bare.answer(StatusCode::OK, contest))
}

async fn mark(
    State(bare): State<Bare>,
    Caller(user): Caller,
    Path((contest, problem)): Path<(Uuid, Uuid)>,
    Json(body): Json<Mark>,
) -> Result<Response, StatusCode> {
    let contest = ContestId::from_uuid(contest);
    let problem = ProblemId::from_uuid(problem);
    let marked = if body.is_completed {
        bare.engine.mark_solved(user, contest, problem).await
    } else {
        bare.engine.unmark(user, contest, problem).await
    };
    let is_completed = marked.map_err(refused)?.completed_at.is_some();
    Ok(bare.answer(StatusCode::OK, Mark { is_completed }))
}

async fn progress(State(bare): State<Bare>, Caller(user): Caller) -> Result<Response, StatusCode> {
    let progress = bare.engine.progress(user).await;
    let progress: Progress = progress.map_err(refused)?;
    Ok(bare.answer(StatusCode::OK, progress))
}

fn refused<E>(_: E) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
