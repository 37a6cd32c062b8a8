//! `GET /problems`
#![allow(
    unused_qualifications,
    reason = "in code that utoipa's macro generates for the parameters"
)]

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use contest_core::catalogue::{Catalogue, Revision};
use contest_core::model::{Difficulty, RangeError, Topic};
use http::HeaderMap;
use serde::Deserialize;
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::cached::CachedResponse;
use crate::cursor::Cursor;
use crate::details::ProblemDetails;
use crate::dto::ProblemList;
use crate::extract::{UrlQuery, wrong_parameter};
use crate::kept::Filter;
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
    let filter = Filter {
        difficulty,
        topic: query.topic,
    };
    let catalogue = state.engine.catalogue();
    let revision = catalogue.revision();
    let place = place(&catalogue, query.cursor.as_deref())?;
    // Others have too many variants to be kept.
    let usual = limit == MOST
        && filter
            .topic
            .as_ref()
            .is_none_or(|topic| catalogue.has_topic(topic));
    if usual && let Some(kept) = state.kept_pages.get(revision, &filter, place) {
        return Ok(kept.respond(&headers));
    }
    let (page, end) = page(&catalogue, &filter, place, limit)?;
    let page = Arc::new(page);
    let kept = usual && state.kept_pages.keep(revision, filter, place, (&page, end));
    Ok(if kept {
        page.respond(&headers)
    } else {
        page.respond_uncompressed(&headers)
    })
}

/// The page after `place`, and the place of its last problem unless it is the last page.
fn page(
    catalogue: &Catalogue,
    filter: &Filter,
    place: u32,
    limit: i64,
) -> Result<(CachedResponse, Option<u32>), ProblemDetails> {
    let Filter { difficulty, topic } = filter;
    let skipped = usize::try_from(place).unwrap_or(usize::MAX);
    let problems = (1_u32..).zip(catalogue.problems()).skip(skipped);
    let mut matching = problems.filter(|(_, problem)| {
        !problem.retired
            && difficulty.is_none_or(|difficulty| problem.difficulty == difficulty)
            && topic
                .as_ref()
                .is_none_or(|topic| problem.topics.contains(topic))
    });
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let page: Vec<_> = matching.by_ref().take(limit).collect();
    let last = page.last().map(|(place, _)| *place);
    let end = last.filter(|_| matching.next().is_some());
    let next = end.map(|end| (catalogue.revision(), end).encode());
    let page: Vec<_> = page.into_iter().map(|(_, problem)| problem).collect();
    let page = CachedResponse::json(&ProblemList::new(&page, next))?;
    Ok((page, end))
}

/// The place of the last problem before the cursor's page, from 1; 0 without a cursor.
///
/// # Errors
/// 400 if the catalogue has changed since the cursor was given: its order may be another, so problems
/// could be left out or come twice.
fn place(catalogue: &Catalogue, cursor: Option<&str>) -> Result<u32, ProblemDetails> {
    let Some(cursor) = cursor else {
        return Ok(0);
    };
    let (revision, place) = <(Revision, u32)>::decode(cursor)?;
    if revision != catalogue.revision() {
        let why = "the problems have changed since the page before: begin with the first page";
        return Err(wrong_parameter("cursor", &why));
    }
    Ok(place)
}
