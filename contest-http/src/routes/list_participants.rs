//! `GET /rounds/{round_id}/participants`

use axum::extract::State;
use contest_core::UserId;
use contest_core::id::RoundId;

use crate::cursor::Cursor as _;
use crate::details::ProblemDetails;
use crate::dto::MemberList;
use crate::extract::{PageQuery, Path, UrlQuery};
use crate::identity::Host;
use crate::json::Json;
#[cfg(feature = "openapi")]
use crate::openapi::{General, HOST, NoSuchRound, NotAHost, TakesParameters};
use crate::router::ApiState;

/// List the users who are listed in a round
///
/// For the host. By ascending id. Without those who joined a round that is open to anyone.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/rounds/{round_id}/participants",
    operation_id = "list_participants",
    tag = HOST,
    params(("round_id" = uuid::Uuid, Path, description = "The round"), PageQuery),
    responses(
        (status = OK, description = "A page of the list", body = MemberList),
        NotAHost, NoSuchRound, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    _: Host,
    Path(round): Path<RoundId>,
    UrlQuery(page): UrlQuery<PageQuery>,
) -> Result<Json<MemberList>, ProblemDetails> {
    let after = page.cursor.as_deref().map(UserId::decode).transpose()?;
    let limit = page.limit.unwrap_or_default();
    let members = state.rounds()?.members(round, after, limit).await?;
    Ok(Json(MemberList::from(&members)))
}
