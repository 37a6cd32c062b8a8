//! Breaking promises about late marks.

use contest_core::lifecycle::NotAccepting;
use contest_core::model::{ContestRecord, ContestStatus};
use contest_core::store::{ContestRepository, Mark, MarkError, Marked};
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};

use super::{Sabotage, Sabotaged, pause};

type Answer = Result<Marked, MarkError>;

impl Sabotaged {
    /// The answer of a store that gets late marks wrong; none where it gets them right.
    pub(super) async fn mark_late(
        &self,
        user: UserId,
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    ) -> Option<Answer> {
        let seen = self.find(user, contest).await?;
        let late = now >= seen.deadline;
        let marked = |completed_at| {
            Some(Ok(Marked {
                completed_at,
                changed: true,
            }))
        };
        match (self.how, mark) {
            (Sabotage::RefusesLateMarks, Mark::Solved) if late => Some(refused(&seen)),
            (Sabotage::ForgetsGraceWhenSettled, Mark::Solved) if Self::is_settled(&seen) => {
                Some(refused(&seen))
            }
            (Sabotage::KeepsTheFirstGrace, Mark::Solved) => {
                let first = self.first_deadline(contest)?;
                (now >= seen.late_policy.marks_until(first)).then(|| refused(&seen))
            }
            (Sabotage::MarksLateAgain, Mark::Solved) if late => {
                let mut all = seen.problems.iter();
                all.any(|p| p.problem == problem && p.completed_at.is_some())
                    .then(|| marked(Some(now)))?
            }
            (Sabotage::MarksLateWhatHasEnded, Mark::Solved) => {
                let ended = matches!(
                    seen.status(now),
                    ContestStatus::Completed | ContestStatus::Abandoned
                );
                (ended && late).then(|| marked(Some(now)))?
            }
            (Sabotage::UnmarksLate, Mark::Unsolved) if late => marked(None),
            (Sabotage::RefusesMarksWhileSettling, Mark::Solved) if late => {
                pause().await;
                let write = self.inner.mark_problem(user, contest, problem, mark, now);
                let after = self.find(user, contest).await?;
                if Self::is_settled(&after) && !Self::is_settled(&seen) {
                    return Some(refused(&after));
                }
                Some(write.await)
            }
            _ => None,
        }
    }
}

fn refused(contest: &ContestRecord) -> Answer {
    Err(MarkError::NotAccepting(NotAccepting::Ended {
        status: ContestStatus::Expired,
        ended_at: contest.deadline,
    }))
}
