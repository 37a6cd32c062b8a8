//! Extractors whose rejections are problem details that name the field.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;

use axum::body::to_bytes;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use contest_core::engine::PageLimit;
use headers::{ContentType, HeaderMapExt as _};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::LengthLimitError;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
#[cfg(feature = "openapi")]
use utoipa::IntoParams;

use crate::details::ProblemDetails;
use crate::whole::whole_parameter;

/// The most bytes of a body by default.
const BODY_LIMIT: usize = 64 * 1024;

/// The body as JSON, of at most `LIMIT` bytes. The limit is no layer, because a layer would cost each
/// request of a route more than the rest of this crate's work.
pub(crate) struct JsonBody<T, const LIMIT: usize = BODY_LIMIT>(pub(crate) T);

impl<T, S, const LIMIT: usize> FromRequest<S> for JsonBody<T, LIMIT>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ProblemDetails;

    async fn from_request(request: Request, _: &S) -> Result<Self, ProblemDetails> {
        require_json(request.headers())?;
        let bytes = to_bytes(request.into_body(), LIMIT)
            .await
            .map_err(|error| unreadable(&error))?;
        let json = &mut serde_json::Deserializer::from_slice(&bytes);
        let Object(body) = serde_path_to_error::deserialize(&mut *json).map_err(wrong_json)?;
        json.end().map_err(|error| {
            malformed(format!("the body continues after the JSON value: {error}"))
        })?;
        Ok(Self(body))
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), ProblemDetails> {
    let given = headers.typed_get::<ContentType>().map(mime::Mime::from);
    let is_json = given.is_some_and(|mime| {
        mime.type_() == mime::APPLICATION
            && (mime.subtype() == mime::JSON || mime.suffix() == Some(mime::JSON))
    });
    if is_json {
        return Ok(());
    }
    Err(not_json())
}

pub(crate) fn not_json() -> ProblemDetails {
    ProblemDetails::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Unsupported media type",
    )
    .with_detail("send the body as JSON, with the header Content-Type: application/json")
    .with_field("Content-Type")
}

fn unreadable(error: &axum::Error) -> ProblemDetails {
    if Error::source(error).is_some_and(<dyn Error>::is::<LengthLimitError>) {
        return ProblemDetails::too_large();
    }
    malformed("the body could not be read to its end")
}

/// 400 for text that is not JSON, 422 for JSON that does not fit the route.
fn wrong_json(error: serde_path_to_error::Error<serde_json::Error>) -> ProblemDetails {
    let path = error.path().to_string();
    let error = error.into_inner();
    if !error.is_data() {
        return malformed(format!("the body is not JSON: {error}"));
    }
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string().replace(&place, "");
    let details = invalid_body(sentence(&path, &message));
    match (path.as_str(), missing(&message)) {
        (".", None) => details,
        (".", Some(field)) | (field, None) => details.with_field(field),
        (parent, Some(field)) => details.with_field(format!("{parent}.{field}")),
    }
}

/// A deserializer's message for users, without backticks. Our own types give complete sentences; messages
/// of Serde and the standard library need the place in front.
fn sentence(place: &str, message: &str) -> String {
    const GENERIC: [&str; 6] = [
        "invalid ",
        "unknown ",
        "missing ",
        "duplicate ",
        "expected ",
        "UUID ",
    ];
    let plain = plain(message);
    let generic = GENERIC.iter().any(|start| message.starts_with(start));
    if generic && place != "." {
        format!("{place}: {plain}")
    } else {
        plain
    }
}

/// `message` with quotes instead of backticks.
pub(crate) fn plain(message: &str) -> String {
    message.replace('`', "\"")
}

pub(crate) fn invalid_body(detail: impl Into<String>) -> ProblemDetails {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    ProblemDetails::new(status, "invalid_body", "Invalid body").with_detail(detail)
}

/// The missing member, if that is the fault. Serde names it only in the message.
fn missing(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

pub(crate) fn malformed(detail: impl Into<String>) -> ProblemDetails {
    ProblemDetails::new(StatusCode::BAD_REQUEST, "malformed_body", "Malformed body")
        .with_detail(detail)
}

/// A JSON object. For a struct, Serde also accepts an array of its members' values; this type does not.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        from.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// The query string.
pub(crate) struct UrlQuery<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for UrlQuery<T> {
    type Rejection = ProblemDetails;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ProblemDetails> {
        let text = parts.uri.query().unwrap_or_default();
        let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
        serde_path_to_error::deserialize(pairs)
            .map(Self)
            .map_err(|error| {
                let path = error.path().to_string();
                let why = sentence(&path, &error.inner().to_string());
                wrong_parameter(&path, &why)
            })
    }
}

/// A page of a list.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(crate) struct PageQuery {
    /// The most entries of the page; by default 1000 contests, or 20 entries of another list.
    #[serde(default, deserialize_with = "page_limit")]
    #[cfg_attr(
        feature = "openapi",
        param(value_type = Option<u32>, minimum = 1, maximum = 1000, nullable = false)
    )]
    pub(crate) limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[cfg_attr(feature = "openapi", param(min_length = 1))]
    pub(crate) cursor: Option<String>,
}

pub(crate) fn page_limit<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<PageLimit>, D::Error> {
    whole_parameter(from)?
        .fit(u32::MAX, |limit| PageLimit::new(limit).map(Some))
        .map_err(D::Error::custom)
}

/// The parameters of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ProblemDetails;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ProblemDetails> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0))
            .map_err(|rejection| match rejection {
                PathRejection::FailedToDeserializePathParams(failed) => match failed.kind() {
                    ErrorKind::DeserializeError { key, message, .. } => {
                        wrong_parameter(key, &sentence(key, message))
                    }
                    other => wrong_parameter(".", &plain(&other.to_string())),
                },
                other => wrong_parameter(".", &plain(&other.to_string())),
            })
    }
}

/// A header that a request has at most once. Of two, a proxy may have looked at the other one.
pub(crate) fn single_header<'r>(
    parts: &'r Parts,
    name: &str,
) -> Result<Option<&'r HeaderValue>, ProblemDetails> {
    let mut values = parts.headers.get_all(name).into_iter();
    let first = values.next();
    match values.next() {
        None => Ok(first),
        Some(_) => Err(wrong_parameter(name, &format!("send one {name} header"))),
    }
}

/// A 400 for a parameter of the path or the query, or a header. `why` is a complete sentence.
pub(crate) fn wrong_parameter(name: &str, why: &impl ToString) -> ProblemDetails {
    let details = ProblemDetails::new(
        StatusCode::BAD_REQUEST,
        "invalid_parameter",
        "Invalid parameter",
    );
    let details = details.with_detail(why.to_string());
    if name == "." {
        return details;
    }
    details.with_field(name)
}
