//! Use case: import a user's data from another store.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::progress::recount;
use crate::rules::{Change, Context, Decision, Refusal, Stop, UseCase};
use crate::store::{ContestSelector, ContestWrite};
use crate::user::{ContestRecord, Exported, Import, RequestDigest, UserRecord};

/// How many entries of the log one commit writes.
const ATTEMPTS: usize = 500;

/// Writes the next part of an export: a contest and part of the log. Returns whether everything is
/// written.
///
/// | in this order | |
/// |---|---|
/// | the export has a newer format, or contradicts itself | [`Refusal::InvalidExport`] |
/// | the user has data that is not of this export | [`Refusal::UserHasData`] |
/// | it has problems that are not stored here | [`Refusal::UnknownProblems`] |
///
/// Until the last part, the record is that of a new user, and says how much is left to write. The last
/// part writes the record, rebuilt from the contests and the log: the export has no solved and seen
/// sets, because ordinals differ between stores.
///
/// Problems that are not stored are refused. They could be in the log but not in the solved set, which
/// holds ordinals; once they were published, progress would differ from a recount of the log (I8).
#[derive(Debug, Clone)]
pub struct ImportUser<'a> {
    exported: &'a Exported,
    digest: RequestDigest,
}

impl<'a> ImportUser<'a> {
    /// An import of this value.
    ///
    /// # Errors
    /// [`Refusal::InvalidExport`].
    pub fn new(exported: &'a Exported) -> Result<Self, Refusal> {
        let invalid = |reason| Refusal::InvalidExport { reason };
        exported.check().map_err(invalid)?;
        let json = serde_json::to_vec(exported).map_err(|error| invalid(error.to_string()))?;
        let digest = RequestDigest::from_bytes(Sha256::digest(json).into());
        Ok(Self { exported, digest })
    }

    /// How much is left to write for a user with this record.
    fn left(&self, record: Option<&UserRecord>) -> Result<Import, Refusal> {
        match record.map(|record| &record.import) {
            None => Ok(Import {
                digest: self.digest,
                contests_left: self.exported.contests.len() as u64,
                attempts_left: self.exported.attempts.len() as u64,
            }),
            Some(Some(import)) if import.digest == self.digest => Ok(import.clone()),
            Some(_) => Err(Refusal::UserHasData),
        }
    }

    fn check_known(&self, given: &Context<'_>) -> Result<(), Stop> {
        given.check_catalogue()?;
        let unknown = |problem: &_| given.catalogue.get(*problem).is_none();
        let problems: BTreeSet<_> = self.exported.problems().filter(unknown).collect();
        if problems.is_empty() {
            return Ok(());
        }
        let problems = problems.into_iter().collect();
        Err(Refusal::UnknownProblems { problems }.into())
    }

    /// The record once everything is written.
    fn record(&self, given: &Context<'_>) -> UserRecord {
        let contests: Vec<ContestRecord> = self.exported.contests.iter().map(Into::into).collect();
        let record = self.exported.record(given.catalogue);
        recount(&record, &self.exported.attempts, &contests, given.catalogue)
    }
}

impl UseCase for ImportUser<'_> {
    type Answer = bool;

    fn contest(&self) -> ContestSelector {
        ContestSelector::None
    }

    fn decide(&self, given: &Context<'_>) -> Result<Decision<bool>, Stop> {
        let before = given.snapshot.record.as_ref();
        let mut left = self.left(before)?;
        if before.is_some_and(|record| record.unfinished_import().is_none()) {
            return Ok(Decision::unchanged(true));
        }
        self.check_known(given)?;
        let mut change = Change::new(given);
        let place = written(self.exported.contests.len(), left.contests_left);
        if let Some(next) = self.exported.in_order_of_writing().nth(place) {
            let (contest, request) = (next.into(), Box::new(next.request.clone()));
            change.contest(ContestWrite::Insert { contest, request });
            left.contests_left -= 1;
        }
        let attempts = &self.exported.attempts;
        for entry in attempts
            .iter()
            .skip(written(attempts.len(), left.attempts_left))
            .take(ATTEMPTS)
        {
            change.attempt(entry.clone());
            left.attempts_left -= 1;
        }
        let is_last = left.contests_left == 0 && left.attempts_left == 0;
        if is_last {
            change.record = self.record(given);
        }
        change.record.import = Some(left);
        change.rely_on_catalogue();
        Ok(Decision {
            answer: is_last,
            commit: Some(change.commit_timeless()),
        })
    }
}

/// How many of `all` are written when `left` are left.
fn written(all: usize, left: u64) -> usize {
    all.saturating_sub(usize::try_from(left).unwrap_or(usize::MAX))
}
