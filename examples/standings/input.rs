//! The input.

use std::borrow::Cow;
use std::collections::HashMap;

use contest_core::model::SubmissionId;
use contest_core::scoring::{Attempt, Points, Score, Scoring, Verdict};
use contest_core::standings::{Board, Freeze, Participant, Round, RoundProblem};
use contest_core::time::Timestamp;
use contest_core::uuid::Uuid;
use contest_core::{ParticipantId, ProblemId};
use serde::Deserialize;

use crate::Outcome;

/// A round with its participants and attempts. Times are RFC 3339.
///
/// ```json
/// {
///   "opens_at": "2026-01-31T12:00:00Z",
///   "closes_at": "2026-01-31T17:00:00Z",
///   "freeze": {"from": "2026-01-31T16:00:00Z", "lifted_at": null},
///   "scoring": {"method": "icpc", "penalty": 1200},
///   "problems": [{"id": "A", "points": 1}],
///   "participants": [{"id": "lynx", "name": "Lynx"}],
///   "attempts": [
///     {"id": "1", "participant": "lynx", "problem": "A", "at": "2026-01-31T12:10:00Z", "verdict": "accepted"}
///   ]
/// }
/// ```
///
/// `freeze`, `scoring` (ticks), `points` (1), `name` (the id) and the `id` of an attempt may be left out.
/// Scoring methods and their options are those of `contest_core::scoring::Scoring`: `ticks`, `icpc`, `best`,
/// `last`, `first`, `falling`, `atcoder`, `lockout`.
#[derive(Deserialize)]
pub(crate) struct Input<'a> {
    opens_at: Timestamp,
    closes_at: Timestamp,
    freeze: Option<Freeze>,
    #[serde(default)]
    scoring: Scoring,
    #[serde(borrow)]
    problems: Vec<InputProblem<'a>>,
    #[serde(borrow)]
    participants: Vec<InputParticipant<'a>>,
    #[serde(borrow)]
    attempts: Vec<InputAttempt<'a>>,
}

#[derive(Deserialize)]
struct InputProblem<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    points: Option<Points>,
}

/// A participant, with a window of its own or that of the round. A `virtual` one stands beside the board.
#[derive(Deserialize)]
struct InputParticipant<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    started_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    #[serde(default)]
    r#virtual: bool,
}

impl InputParticipant<'_> {
    fn name(&self) -> &str {
        self.name.as_ref().unwrap_or(&self.id)
    }
}

/// An attempt, in any order. The same `id` again is the same attempt: the last one in the file counts. The
/// verdict is `accepted`, `rejected`, `pending`, `compile_error` or `not_counted`. A score is
/// `{"points": 40}`, or `{"points": 40, "max": 50}` for a share of the problem's points.
#[derive(Deserialize)]
struct InputAttempt<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    participant: Cow<'a, str>,
    #[serde(borrow)]
    problem: Cow<'a, str>,
    at: Timestamp,
    verdict: Verdict,
    score: Option<Score>,
}

/// The texts by which the input names things.
pub(crate) struct Names {
    /// The id and name of each participant.
    pub(crate) participants: HashMap<ParticipantId, (String, String)>,
    /// The id of each problem.
    pub(crate) problems: HashMap<ProblemId, String>,
}

impl Input<'_> {
    /// The board, with names for its ids.
    pub(crate) fn board(mut self) -> Outcome<(Board, Names)> {
        // Rows of the same rank are in the order of ids; so they are in the order of names.
        self.participants
            .sort_by(|one, other| one.name().cmp(other.name()));
        let problems = numbered(self.problems.iter().map(|problem| &*problem.id), "problem")?;
        let participants = self.participants.iter().map(|participant| &*participant.id);
        let participants = numbered(participants, "participant")?;
        let mut board =
            Board::new(self.round()?).with_participants(self.participants().map(|(one, _)| one));
        let find = |ids: &HashMap<&str, Uuid>, id: &str, of: &str| {
            let known = ids.get(id).copied();
            known.ok_or_else(|| format!("an attempt has an unknown {of}: {id:?}"))
        };
        let mut attempts = Vec::with_capacity(self.attempts.len());
        for given in &self.attempts {
            let participant = find(&participants, &given.participant, "participant")?;
            let problem = find(&problems, &given.problem, "problem")?;
            let mut attempt = Attempt::new(problem.into(), given.at, given.verdict);
            attempt.submission = given.id.as_ref().map(SubmissionId::new).transpose()?;
            attempt.score = given.score;
            attempts.push((participant.into(), attempt));
        }
        board.extend(attempts)?;
        let problems = problems
            .iter()
            .map(|(text, id)| ((*id).into(), (*text).to_owned()));
        let names = Names {
            participants: self
                .participants()
                .map(|(one, names)| (one.id, names))
                .collect(),
            problems: problems.collect(),
        };
        Ok((board, names))
    }

    fn round(&self) -> Outcome<Round> {
        let problems = self.problems.iter().zip(1..).map(|(problem, number)| {
            let points = problem.points.unwrap_or(Points::ONE);
            RoundProblem::new(Uuid::from_u128(number).into()).with_points(points)
        });
        let round = Round::new(self.opens_at, self.closes_at, problems)?;
        let scoring = self.scoring.clone();
        Ok(round.with_scoring(scoring).with_freeze(self.freeze))
    }

    /// The participants with their ids and names.
    fn participants(&self) -> impl Iterator<Item = (Participant, (String, String))> {
        self.participants.iter().zip(1..).map(|(given, number)| {
            let mut participant = Participant::new(Uuid::from_u128(number).into());
            participant.started_at = given.started_at;
            participant.ends_at = given.ends_at;
            participant.is_virtual = given.r#virtual;
            (participant, (given.id.to_string(), given.name().to_owned()))
        })
    }
}

/// Ids for texts: their numbers, from 1.
fn numbered<'a>(
    texts: impl Iterator<Item = &'a str>,
    of: &str,
) -> Result<HashMap<&'a str, Uuid>, String> {
    let mut ids = HashMap::new();
    for (text, number) in texts.zip(1..) {
        if ids.insert(text, Uuid::from_u128(number)).is_some() {
            return Err(format!("{of} {text:?} occurs twice"));
        }
    }
    Ok(ids)
}
