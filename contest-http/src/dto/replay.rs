//! Whether a contest's selection would be the same today.

use contest_core::ProblemId;
use contest_core::rules::{Difference, Replay};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::explanation::Refusal;

/// The selection that a contest's request and seed would give today.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Replay))]
pub struct ReplayView {
    /// Whether the same problems would be selected in the same order.
    is_same: bool,
    /// The problems of the contest.
    problem_ids: Vec<Uuid>,
    /// The problems that would be selected today; empty if there is a `refusal`.
    selected_ids: Vec<Uuid>,
    /// Why the selection would fail today; null if it would not.
    refusal: Option<Refusal>,
    /// Why the two differ; empty if and only if they do not.
    differences: Vec<DifferenceView>,
}

/// A reason for a different selection.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Difference))]
struct DifferenceView {
    /// `algorithm`, `strategy`, `strategy_unknown`, `catalogue`, `retired`,
    /// `history`, or a kind added later.
    #[cfg_attr(feature = "openapi", schema(example = "retired"))]
    kind: &'static str,
    /// The reason in a sentence.
    detail: String,
    /// The problems concerned; left out if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problem_ids: Vec<Uuid>,
}

fn ids(problems: &[ProblemId]) -> Vec<Uuid> {
    problems.iter().map(|id| id.as_uuid()).collect()
}

impl From<&Replay> for ReplayView {
    fn from(replay: &Replay) -> Self {
        let today = replay.outcome.as_ref();
        Self {
            is_same: replay.is_same(),
            problem_ids: ids(&replay.problems),
            selected_ids: today.map_or(Vec::new(), |today| ids(&today.problems)),
            refusal: replay.outcome.as_ref().err().map(Into::into),
            differences: replay.differences.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Difference> for DifferenceView {
    fn from(difference: &Difference) -> Self {
        use Difference as D;
        let about = |kind, problems: &[ProblemId], detail: &str| Self {
            kind,
            detail: detail.to_owned(),
            problem_ids: ids(problems),
        };
        let said = |kind, detail: String| about(kind, &[], &detail);
        match difference {
            D::Algorithm { recorded, current } => {
                let (recorded, current) = (recorded.0, current.0);
                let detail = format!(
                    "version {recorded} of the algorithm made the selection, today it is version {current}"
                );
                said("algorithm", detail)
            }
            D::Strategy {
                part,
                recorded,
                current,
            } => {
                let (recorded, current) = (recorded.0, current.0);
                let detail = format!(
                    "part {part} used version {recorded} of its strategy, today it is version {current}"
                );
                said("strategy", detail)
            }
            D::StrategyUnknown { name } => {
                let detail = format!("the strategy {name} no longer exists");
                said("strategy_unknown", detail)
            }
            D::Catalogue { .. } => about(
                "catalogue",
                &[],
                "problems, difficulties, topics or ratings of the catalogue have changed",
            ),
            D::Retired { problems } => {
                about("retired", problems, "these problems are retired or deleted")
            }
            D::History => about("history", &[], "the history before the contest has changed"),
            _ => about("other", &[], "something else has changed"),
        }
    }
}
