//! The current epoch.

use contest_core::model::Epoch;
use contest_core::rules::Reset;
use contest_core::time::Timestamp;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// A reset of progress.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NewReset))]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    /// Must be true: prevents a reset by mistake.
    #[cfg_attr(feature = "openapi", schema(example = true))]
    pub(crate) confirm: bool,
}

/// The period since the last reset of progress, or since the beginning.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Epoch))]
pub struct EpochView {
    /// How often progress was reset.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    number: u64,
    /// When progress was last reset; null if never.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    began_at: Option<Timestamp>,
}

/// The result of a reset.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Reset))]
pub struct ResetView {
    /// The epoch that began.
    epoch: EpochView,
    /// Number of problems that were solved before the reset.
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
