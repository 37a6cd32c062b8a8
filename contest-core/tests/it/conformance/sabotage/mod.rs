//! A store in memory that breaks one promise.

mod contests;
mod create;
mod events;
mod late;
mod life;
mod overlay;
mod practice;
mod problems;
mod progress;
mod resets;
mod solves;

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};

use contest_core::lifecycle::LatePolicy;
use contest_core::memory::MemoryStore;
use contest_core::model::{ContestRecord, Ending, PerDifficulty};
use contest_core::store::{ContestRepository, StoreError};
use contest_core::time::Timestamp;
use contest_core::{ContestId, ProblemId, UserId};
use tokio::task::yield_now;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sabotage {
    // Problems.
    StartsAtRevisionOne,
    SortsTopics,
    KeepsOldTitles,
    CountsEveryPublication,
    RetiresNothing,
    RefusesTradedSlugs,
    PublishesAroundTakenSlugs,
    LoadsInTwoSteps,
    PublishesInTwoSteps,
    BindsFewValues,
    // Solves.
    AnswersForEverything,
    RecordsAgain,
    RecordsOneTimePerBatch,
    RecordsAroundUnknown,
    RecordsInTwoSteps,
    RefusesRetiredSolves,
    MarksWhenRecording,
    CountsSolvesBeforeRecording,
    FailsWhenBatchesMeet,
    LetsOneUserSolveAProblem,
    ForgetsRemovals,
    NumbersEventsAnew,
    PagesHistoryByTime,
    PagesHistoryByOffset,
    // Creating contests.
    LooksThenCreates,
    NamesTheLoser,
    CreatesOneAtATime,
    KeepsUsersOut,
    SortsProblems,
    CutsSeeds,
    CutsMicroseconds,
    NamesOneUnavailable,
    SettlesBeforeRefusing,
    NeverSettles,
    SettlesBeforeCreating,
    WaitsAnInstant,
    IgnoresDigests,
    ForgetsKeysOfEndedContests,
    UsesUpKeys,
    IgnoresLetterCase,
    LooksAtActiveFirst,
    RefusesRacingKeys,
    SharesKeys,
    // Contests.
    SharesContests,
    SettlesWhenRead,
    IncludesTheDeadline,
    EndsAgain,
    LooksThenEnds,
    EndsInTwoSteps,
    TakesSolvesBackWhenAbandoned,
    LooksThenMarks,
    MarksAgain,
    MarksWithoutSolving,
    MarksInTwoSteps,
    MarksAnything,
    MarksNothingRetired,
    CountsMarksBeforeMarking,
    UnmarksAlways,
    UnmarksEverySolve,
    UnmarksWithoutUnsolving,
    UnmarksInTwoSteps,
    PagesContestsWithTheCursor,
    PagesContestsByOffset,
    // Practice and repeats.
    TellsOfEverythingMet,
    SortsEncountersById,
    RemembersEncounters,
    LosesMarksOfEncounters,
    PagesSolvesByTime,
    ForgetsWhoRecorded,
    RepeatsAnything,
    // Counts.
    CountsOneMore,
    CountsRetired,
    CountsTheFirstTopic,
    CountsOneDifficultyAtATime,
    CountsByOldCatalogues,
    LosesSolvesWhilePublishing,
    ClosesIntervals,
    CountsRetiredInIntervals,
    // Extra time.
    ExtendsForShow,
    RefusesTheSameDeadline,
    MovesDeadlinesBack,
    ExtendsWhatHasEnded,
    ForgetsExtraTime,
    ExtendsBlindly,
    LooksThenExtends,
    ExtendsInTwoSteps,
    // Resuming.
    ResumesForShow,
    RefusesToResumeTwice,
    ResumesAnything,
    ResumesBesideOthers,
    ResumesWithoutSettling,
    LooksThenResumes,
    ResumesInTwoSteps,
    // Resetting.
    ForgetsResets,
    NumbersFullResetsOnly,
    ResetsEverybody,
    ResetsDuringContests,
    ResetsWithoutSettling,
    RemembersSolves,
    UnmarksOldSolves,
    ResetsInTwoSteps,
    CountsBeforeResetting,
    LooksThenResets,
    // Late marks.
    ForgetsLatePolicies,
    RefusesLateMarks,
    MarksLateAgain,
    ForgetsGraceWhenSettled,
    MarksLateWhatHasEnded,
    UnmarksLate,
    KeepsTheFirstGrace,
    RefusesMarksWhileSettling,
    // Events.
    KeepsExtensionsQuiet,
    TellsSettlingLast,
    TellsSolvesLate,
    TellsNewSolvesOnly,
    TellsEveryMark,
    LeavesGaps,
    IncludesTheCursor,
    WritesEventsAfterwards,
    NumbersBeforeWriting,
    // Delivering events.
    LeasesFromTheStart,
    LetsHoldersLeaseAgain,
    KeepsLeasesUntilTheyRunOut,
    AcknowledgesForAnybody,
    TakesDeliveriesBack,
    ServesTheFirstFirst,
    LooksThenLeases,
    LooksThenAcknowledges,
    DeliversWhenLeasing,
    AcknowledgesOneByOne,
    ForgetsUndelivered,
    NumbersAnewAfterForgetting,
    // Everything.
    LeaksPlaces,
}

/// A store that is right but for one thing. Clones share the data.
#[derive(Debug, Clone)]
pub(super) struct Sabotaged {
    inner: MemoryStore,
    how: Sabotage,
    state: Arc<Mutex<State>>,
}

/// What the sabotage needs to know, or shows instead of what is stored.
#[derive(Debug, Default)]
struct State {
    publications: u64,
    publishing: bool,
    in_flight: usize,
    batches: HashSet<UserId>,
    creating: bool,
    owners: HashMap<ContestId, UserId>,
    keys: HashMap<String, UserId>,
    used_up: HashSet<String>,
    solvers: HashMap<ProblemId, UserId>,
    unsolved: HashSet<(UserId, ProblemId)>,
    endings: HashMap<ContestId, Option<Ending>>,
    marks: HashMap<(ContestId, ProblemId), Timestamp>,
    counts: HashMap<UserId, PerDifficulty<u64>>,
    lost: HashMap<UserId, u64>,
    served: usize,
    /// What deadlines are shown as, and what they were before they were moved.
    deadlines: HashMap<ContestId, Timestamp>,
    first_deadlines: HashMap<ContestId, Timestamp>,
    users: HashSet<UserId>,
    reset: HashSet<UserId>,
    events: overlay::Events,
}

impl Sabotaged {
    pub(super) fn new(how: Sabotage) -> Self {
        Self {
            inner: MemoryStore::new().with_outbox(),
            how,
            state: Arc::default(),
        }
    }

    fn is(&self, how: Sabotage) -> bool {
        self.how == how
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The contest as this store shows it.
    fn show(&self, mut record: ContestRecord) -> ContestRecord {
        let state = self.state();
        if let Some(ending) = state.endings.get(&record.id) {
            record.ending = *ending;
        }
        if let Some(deadline) = state.deadlines.get(&record.id) {
            record.deadline = *deadline;
        }
        if self.is(Sabotage::ForgetsLatePolicies) {
            record.late_policy = LatePolicy::Reject;
        }
        for assigned in &mut record.problems {
            let key = (record.id, assigned.problem);
            assigned.completed_at = state.marks.get(&key).copied().or(assigned.completed_at);
        }
        record
    }

    /// Whose contest it is, as far as this store cares.
    fn owner(&self, contest: ContestId, user: UserId) -> UserId {
        let owner = self.state().owners.get(&contest).copied();
        owner
            .filter(|_| self.is(Sabotage::SharesContests))
            .unwrap_or(user)
    }

    async fn find(&self, user: UserId, contest: ContestId) -> Option<ContestRecord> {
        self.inner.find_contest(user, contest).await.unwrap()
    }

    /// Takes one of few places for a call, and gives it back unless the call is dropped.
    async fn placed<T>(&self, call: impl Future<Output = T>) -> Result<T, StoreError> {
        if !self.is(Sabotage::LeaksPlaces) {
            return Ok(call.await);
        }
        self.state().in_flight += 1;
        pause().await;
        let full = self.state().in_flight > 75;
        let answer = call.await;
        self.state().in_flight -= 1;
        if full {
            return Err(StoreError::transient("no place is free"));
        }
        Ok(answer)
    }
}

/// Long enough for others to get in between.
async fn pause() {
    for _ in 0..8 {
        yield_now().await;
    }
}
