//! The current epoch.

use contest_core::model::Epoch;
use contest_core::rules::Reset;
use contest_core::time::Timestamp;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// Progress to reset.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NewReset))]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    /// Must be true, so that progress is not reset by mistake.
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub(crate) confirm: bool,
}

/// Since when progress is counted.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Epoch))]
pub struct EpochView {
    /// How many times progress was reset.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    number: u64,
    /// When it was reset last; null if it never was.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    began_at: Option<Timestamp>,
}

/// What a reset did.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Reset))]
pub struct ResetView {
    /// The epoch that began.
    epoch: EpochView,
    /// How many problems were solved before.
    #[cfg_attr(feature = "openapi", schema(example = 12))]
    removed: u64,
}

impl From<Epoch> for EpochView {
    fn from(epoch: Epoch) -> Self {
        Self {
            number: epoch.number,
            began_at: epoch.began_at,
        }
    }
}

impl From<Reset> for ResetView {
    fn from(reset: Reset) -> Self {
        Self {
            epoch: reset.epoch.into(),
            removed: reset.removed,
        }
    }
}
