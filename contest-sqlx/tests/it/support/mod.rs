//! Shared by the tests of both databases.

pub(crate) mod compare;
pub(crate) mod delivery;
mod dice;
pub(crate) mod dropped;
pub(crate) mod hammer;
pub(crate) mod killed;
pub(crate) mod process;
pub(crate) mod race;
pub(crate) mod rounds;
pub(crate) mod tapped;
mod ways;
pub(crate) mod worker;

use contest_core::prelude::*;
use uuid::Uuid;

pub(crate) use dice::Dice;

pub(crate) fn user(number: u64) -> UserId {
    Uuid::from_u128(0x1000 + u128::from(number)).into()
}
