//! One user through one handle: calls that should succeed.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::catalogue::Catalogue;
use crate::conformance::failure::{During, Failure, Outcome};
use crate::id::{ContestId, ProblemId, UserId};
use crate::model::{
    ContestCounts, ContestRecord, Epoch, NewSolve, PerDifficulty, Practice, Solve, SolveEvent,
    Topic,
};
use crate::store::{
    ContestPage, Creation, FinishKind, Mark, Marked, NewContest, RecordedSolves, Reset,
    SolveEventPage, SolvePage, Store,
};
use crate::time::Timestamp;

/// A user that does what the rules allow. Every refusal and failure breaks the case, and says what
/// was being done.
#[derive(Clone, Copy)]
pub(super) struct Actor<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) user: UserId,
}

impl<'a> Actor<'a> {
    pub(super) fn new(store: &'a dyn Store, user: UserId) -> Self {
        Self { store, user }
    }

    pub(super) async fn create(self, contest: &NewContest) -> Outcome<ContestRecord> {
        self.create_over(contest).await.map(|(contest, _)| contest)
    }

    /// Creates a contest; says which one was settled, too.
    pub(super) async fn create_over(
        self,
        contest: &NewContest,
    ) -> Outcome<(ContestRecord, Option<ContestId>)> {
        let done = format!("creating the contest {}", contest.id);
        match self.store.create_contest(self.user, contest).await {
            Ok(Creation::Created { contest, settled }) => Ok((contest, settled)),
            Ok(repeated) => Err(Failure::new(done, "Created", format_args!("{repeated:?}"))),
            Err(error) => Err(error).during(done),
        }
    }

    pub(super) async fn find(self, contest: ContestId) -> Outcome<ContestRecord> {
        let done = format!("finding the contest {contest}");
        let found = self.store.find_contest(self.user, contest).await;
        found
            .during(&done)?
            .ok_or_else(|| Failure::new(done, "the contest", "None"))
    }

    pub(super) async fn active(self, now: Timestamp) -> Outcome<Option<ContestId>> {
        let found = self.store.find_active_contest(self.user, now).await;
        let found = found.during(format_args!("finding the contest active at {now}"))?;
        Ok(found.map(|contest| contest.id))
    }

    pub(super) async fn contests(
        self,
        before: Option<ContestId>,
        limit: u32,
    ) -> Outcome<Vec<ContestRecord>> {
        let page = ContestPage { before, limit };
        let found = self.store.list_contests(self.user, page).await;
        found.during("listing contests")
    }

    pub(super) async fn mark(
        self,
        contest: ContestId,
        problem: ProblemId,
        now: Timestamp,
    ) -> Outcome<Marked> {
        let marked = self
            .store
            .mark_problem(self.user, contest, problem, Mark::Solved, now);
        marked
            .await
            .during(format_args!("marking {problem} in {contest} at {now}"))
    }

    pub(super) async fn unmark(
        self,
        contest: ContestId,
        problem: ProblemId,
        now: Timestamp,
    ) -> Outcome<Marked> {
        let marked = self
            .store
            .mark_problem(self.user, contest, problem, Mark::Unsolved, now);
        marked
            .await
            .during(format_args!("unmarking {problem} in {contest} at {now}"))
    }

    pub(super) async fn finish(
        self,
        contest: ContestId,
        kind: FinishKind,
        now: Timestamp,
    ) -> Outcome<ContestRecord> {
        let ended = self.store.finish_contest(self.user, contest, kind, now);
        ended
            .await
            .during(format_args!("ending {contest} at {now} ({kind:?})"))
    }

    pub(super) async fn extend(
        self,
        contest: ContestId,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Outcome<ContestRecord> {
        let extended = self.store.extend_contest(self.user, contest, deadline, now);
        extended
            .await
            .during(format_args!("extending {contest} to {deadline} at {now}"))
    }

    pub(super) async fn resume(self, contest: ContestId, now: Timestamp) -> Outcome<ContestRecord> {
        let resumed = self.store.resume_contest(self.user, contest, now).await;
        resumed.during(format_args!("resuming {contest} at {now}"))
    }

    pub(super) async fn reset(self, now: Timestamp) -> Outcome<Reset> {
        let reset = self.store.reset_progress(self.user, now).await;
        reset.during(format_args!("resetting progress at {now}"))
    }

    pub(super) async fn practice(
        self,
        candidates: &[ProblemId],
    ) -> Outcome<HashMap<ProblemId, Practice>> {
        let practice = self.store.practice_among(self.user, candidates).await;
        practice.during(format_args!("asking about {} problem(s)", candidates.len()))
    }

    pub(super) async fn solves(
        self,
        after: Option<(Timestamp, ProblemId)>,
        limit: u32,
    ) -> Outcome<Vec<Solve>> {
        let page = SolvePage { after, limit };
        let solves = self.store.list_solves(self.user, page).await;
        solves.during("listing solves")
    }

    pub(super) async fn epoch(self) -> Outcome<Epoch> {
        let epoch = self.store.current_epoch(self.user).await;
        epoch.during("asking for the epoch")
    }

    /// Records solves of these problems, all at the same time.
    pub(super) async fn record(
        self,
        problems: &[ProblemId],
        at: Timestamp,
    ) -> Outcome<RecordedSolves> {
        let solves: Vec<_> = problems.iter().map(|id| NewSolve::new(*id, at)).collect();
        let recorded = self.store.record_solves(self.user, &solves).await;
        recorded.during(format_args!("recording {} solve(s)", solves.len()))
    }

    pub(super) async fn solved(self, candidates: &[ProblemId]) -> Outcome<HashSet<ProblemId>> {
        let solved = self.store.solved_among(self.user, candidates).await;
        solved.during(format_args!(
            "asking which of {} problem(s) are solved",
            candidates.len()
        ))
    }

    /// The whole history, latest first.
    pub(super) async fn history(self) -> Outcome<Vec<SolveEvent>> {
        let page = SolveEventPage {
            before: None,
            limit: u32::MAX,
        };
        let found = self.store.solve_history(self.user, page).await;
        found.during("reading the history")
    }

    pub(super) async fn by_difficulty(self) -> Outcome<PerDifficulty<u64>> {
        let counts = self.store.solved_by_difficulty(self.user).await;
        counts.during("counting solves by difficulty")
    }

    /// Without zeros, which a store may leave out.
    pub(super) async fn by_topic(self) -> Outcome<BTreeMap<Topic, u64>> {
        let counts = self.store.solved_by_topic(self.user).await;
        let mut counts = counts.during("counting solves by topic")?;
        counts.retain(|_, count| *count > 0);
        Ok(counts)
    }

    /// How many solves fall between two instants.
    pub(super) async fn solves_between(self, from: Timestamp, until: Timestamp) -> Outcome<u64> {
        let counts = self.solves_within(&[from, until]).await?;
        Ok(counts.iter().sum())
    }

    pub(super) async fn solves_within(self, bounds: &[Timestamp]) -> Outcome<Vec<u64>> {
        let counts = self.store.count_solves_between(self.user, bounds).await;
        counts.during(format_args!(
            "counting solves between {} bounds",
            bounds.len()
        ))
    }

    pub(super) async fn contest_counts(self, now: Timestamp) -> Outcome<ContestCounts> {
        let counts = self.store.count_contests(self.user, now).await;
        counts.during(format_args!("counting contests at {now}"))
    }
}

/// Publishes a catalogue and returns its revision.
pub(super) async fn publish(store: &dyn Store, catalogue: &Catalogue) -> Outcome<u64> {
    let published = store.publish_catalogue(catalogue).await;
    published.during("publishing a catalogue")
}

/// Loads the catalogue.
pub(super) async fn load(store: &dyn Store) -> Outcome<Catalogue> {
    store.load_catalogue().await.during("loading the catalogue")
}
