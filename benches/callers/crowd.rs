//! Who calls, and what.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use contest_benches::Outcome;
use contest_benches::stores::{Floor, Solver, Stored, new_user};
use contest_core::catalogue::Catalogue;
use contest_core::prelude::*;
use contest_core::store::{ProgressRepository as _, SolveRepository as _, StoreError};
use contest_sqlx::postgres::PgStore;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};

/// What a task may fail with.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Select,
    Progress,
    Membership,
    Insert,
    Mark,
    Create,
    Race,
}

impl Call {
    pub(crate) const ALL: [Self; 7] = [
        Self::Select,
        Self::Progress,
        Self::Membership,
        Self::Insert,
        Self::Mark,
        Self::Create,
        Self::Race,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Select => "`SELECT 1`",
            Self::Progress => "progress by difficulty",
            Self::Membership => "membership of 30",
            Self::Insert => "a bare single-row insert, committed",
            Self::Mark => "mark or unmark a problem",
            Self::Create => "create a contest",
            Self::Race => "create a contest, all as one user",
        }
    }

    /// What it is compared with; itself if it is that.
    pub(crate) fn floor(self) -> Self {
        match self {
            Self::Select | Self::Progress | Self::Membership => Self::Select,
            Self::Insert | Self::Mark | Self::Create | Self::Race => Self::Insert,
        }
    }
}

/// All there may be of callers.
#[derive(Clone)]
pub(crate) struct Crowd {
    stored: Stored,
    request: Arc<ContestRequest>,
    callers: Arc<Vec<Caller>>,
    seeds: Arc<AtomicU64>,
}

struct Caller {
    user: UserId,
    contest: ContestId,
    problems: Vec<ProblemId>,
    /// The marks and unmarks so far.
    marks: AtomicUsize,
}

impl Crowd {
    /// So many users with 100 solves and an active contest.
    pub(crate) async fn new(
        store: &PgStore,
        catalogue: &Catalogue,
        count: usize,
        random: &mut ChaCha8Rng,
    ) -> Outcome<Self> {
        let floor = Arc::new(Floor::postgres(store).await?);
        let stored = Stored::new(store.clone(), &floor, catalogue).await?;
        let request = Stored::request()?;
        let mut callers = Vec::new();
        for _ in 0..count {
            let user = Solver::new(&stored, 100, random).await?.user;
            let contest = stored.engine.create_contest(user, &request).await?;
            callers.push(Caller {
                user,
                contest: contest.id,
                problems: contest.problems.iter().map(|p| p.problem.id).collect(),
                marks: AtomicUsize::new(0),
            });
        }
        Ok(Self {
            stored,
            request: request.into(),
            callers: callers.into(),
            seeds: Arc::new(AtomicU64::new(random.random())),
        })
    }

    /// Randomness that nobody else has.
    pub(crate) fn random(&self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seeds.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes a call as this caller.
    pub(crate) async fn call(
        &self,
        call: Call,
        caller: usize,
        random: &mut ChaCha8Rng,
    ) -> Result<(), Failure> {
        let Some(caller) = self.callers.get(caller) else {
            return Err(StoreError::permanent("more callers than there are").into());
        };
        match call {
            Call::Select => self.stored.floor.read().await?,
            Call::Insert => self.stored.floor.write().await?,
            Call::Progress => {
                self.stored.store.solved_by_difficulty(caller.user).await?;
            }
            Call::Membership => {
                let candidates = self.stored.candidates(random);
                let asked = self.stored.store.solved_among(caller.user, &candidates);
                asked.await?;
            }
            Call::Mark => self.mark(caller).await?,
            Call::Create | Call::Race => {
                self.create(new_user(random)).await?;
            }
        }
        Ok(())
    }

    /// Marks the problems of the contest in turn, then unmarks them: each call changes something.
    async fn mark(&self, caller: &Caller) -> Result<(), Failure> {
        let (engine, user, contest) = (&self.stored.engine, caller.user, caller.contest);
        let number = caller.marks.fetch_add(1, Ordering::Relaxed);
        let count = caller.problems.len().max(1);
        let Some(problem) = caller.problems.get(number % count) else {
            return Err(StoreError::permanent("a contest without problems").into());
        };
        if (number / count).is_multiple_of(2) {
            engine.mark_solved(user, contest, *problem).await?;
        } else {
            engine.unmark(user, contest, *problem).await?;
        }
        Ok(())
    }

    /// Creates a contest and says whether there was none.
    pub(crate) async fn create(&self, user: UserId) -> Result<bool, Failure> {
        match self.stored.engine.create_contest(user, &self.request).await {
            Ok(_) => Ok(true),
            Err(Error::ActiveContestExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
