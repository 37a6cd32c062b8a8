//! A user's present.

use crate::catalogue::OrdinalSet;
use crate::id::{ContestId, ProblemId, Version};
use crate::model::{Epoch, EventNumber};
use crate::time::Timestamp;
use crate::user::{FORMAT, RequestDigest, Unknown};

/// A user's present: small, whole, and changed by one commit at a time.
///
/// Serialised, it is everything but the version and the two sets, which stores keep beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UserRecord {
    // First what most commits change, as in a contest.
    /// The contest without a stored ending, which may have expired.
    pub open: Option<OpenContest>,
    /// The time of the last commit; recording solves does not move it.
    #[cfg_attr(
        feature = "serde",
        serde(default, with = "crate::encoding::optional_micros")
    )]
    pub last_commit_at: Option<Timestamp>,
    /// The last event.
    pub last_event: EventNumber,
    /// The format it was written in.
    pub format: u16,
    /// The commit that made it.
    #[cfg_attr(feature = "serde", serde(skip, default = "unset"))]
    pub version: Version,
    /// What progress is counted from.
    #[cfg_attr(feature = "serde", serde(with = "StoredEpoch"))]
    pub epoch: Epoch,
    /// What is solved in this epoch, but for what the open contest newly marked.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub solved: OrdinalSet,
    /// What contests of this epoch had.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub seen: OrdinalSet,
    /// The contests that ended and were counted, over all epochs.
    pub ended: EndedContests,
    /// The latest contest, also when it was erased since.
    pub last_contest: Option<ContestId>,
    /// Where the user's data came from, if it was imported.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub import: Option<Import>,
    /// Members of a later version.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub unknown: Unknown,
}

impl UserRecord {
    /// The record of a user who has done nothing.
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
            last_event: EventNumber(0),
            import: None,
            unknown: Unknown::default(),
        }
    }

    /// Whether this is the contest without a stored ending.
    pub fn is_open(&self, contest: ContestId) -> bool {
        self.open.as_ref().is_some_and(|open| open.id == contest)
    }

    /// The import that has not written all of the user's data yet.
    pub(crate) fn unfinished_import(&self) -> Option<&Import> {
        let import = self.import.as_ref();
        import.filter(|import| import.contests_left > 0 || import.solves_left > 0)
    }
}

impl Default for UserRecord {
    fn default() -> Self {
        Self::new()
    }
}

/// What the record knows of the contest without a stored ending.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OpenContest {
    /// Which contest.
    pub id: ContestId,
    /// When it stops accepting work: the first instant that is too late.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::micros"))]
    pub deadline: Timestamp,
    /// What it marked that was not solved before. It joins the solved set when the contest ends, so
    /// that unmarking needs no log and a mark rewrites no large set.
    pub newly_marked: Vec<ProblemId>,
}

/// An epoch as it is stored.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(remote = "Epoch")]
struct StoredEpoch {
    number: u64,
    #[serde(default, with = "crate::encoding::optional_micros")]
    began_at: Option<Timestamp>,
}

/// An import of the user's data, and how much of it is still to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Import {
    /// A digest of the value that is imported.
    pub digest: RequestDigest,
    /// How many contests are not written yet.
    pub contests_left: u64,
    /// How many entries of the log are not written yet.
    pub solves_left: u64,
}

/// The contests that ended, by how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EndedContests {
    /// Finished by the user.
    pub completed: u64,
    /// Given up by the user.
    pub abandoned: u64,
    /// Ended by their deadline, and settled.
    pub expired: u64,
}

fn unset() -> Version {
    Version::from_uuid(uuid::Uuid::nil())
}
