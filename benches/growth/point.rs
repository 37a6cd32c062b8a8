//! A point of an axis: a store with so much in it.

use contest_benches::stores::{NOW, Stored};
use contest_benches::{Outcome, Series};
use contest_core::prelude::*;
use contest_core::store::{
    ContestRepository as _, ProgressRepository as _, SolveRepository as _, StoreError,
};
use rand::rngs::ChaCha8Rng;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Progress,
    Membership,
    Active,
    Create,
    Mark,
}

impl Call {
    pub(crate) const ALL: [Self; 5] = [
        Self::Progress,
        Self::Membership,
        Self::Active,
        Self::Create,
        Self::Mark,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Progress => "progress by difficulty",
            Self::Membership => "membership of 30",
            Self::Active => "find the active contest",
            Self::Create => "create a contest of 5 problems",
            Self::Mark => "mark a problem",
        }
    }

    pub(crate) fn is_write(self) -> bool {
        matches!(self, Self::Create | Self::Mark)
    }
}

/// A store with so much in it, and times of calls for some of its users.
pub(crate) struct Point {
    /// Where it is on its axis.
    pub(crate) at: u32,
    pub(crate) times: [(Call, Series); 5],
    stored: Stored,
    /// Users without an active contest, each of whom calls once in a while.
    idle: Vec<UserId>,
    /// Users with one.
    busy: Vec<UserId>,
    round: usize,
}

impl Point {
    pub(crate) fn new(
        at: u32,
        stored: &Stored,
        [idle, busy]: [Vec<UserId>; 2],
        warm_up: usize,
    ) -> Self {
        Self {
            at,
            times: Call::ALL.map(|call| (call, Series::after(warm_up))),
            stored: stored.clone(),
            idle,
            busy,
            round: 0,
        }
    }

    /// Makes each call once, as users that follow one another.
    pub(crate) async fn round(&mut self, random: &mut ChaCha8Rng) -> Outcome<()> {
        self.round += 1;
        let nobody = || StoreError::permanent("a point without users");
        let turn = |users: &[UserId], step: usize| {
            let place = (self.round * 3 + step) % users.len().max(1);
            users.get(place).copied().ok_or_else(nobody)
        };
        let active = turn(&self.busy, 0)?;
        let [reading, asking, creating] = [0, 1, 2].map(|step| turn(&self.idle, step));
        let (reading, asking, creating) = (reading?, asking?, creating?);
        let candidates = self.stored.candidates(random);
        let Stored { store, engine, .. } = &self.stored;
        let [progress, membership, find, create, mark] = &mut self.times;

        let call = store.solved_by_difficulty(reading);
        progress.1.time(call).await?;
        let call = store.solved_among(asking, &candidates);
        membership.1.time(call).await?;
        let call = store.find_active_contest(active, NOW);
        if find.1.time(call).await?.is_none() {
            return Err(StoreError::permanent("an active contest is not there").into());
        }
        let request = Stored::request()?;
        let call = engine.create_contest(creating, &request);
        let contest = create.1.time(call).await?;
        let Some(problem) = contest.problems.first().map(|p| p.problem.id) else {
            return Err(StoreError::permanent("a contest without problems").into());
        };
        let call = engine.mark_solved(creating, contest.id, problem);
        mark.1.time(call).await?;
        engine.unmark(creating, contest.id, problem).await?;
        engine.abandon_contest(creating, contest.id).await?;
        Ok(())
    }
}
