//! Rounds.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use async_trait::async_trait;

use crate::id::{ParticipantId, RoundId, UserId, Version};
use crate::memory::{Data, MemoryStore, length};
use crate::scoring::RankKey;
use crate::standings::View;
use crate::store::{
    CommitError, ListedRound, Member, RoundContest, RoundPage, RoundRepository, StoreError,
    StoredRound,
};
use crate::user::ContestRecord;

/// The rounds with their lists of users.
#[derive(Default)]
pub(super) struct Rounds {
    rounds: BTreeMap<RoundId, StoredRound>,
    members: BTreeMap<RoundId, BTreeMap<UserId, ParticipantId>>,
}

impl Rounds {
    /// Returns whether the user was listed in any.
    pub(super) fn erase(&mut self, user: UserId) -> bool {
        let lists = self.members.values_mut();
        let removed = lists.filter_map(|members| members.remove(&user));
        removed.count() > 0
    }

    fn listed(&self, round: &StoredRound, user: Option<UserId>) -> ListedRound {
        let members = self.members.get(&round.id);
        ListedRound {
            round: round.clone(),
            listed: members.and_then(|members| members.get(&user?).copied()),
        }
    }
}

impl Data {
    /// The contests in the board of a round, unordered.
    fn ranked(
        &self,
        round: RoundId,
        view: View,
    ) -> impl Iterator<Item = ((RankKey, UserId), &ContestRecord)> {
        self.users.iter().filter_map(move |(user, data)| {
            let contest = data.round_contest(round)?;
            let keys = contest.standing()?.keys?;
            let key = match view {
                View::Host => keys.host,
                View::Public => keys.public,
            };
            Some(((key, *user), contest))
        })
    }
}

#[async_trait]
impl RoundRepository for MemoryStore {
    async fn load_round(
        &self,
        round: RoundId,
        user: Option<UserId>,
    ) -> Result<Option<ListedRound>, StoreError> {
        let rounds = &self.read().rounds;
        let found = rounds.rounds.get(&round);
        Ok(found.map(|round| rounds.listed(round, user)))
    }

    async fn list_rounds(
        &self,
        user: Option<UserId>,
        before: Option<RoundId>,
        limit: u32,
    ) -> Result<Vec<ListedRound>, StoreError> {
        let rounds = &self.read().rounds;
        let before = before.map_or(Unbounded, Excluded);
        let found = rounds.rounds.range((Unbounded, before)).rev();
        let found = found.map(|(_, round)| rounds.listed(round, user));
        Ok(found.take(length(limit)).collect())
    }

    async fn commit_round(
        &self,
        expected: Option<Version>,
        round: &StoredRound,
    ) -> Result<(), CommitError> {
        let rounds = &mut self.write().rounds.rounds;
        if rounds.get(&round.id).map(|stored| stored.version) != expected {
            return Err(CommitError::Conflict);
        }
        rounds.insert(round.id, round.clone());
        Ok(())
    }

    async fn put_members(&self, round: RoundId, members: &[Member]) -> Result<(), StoreError> {
        let mut data = self.write();
        let listed = data.rounds.members.entry(round).or_default();
        listed.extend(
            members
                .iter()
                .map(|member| (member.user, member.participant)),
        );
        Ok(())
    }

    async fn remove_members(&self, round: RoundId, users: &[UserId]) -> Result<(), StoreError> {
        let mut data = self.write();
        let listed = data.rounds.members.entry(round).or_default();
        listed.retain(|user, _| !users.contains(user));
        Ok(())
    }

    async fn list_members(
        &self,
        round: RoundId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Member>, StoreError> {
        let data = self.read();
        let Some(listed) = data.rounds.members.get(&round) else {
            return Ok(Vec::new());
        };
        let listed = listed.range((after.map_or(Unbounded, Excluded), Unbounded));
        let members = listed.map(|(user, participant)| Member {
            user: *user,
            participant: *participant,
        });
        Ok(members.take(length(limit)).collect())
    }

    async fn list_round_contests(
        &self,
        round: RoundId,
        page: RoundPage,
    ) -> Result<Vec<RoundContest>, StoreError> {
        let data = self.read();
        let found = |(user, contest): (UserId, &ContestRecord)| RoundContest {
            user,
            contest: contest.clone(),
        };
        match page {
            RoundPage::ByUser { after, limit } => {
                let users = data
                    .users
                    .range((after.map_or(Unbounded, Excluded), Unbounded));
                let contests =
                    users.filter_map(|(user, data)| Some((*user, data.round_contest(round)?)));
                Ok(contests.map(found).take(length(limit)).collect())
            }
            RoundPage::ByRank { view, after, limit } => {
                let ranked: BTreeMap<_, _> = data.ranked(round, view).collect();
                let rest = ranked.range((after.map_or(Unbounded, Excluded), Unbounded));
                let contests = rest.map(|((_, user), contest)| (*user, *contest));
                Ok(contests.map(found).take(length(limit)).collect())
            }
        }
    }

    async fn count_ranked(
        &self,
        round: RoundId,
        view: View,
        before: RankKey,
    ) -> Result<u64, StoreError> {
        let data = self.read();
        let better = data
            .ranked(round, view)
            .filter(|((key, _), _)| *key < before);
        Ok(better.count() as u64)
    }
}
