//! What happened to a user.

use contest_core::ContestId;
use contest_core::model::{ContestStatus, Event, EventKind};
use contest_core::time::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::dto::rfc3339;

/// Something that happened to the user. Members that do not belong to its kind are left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventView {
    /// Its place among the user's events, from 1 and without gaps; also the `id` of the message.
    #[schema(example = 7)]
    number: u64,
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `contest_created`, `contest_extended`, `contest_resumed`, `contest_finished`,
    /// `problem_solved`, `problem_unsolved`, `progress_reset`, or another to come; also the `event` of
    /// the message.
    #[schema(example = "problem_solved")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contest_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem_id: Option<Uuid>,
    /// The new deadline of an extended contest.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    deadline: Option<Timestamp>,
    /// How a finished contest ended: `completed`, `abandoned` or `expired`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ending: Option<&'static str>,
    /// How many times progress has been reset.
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
}

#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
fn instant<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    super::rfc3339_or_null(at, to)
}

impl EventView {
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// With the members that every event has.
    fn bare(event: &Event) -> Self {
        Self {
            number: event.number.0,
            at: event.at,
            kind: event.kind.name(),
            contest_id: None,
            problem_id: None,
            deadline: None,
            ending: None,
            epoch: None,
        }
    }

    fn of(mut self, contest: ContestId) -> Self {
        self.contest_id = Some(contest.as_uuid());
        self
    }
}

impl From<&Event> for EventView {
    fn from(event: &Event) -> Self {
        let bare = Self::bare(event);
        match &event.kind {
            EventKind::ContestCreated { contest } | EventKind::ContestResumed { contest } => {
                bare.of(*contest)
            }
            EventKind::ContestExtended { contest, deadline } => Self {
                deadline: Some(*deadline),
                ..bare.of(*contest)
            },
            EventKind::ContestFinished { contest, ending } => Self {
                ending: Some(ContestStatus::from(*ending).as_str()),
                ..bare.of(*contest)
            },
            EventKind::ProblemSolved { problem, contest } => Self {
                problem_id: Some(problem.as_uuid()),
                contest_id: contest.map(ContestId::as_uuid),
                ..bare
            },
            EventKind::ProblemUnsolved { problem, contest } => Self {
                problem_id: Some(problem.as_uuid()),
                ..bare.of(*contest)
            },
            EventKind::ProgressReset { epoch } => Self {
                epoch: Some(*epoch),
                ..bare
            },
            // A later core may have more kinds. They are sent too, so that no number is missing.
            _ => bare,
        }
    }
}
