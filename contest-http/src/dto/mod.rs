//! The JSON of requests and responses. Field names are those of the reference API.

mod activity;
mod attempts;
mod catalogue;
mod contest;
mod creation;
mod epoch;
#[cfg(feature = "openapi")]
mod event;
mod explanation;
mod mark;
mod options;
mod pace;
mod progress;
mod replay;
mod results;
mod rules;
mod score;
mod scoring;
mod slot;
mod solves;
mod strategy;

pub use activity::ActivityView;
pub use attempts::{AttemptLog, LoggedAttemptView};
pub use catalogue::{CatalogueStats, ProblemList, ProblemView};
pub use contest::{ActiveContest, ContestList, ContestView};
pub(crate) use creation::{CONTEST_LIMIT, NewContestBody};
pub(crate) use epoch::ResetBody;
pub use epoch::{EpochView, ResetView};
#[cfg(feature = "openapi")]
pub use event::EventSchema;
pub use explanation::ExplanationView;
pub(crate) use mark::MarkBody;
pub use mark::MarkView;
pub use options::ContestOptions;
pub use pace::PaceView;
pub use progress::ProgressView;
pub use replay::ReplayView;
pub use results::{ResultList, ResultView};
pub(crate) use solves::NewSolvesBody;
pub use solves::RecordedView;
