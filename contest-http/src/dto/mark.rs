//! Marking a problem as solved, and unmarking it.

use contest_core::rules::Marked;
use contest_core::time::Timestamp;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// The new state of a problem.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Mark))]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkBody {
    /// True marks the problem as solved, false unmarks it.
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub(crate) is_completed: bool,
}

/// The state of a problem.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Marked))]
pub struct MarkView {
    is_completed: bool,
    /// When it was marked; null while it is not.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    completed_at: Option<Timestamp>,
    /// Whether this request changed it.
    changed: bool,
}

impl From<Marked> for MarkView {
    fn from(marked: Marked) -> Self {
        Self {
            is_completed: marked.completed_at.is_some(),
            completed_at: marked.completed_at,
            changed: marked.changed,
        }
    }
}
