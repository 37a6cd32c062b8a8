//! The JSON of requests and responses. Field names are those of the reference API.

mod activity;
mod attempts;
mod board;
mod catalogue;
mod contest;
mod creation;
mod epoch;
#[cfg(feature = "openapi")]
mod event;
mod explanation;
mod judged;
mod mark;
mod members;
mod options;
mod pace;
mod progress;
mod replay;
mod results;
mod round;
mod rules;
mod score;
mod scoring;
mod slot;
mod solves;
mod strategy;

pub use activity::ActivityView;
pub use attempts::{AttemptLog, LoggedAttemptView};
pub use board::{BoardTopView, BoardView, OwnRow, RowView, StandingsView};
pub use catalogue::{CatalogueStats, ProblemList, ProblemView};
pub use contest::{ActiveContest, ContestList, ContestView};
pub(crate) use creation::{CONTEST_LIMIT, NewContestBody};
pub(crate) use epoch::ResetBody;
pub use epoch::{EpochView, ResetView};
#[cfg(feature = "openapi")]
pub use event::EventSchema;
pub use explanation::ExplanationView;
pub(crate) use judged::{ATTEMPTS_LIMIT, AttemptsBody, ExtraTimeBody};
pub use judged::{GrantedView, JudgedView};
pub(crate) use mark::MarkBody;
pub use mark::MarkView;
pub use members::MemberList;
pub(crate) use members::{MEMBERS_LIMIT, MembersBody, RemovedBody};
pub use options::ContestOptions;
pub use pace::PaceView;
pub use progress::ProgressView;
pub use replay::ReplayView;
pub use results::{ResultList, ResultView};
pub(crate) use round::RoundBody;
pub use round::{RoundList, RoundOfCaller, RoundView};
pub(crate) use solves::NewSolvesBody;
pub use solves::RecordedView;
