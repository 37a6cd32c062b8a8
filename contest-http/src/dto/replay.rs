//! Whether a contest's selection would come out the same today.

use contest_core::ProblemId;
use contest_core::rules::{Difference, Replay};
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::explanation::Refusal;

/// What a contest's request and seed would select today.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Replay))]
pub struct ReplayView {
    /// Whether the same problems would be selected in the same order.
    is_same: bool,
    /// What the contest has.
    problem_ids: Vec<Uuid>,
    /// What would be selected today; empty when there is a refusal.
    selected_ids: Vec<Uuid>,
    /// Why nothing would be selected; null when something would.
    refusal: Option<Refusal>,
    /// Why the two differ: empty if and only if they do not.
    differences: Vec<DifferenceView>,
}

/// Something that makes a selection come out differently.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Difference))]
struct DifferenceView {
    /// `algorithm`, `strategy`, `strategy_unknown`, `catalogue`, `retired`,
    /// `history`, or another to come.
    #[cfg_attr(feature = "openapi", schema(example = "retired"))]
    kind: &'static str,
    /// The same in a sentence.
    detail: String,
    /// The problems it is about; left out where it is about none.
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
                let detail = format!("version {recorded} selected, and version {current} does now");
                said("algorithm", detail)
            }
            D::Strategy {
                part,
                recorded,
                current,
            } => {
                let (recorded, current) = (recorded.0, current.0);
                let detail = format!(
                    "part {part} was picked by edition {recorded}, and now is by {current}"
                );
                said("strategy", detail)
            }
            D::StrategyUnknown { name } => {
                let detail = format!("there is no strategy {name} any more");
                said("strategy_unknown", detail)
            }
            D::Catalogue { .. } => about(
                "catalogue",
                &[],
                "the catalogue has other problems, or other difficulties, topics or ratings",
            ),
            D::Retired { problems } => about("retired", problems, "these are retired or gone"),
            D::History => about("history", &[], "what was solved before is not as it was"),
            _ => about("other", &[], "something else is not as it was"),
        }
    }
}
