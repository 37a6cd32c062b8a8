//! One endpoint in each file: parameters, responses, documentation. A handler parses, calls the engine
//! once, and maps the result.

pub(crate) mod abandon_contest;
pub(crate) mod complete_contest;
pub(crate) mod create_contest;
pub(crate) mod explain_contest;
pub(crate) mod get_active_contest;
pub(crate) mod get_activity;
pub(crate) mod get_contest;
pub(crate) mod get_contest_options;
pub(crate) mod get_epoch;
pub(crate) mod get_pace;
pub(crate) mod get_problem;
pub(crate) mod get_problem_stats;
pub(crate) mod get_progress;
pub(crate) mod list_attempts;
pub(crate) mod list_contests;
pub(crate) mod list_problems;
pub(crate) mod list_results;
pub(crate) mod mark_problem;
pub(crate) mod record_solves;
pub(crate) mod replay_contest;
pub(crate) mod reset_progress;
pub(crate) mod resume_contest;
pub(crate) mod stream_events;
