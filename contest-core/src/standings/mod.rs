//! The standings of a [round](Round): a [board](Board) that ranks its participants, pure and updated
//! attempt by attempt.
//!
//! | question | answer |
//! |---|---|
//! | who is where | [`Board::standings`], [`Board::page`], [`Board::row`] |
//! | what changed | [`Board::record`], [`Board::join`], [`Board::remove`] |
//! | how was it then | [`Board::as_of`] |
//!
//! During the [freeze](Freeze) the board has two [views](View).

mod board;
mod log;
mod ordered;
mod race;
mod ranking;
mod round;
mod row;

pub use board::{Board, BoardError};
pub use round::{Admission, Freeze, Judging, Participant, Round, RoundError, RoundProblem};
pub use row::{Cell, Row, Standings, View};
