//! The OpenAPI document, made from the code.

use std::collections::BTreeMap;

use contest_core::engine::Error;
use contest_core::id::RoundId;
use contest_core::model::ContestStatus;
use contest_core::rules::Refusal;
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Server};
use utoipa::{IntoResponses, OpenApi as _, ToSchema as _};
use uuid::Uuid;

use crate::details::{Content, MEDIA_TYPE, ProblemDetails};
use crate::events::no_events;
use crate::extract::{invalid_body, malformed, not_json, wrong_parameter};
use crate::identity::{ViewName, not_a_host};
use crate::routes::record_attempts::not_joined;

/// The name of the security scheme.
const BEARER: &str = "bearer";

pub(crate) const CONTESTS: &str = "contests";
pub(crate) const PROBLEMS: &str = "problems";
pub(crate) const PROGRESS: &str = "progress";
pub(crate) const ROUNDS: &str = "rounds";
pub(crate) const HOST: &str = "host";

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
        crate::routes::list_rounds::handler,
        crate::routes::get_round::handler,
        crate::routes::join_round::handler,
        crate::routes::get_board::handler,
        crate::routes::get_own_row::handler,
        crate::routes::stream_board::handler,
        crate::routes::get_standings::handler,
        crate::routes::put_round::handler,
        crate::routes::get_round_definition::handler,
        crate::routes::list_participants::handler,
        crate::routes::put_participants::handler,
        crate::routes::remove_participants::handler,
        crate::routes::grant_extra_time::handler,
        crate::routes::record_attempts::handler,
    ),
    components(schemas(Content, ViewName)),
    tags(
        (name = CONTESTS, description = "The caller's timed contests"),
        (name = PROGRESS, description = "The caller's progress and history"),
        (name = ROUNDS, description = "Contests given to many, and their boards, if `Api::rounds` is set"),
        (name = HOST, description = "What the host does with rounds, if `Api::host` is set"),
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

/// The id of a problem for examples.
const PROBLEM: ProblemId =
    ProblemId::from_uuid(Uuid::from_u128(0x5d0a_4c5c_8a5b_5b0e_9a53_2f6f_3c1c_7a10));

/// The id of a round for examples.
const ROUND: RoundId =
    RoundId::from_uuid(Uuid::from_u128(0x0190_d3f4_7a00_7000_8000_0000_0000_00aa));

/// 2026-03-29T12:30:00Z, for examples.
const AT: Timestamp = Timestamp::from_micros(1_774_787_400_000_000);

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
    NotAHost {
        "403": "Only the host may do this", not_a_host();
    }
    NoSuchRound {
        "404": "It does not exist, or the user may not take part in it",
            refused(Refusal::RoundNotFound { round: ROUND });
    }
    NotJoined {
        "404": "The user has not joined the round, or a problem is not in it; `type` says which", not_joined();
    }
    NotJoinable {
        "409": "The round has not opened, or another contest is active; `type` says which",
            refused(Refusal::RoundNotOpen { round: ROUND, opens_at: AT });
    }
    NotExtensible {
        "409": "The user's contest has ended, or has more extra time; `type` says which",
            refused(Refusal::EarlierDeadline { contest: CONTEST, deadline: AT });
    }
    HasOpened {
        "409": "The round has opened", refused(Refusal::RoundHasOpened { round: ROUND });
    }
    SubmissionReused {
        "409": "A submission was recorded for another problem",
            refused(Refusal::SubmissionReused { problem: PROBLEM });
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
