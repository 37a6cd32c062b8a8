//! Use case: create a contest.

use crate::id::ContestId;
use crate::model::EventKind;
use crate::rules::begin::Beginning;
use crate::rules::selecting::{effort, pick};
use crate::rules::{Change, ContestRequest, Context, Decision, Refusal, Stop, UseCase};
use crate::select::{Seed, Selection};
use crate::store::{ContestSelector, ContestWrite};
use crate::user::{AssignedProblem, ContestRecord, Idempotency};

/// Creates a contest that begins now, with problems selected for the user.
///
/// | in this order | |
/// |---|---|
/// | a contest was created with the key, for the same request | that contest is returned |
/// | … for another request | [`Refusal::IdempotencyKeyReused`] |
/// | a number is outside the limits | [`Refusal::LimitExceeded`] |
/// | a contest is active | [`Refusal::ActiveContestExists`] |
/// | as many contests began today as the limits allow | [`Refusal::DailyLimit`] |
/// | nothing, or too few problems, can be selected | [`Refusal::Selection`] |
///
/// An expired contest is settled in the same step.
#[derive(Debug, Clone, Copy)]
pub struct Create<'a> {
    /// The request.
    pub request: &'a ContestRequest,
    /// The source of randomness, unless the request has a seed.
    pub seed: Seed,
    /// The random part of the contest's id.
    pub random: u64,
}

/// The result of a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The contest.
    pub contest: ContestRecord,
    /// Whether an earlier call with the same key created it.
    pub repeated: bool,
    /// The expired contest settled in the same step, if there was one.
    pub settled: Option<ContestId>,
}

impl UseCase for Create<'_> {
    type Answer = Created;

    fn contest(&self) -> ContestSelector {
        let key = self.request.idempotency_key();
        key.map_or(ContestSelector::None, |key| {
            ContestSelector::Key(key.clone())
        })
    }

    fn effort(&self, given: &Context<'_>) -> usize {
        effort(given, self.request.selection())
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Created>, Stop> {
        if let Some(contest) = &given.snapshot.contest {
            return self
                .repeat(contest)
                .map(Decision::unchanged)
                .map_err(Stop::from);
        }
        given.settings.limits.check_contest(self.request)?;
        given.check_none_active()?;
        let mut today = given.today();
        today.contests = today.contests.saturating_add(1);
        let limit = given.settings.limits.contests_per_day;
        given.check_today("new contests", today.contests, limit)?;
        given.check_catalogue()?;
        let selection = pick(given, self.request.selection(), self.seed)?;
        let mut change = Change::new(given);
        change.rely_on_catalogue();
        let settled = change.settle()?;
        let contest = self
            .beginning(given, selection)?
            .begin(&mut change, given)?;
        change.record.day = Some(today);
        let request = Box::new(self.request.selection().to_store(given.catalogue));
        change.contest(ContestWrite::Insert {
            contest: contest.clone(),
            request,
        });
        change.event(EventKind::ContestCreated {
            contest: contest.id,
        });
        let answer = Created {
            contest,
            repeated: false,
            settled,
        };
        Ok(Decision {
            answer,
            commit: Some(change.commit()),
        })
    }
}

impl Create<'_> {
    /// The contest created with the key before.
    fn repeat(&self, contest: &ContestRecord) -> Result<Created, Refusal> {
        let digest = self.request.digest();
        if contest
            .idempotency
            .as_ref()
            .is_some_and(|used| used.digest == digest)
        {
            let contest = contest.clone();
            Ok(Created {
                contest,
                repeated: true,
                settled: None,
            })
        } else {
            Err(Refusal::IdempotencyKeyReused {
                contest: contest.id,
            })
        }
    }

    /// The contest to begin with this selection.
    fn beginning(&self, given: &Context<'_>, selection: Selection) -> Result<Beginning, Stop> {
        let key = self.request.idempotency_key();
        Ok(Beginning {
            problems: self.assigned(given, &selection)?,
            deadline: given.now + self.request.duration().as_duration(),
            selection: selection.record,
            scoring: self.request.scoring().clone(),
            round: None,
            idempotency: key.map(|key| Idempotency {
                key: key.clone(),
                digest: self.request.digest(),
            }),
            random: self.random,
        })
    }

    /// The problems as the contest stores them.
    fn assigned(
        &self,
        given: &Context<'_>,
        selection: &Selection,
    ) -> Result<Vec<AssignedProblem>, Stop> {
        let slots = self.request.selection().slots().iter().zip(0..);
        let filled = slots.filter(|(_, place)| !selection.record.open_slots.contains(place));
        let mut points = filled.map(|(slot, _)| slot.points());
        let assigned = selection.problems.iter().map(|problem| {
            let found = given.catalogue.get(*problem).ok_or(Stop::CatalogueBehind)?;
            Ok(AssignedProblem {
                problem: *problem,
                difficulty: found.difficulty,
                points: points.next().flatten().map(Into::into),
                mark: None,
                attempts: Vec::new(),
            })
        });
        assigned.collect()
    }
}
