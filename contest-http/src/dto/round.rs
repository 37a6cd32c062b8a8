//! Rounds: as users see them, and as the host defines them.

use contest_core::ProblemId;
use contest_core::engine::Page;
use contest_core::id::RoundId;
use contest_core::model::Title;
use contest_core::scoring::{Points, Scoring};
use contest_core::standings::{Admission, Freeze, Judging, Round, RoundError, RoundProblem};
use contest_core::store::StoredRound;
use contest_core::time::Timestamp;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor as _;
use crate::details::ProblemDetails;
use crate::dto::score::Seconds;
use crate::dto::scoring::{PointsBody, ScoringBody, Time};
use crate::extract::{Object, invalid_body};

/// A round: a contest given to many. Which problems it has, only its participants learn.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Round))]
pub struct RoundView<'a> {
    id: Uuid,
    #[cfg_attr(feature = "openapi", schema(example = "Spring Cup"))]
    title: Option<&'a str>,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    opens_at: Timestamp,
    /// The first instant at which attempts no longer count. Who joins later takes part virtually.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    closes_at: Timestamp,
    /// The seconds that each participant has from joining on; null if only the window limits them.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>, minimum = 0, example = 7_200))]
    personal_limit: Option<Seconds>,
    problems: Vec<RoundProblemView>,
    #[cfg_attr(feature = "openapi", schema(value_type = ScoringBody))]
    scoring: &'a Scoring,
    /// When the board stops showing outcomes; null if it never does.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<FreezeBody>))]
    freeze: Option<Freeze>,
    #[cfg_attr(feature = "openapi", schema(value_type = AdmissionName))]
    admission: Admission,
    #[cfg_attr(feature = "openapi", schema(value_type = JudgingName))]
    judging: Judging,
    /// `upcoming`, `open` or `closed` at `server_now`.
    #[cfg_attr(feature = "openapi", schema(example = "open"))]
    status: &'static str,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    server_now: Timestamp,
}

/// A problem of a round.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RoundProblem))]
struct RoundProblemView {
    /// Its position, from 1.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    order: u32,
    #[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0, example = 1))]
    points: Points,
}

impl<'a> RoundView<'a> {
    /// The response for a round at `now`.
    pub fn new(stored: &'a StoredRound, now: Timestamp) -> Self {
        let round = &stored.round;
        let problems = (1..).zip(round.problems());
        let problems = problems.map(|(order, entry)| RoundProblemView {
            order,
            points: entry.points,
        });
        let status = if now < round.opens_at() {
            "upcoming"
        } else if now < round.closes_at() {
            "open"
        } else {
            "closed"
        };
        Self {
            id: stored.id.as_uuid(),
            title: round.title().map(Title::as_str),
            opens_at: round.opens_at(),
            closes_at: round.closes_at(),
            personal_limit: round.personal_limit().map(Seconds),
            problems: problems.collect(),
            scoring: round.scoring(),
            freeze: round.freeze(),
            admission: round.admission(),
            judging: round.judging(),
            status,
            server_now: now,
        }
    }
}

/// A round, with the caller's contest.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RoundOfCaller<'a> {
    #[serde(flatten)]
    round: RoundView<'a>,
    /// The caller's contest of the round; null before the caller has joined.
    contest_id: Option<Uuid>,
}

impl<'a> RoundOfCaller<'a> {
    /// The response for a round and the caller's contest of it.
    pub fn new(round: RoundView<'a>, contest: Option<contest_core::ContestId>) -> Self {
        let contest_id = contest.map(Into::into);
        Self { round, contest_id }
    }
}

/// Rounds, the greatest id first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct RoundList<'a> {
    rounds: Vec<RoundView<'a>>,
    /// The `cursor` of the next page; null on the last page. A page may have fewer rounds than its limit, or none,
    /// and have a next one.
    next_cursor: Option<String>,
}

impl<'a> RoundList<'a> {
    /// The response for a page of rounds at `now`.
    pub fn new(page: &'a Page<StoredRound, RoundId>, now: Timestamp) -> Self {
        let rounds = page.items.iter();
        Self {
            rounds: rounds.map(|round| RoundView::new(round, now)).collect(),
            next_cursor: page.next.map(|next| next.encode()),
        }
    }
}

/// A round as the host defines it.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RoundDefinition))]
#[serde(deny_unknown_fields)]
pub(crate) struct RoundBody {
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    opens_at: Timestamp,
    /// The first instant at which attempts no longer count; not before `opens_at`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    closes_at: Timestamp,
    /// The problems, in order. No problem twice.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<DefinedProblem>, min_items = 1, max_items = 1_000))]
    problems: Vec<Object<DefinedProblem>>,
    /// How attempts are scored; `ticks` by default.
    #[serde(default)]
    scoring: Option<ScoringBody>,
    /// When the board stops showing outcomes to the public; never by default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<FreezeBody>))]
    freeze: Option<Object<FreezeBody>>,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, min_length = 1, max_length = 200, example = "Spring Cup"))]
    title: Option<Title>,
    /// The seconds that each participant has from joining on; by default only the window limits them.
    #[serde(default)]
    personal_limit: Option<Time>,
    /// Who may take part; `anyone` by default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<AdmissionName>))]
    admission: Option<Admission>,
    /// Who records attempts; `participants` by default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<JudgingName>))]
    judging: Option<Judging>,
}

/// A problem of a round, as the host defines it.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
struct DefinedProblem {
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    problem_id: ProblemId,
    /// Its points; 1 by default.
    #[serde(default)]
    points: Option<PointsBody>,
}

/// When the public board stops showing outcomes, and when it shows them again.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Freeze))]
#[serde(deny_unknown_fields)]
struct FreezeBody {
    /// The public sees attempts made at this instant or later as pending.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    from: Timestamp,
    /// From this instant on, the public sees everything; null until the host decides.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    lifted_at: Option<Timestamp>,
}

/// Who may take part in a round: `anyone`, `listed` users, or listed users in `teams`, whose members' attempts
/// count together.
#[cfg(feature = "openapi")]
#[derive(ToSchema)]
#[schema(as = Admission, rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes values of core")]
enum AdmissionName {
    Anyone,
    Listed,
    Teams,
}

/// Who records attempts in a round: `participants` mark problems, and the host may record attempts too; or only the
/// `host` records them.
#[cfg(feature = "openapi")]
#[derive(ToSchema)]
#[schema(as = Judging, rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes values of core")]
enum JudgingName {
    Participants,
    Host,
}

impl RoundBody {
    /// The round.
    ///
    /// # Errors
    /// It closes before it opens, or has a problem twice.
    pub(crate) fn round(self) -> Result<Round, ProblemDetails> {
        let problems = self.problems.into_iter().map(|Object(given)| {
            let problem = RoundProblem::new(given.problem_id);
            match given.points {
                Some(PointsBody(points)) => problem.with_points(points),
                None => problem,
            }
        });
        let mut round =
            Round::new(self.opens_at, self.closes_at, problems).map_err(|error| wrong(&error))?;
        if let Some(ScoringBody(scoring)) = self.scoring {
            round = round.with_scoring(scoring);
        }
        if let Some(Object(freeze)) = self.freeze {
            let from = Freeze::from(freeze.from);
            round = round.with_freeze(match freeze.lifted_at {
                Some(at) => from.lifted(at),
                None => from,
            });
        }
        if let Some(title) = self.title {
            round = round.with_title(title);
        }
        if let Some(Time(limit)) = self.personal_limit {
            round = round.with_personal_limit(limit);
        }
        let admission = self.admission.unwrap_or_default();
        let judging = self.judging.unwrap_or_default();
        Ok(round.with_admission(admission).with_judging(judging))
    }
}

fn wrong(error: &RoundError) -> ProblemDetails {
    match error {
        RoundError::Backwards(error) => invalid_body(error.to_string()).with_field("closes_at"),
        RoundError::DuplicateProblem(problem) => {
            invalid_body("a problem occurs twice in the round")
                .with_field("problems")
                .with_problems([*problem])
        }
        other => invalid_body(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The host can change a definition that it has read, and send it back.
    #[test]
    fn a_round_is_read_as_it_is_written() {
        let at = |hour: i64| Timestamp::from_micros(hour * 3_600_000_000);
        let id = ProblemId::from(Uuid::from_u128(7));
        let plain = Round::new(at(1), at(2), [RoundProblem::new(id)]).unwrap();
        let full = plain
            .clone()
            .with_scoring(contest_core::scoring::Icpc::default())
            .with_freeze(Freeze::from(at(1)).lifted(at(3)))
            .with_title("Cup".parse().unwrap())
            .with_personal_limit(std::time::Duration::from_millis(90_500))
            .with_admission(Admission::Teams)
            .with_judging(Judging::Host);
        for round in [plain, full] {
            let written = serde_json::to_value(&round).unwrap();
            let body: RoundBody = serde_json::from_value(written).unwrap();
            assert_eq!(body.round(), Ok(round));
        }
    }
}
