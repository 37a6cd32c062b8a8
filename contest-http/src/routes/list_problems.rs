//! `GET /problems`
#![allow(
    unused_qualifications,
    reason = "in code that utoipa's macro generates for the parameters"
)]

use axum::extract::State;
use axum::response::Response;
use contest_core::catalogue::{Catalogue, Revision};
use contest_core::model::{Difficulty, RangeError, Topic};
use http::HeaderMap;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::cached::json_with_etag;
use crate::cursor::Cursor;
use crate::details::ProblemDetails;
use crate::dto::ProblemList;
use crate::extract::{UrlQuery, wrong_parameter};
#[cfg(feature = "openapi")]
use crate::openapi::{Cached, General, PROBLEMS, TakesParameters};
use crate::router::ApiState;
use crate::whole::{Whole, whole_parameter};

/// The most problems of a page, and the default: a catalogue of usual size is one page.
const MOST: i64 = 1_000;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(crate) struct ProblemsQuery {
    /// Only problems of this difficulty: `Easy`, `Medium` or `Hard`, in any letter case.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>, example = "Easy"))]
    difficulty: Option<String>,
    /// Only problems with this topic.
    #[cfg_attr(feature = "openapi", param(value_type = Option<String>, min_length = 1, max_length = 100, example = "Graphs"))]
    topic: Option<Topic>,
    /// The most problems of the page.
    #[serde(default = "most", deserialize_with = "whole_parameter")]
    #[cfg_attr(feature = "openapi", param(value_type = u16, minimum = 1, maximum = 1000, default = 1000))]
    limit: Whole,
    /// The `next_cursor` of the previous page.
    #[cfg_attr(feature = "openapi", param(min_length = 1))]
    cursor: Option<String>,
}

fn most() -> Whole {
    Whole(MOST)
}

/// List the problems
///
/// Without retired problems, in the order of the catalogue.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/problems",
    operation_id = "list_problems",
    tag = PROBLEMS,
    params(ProblemsQuery),
    responses(
        (status = OK, description = "A page of problems", body = ProblemList<'_>, headers(
            ("ETag" = String, description = "Changes when the response does"),
        )),
        Cached, TakesParameters, General,
    ),
))]
pub(crate) async fn handler(
    State(state): State<ApiState>,
    UrlQuery(query): UrlQuery<ProblemsQuery>,
    headers: HeaderMap,
) -> Result<Response, ProblemDetails> {
    let Whole(limit) = query.limit;
    RangeError::check("limit", "limit of a page", limit, 1..=MOST)
        .map_err(|error| wrong_parameter("limit", &error))?;
    let difficulty: Option<Difficulty> = match &query.difficulty {
        Some(text) => Some(
            text.parse()
                .map_err(|error| wrong_parameter("difficulty", &error))?,
        ),
        None => None,
    };
    let catalogue = state.engine.catalogue();
    let problems = (1_u32..).zip(catalogue.problems());
    let skipped = skipped(&catalogue, query.cursor.as_deref())?;
    let mut matching = problems.skip(skipped).filter(|(_, problem)| {
        !problem.retired
            && difficulty.is_none_or(|difficulty| problem.difficulty == difficulty)
            && query
                .topic
                .as_ref()
                .is_none_or(|topic| problem.topics.contains(topic))
    });
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let page: Vec<_> = matching.by_ref().take(limit).collect();
    let next = page
        .last()
        .filter(|_| matching.next().is_some())
        .map(|(place, _)| (catalogue.revision(), *place).encode());
    let page: Vec<_> = page.into_iter().map(|(_, problem)| problem).collect();
    json_with_etag(&headers, &ProblemList::new(&page, next))
}

/// How many problems come before the cursor's page.
///
/// # Errors
/// 400 if the catalogue has changed since the cursor was given: its order may be another, so problems
/// could be left out or come twice.
fn skipped(catalogue: &Catalogue, cursor: Option<&str>) -> Result<usize, ProblemDetails> {
    let Some(cursor) = cursor else {
        return Ok(0);
    };
    let (revision, place) = <(Revision, u32)>::decode(cursor)?;
    if revision != catalogue.revision() {
        let why = "the problems have changed since the page before: begin with the first page";
        return Err(wrong_parameter("cursor", &why));
    }
    Ok(usize::try_from(place).unwrap_or(usize::MAX))
}
