//! Writing commits of users: compared and written under the only write lock of the file, alone or with
//! commits of other users.

use std::collections::BTreeMap;

use contest_core::store::{Commit, CommitError, StoreError};
use futures::FutureExt as _;

use super::commit::{Claim, Messages, TOGETHER};
use super::error::during;
use super::pool::begin;
use super::{SqliteStore, finish, refused};
use crate::gather::Outcome;

/// Why a batch wrote nothing.
enum NoneKept {
    /// It could not begin, or the file was busy at its commit.
    Failed(StoreError),
    /// A statement failed.
    OneByOne,
}

impl SqliteStore {
    /// Writes a commit; together with commits of other users if the connection is in use.
    pub(super) async fn keep(&self, commit: &Commit) -> Result<(), CommitError> {
        let alone = self.keep_alone(commit);
        let Some(gatherer) = &self.gatherer else {
            return alone.await;
        };
        let store = self.clone();
        let together = |commits: Vec<_>| async move { store.keep_together(&commits).await }.boxed();
        gatherer.commit(commit, alone, together).await
    }

    async fn keep_alone(&self, commit: &Commit) -> Result<(), CommitError> {
        let messages = Messages::of(commit, self.outbox).map_err(CommitError::Failed)?;
        let mut connection = self.write().await.map_err(CommitError::Failed)?;
        let begun = begin(&mut connection).await;
        let mut transaction = begun.map_err(CommitError::Failed)?;
        let sent = messages.send(&mut transaction).await;
        sent.map_err(refused("writing a commit"))?.kept()?;
        finish(transaction).await
    }

    /// Writes commits of different users in one transaction.
    ///
    /// A commit that is not claimed writes nothing and does not affect the others. If a statement fails, the
    /// transaction is rolled back and each commit is made again, alone.
    async fn keep_together(&self, commits: &[Commit]) -> Vec<Outcome> {
        match self.try_together(commits).await {
            Ok(outcomes) => outcomes.into_iter().map(Outcome::Ended).collect(),
            Err(NoneKept::OneByOne) => commits.iter().map(|_| Outcome::Alone).collect(),
            Err(NoneKept::Failed(error)) => {
                let failed = || Outcome::Ended(Err(CommitError::Failed(error.clone())));
                commits.iter().map(|_| failed()).collect()
            }
        }
    }

    async fn try_together(
        &self,
        commits: &[Commit],
    ) -> Result<Vec<Result<(), CommitError>>, NoneKept> {
        let mut outcomes = BTreeMap::new();
        let mut by_parts: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (number, commit) in commits.iter().enumerate() {
            match Messages::of(commit, self.outbox) {
                Ok(messages) => {
                    let alike = by_parts.entry((messages.parts, messages.is_single()));
                    alike.or_default().push((number, messages));
                }
                Err(unfit) => drop(outcomes.insert(number, Err(CommitError::Failed(unfit)))),
            }
        }
        let mut connection = self.write().await.map_err(NoneKept::Failed)?;
        let begun = begin(&mut connection).await;
        let mut writing = begun.map_err(NoneKept::Failed)?;
        for ((parts, is_single), mut alike) in by_parts {
            while is_single && alike.len() >= TOGETHER {
                let (numbers, many): (Vec<_>, Vec<_>) =
                    alike.split_off(alike.len() - TOGETHER).into_iter().unzip();
                let sent = Messages::send_many(many, parts, &mut writing).await;
                let claims = sent.map_err(one_by_one)?.into_iter().map(Claim::kept);
                outcomes.extend(numbers.into_iter().zip(claims));
            }
            for (number, messages) in alike {
                let sent = messages.send(&mut writing).await;
                outcomes.insert(number, sent.map_err(one_by_one)?.kept());
            }
        }
        let outcomes = outcomes.into_values();
        match finish(writing).await {
            Ok(()) => Ok(outcomes.collect()),
            Err(CommitError::Unknown(error)) => {
                let unknown = || Err(CommitError::Unknown(error.clone()));
                Ok(outcomes
                    .map(|outcome| outcome.and_then(|()| unknown()))
                    .collect())
            }
            Err(CommitError::Failed(error)) => Err(NoneKept::Failed(error)),
            Err(CommitError::Conflict | CommitError::Outdated) => Err(NoneKept::OneByOne),
        }
    }
}

fn one_by_one(error: sqlx::Error) -> NoneKept {
    let error = during("writing a batch of commits")(error);
    tracing::debug!(%error, "a batch failed; its commits are made again one by one");
    NoneKept::OneByOne
}
