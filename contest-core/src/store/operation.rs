//! Names for the methods of a store, for wrappers that treat them alike.

use std::fmt;

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A method of one of the repositories.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum StoreOperation {
            $($(#[$doc])* $name,)*
        }

        impl StoreOperation {
            /// Every operation.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name of the method.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

operations! {
    /// `ProblemRepository::load_catalogue`
    LoadCatalogue = "load_catalogue",
    /// `ProblemRepository::publish_catalogue`
    PublishCatalogue = "publish_catalogue",
    /// `SolveRepository::solved_among`
    SolvedAmong = "solved_among",
    /// `SolveRepository::record_solves`
    RecordSolves = "record_solves",
    /// `SolveRepository::solve_history`
    SolveHistory = "solve_history",
    /// `PracticeRepository::practice_among`
    PracticeAmong = "practice_among",
    /// `PracticeRepository::list_solves`
    ListSolves = "list_solves",
    /// `ContestRepository::create_contest`
    CreateContest = "create_contest",
    /// `ContestRepository::find_contest`
    FindContest = "find_contest",
    /// `ContestRepository::find_active_contest`
    FindActiveContest = "find_active_contest",
    /// `ContestRepository::find_contest_by_key`
    FindContestByKey = "find_contest_by_key",
    /// `ContestRepository::list_contests`
    ListContests = "list_contests",
    /// `ContestRepository::mark_problem`
    MarkProblem = "mark_problem",
    /// `ContestRepository::finish_contest`
    FinishContest = "finish_contest",
    /// `LifeRepository::extend_contest`
    ExtendContest = "extend_contest",
    /// `LifeRepository::resume_contest`
    ResumeContest = "resume_contest",
    /// `LifeRepository::reset_progress`
    ResetProgress = "reset_progress",
    /// `LifeRepository::current_epoch`
    CurrentEpoch = "current_epoch",
    /// `ProgressRepository::solved_by_difficulty`
    SolvedByDifficulty = "solved_by_difficulty",
    /// `ProgressRepository::solved_by_topic`
    SolvedByTopic = "solved_by_topic",
    /// `ProgressRepository::count_contests`
    CountContests = "count_contests",
    /// `ProgressRepository::count_solves_between`
    CountSolvesBetween = "count_solves_between",
}

impl StoreOperation {
    /// Whether the method changes what is stored.
    pub const fn is_write(self) -> bool {
        matches!(
            self,
            Self::PublishCatalogue
                | Self::RecordSolves
                | Self::CreateContest
                | Self::MarkProblem
                | Self::FinishContest
                | Self::ExtendContest
                | Self::ResumeContest
                | Self::ResetProgress
        )
    }
}

impl fmt::Display for StoreOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
