//! The response types of the routes. Handlers of the host's own respond in the same format with them.
//!
//! Each is made from a value of [`contest_core`], mostly by `From`, and implements `Serialize`; with
//! feature `openapi` also `ToSchema`.
//!
//! ```
//! use std::time::Duration;
//!
//! use axum::extract::{Path, State};
//! use axum::response::{IntoResponse, Response};
//! use axum::routing::post;
//! use axum::{Json, Router};
//! use contest_core::prelude::*;
//! use contest_http::ProblemDetails;
//! use contest_http::response::ContestView;
//!
//! /// Grants five more minutes. Only the host's staff may call it.
//! async fn extra_time(
//!     State(engine): State<Engine>,
//!     Path((user, contest)): Path<(UserId, ContestId)>,
//! ) -> Result<Response, ProblemDetails> {
//!     let later = engine.contest(user, contest).await?.deadline + Duration::from_mins(5);
//!     let contest = engine.extend_contest(user, contest, later).await?;
//!     let resume = engine.settings().resume_policy;
//!     Ok(Json(ContestView::new(&contest, resume)).into_response())
//! }
//!
//! let staff: Router<Engine> = Router::new().route("/{user}/{contest}/extra-time", post(extra_time));
//! # let _ = staff;
//! ```
//!
//! Events need no type of their own: serialise [`Event`](contest_core::model::Event).

pub use crate::cursor::Cursor;
#[cfg(feature = "openapi")]
pub use crate::dto::EventSchema;
pub use crate::dto::{
    ActiveContest, ActivityView, AttemptLog, BoardTopView, BoardView, CatalogueStats, ContestList,
    ContestOptions, ContestView, EpochView, ExplanationView, GrantedView, JudgedView,
    LoggedAttemptView, MarkView, MemberList, OwnRow, PaceView, ProblemList, ProblemView,
    ProgressView, RecordedView, ReplayView, ResetView, ResultList, ResultView, RoundList,
    RoundOfCaller, RoundView, RowView, StandingsView,
};
