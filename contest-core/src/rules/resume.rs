//! Use case: resume an abandoned contest.

use std::collections::BTreeSet;

use crate::id::{ContestId, ProblemId};
use crate::model::{ContestStatus, EndingKind, EventKind};
use crate::rules::{Change, Context, Decision, HistoryNeeds, Refusal, Stop, UseCase, ending_at};
use crate::store::ContestSelector;
use crate::user::{AttemptRecord, ContestRecord, OpenContest};

/// Whether an abandoned contest can be resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ResumePolicy {
    /// Never: abandoning is final.
    #[default]
    Never,
    /// Until its deadline. The time since it was abandoned is lost.
    BeforeDeadline,
}

/// Resumes an abandoned contest: it is active again, with its marks and its deadline.
///
/// | in this order | |
/// |---|---|
/// | the host's policy is [`ResumePolicy::Never`] | [`Refusal::ResumeNotAllowed`] |
/// | the user has no such contest | [`Refusal::ContestNotFound`] |
/// | it is active | returned unchanged |
/// | it was completed or expired | [`Refusal::ContestNotAbandoned`] |
/// | its deadline has passed | [`Refusal::DeadlinePassed`] |
/// | another contest is active | [`Refusal::ActiveContestExists`] |
///
/// Its newly marked problems can be unmarked again, so they leave the solved set, except those that
/// another entry of the log shows as solved. That takes a read of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// The contest.
    pub contest: ContestId,
}

impl UseCase for Resume {
    type Answer = ContestRecord;

    fn contest(&self) -> ContestSelector {
        ContestSelector::Id(self.contest)
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<ContestRecord>, Stop> {
        if given.settings.resume_policy == ResumePolicy::Never {
            return Err(Refusal::ResumeNotAllowed {
                contest: self.contest,
            }
            .into());
        }
        let contest = given.found(self.contest)?;
        let record = given.snapshot.record.as_ref();
        match ending_at(contest, record, given.now) {
            None => return Ok(Decision::unchanged(contest.clone())),
            Some(ending) if ending.kind != EndingKind::Abandoned => {
                let (contest, status) = (contest.id, ContestStatus::from(ending.kind));
                return Err(Refusal::ContestNotAbandoned { contest, status }.into());
            }
            Some(_) => {}
        }
        if given.now >= contest.deadline {
            let (contest, deadline) = (contest.id, contest.deadline);
            return Err(Refusal::DeadlinePassed { contest, deadline }.into());
        }
        given.check_none_active()?;
        let mut change = Change::new(given);
        change.settle()?;
        let newly_marked = remove_from_solved(&mut change, given, contest)?;
        change.record.ended.abandoned = change.record.ended.abandoned.saturating_sub(1);
        let (id, deadline) = (contest.id, contest.deadline);
        change.record.open = Some(OpenContest {
            id,
            deadline,
            newly_marked,
        });
        let resumed = ContestRecord {
            ending: None,
            ..contest.clone()
        };
        change.update(resumed.clone());
        change.event(EventKind::ContestResumed { contest: id });
        Ok(Decision {
            answer: resumed,
            commit: Some(change.commit()),
        })
    }
}

/// Removes the problems solved only in this contest from the solved set.
fn remove_from_solved(
    change: &mut Change<'_>,
    given: &Context<'_>,
    contest: &ContestRecord,
) -> Result<Vec<ProblemId>, Stop> {
    let marked = contest
        .problems
        .iter()
        .filter(|assigned| assigned.mark.is_some());
    let mut marked: Vec<_> = marked.map(|assigned| assigned.problem).collect();
    if marked.is_empty() || contest.epoch != change.record.epoch.number {
        return Ok(Vec::new());
    }
    let Some(history) = given.history else {
        let log = Some(HistoryNeeds::ALWAYS);
        return Err(Stop::Needs(HistoryNeeds {
            log,
            ..HistoryNeeds::default()
        }));
    };
    let elsewhere = |solve: &&AttemptRecord| {
        solve.is_solve() && solve.epoch == contest.epoch && solve.contest != Some(contest.id)
    };
    let solved_elsewhere: BTreeSet<_> = history
        .attempts
        .iter()
        .filter(elsewhere)
        .map(|solve| solve.problem)
        .collect();
    marked.retain(|problem| !solved_elsewhere.contains(problem));
    for problem in &marked {
        change.record.solved.remove(given.ordinal(*problem)?);
    }
    Ok(marked)
}
