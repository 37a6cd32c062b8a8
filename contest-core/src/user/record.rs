//! A user's current state.

use std::time::Duration;

use crate::catalogue::OrdinalSet;
use crate::id::{ContestId, ProblemId, RoundId, Version};
use crate::model::{Epoch, EventNumber};
use crate::time::Timestamp;
use crate::user::{FORMAT, RequestDigest, Unknown};

/// A user's current state: small, and changed by one commit at a time.
///
/// Serialised, it has everything except the version and the two sets, which stores keep separately.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UserRecord {
    // First the fields that most commits change, as in a contest.
    /// The contest without a stored ending, which may have expired.
    pub open: Option<OpenContest>,
    /// The time of the last commit; recording solves does not move it.
    #[cfg_attr(
        feature = "serde",
        serde(default, with = "crate::encoding::optional_micros")
    )]
    pub last_commit_at: Option<Timestamp>,
    /// The number of the last event.
    pub last_event: EventNumber,
    /// The format it was written with.
    pub format: u16,
    /// The id of the commit that wrote it.
    #[cfg_attr(feature = "serde", serde(skip, default = "unset"))]
    pub version: Version,
    /// The epoch that progress counts.
    #[cfg_attr(feature = "serde", serde(with = "StoredEpoch"))]
    pub epoch: Epoch,
    /// The problems solved in this epoch, except those newly marked in the open contest.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub solved: OrdinalSet,
    /// The problems that contests of this epoch had.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub seen: OrdinalSet,
    /// The ended contests that are settled, over all epochs.
    pub ended: EndedContests,
    /// The latest contest, even if it has been erased.
    pub last_contest: Option<ContestId>,
    /// The counts that the host limits by the day, for the latest day with any.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub day: Option<DayCounts>,
    /// Contests with a smaller id were pruned. Their problems stay in `seen`, their endings in `ended`.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub pruned_before: Option<ContestId>,
    /// Extra time for rounds that the user has not joined yet.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub extra_time: Vec<ExtraTime>,
    /// The import that the user's data came from, if any.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub import: Option<Import>,
    /// Members that a later version wrote.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub unknown: Unknown,
}

impl UserRecord {
    /// The record of a user without data.
    pub fn new() -> Self {
        Self {
            format: FORMAT,
            version: unset(),
            epoch: Epoch::default(),
            solved: OrdinalSet::default(),
            seen: OrdinalSet::default(),
            open: None,
            ended: EndedContests::default(),
            last_commit_at: None,
            last_contest: None,
            day: None,
            pruned_before: None,
            extra_time: Vec::new(),
            last_event: EventNumber(0),
            import: None,
            unknown: Unknown::default(),
        }
    }

    /// Whether this is the contest without a stored ending.
    pub fn is_open(&self, contest: ContestId) -> bool {
        self.open.as_ref().is_some_and(|open| open.id == contest)
    }

    /// The import in progress, if the user's data is not complete yet.
    pub(crate) fn unfinished_import(&self) -> Option<&Import> {
        let import = self.import.as_ref();
        import.filter(|import| import.contests_left > 0 || import.attempts_left > 0)
    }
}

impl Default for UserRecord {
    fn default() -> Self {
        Self::new()
    }
}

/// The record's data on the contest without a stored ending.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OpenContest {
    /// The contest.
    pub id: ContestId,
    /// The first instant at which the contest no longer accepts work.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub deadline: Timestamp,
    /// The problems marked in it that were unsolved before. They join the solved set when the contest
    /// ends, so that unmarking needs no log and a mark does not rewrite a large set.
    pub newly_marked: Vec<ProblemId>,
}

/// The serialised form of an epoch.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(remote = "Epoch")]
struct StoredEpoch {
    number: u64,
    #[serde(default, with = "crate::encoding::optional_micros")]
    began_at: Option<Timestamp>,
}

/// An import of the user's data, and how much of it is left to write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Import {
    /// A digest of the imported value.
    pub digest: RequestDigest,
    /// How many contests are not written yet.
    pub contests_left: u64,
    /// How many entries of the log are not written yet.
    pub attempts_left: u64,
}

/// Extra time that the host granted a user in a round before the user joined it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExtraTime {
    /// The round.
    #[cfg_attr(feature = "serde", serde(rename = "round_id"))]
    pub round: RoundId,
    /// How long.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "extra_seconds", with = "crate::encoding::seconds")
    )]
    pub extra: Duration,
}

/// What a user did on a day that the host limits by the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DayCounts {
    /// The day, in whole days of UTC since 1970.
    pub day: i64,
    /// Contests begun.
    pub contests: u32,
    /// Solves recorded outside contests.
    pub solves: u32,
}

/// Numbers of ended contests, by ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EndedContests {
    /// Completed by the user.
    pub completed: u64,
    /// Abandoned by the user.
    pub abandoned: u64,
    /// Expired and settled.
    pub expired: u64,
}

fn unset() -> Version {
    Version::from_uuid(uuid::Uuid::nil())
}
