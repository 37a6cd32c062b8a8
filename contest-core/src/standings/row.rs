//! What a board shows.

use std::ops::Deref;

use crate::id::{ParticipantId, ProblemId};
use crate::scoring::{ProblemScore, TotalScore};
use crate::time::Timestamp;

/// Who looks at a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum View {
    /// Everyone: attempts made during the freeze are pending until it is lifted.
    Public,
    /// The host: everything.
    Host,
}

/// A board at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Standings {
    /// Who sees it so.
    pub view: View,
    /// Whether outcomes are hidden from this view.
    pub frozen: bool,
    /// The participants in the board, best first; equal ones by id.
    pub rows: Vec<Row>,
    /// The virtual participants, best first. They stand beside the board, each with the rank it would have
    /// in it.
    pub virtual_rows: Vec<Row>,
    /// The instant of this view.
    #[cfg_attr(feature = "serde", serde(rename = "server_now"))]
    pub as_of: Timestamp,
}

/// A participant's row of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Row {
    /// One more than the participants with a better score, so that equal ones share a rank: 1, 2, 2, 4.
    pub rank: usize,
    /// The participant.
    #[cfg_attr(feature = "serde", serde(rename = "participant_id"))]
    pub participant: ParticipantId,
    /// Whether it is virtual, so that no other rank depends on it.
    #[cfg_attr(feature = "serde", serde(rename = "virtual"))]
    pub is_virtual: bool,
    /// The score over all problems.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub total: TotalScore,
    /// The problems, in the order of the round.
    pub cells: Vec<Cell>,
}

/// A participant's score at one problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Cell {
    /// The problem.
    #[cfg_attr(feature = "serde", serde(rename = "problem_id"))]
    pub problem: ProblemId,
    /// The score.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub score: ProblemScore,
    /// Whether the participant was the first in the board to solve it. Withheld while an earlier attempt at
    /// the problem is pending, by any participant in the board, this one included.
    pub first_to_solve: bool,
}

impl Deref for Cell {
    type Target = ProblemScore;

    fn deref(&self) -> &ProblemScore {
        &self.score
    }
}
