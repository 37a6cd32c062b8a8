//! Events of a user.

use contest_core::time::Timestamp;
use utoipa::ToSchema;
use uuid::Uuid;

/// The schema of events for an OpenAPI document. The values are core's
/// [`Event`](contest_core::model::Event), serialised as they are.
#[derive(Debug, ToSchema)]
#[schema(
    as = Event,
    description = "An event of the user. Members that do not belong to its kind are left out."
)]
#[expect(dead_code, reason = "it describes values of core")]
pub struct EventSchema {
    /// The user.
    user_id: Uuid,
    /// Its position among the user's events, from 1 and without gaps; also the `id` of the message.
    #[schema(example = 7)]
    number: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `contest_created`, `contest_extended`, `contest_resumed`, `contest_finished`,
    /// `problem_solved`, `problem_unsolved`, `attempt_judged`, `progress_reset`, or a kind added later;
    /// also the `event` of the message.
    #[schema(example = "problem_solved")]
    kind: &'static str,
    #[schema(nullable = false)]
    contest_id: Option<Uuid>,
    #[schema(nullable = false)]
    problem_id: Option<Uuid>,
    /// The new deadline of an extended contest.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    deadline: Option<Timestamp>,
    /// How a finished contest ended: `completed`, `abandoned` or `expired`.
    #[schema(nullable = false)]
    ending: Option<&'static str>,
    /// The host's id of a judged submission, if it has one.
    #[schema(nullable = false)]
    submission_id: Option<&'static str>,
    /// The verdict on a judged attempt: `pending`, `accepted`, `rejected`, `compile_error` or `not_counted`.
    #[schema(nullable = false)]
    verdict: Option<&'static str>,
    /// How often progress was reset.
    #[schema(nullable = false)]
    epoch: Option<u64>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contest_core::model::{EndingKind, Event, EventKind, EventNumber, SubmissionId};
    use contest_core::scoring::Verdict;
    use contest_core::{ContestId, ProblemId, UserId};
    use utoipa::PartialSchema as _;

    use super::*;

    fn events() -> [EventKind; 7] {
        let id = Uuid::from_u128(1);
        let (contest, problem) = (ContestId::from_uuid(id), ProblemId::from_uuid(id));
        let (ending, at) = (EndingKind::Expired, Timestamp::from_micros(0));
        [
            EventKind::ContestCreated { contest },
            EventKind::ContestExtended {
                contest,
                deadline: at,
            },
            EventKind::ContestResumed { contest },
            EventKind::ContestFinished { contest, ending },
            EventKind::ProblemUnsolved {
                problem,
                contest: Some(contest),
            },
            EventKind::AttemptJudged {
                problem,
                contest: None,
                submission: SubmissionId::new("101").ok(),
                verdict: Verdict::Rejected,
            },
            EventKind::ProgressReset { epoch: 1 },
        ]
    }

    /// The schema and the values it describes are defined in different crates.
    #[test]
    fn the_schema_has_the_members_that_events_have() {
        let schema = serde_json::to_value(EventSchema::schema()).unwrap();
        let names = |value: &serde_json::Value| -> BTreeSet<String> {
            let members = value.as_object().unwrap();
            members.keys().cloned().collect()
        };
        let mut seen = BTreeSet::new();
        for kind in events() {
            let event = Event {
                user: UserId::from_uuid(Uuid::nil()),
                number: EventNumber(1),
                at: Timestamp::from_micros(0),
                kind,
            };
            let members = names(&serde_json::to_value(&event).unwrap());
            let required = schema["required"].as_array().unwrap();
            let has = |name: &serde_json::Value| members.contains(name.as_str().unwrap());
            assert!(required.iter().all(has), "{members:?}");
            seen.extend(members);
        }
        assert_eq!(seen, names(&schema["properties"]));
    }
}
