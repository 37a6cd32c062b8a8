//! Use cases: select problems, and explain a selection. Neither changes anything.

use std::collections::BTreeSet;

use crate::rules::{Context, Decision, History, HistoryNeeds, Refusal, Stop, UseCase};
use crate::select::{
    Explanation, Facts, Input, Needs, Seed, Selection, SelectionRequest, explain, select,
};
use crate::store::ContestSelector;
use crate::time::Timestamp;

/// Selects problems as creating a contest would.
#[derive(Debug, Clone, Copy)]
pub struct SelectProblems<'a> {
    /// The request.
    pub request: &'a SelectionRequest,
    /// The source of randomness, unless the request has a seed.
    pub seed: Seed,
}

/// Selects problems and explains the result, also if the selection fails.
#[derive(Debug, Clone, Copy)]
pub struct ExplainSelection<'a> {
    /// The request.
    pub request: &'a SelectionRequest,
    /// The source of randomness, unless the request has a seed.
    pub seed: Seed,
}

impl UseCase for SelectProblems<'_> {
    type Answer = Selection;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn effort(&self, given: &Context<'_>) -> usize {
        effort(given, self.request)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Selection>, Stop> {
        given.settings.limits.check_selection(self.request)?;
        pick(given, self.request, self.seed).map(Decision::unchanged)
    }
}

impl UseCase for ExplainSelection<'_> {
    type Answer = Explanation;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn effort(&self, given: &Context<'_>) -> usize {
        effort(given, self.request)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Explanation>, Stop> {
        given.settings.limits.check_selection(self.request)?;
        let facts = facts(given, self.request)?;
        let input = input(given, self.request, self.seed, given.now);
        Ok(Decision::unchanged(explain(&input, &facts)))
    }
}

/// The [effort](UseCase::effort) of a selection: each part or slot may read the whole catalogue, and a
/// review computes a chance of recall for each solved problem.
pub(super) fn effort(given: &Context<'_>, request: &SelectionRequest) -> usize {
    const ENTRY: usize = 20;
    let parts = request.parts().len().max(request.slots().len()).max(1);
    let problems = given.catalogue.problems().len();
    let history = given
        .history
        .map_or(0, |history| history.attempts.len() + history.contests.len());
    parts * problems + ENTRY * history
}

/// Selects problems for the user.
pub(super) fn pick(
    given: &Context<'_>,
    request: &SelectionRequest,
    seed: Seed,
) -> Result<Selection, Stop> {
    let facts = facts(given, request)?;
    let selection = select(&input(given, request, seed, given.now), &facts);
    Ok(selection.map_err(Refusal::from)?)
}

pub(super) fn input<'a>(
    given: &Context<'a>,
    request: &'a SelectionRequest,
    seed: Seed,
    now: Timestamp,
) -> Input<'a> {
    let seed = request.seed().unwrap_or(seed);
    let input = Input::new(given.catalogue, request, seed, now);
    input.with_strategies(&given.settings.strategies)
}

/// The data that the selection needs, by the stored catalogue.
fn facts(given: &Context<'_>, request: &SelectionRequest) -> Result<Facts, Stop> {
    given.check_catalogue()?;
    let catalogue = given.catalogue;
    let facts = Facts::of(given.snapshot.record.as_ref(), catalogue);
    let needs = Needs::of(request, &given.settings.strategies);
    if needs == Needs::default() {
        return Ok(facts);
    }
    let Some(History {
        attempts,
        contests,
        group,
        ..
    }) = given.history
    else {
        return Err(Stop::Needs(HistoryNeeds {
            log: needs.log.then_some(HistoryNeeds::ALWAYS),
            contests: needs.contests,
            group: if needs.group {
                request.eligibility().group().clone()
            } else {
                BTreeSet::new()
            },
            ..HistoryNeeds::default()
        }));
    };
    let facts = facts
        .with_log(attempts, catalogue)
        .with_contests(contests, catalogue);
    Ok(facts.with_group([group]))
}
