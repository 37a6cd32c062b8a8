//! Use case: join a round.

use std::time::Duration;

use crate::id::{ParticipantId, RoundId};
use crate::model::EventKind;
use crate::rules::begin::Beginning;
use crate::rules::{Change, Context, Created, Decision, Refusal, Stop, UseCase};
use crate::select::{Eligibility, SelectionRequest, SolvedRule};
use crate::standings::{Admission, Judging, RoundProblem};
use crate::store::{ContestSelector, ContestWrite, StoredRound};
use crate::time::Timestamp;
use crate::user::{AssignedProblem, ContestRecord, RoundEntry};

/// Begins the user's contest of a round: its problems, solved before or not, from now until the personal limit,
/// if there is one, and at most until the round closes; extra time comes on top. After the round has closed, the
/// user takes part virtually, for the personal limit or as long as the round was open.
///
/// | in this order | |
/// |---|---|
/// | the user joined before | that contest is returned |
/// | the user may not take part | [`Refusal::RoundNotFound`] |
/// | the round has not opened | [`Refusal::RoundNotOpen`] |
/// | a contest is active | [`Refusal::ActiveContestExists`] |
/// | problems are not stored | [`Refusal::UnknownProblems`] |
///
/// An expired contest is settled in the same step.
#[derive(Debug, Clone, Copy)]
pub struct Join<'a> {
    /// The round.
    pub round: &'a StoredRound,
    /// The participant that the user is listed as, if any.
    pub listed: Option<ParticipantId>,
    /// The random part of the contest's id.
    pub random: u64,
}

impl UseCase for Join<'_> {
    type Answer = Created;

    fn contest(&self) -> ContestSelector {
        ContestSelector::Round(self.round.id)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Created>, Stop> {
        if let Some(contest) = given.snapshot.contest.clone() {
            return Ok(Decision::unchanged(Created {
                contest,
                repeated: true,
                settled: None,
            }));
        }
        let (round, id) = (&self.round.round, self.round.id);
        // Users may have been listed as teams before the round was changed to one without.
        let own = ParticipantId::from(given.user);
        let participant = match round.admission() {
            Admission::Anyone => Some(own),
            Admission::Listed => self.listed.map(|_| own),
            Admission::Teams => self.listed,
        };
        let participant = participant.ok_or(Refusal::RoundNotFound { round: id })?;
        if given.now < round.opens_at() {
            let (round, opens_at) = (id, round.opens_at());
            return Err(Refusal::RoundNotOpen { round, opens_at }.into());
        }
        given.check_none_active()?;
        given.check_catalogue()?;
        let problems = self.assigned(given)?;
        let mut change = Change::new(given);
        change.rely_on_catalogue();
        let settled = change.settle()?;
        let extra = take_extra_time(&mut change, id);
        let beginning = self.beginning(given, participant, problems, extra);
        let contest = beginning.begin(&mut change, given)?;
        change.contest(ContestWrite::Insert {
            contest: contest.clone(),
            request: Box::new(self.request()?.to_store(given.catalogue)),
        });
        change.event(EventKind::ContestCreated {
            contest: contest.id,
        });
        let answer = Created {
            contest,
            repeated: false,
            settled,
        };
        let commit = Some(change.commit());
        Ok(Decision { answer, commit })
    }
}

impl Join<'_> {
    /// The contest to begin.
    fn beginning(
        &self,
        given: &Context<'_>,
        participant: ParticipantId,
        problems: Vec<AssignedProblem>,
        extra: Duration,
    ) -> Beginning {
        let round = &self.round.round;
        let (opens_at, closes_at) = (round.opens_at(), round.closes_at());
        let is_virtual = given.now >= closes_at;
        let limit = round.personal_limit();
        let until = match limit {
            _ if is_virtual => given.now + limit.unwrap_or(closes_at.saturating_since(opens_at)),
            Some(limit) => (given.now + limit).min(closes_at),
            None => closes_at,
        };
        let zero = if is_virtual || limit.is_some() {
            given.now
        } else {
            opens_at
        };
        let entry = RoundEntry {
            round: self.round.id,
            participant,
            zero,
            frozen_from: round
                .freeze()
                .filter(|_| !is_virtual)
                .map(|freeze| freeze.begins_at),
            is_virtual,
            judged: round.judging() == Judging::Host,
            extra,
        };
        let assigned: Vec<_> = problems.iter().collect();
        let selection = ContestRecord::named(&assigned, given.catalogue.fingerprint());
        Beginning {
            // A window or an extra time at the end of time must not give a time that no store can keep.
            deadline: (until + extra).min(Timestamp::MAX),
            selection,
            problems,
            scoring: round.scoring().clone(),
            round: Some(entry),
            idempotency: None,
            random: self.random,
        }
    }

    /// The problems as the contest stores them.
    fn assigned(&self, given: &Context<'_>) -> Result<Vec<AssignedProblem>, Refusal> {
        let problems = self.round.round.problems();
        let known = |entry: &RoundProblem| given.catalogue.get(entry.problem);
        let unknown = problems.iter().filter(|entry| known(entry).is_none());
        let unknown: Vec<_> = unknown.map(|entry| entry.problem).collect();
        if !unknown.is_empty() {
            return Err(Refusal::UnknownProblems { problems: unknown });
        }
        let assigned = problems.iter().filter_map(|entry| {
            Some(AssignedProblem {
                problem: entry.problem,
                difficulty: known(entry)?.difficulty,
                points: Some(entry.points),
                mark: None,
                attempts: Vec::new(),
            })
        });
        Ok(assigned.collect())
    }

    /// The request that a replay repeats.
    fn request(&self) -> Result<SelectionRequest, Refusal> {
        let problems = self.round.round.problems().iter();
        let named = SelectionRequest::with_problems(problems.map(|entry| entry.problem));
        let named = named.map_err(|error| Refusal::Selection(error.into()))?;
        let rules = Eligibility::default().with_solved(SolvedRule::Allow);
        Ok(named.with_eligibility(rules))
    }
}

/// The extra time granted for a round before it was joined. It is taken out of the record.
fn take_extra_time(change: &mut Change<'_>, round: RoundId) -> Duration {
    let granted = &mut change.record.extra_time;
    let extra = granted.iter().find(|granted| granted.round == round);
    let extra = extra.map(|granted| granted.extra).unwrap_or_default();
    granted.retain(|granted| granted.round != round);
    extra
}
