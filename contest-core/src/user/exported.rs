//! A user's data as one value, to move to another store.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use crate::catalogue::Catalogue;
use crate::id::{ContestId, ParticipantId, ProblemId, RoundId};
use crate::model::{Difficulty, EndingKind, Epoch, LatePolicy, SubmissionId};
use crate::scoring::{Points, Score, Scoring, Verdict};
use crate::select::{SelectionRecord, SelectionRequest};
use crate::time::Timestamp;
use crate::user::{
    AssignedProblem, AttemptRecord, ContestRecord, EndedContests, Ending, ExtraTime, FORMAT,
    Idempotency, JudgedAttempt, Mark, OpenContest, RoundEntry, Unknown, UserRecord,
};

/// All data of a user except the events, as returned by [`Engine::export_user`] and accepted by
/// [`Engine::import_user`]. Serialise it to store or send it.
///
/// Problems are referred to by id, so the value fits any store whose catalogue has them. It includes
/// the requests of the contests, which may name other users: it is for the host, not for clients.
///
/// Its JSON follows the [rules of the crate](crate#as-json), has a format number, and preserves members
/// that this version does not know.
///
/// [`Engine::export_user`]: crate::Engine::export_user
/// [`Engine::import_user`]: crate::Engine::import_user
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Exported {
    format: u16,
    epoch: Epoch,
    last_commit_at: Option<Timestamp>,
    #[serde(rename = "last_contest_id")]
    last_contest: Option<ContestId>,
    /// The contest without a stored ending, which may have expired.
    #[serde(rename = "open_contest_id")]
    open: Option<ContestId>,
    /// Extra time for rounds that the user has not joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    extra_time: Vec<ExtraTime>,
    /// What only the record knows of pruned contests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pruned: Option<ExportedPruned>,
    /// Oldest first.
    pub(crate) contests: Vec<ExportedContest>,
    /// Oldest first, including undone entries.
    pub(crate) attempts: Vec<AttemptRecord>,
    #[serde(flatten)]
    unknown: Unknown,
}

/// What remains of pruned contests.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct ExportedPruned {
    #[serde(rename = "before_contest_id")]
    before: ContestId,
    ended: EndedContests,
    #[serde(rename = "seen_problem_ids")]
    seen: BTreeSet<ProblemId>,
}

/// A contest and the request it was created with.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ExportedContest {
    pub(crate) id: ContestId,
    started_at: Timestamp,
    deadline: Timestamp,
    ending: Option<ExportedEnding>,
    late_policy: LatePolicy,
    epoch: u64,
    problems: Vec<ExportedProblem>,
    selection: SelectionRecord,
    #[serde(default)]
    scoring: Scoring,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    round: Option<ExportedEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    idempotency: Option<Idempotency>,
    pub(crate) request: SelectionRequest,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct ExportedEnding {
    kind: EndingKind,
    at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct ExportedProblem {
    #[serde(rename = "problem_id")]
    problem: ProblemId,
    difficulty: Difficulty,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    points: Option<Points>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<ExportedMark>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<ExportedAttempt>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct ExportedAttempt {
    at: Timestamp,
    #[serde(rename = "submission_id")]
    submission: Option<SubmissionId>,
    verdict: Verdict,
    score: Option<Score>,
    recorded_at: Timestamp,
    undone_at: Option<Timestamp>,
}

/// A contest's part in a round.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct ExportedEntry {
    #[serde(rename = "round_id")]
    round: RoundId,
    #[serde(rename = "participant_id")]
    participant: ParticipantId,
    zero: Timestamp,
    frozen_from: Option<Timestamp>,
    #[serde(rename = "virtual")]
    is_virtual: bool,
    judged: bool,
    #[serde(rename = "extra_seconds", with = "crate::encoding::seconds")]
    extra: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct ExportedMark {
    at: Timestamp,
    newly: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    judged: bool,
}

impl Exported {
    /// The format this version reads and writes.
    pub const FORMAT: u16 = 1;

    /// The same data with other ids of its problems, such as the host's own after a catalogue was first
    /// published without ids. An id of a published problem never changes, so publish the catalogue with
    /// the new ids in an empty store, and move each user there:
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use contest_core::id::ProblemId;
    /// use contest_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let without_ids = Catalogue::from_csv("slug,title,difficulty\na,A,easy\n".as_bytes())?;
    /// # let id = "a3e1d4a0-0000-4000-8000-000000000001";
    /// # let csv = format!("id,slug,title,difficulty\n{id},a,A,easy\n");
    /// # let with_ids = Catalogue::from_csv(csv.as_bytes())?;
    /// # let user = UserId::from_uuid(uuid::Uuid::from_u128(7));
    /// # let old = Engine::builder(MemoryStore::with_catalogue(without_ids)).build().await?;
    /// # let new = Engine::builder(MemoryStore::with_catalogue(with_ids)).build().await?;
    /// # let solved = old.catalogue().problems()[0].id;
    /// # old.record_solve(user, solved).await?;
    /// let (from, to) = (old.catalogue(), new.catalogue());
    /// let pairs = from.problems().iter().filter_map(|problem| {
    ///     let same = to.by_slug(&problem.slug)?;
    ///     Some((problem.id, same.id))
    /// });
    /// let ids: HashMap<ProblemId, ProblemId> = pairs.collect();
    /// if let Some(data) = old.export_user(user).await? {
    ///     let data = data.with_problem_ids(|id| ids.get(&id).copied().unwrap_or(id));
    ///     new.import_user(user, &data).await?;
    /// }
    /// # assert_eq!(new.progress(user).await?.overall().solved, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// Progress, days, results and history stay as they were. A contest may be replayed with
    /// differences, because selection orders problems by id, and an idempotency key of a request that
    /// named problems counts as used for a different request.
    #[must_use]
    pub fn with_problem_ids(mut self, new: impl Fn(ProblemId) -> ProblemId) -> Self {
        for contest in &mut self.contests {
            for assigned in &mut contest.problems {
                assigned.problem = new(assigned.problem);
            }
            contest.request = contest.request.clone().map_problems(&new);
        }
        for solve in &mut self.attempts {
            solve.problem = new(solve.problem);
        }
        self.attempts.sort_by_key(AttemptRecord::key);
        self
    }

    /// The data of a record, its contests with their requests, oldest first, and its log, oldest first.
    pub(crate) fn new(
        record: UserRecord,
        contests: impl IntoIterator<Item = (ContestRecord, SelectionRequest)>,
        attempts: Vec<AttemptRecord>,
        catalogue: &Catalogue,
    ) -> Self {
        let seen = record.seen.iter();
        let pruned = record.pruned_before.map(|before| ExportedPruned {
            before,
            ended: record.ended,
            seen: seen
                .filter_map(|ordinal| Some(catalogue.by_ordinal(ordinal)?.id))
                .collect(),
        });
        Self {
            format: Self::FORMAT,
            epoch: record.epoch,
            last_commit_at: record.last_commit_at,
            last_contest: record.last_contest,
            open: record.open.map(|open| open.id),
            extra_time: record.extra_time,
            pruned,
            contests: contests.into_iter().map(Into::into).collect(),
            attempts,
            unknown: record.unknown,
        }
    }

    /// The contests in the order in which an import writes them: the open contest last, so that it is
    /// never stored without being the record's open contest.
    pub(crate) fn in_order_of_writing(&self) -> impl Iterator<Item = &ExportedContest> {
        let is_open = |contest: &&ExportedContest| self.open == Some(contest.id);
        let ended = self
            .contests
            .iter()
            .filter(move |contest| !is_open(contest));
        ended.chain(self.contests.iter().filter(is_open))
    }

    /// Every problem in the data, possibly repeated.
    pub(crate) fn problems(&self) -> impl Iterator<Item = ProblemId> {
        let contests = self.contests.iter().flat_map(|contest| &contest.problems);
        let met = contests.map(|assigned| assigned.problem);
        let pruned = self.pruned.iter().flat_map(|pruned| &pruned.seen);
        met.chain(self.attempts.iter().map(|solve| solve.problem))
            .chain(pruned.copied())
    }

    /// The record without the parts that follow from the contests and the log: the sets, the counts and
    /// the newly marked problems of the open contest.
    pub(crate) fn record(&self, catalogue: &Catalogue) -> UserRecord {
        let pruned = self.pruned.as_ref();
        let seen = pruned.iter().flat_map(|pruned| &pruned.seen);
        let open = self.contests.iter().find(|of| self.open == Some(of.id));
        UserRecord {
            epoch: self.epoch,
            last_commit_at: self.last_commit_at,
            last_contest: self
                .last_contest
                .max(self.contests.last().map(|last| last.id)),
            open: open.map(|open| OpenContest {
                id: open.id,
                deadline: open.deadline,
                newly_marked: Vec::new(),
            }),
            pruned_before: pruned.map(|pruned| pruned.before),
            extra_time: self.extra_time.clone(),
            ended: pruned.map(|pruned| pruned.ended).unwrap_or_default(),
            seen: seen.filter_map(|id| catalogue.ordinal(*id)).collect(),
            unknown: self.unknown.clone(),
            ..UserRecord::new()
        }
    }

    /// Checks that it can be the data of a user.
    ///
    /// # Errors
    /// The contradiction.
    pub(crate) fn check(&self) -> Result<(), String> {
        let (format, known) = (self.format, Self::FORMAT);
        if format > known {
            return Err(format!(
                "it has format {format}, and this version reads {known}"
            ));
        }
        if !self.contests.is_sorted_by(|a, b| a.id < b.id) {
            return Err("its contests do not ascend by id".to_owned());
        }
        if !self.attempts.is_sorted_by(|a, b| a.key() < b.key()) {
            return Err("its attempts do not ascend by time, problem and contest".to_owned());
        }
        let keys = self
            .contests
            .iter()
            .filter_map(|of| of.idempotency.as_ref());
        if !all_differ(keys.map(|used| &used.key)) {
            return Err("two of its contests have the same idempotency key".to_owned());
        }
        let rounds = self.contests.iter().filter_map(|of| of.round.as_ref());
        if !all_differ(rounds.map(|entry| entry.round)) {
            return Err("two of its contests are of the same round".to_owned());
        }
        for contest in &self.contests {
            if !all_differ(contest.problems.iter().map(|of| of.problem)) {
                return Err(format!("the contest {} has a problem twice", contest.id));
            }
        }
        let open = |of: &ExportedContest| self.open == Some(of.id) && of.ending.is_none();
        if self.open.is_some() && !self.contests.iter().any(open) {
            return Err("its open contest is not among its contests, or has ended".to_owned());
        }
        Ok(())
    }
}

fn all_differ<T: Eq + std::hash::Hash>(mut values: impl Iterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    values.all(|value| seen.insert(value))
}

impl From<(ContestRecord, SelectionRequest)> for ExportedContest {
    fn from((contest, request): (ContestRecord, SelectionRequest)) -> Self {
        let problem = |assigned: &AssignedProblem| ExportedProblem {
            problem: assigned.problem,
            difficulty: assigned.difficulty,
            points: assigned.points,
            mark: assigned.mark.map(|mark| ExportedMark {
                at: mark.at,
                newly: mark.newly,
                judged: mark.judged,
            }),
            attempts: assigned.attempts.iter().map(Into::into).collect(),
        };
        Self {
            id: contest.id,
            started_at: contest.started_at,
            deadline: contest.deadline,
            ending: contest
                .ending
                .map(|Ending { kind, at }| ExportedEnding { kind, at }),
            late_policy: contest.late_policy,
            epoch: contest.epoch,
            problems: contest.problems.iter().map(problem).collect(),
            selection: contest.selection,
            scoring: contest.scoring,
            round: contest.round.map(Into::into),
            idempotency: contest.idempotency,
            request,
            unknown: contest.unknown,
        }
    }
}

impl From<&ExportedContest> for ContestRecord {
    fn from(contest: &ExportedContest) -> Self {
        let problem = |of: &ExportedProblem| AssignedProblem {
            problem: of.problem,
            difficulty: of.difficulty,
            points: of.points,
            mark: of.mark.as_ref().map(|mark| Mark {
                at: mark.at,
                newly: mark.newly,
                judged: mark.judged,
            }),
            attempts: of.attempts.iter().map(Into::into).collect(),
        };
        let ending = contest.ending.as_ref();
        Self {
            problems: contest.problems.iter().map(problem).collect(),
            format: FORMAT,
            id: contest.id,
            started_at: contest.started_at,
            deadline: contest.deadline,
            ending: ending.map(|&ExportedEnding { kind, at }| Ending { kind, at }),
            late_policy: contest.late_policy,
            epoch: contest.epoch,
            selection: contest.selection.clone(),
            scoring: contest.scoring.clone(),
            round: contest.round.as_ref().map(Into::into),
            idempotency: contest.idempotency.clone(),
            unknown: contest.unknown.clone(),
        }
    }
}

impl From<&JudgedAttempt> for ExportedAttempt {
    fn from(of: &JudgedAttempt) -> Self {
        Self {
            at: of.at,
            submission: of.submission.clone(),
            verdict: of.verdict,
            score: of.score,
            recorded_at: of.recorded_at,
            undone_at: of.undone_at,
        }
    }
}

impl From<&ExportedAttempt> for JudgedAttempt {
    fn from(of: &ExportedAttempt) -> Self {
        Self {
            at: of.at,
            submission: of.submission.clone(),
            verdict: of.verdict,
            score: of.score,
            recorded_at: of.recorded_at,
            undone_at: of.undone_at,
        }
    }
}

impl From<&ExportedEntry> for RoundEntry {
    fn from(of: &ExportedEntry) -> Self {
        Self {
            round: of.round,
            participant: of.participant,
            zero: of.zero,
            frozen_from: of.frozen_from,
            is_virtual: of.is_virtual,
            judged: of.judged,
            extra: of.extra,
        }
    }
}

impl From<RoundEntry> for ExportedEntry {
    fn from(of: RoundEntry) -> Self {
        Self {
            round: of.round,
            participant: of.participant,
            zero: of.zero,
            frozen_from: of.frozen_from,
            is_virtual: of.is_virtual,
            judged: of.judged,
            extra: of.extra,
        }
    }
}
