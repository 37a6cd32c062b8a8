//! Names for the calls of a store, and the one table of its methods.

use std::fmt;

/// Passes the methods of the store traits to the macro `$callback`, after the given tokens. Code that
/// treats all methods alike uses it: the names, the forwarding, the mock.
macro_rules! for_each_method {
    ($callback:ident! $($given:tt)*) => {
        $callback! { [$($given)*]
            CatalogueRepository {
                LoadCatalogue = load_catalogue(since: [Option<Revision>])
                    -> [Result<CatalogueChanges, StoreError>];
                CommitPublication = commit_publication(publication: [&PublicationCommit])
                    -> [Result<(), CommitError>];
            }
            UserRepository {
                LoadUser = load_user(user: [UserId], contest: [&ContestSelector])
                    -> [Result<Snapshot, StoreError>];
                CommitUser = commit_user(commit: [&Commit]) -> [Result<(), CommitError>];
                EraseUser = erase_user(user: [UserId]) -> [Result<bool, StoreError>];
                ListUsers = list_users(after: [Option<UserId>], limit: [u32])
                    -> [Result<Vec<UserId>, StoreError>];
            }
            HistoryRepository {
                ListContests = list_contests(user: [UserId], page: [ContestPage])
                    -> [Result<ContestList, StoreError>];
                ListAttempts = list_attempts(user: [UserId], page: [AttemptPage])
                    -> [Result<HistoryPage<AttemptRecord>, StoreError>];
                CountSolves = count_solves(user: [UserId], bounds: [&[Timestamp]])
                    -> [Result<HistoryPage<u64>, StoreError>];
                ContestRequest = contest_request(user: [UserId], contest: [ContestId])
                    -> [Result<Option<SelectionRequest>, StoreError>];
            }
            RoundRepository {
                LoadRound = load_round(round: [RoundId], user: [Option<UserId>])
                    -> [Result<Option<ListedRound>, StoreError>];
                ListRounds = list_rounds(user: [Option<UserId>], before: [Option<RoundId>], limit: [u32])
                    -> [Result<Vec<ListedRound>, StoreError>];
                CommitRound = commit_round(expected: [Option<Version>], round: [&StoredRound])
                    -> [Result<(), CommitError>];
                PutMembers = put_members(round: [RoundId], members: [&[Member]])
                    -> [Result<(), StoreError>];
                RemoveMembers = remove_members(round: [RoundId], users: [&[UserId]])
                    -> [Result<(), StoreError>];
                ListMembers = list_members(round: [RoundId], after: [Option<UserId>], limit: [u32])
                    -> [Result<Vec<Member>, StoreError>];
                LoadBoard = load_board(round: [RoundId], user: [Option<UserId>], page: [BoardPart])
                    -> [Result<Option<RankedRound>, StoreError>];
                ListRoundContests = list_round_contests(
                    round: [RoundId], after: [Option<UserId>], limit: [u32]
                ) -> [Result<Vec<RoundContest>, StoreError>];
                CountRanked = count_ranked(round: [RoundId], view: [View], before: [RankKey])
                    -> [Result<u64, StoreError>];
            }
            EventLog {
                EventsAfter = events_after(user: [UserId], after: [EventNumber], limit: [u32])
                    -> [Result<Vec<Event>, StoreError>];
                LeaseEvents = lease_events(lease: [Lease], limit: [u32])
                    -> [Result<Option<EventBatch>, StoreError>];
                AcknowledgeEvents =
                    acknowledge_events(user: [UserId], holder: [LeaseHolder], through: [EventNumber])
                    -> [Result<bool, StoreError>];
                GiveBackEvents =
                    give_back_events(user: [UserId], holder: [LeaseHolder], until: [Timestamp])
                    -> [Result<bool, StoreError>];
                PruneEvents = prune_events(before: [Timestamp], limit: [u32])
                    -> [Result<u64, StoreError>];
            }
        }
    };
}
pub(super) use for_each_method;

macro_rules! names {
    ([] $($port:ident { $($name:ident = $method:ident($($signature:tt)*) -> [$($answer:tt)*];)* })*) => {
        /// A method of one of the store traits.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum StoreCall {
            $($(#[doc = concat!("`", stringify!($port), "::", stringify!($method), "`")] $name,)*)*
        }

        impl StoreCall {
            /// All methods.
            pub const ALL: &[Self] = &[$($(Self::$name,)*)*];

            /// The name of the method.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$name => stringify!($method),)*)*
                }
            }
        }
    };
}
for_each_method!(names!);

impl StoreCall {
    /// Whether the method changes stored data.
    pub const fn is_write(self) -> bool {
        match self {
            Self::CommitPublication
            | Self::CommitUser
            | Self::EraseUser
            | Self::CommitRound
            | Self::PutMembers
            | Self::RemoveMembers
            | Self::LeaseEvents
            | Self::AcknowledgeEvents
            | Self::GiveBackEvents
            | Self::PruneEvents => true,
            Self::LoadCatalogue
            | Self::LoadUser
            | Self::ListUsers
            | Self::ListContests
            | Self::ListAttempts
            | Self::CountSolves
            | Self::ContestRequest
            | Self::LoadRound
            | Self::ListRounds
            | Self::ListMembers
            | Self::LoadBoard
            | Self::ListRoundContests
            | Self::CountRanked
            | Self::EventsAfter => false,
        }
    }
}

impl fmt::Display for StoreCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreOutcome {
    /// It succeeded.
    Done,
    /// A commit found another version.
    Conflict,
    /// A commit relies on another revision of the catalogue than the stored one.
    Outdated,
    /// It failed. A commit was not stored; any other write may have happened.
    Failed,
    /// It failed, and the commit may have been stored.
    Unknown,
}

impl StoreOutcome {
    /// A stable name, such as `conflict`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Conflict => "conflict",
            Self::Outdated => "outdated",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for StoreOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
