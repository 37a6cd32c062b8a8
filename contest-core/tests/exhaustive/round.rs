//! A round that everyone may join.

use std::time::Duration;

use contest_core::id::{ProblemId, RoundId, UserId, Version};
use contest_core::scoring::RankKey;
use contest_core::standings::{Round, RoundProblem, View};
use contest_core::store::{
    BoardPart, CommitError, ListedRound, Member, RankedRound, RoundContest, RoundRepository,
    StoreError, StoredRound, async_trait,
};

use super::scenario::NOON;

pub(super) const ROUND: RoundId = RoundId::from_uuid(uuid::Uuid::from_u128(0xf00d));

/// The only round. It never changes, so reading it takes no turn.
pub(super) struct OneRound(StoredRound);

impl OneRound {
    /// The round with this problem.
    pub(super) fn with(problem: ProblemId) -> Self {
        let problems = [RoundProblem::new(problem)];
        let round = Round::new(NOON, NOON + Duration::from_hours(3), problems).unwrap();
        Self(StoredRound {
            id: ROUND,
            version: Version::from_random(1, 1),
            round,
        })
    }
}

#[async_trait]
impl RoundRepository for OneRound {
    async fn load_round(
        &self,
        _: RoundId,
        _: Option<UserId>,
    ) -> Result<Option<ListedRound>, StoreError> {
        let (round, listed) = (self.0.clone(), None);
        Ok(Some(ListedRound { round, listed }))
    }

    async fn list_rounds(
        &self,
        _: Option<UserId>,
        _: Option<RoundId>,
        _: u32,
    ) -> Result<Vec<ListedRound>, StoreError> {
        unreachable!("no use case lists rounds")
    }

    async fn commit_round(&self, _: Option<Version>, _: &StoredRound) -> Result<(), CommitError> {
        unreachable!("no use case changes a round")
    }

    async fn put_members(&self, _: RoundId, _: &[Member]) -> Result<(), StoreError> {
        unreachable!("the round is for everyone")
    }

    async fn remove_members(&self, _: RoundId, _: &[UserId]) -> Result<(), StoreError> {
        unreachable!("the round is for everyone")
    }

    async fn list_members(
        &self,
        _: RoundId,
        _: Option<UserId>,
        _: u32,
    ) -> Result<Vec<Member>, StoreError> {
        unreachable!("the round is for everyone")
    }

    async fn load_board(
        &self,
        _: RoundId,
        _: Option<UserId>,
        _: BoardPart,
    ) -> Result<Option<RankedRound>, StoreError> {
        unreachable!("no use case reads a board")
    }

    async fn list_round_contests(
        &self,
        _: RoundId,
        _: Option<UserId>,
        _: u32,
    ) -> Result<Vec<RoundContest>, StoreError> {
        unreachable!("no use case reads a board")
    }

    async fn count_ranked(&self, _: RoundId, _: View, _: RankKey) -> Result<u64, StoreError> {
        unreachable!("no use case reads a board")
    }
}
