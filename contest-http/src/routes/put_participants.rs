//! `PUT /rounds/{round_id}/participants`

use axum::extract::State;
use contest_core::id::RoundId;
use contest_core::store::Member;
use http::StatusCode;

use crate::details::ProblemDetails;
use crate::dto::{MEMBERS_LIMIT, MembersBody};
use crate::error::in_member;
use crate::extract::{JsonBody, Path};
use crate::identity::Host;
#[cfg(feature = "openapi")]
use crate::openapi::{General, HOST, NoSuchRound, NotAHost, TakesBody};
use crate::router::ApiState;

/// List users as participants of a round
///
/// For the host. All or none; users who are listed stay. A user who is listed already is listed as the new
/// participant, but a contest that has begun stays with the old one.
#[cfg_attr(feature = "openapi", utoipa::path(
    put,
    path = "/rounds/{round_id}/participants",
    operation_id = "put_participants",
    tag = HOST,
    params(("round_id" = uuid::Uuid, Path, description = "The round")),
    request_body = MembersBody,
    responses(
        (status = NO_CONTENT, description = "They are listed"),
        NotAHost, NoSuchRound, TakesBody, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    _: Host,
    Path(round): Path<RoundId>,
    JsonBody(body): JsonBody<MembersBody, MEMBERS_LIMIT>,
) -> Result<StatusCode, ProblemDetails> {
    let members = Vec::<Member>::from(body);
    let listed = state.rounds()?.put_members(round, &members).await;
    listed.map_err(in_member("members"))?;
    Ok(StatusCode::NO_CONTENT)
}
