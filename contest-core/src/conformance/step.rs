//! Writes of a user as values, and what a store answers.

use crate::catalogue::Catalogue;
use crate::conformance::actor::{Actor, publish};
use crate::conformance::failure::{During, Outcome};
use crate::id::{ContestId, ProblemId};
use crate::lifecycle::NotAccepting;
use crate::model::{ContestStatus, Ending, NewSolve};
use crate::store::{
    CreateContestError, Creation, ExtendError, FinishError, FinishKind, Mark, MarkError, Marked,
    NewContest, RecordSolvesError, RecordedSolves, Reset, ResetError, ResumeError,
};
use crate::time::Timestamp;

/// One write.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Create(NewContest),
    Mark {
        contest: ContestId,
        problem: ProblemId,
        mark: Mark,
        now: Timestamp,
    },
    Finish {
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    },
    Extend {
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    },
    Resume {
        contest: ContestId,
        now: Timestamp,
    },
    Reset {
        now: Timestamp,
    },
    Record(Vec<NewSolve>),
    Publish(Catalogue),
}

/// What came of it: done, or refused by a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Created,
    Repeated(ContestId),
    ActiveExists(ContestId),
    KeyReused(ContestId),
    Unavailable(Vec<ProblemId>),
    Marked(Marked),
    NotInContest,
    Finished(Option<Ending>),
    NotAccepting(NotAccepting),
    NotFound,
    Extended(Timestamp),
    EarlierDeadline(Timestamp),
    Resumed,
    NotAbandoned(ContestStatus),
    DeadlinePassed(Timestamp),
    Reset(Reset),
    Recorded(RecordedSolves),
    Unknown(Vec<ProblemId>),
    Published,
}

/// Does a step. Only a store that fails is a [`Failure`](super::failure::Failure).
pub(super) async fn perform(actor: Actor<'_>, step: &Step) -> Outcome<Answer> {
    match step {
        Step::Create(new) => create(actor, new).await,
        Step::Mark {
            contest,
            problem,
            mark,
            now,
        } => self::mark(actor, *contest, *problem, *mark, *now).await,
        Step::Finish { contest, kind, now } => finish(actor, *contest, *kind, *now).await,
        Step::Extend {
            contest,
            deadline,
            now,
        } => extend(actor, *contest, *deadline, *now).await,
        Step::Resume { contest, now } => resume(actor, *contest, *now).await,
        Step::Reset { now } => reset(actor, *now).await,
        Step::Record(solves) => record(actor, solves).await,
        Step::Publish(catalogue) => {
            publish(actor.store, catalogue).await?;
            Ok(Answer::Published)
        }
    }
}

async fn create(actor: Actor<'_>, new: &NewContest) -> Outcome<Answer> {
    Ok(match actor.store.create_contest(actor.user, new).await {
        Ok(Creation::Created { .. }) => Answer::Created,
        Ok(Creation::Repeated(record)) => Answer::Repeated(record.id),
        Err(CreateContestError::ActiveContestExists { contest }) => Answer::ActiveExists(contest),
        Err(CreateContestError::KeyReused { contest }) => Answer::KeyReused(contest),
        Err(CreateContestError::ProblemsUnavailable { problems }) => Answer::Unavailable(problems),
        Err(CreateContestError::Store(error)) => return Err(error).during("creating a contest"),
    })
}

async fn mark(
    actor: Actor<'_>,
    contest: ContestId,
    problem: ProblemId,
    mark: Mark,
    now: Timestamp,
) -> Outcome<Answer> {
    let answer = actor
        .store
        .mark_problem(actor.user, contest, problem, mark, now);
    Ok(match answer.await {
        Ok(marked) => Answer::Marked(marked),
        Err(MarkError::ContestNotFound) => Answer::NotFound,
        Err(MarkError::NotAccepting(reason)) => Answer::NotAccepting(reason),
        Err(MarkError::ProblemNotInContest) => Answer::NotInContest,
        Err(MarkError::Store(error)) => return Err(error).during("marking a problem"),
    })
}

async fn finish(
    actor: Actor<'_>,
    contest: ContestId,
    kind: FinishKind,
    now: Timestamp,
) -> Outcome<Answer> {
    let answer = actor.store.finish_contest(actor.user, contest, kind, now);
    Ok(match answer.await {
        Ok(record) => Answer::Finished(record.ending),
        Err(FinishError::ContestNotFound) => Answer::NotFound,
        Err(FinishError::NotAccepting(reason)) => Answer::NotAccepting(reason),
        Err(FinishError::Store(error)) => return Err(error).during("ending a contest"),
    })
}

async fn extend(
    actor: Actor<'_>,
    contest: ContestId,
    deadline: Timestamp,
    now: Timestamp,
) -> Outcome<Answer> {
    let answer = actor
        .store
        .extend_contest(actor.user, contest, deadline, now);
    Ok(match answer.await {
        Ok(record) => Answer::Extended(record.deadline),
        Err(ExtendError::ContestNotFound) => Answer::NotFound,
        Err(ExtendError::NotAccepting(reason)) => Answer::NotAccepting(reason),
        Err(ExtendError::EarlierDeadline { deadline }) => Answer::EarlierDeadline(deadline),
        Err(ExtendError::Store(error)) => return Err(error).during("extending a contest"),
    })
}

async fn resume(actor: Actor<'_>, contest: ContestId, now: Timestamp) -> Outcome<Answer> {
    let answer = actor.store.resume_contest(actor.user, contest, now).await;
    Ok(match answer {
        Ok(_) => Answer::Resumed,
        Err(ResumeError::ContestNotFound) => Answer::NotFound,
        Err(ResumeError::NotAbandoned { status }) => Answer::NotAbandoned(status),
        Err(ResumeError::DeadlinePassed { deadline }) => Answer::DeadlinePassed(deadline),
        Err(ResumeError::ActiveContestExists { contest }) => Answer::ActiveExists(contest),
        Err(ResumeError::Store(error)) => return Err(error).during("resuming a contest"),
    })
}

async fn reset(actor: Actor<'_>, now: Timestamp) -> Outcome<Answer> {
    Ok(match actor.store.reset_progress(actor.user, now).await {
        Ok(reset) => Answer::Reset(reset),
        Err(ResetError::ActiveContestExists { contest }) => Answer::ActiveExists(contest),
        Err(ResetError::Store(error)) => return Err(error).during("resetting progress"),
    })
}

async fn record(actor: Actor<'_>, solves: &[NewSolve]) -> Outcome<Answer> {
    Ok(match actor.store.record_solves(actor.user, solves).await {
        Ok(recorded) => Answer::Recorded(recorded),
        Err(RecordSolvesError::UnknownProblems { problems }) => Answer::Unknown(problems),
        Err(RecordSolvesError::Store(error)) => return Err(error).during("recording solves"),
    })
}
