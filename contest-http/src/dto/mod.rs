//! What goes over the wire. Field names are those of the reference API.

mod activity;
mod catalogue;
mod contest;
mod creation;
mod epoch;
mod event;
mod explanation;
mod mark;
mod options;
mod pace;
mod progress;
mod replay;
mod results;
mod rules;
mod slot;
mod solves;
mod strategy;

pub(crate) use activity::ActivityView;
pub(crate) use catalogue::{CatalogueStats, ProblemList, ProblemView};
pub(crate) use contest::{ActiveContest, ContestList, ContestView};
pub(crate) use creation::NewContestBody;
pub(crate) use epoch::{EpochView, ResetBody, ResetView};
pub(crate) use event::EventView;
pub(crate) use explanation::ExplanationView;
pub(crate) use mark::{MarkBody, MarkView};
pub(crate) use options::ContestOptions;
pub(crate) use pace::PaceView;
pub(crate) use progress::ProgressView;
pub(crate) use replay::ReplayView;
pub(crate) use results::ResultList;
pub(crate) use solves::{NewSolvesBody, RecordedView, SolveHistory};

use std::fmt::Display;

use contest_core::time::Timestamp;
use serde::Serializer;

/// What is shown as text is that text.
fn text<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// An instant as RFC 3339 in UTC.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the field"
)]
fn rfc3339<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

/// An instant as RFC 3339 in UTC, or null.
#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
fn rfc3339_or_null<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => to.collect_str(at),
        None => to.serialize_none(),
    }
}
