//! The OpenAPI document, made from the code.

use std::collections::BTreeMap;

use contest_core::ContestId;
use contest_core::engine::Error;
use contest_core::model::ContestStatus;
use contest_core::rules::Refusal;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Server};
use utoipa::{IntoResponses, OpenApi as _, ToSchema as _};
use uuid::Uuid;

use crate::details::{Content, MEDIA_TYPE, ProblemDetails};
use crate::extract::{invalid_body, malformed, not_json, wrong_parameter};
use crate::routes::stream_events::no_events;

/// The name of the security scheme.
const BEARER: &str = "bearer";

pub(crate) const CONTESTS: &str = "contests";
pub(crate) const PROBLEMS: &str = "problems";
pub(crate) const PROGRESS: &str = "progress";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "contest",
        description = "Practice contests: problems a user has not solved, a timed contest, progress.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        crate::routes::list_problems::handler,
        crate::routes::get_problem_stats::handler,
        crate::routes::get_problem::handler,
        crate::routes::get_progress::handler,
        crate::routes::reset_progress::handler,
        crate::routes::get_epoch::handler,
        crate::routes::get_activity::handler,
        crate::routes::get_pace::handler,
        crate::routes::list_attempts::handler,
        crate::routes::record_solves::handler,
        crate::routes::stream_events::handler,
        crate::routes::create_contest::handler,
        crate::routes::list_contests::handler,
        crate::routes::get_active_contest::handler,
        crate::routes::get_contest_options::handler,
        crate::routes::list_results::handler,
        crate::routes::explain_contest::handler,
        crate::routes::get_contest::handler,
        crate::routes::replay_contest::handler,
        crate::routes::mark_problem::handler,
        crate::routes::complete_contest::handler,
        crate::routes::abandon_contest::handler,
        crate::routes::resume_contest::handler,
    ),
    components(schemas(Content)),
    tags(
        (name = CONTESTS, description = "The caller's timed contests"),
        (name = PROGRESS, description = "The caller's progress and history"),
        (name = PROBLEMS, description = "The catalogue, the same for all users"),
    ),
)]
struct Document;

/// The OpenAPI 3.1 document of [`Api::router`](crate::Api::router), with paths relative to the path that
/// the router is nested under.
///
/// ```
/// let document = contest_http::openapi::document();
/// assert!(document.paths.paths.contains_key("/contests"));
/// ```
pub fn document() -> OpenApi {
    Document::openapi()
}

/// The document of an API that is nested under `prefix`, such as `/api`: the URL of its server.
///
/// ```
/// let document = contest_http::openapi::document_under("/api");
/// assert_eq!(document.servers.unwrap()[0].url, "/api");
/// ```
pub fn document_under(prefix: &str) -> OpenApi {
    let mut document = document();
    let url = format!("/{}", prefix.trim_matches('/'));
    document.servers = Some(vec![Server::new(url)]);
    document
}

/// `document` with bearer tokens as the security scheme. API pages then ask for a token.
pub fn with_bearer_tokens(mut document: OpenApi) -> OpenApi {
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(BEARER, SecurityScheme::Http(scheme));
    let none: [String; 0] = [];
    document.security = Some(vec![SecurityRequirement::new(BEARER, none)]);
    document
}

fn problem(description: &str, example: &ProblemDetails) -> RefOr<Response> {
    let schema = Ref::from_schema_name(Content::name());
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .example(serde_json::to_value(example.content()).ok())
        .build();
    ResponseBuilder::new()
        .description(description)
        .content(MEDIA_TYPE, content)
        .build()
        .into()
}

/// The id of a contest for examples.
const CONTEST: ContestId =
    ContestId::from_uuid(Uuid::from_u128(0x0190_d3f4_7a00_7000_8000_0000_0000_0000));

fn refused(refusal: Refusal) -> ProblemDetails {
    Error::from(refusal).into()
}

macro_rules! responses {
    ($($(#[$doc:meta])* $name:ident { $($status:literal: $description:literal, $example:expr;)* })*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                [$(($status.to_owned(), problem($description, &$example))),*].into()
            }
        }
    )*};
}

responses! {
    /// The errors of all routes.
    General {
        "401": "Authentication required", ProblemDetails::unauthorized("the token has expired");
        "408": "The request was sent too slowly", ProblemDetails::too_slow();
        "429": "Too many requests: see `Retry-After`", ProblemDetails::too_many(1);
        "500": "The server failed", ProblemDetails::internal();
        "503": "Temporarily unavailable, overloaded or timed out: see `Retry-After`", ProblemDetails::unavailable();
    }
    TakesParameters {
        "400": "A parameter is wrong; `field` names it",
            wrong_parameter("limit", &"the limit of a page is 0: expected 1 to 1000");
    }
    TakesBody {
        "400": "The body is not JSON, or a parameter is wrong",
            malformed("the body is not JSON: expected value at line 1 column 1");
        "413": "The body is too large", ProblemDetails::too_large();
        "415": "The media type of the body is not JSON", not_json();
        "422": "The body does not fit this route; `field` names the member",
            invalid_body("problem_count: invalid type: string \"5\", expected a whole number")
                .with_field("problem_count");
    }
    NoEvents {
        "404": "The host keeps no event log", no_events();
    }
    NotFound {
        "404": "It does not exist, or it belongs to another user",
            refused(Refusal::ContestNotFound { contest: CONTEST });
    }
    NotResumable {
        "409": "No contest can be resumed here, or not this one; `type` says why",
            refused(Refusal::ContestNotAbandoned {
                contest: CONTEST,
                status: ContestStatus::Completed,
            });
    }
    Conflict {
        "409": "The rules do not allow it now; `type` says why",
            refused(Refusal::ActiveContestExists { contest: CONTEST });
    }
}

/// A 304, which has no body.
pub(crate) struct Cached;

impl IntoResponses for Cached {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let unchanged = ResponseBuilder::new().description("The client's copy is current");
        [("304".to_owned(), unchanged.build().into())].into()
    }
}
