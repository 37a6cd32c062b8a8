//! Boards of rounds.

use contest_core::engine::{BoardPage, BoardRow};
use contest_core::standings::{Cell, Row, Standings, View};
use contest_core::time::Timestamp;
use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor as _;
use crate::dto::score::{ScoreView, TotalView};

/// A page of a board.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = BoardPage))]
pub struct BoardView {
    #[serde(flatten)]
    board: BoardTopView,
    /// The `cursor` of the next page; null on the last page.
    next_cursor: Option<String>,
}

/// Rows of a board, the best first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Board))]
pub struct BoardTopView {
    /// `public` or `host`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "public"))]
    view: View,
    /// Whether outcomes are hidden from this view.
    frozen: bool,
    rows: Vec<RowView>,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    server_now: Timestamp,
}

/// A participant's row of a board.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = BoardRow))]
pub struct RowView {
    /// One more than the participants with a better score.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    rank: u64,
    /// The user, or the user's team.
    participant_id: Uuid,
    /// Whether it takes part virtually, with the rank that it would have.
    #[serde(rename = "virtual")]
    is_virtual: bool,
    #[serde(flatten)]
    total: TotalView,
    /// In the order of the round.
    problems: Vec<CellView>,
}

/// A participant's score at a problem.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = BoardCell))]
struct CellView {
    /// The position of the problem in the round, from 1.
    #[cfg_attr(feature = "openapi", schema(example = 1))]
    order: u32,
    #[serde(flatten)]
    score: ScoreView,
    /// Whether the participant was the first to solve it; in standings only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    first_to_solve: Option<bool>,
}

impl BoardTopView {
    /// The response for the first `rows` rows of a page.
    pub fn new(page: &BoardPage, rows: usize) -> Self {
        Self {
            view: page.view,
            frozen: page.frozen,
            rows: page.rows.iter().take(rows).map(Into::into).collect(),
            server_now: page.as_of,
        }
    }
}

impl From<&BoardPage> for BoardView {
    fn from(page: &BoardPage) -> Self {
        Self {
            board: BoardTopView::new(page, page.rows.len()),
            next_cursor: page.next.map(|next| next.encode()),
        }
    }
}

impl From<&BoardRow> for RowView {
    fn from(row: &BoardRow) -> Self {
        let cells = (1..).zip(&row.problems);
        let cells = cells.map(|(order, score)| CellView {
            order,
            score: (*score).into(),
            first_to_solve: None,
        });
        Self {
            rank: row.rank,
            participant_id: row.participant.as_uuid(),
            is_virtual: row.is_virtual,
            total: row.total.into(),
            problems: cells.collect(),
        }
    }
}

impl From<&Row> for RowView {
    fn from(row: &Row) -> Self {
        let cell = |(order, cell): (u32, &Cell)| CellView {
            order,
            score: cell.score.into(),
            first_to_solve: Some(cell.first_to_solve),
        };
        Self {
            rank: u64::try_from(row.rank).unwrap_or(u64::MAX),
            participant_id: row.participant.as_uuid(),
            is_virtual: row.is_virtual,
            total: row.total.into(),
            problems: (1..).zip(&row.cells).map(cell).collect(),
        }
    }
}

/// The caller's row of a board.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct OwnRow {
    /// Null before the caller has joined.
    row: Option<RowView>,
}

impl From<Option<&BoardRow>> for OwnRow {
    fn from(row: Option<&BoardRow>) -> Self {
        let row = row.map(Into::into);
        Self { row }
    }
}

/// The whole board of a round at an instant.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Standings))]
pub struct StandingsView {
    /// `public` or `host`.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "public"))]
    view: View,
    /// Whether outcomes are hidden from this view.
    frozen: bool,
    /// The participants in the board, the best first.
    rows: Vec<RowView>,
    /// The virtual participants, the best first: each with the rank that it would have in the board.
    virtual_rows: Vec<RowView>,
    /// The instant of the standings.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    server_now: Timestamp,
}

impl From<&Standings> for StandingsView {
    fn from(standings: &Standings) -> Self {
        Self {
            view: standings.view,
            frozen: standings.frozen,
            rows: standings.rows.iter().map(Into::into).collect(),
            virtual_rows: standings.virtual_rows.iter().map(Into::into).collect(),
            server_now: standings.as_of,
        }
    }
}
