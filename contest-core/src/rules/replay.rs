//! Use case: repeat a contest's selection.

use crate::catalogue::Fingerprint;
use crate::id::{ContestId, ProblemId};
use crate::rules::selecting::{effort, input};
use crate::rules::{Context, Decision, HistoryNeeds, Stop, UseCase};
use crate::select::{
    AlgorithmVersion, Facts, Selection, SelectionError, SelectionRequest, StrategyName,
    StrategyVersion, select,
};
use crate::store::ContestSelector;
use crate::user::ContestRecord;

/// Repeats the selection of one of the user's contests from its recorded request and seed, today's
/// catalogue, and the user's history before the contest. Refused with
/// [`Refusal::ContestNotFound`](super::Refusal::ContestNotFound).
#[derive(Debug, Clone, Copy)]
pub struct ReplaySelection<'a> {
    /// The contest.
    pub contest: ContestId,
    /// The request the contest was created with.
    pub request: &'a SelectionRequest,
}

/// The result of repeating a contest's selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// The problems of the contest.
    pub problems: Vec<ProblemId>,
    /// Today's selection.
    pub outcome: Result<Selection, SelectionError>,
    /// Why the two differ; empty if and only if they are equal.
    pub differences: Vec<Difference>,
}

/// A reason why a repeated selection differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Difference {
    /// The version of the algorithm has changed.
    Algorithm {
        /// The version recorded with the contest.
        recorded: AlgorithmVersion,
        /// Today's version.
        current: AlgorithmVersion,
    },
    /// The version of a strategy has changed.
    Strategy {
        /// The index of its part in the request, from 0.
        part: u16,
        /// The version recorded with the contest.
        recorded: StrategyVersion,
        /// Today's version.
        current: StrategyVersion,
    },
    /// The engine has no strategy of this name any more.
    StrategyUnknown {
        /// The name.
        name: StrategyName,
    },
    /// The catalogue has other problems, or other difficulties, topics or ratings.
    Catalogue {
        /// Its fingerprint when the contest was created.
        recorded: Fingerprint,
        /// Its fingerprint today.
        current: Fingerprint,
    },
    /// These problems of the contest are retired or gone.
    Retired {
        /// The problems, in the order of the contest.
        #[cfg_attr(feature = "serde", serde(rename = "problem_ids"))]
        problems: Vec<ProblemId>,
    },
    /// The history of the user, or of a member of the group, has changed in another way.
    History,
}

impl Replay {
    /// Whether the same problems are selected in the same order.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty()
    }
}

impl UseCase for ReplaySelection<'_> {
    type Answer = Replay;

    fn contest(&self) -> ContestSelector {
        ContestSelector::Id(self.contest)
    }

    fn effort(&self, given: &Context<'_>) -> usize {
        effort(given, self.request)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<Replay>, Stop> {
        let contest = given.found(self.contest)?;
        let Some(history) = given.history else {
            return Err(Stop::Needs(HistoryNeeds {
                log: Some(HistoryNeeds::ALWAYS),
                all_contests: true,
                group: self.request.eligibility().group().clone(),
                group_at: Some(contest.started_at),
                ..HistoryNeeds::default()
            }));
        };
        let (at, catalogue) = (contest.started_at, given.catalogue);
        let facts = Facts::as_of(
            at,
            contest.epoch,
            &history.attempts,
            &history.contests,
            catalogue,
        );
        let facts = facts.with_group([&history.group]);
        let outcome = select(
            &input(given, self.request, contest.selection.seed, at),
            &facts,
        );
        let problems: Vec<_> = contest.problems.iter().map(|of| of.problem).collect();
        let same = outcome
            .as_ref()
            .is_ok_and(|today| today.problems == problems);
        let differences = if same {
            Vec::new()
        } else {
            differences(given, contest, &outcome)
        };
        Ok(Decision::unchanged(Replay {
            problems,
            outcome,
            differences,
        }))
    }
}

/// All known differences.
fn differences(
    given: &Context<'_>,
    contest: &ContestRecord,
    outcome: &Result<Selection, SelectionError>,
) -> Vec<Difference> {
    let catalogue = given.catalogue;
    let mut differences = versions(contest, outcome);
    let (recorded, current) = (contest.selection.catalogue, catalogue.fingerprint());
    if recorded != current {
        differences.push(Difference::Catalogue { recorded, current });
    }
    let problems = contest.problems.iter().map(|of| of.problem);
    let retired: Vec<_> = problems
        .filter(|id| catalogue.in_use(*id).is_none())
        .collect();
    if !retired.is_empty() {
        differences.push(Difference::Retired { problems: retired });
    }
    if differences.is_empty() {
        differences.push(Difference::History);
    }
    differences
}

/// The differences in versions.
fn versions(
    contest: &ContestRecord,
    outcome: &Result<Selection, SelectionError>,
) -> Vec<Difference> {
    let (recorded, current) = (contest.selection.algorithm, AlgorithmVersion::CURRENT);
    let algorithm = (recorded != current).then_some(Difference::Algorithm { recorded, current });
    let today = outcome
        .as_ref()
        .map(|today| &*today.record.parts)
        .unwrap_or_default();
    let parts = contest.selection.parts.iter().zip(today).zip(0..);
    let strategies = parts.filter_map(|((recorded, current), part)| {
        let (recorded, current) = (recorded.version, current.version);
        let difference = Difference::Strategy {
            part,
            recorded,
            current,
        };
        (recorded != current).then_some(difference)
    });
    let unknown = match outcome {
        Err(SelectionError::UnknownStrategy { name }) => {
            Some(Difference::StrategyUnknown { name: name.clone() })
        }
        _ => None,
    };
    algorithm
        .into_iter()
        .chain(strategies)
        .chain(unknown)
        .collect()
}
