//! Boards of rounds: pages by rank, own places, whole standings.

use std::collections::BTreeMap;

use crate::engine::observe::operation_span;
use crate::engine::rounds::may_see;
use crate::engine::{Error, Page, PageLimit, Rounds, Viewer};
use crate::id::{ParticipantId, RoundId, UserId};
use crate::progress::RankedRow;
use crate::rules::Refusal;
use crate::scoring::{Method, ProblemScore, RankKey, Scoring, TotalScore};
use crate::standings::{Admission, Board, BoardError, Participant, Round, Row, Standings, View};
use crate::store::{BoardPart, ContestSelector, RankedRound, StoreError};
use crate::time::Timestamp;
use crate::user::ContestRecord;

/// The contests read at a time for a whole board.
const PAGE: u32 = 1_000;

/// Where a page of a board begins. The default is the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BoardPosition {
    /// How many rows come before it.
    pub rows: u64,
    /// The last of them: its rank, key and user.
    pub last: Option<(u64, RankKey, UserId)>,
}

/// A page of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BoardPage {
    /// Whose view it is.
    pub view: View,
    /// Whether outcomes are hidden from this view.
    pub frozen: bool,
    /// The rows, best first; equal ones by user.
    pub rows: Vec<BoardRow>,
    /// Where the next page begins; `None` when this is the last one.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub next: Option<BoardPosition>,
    /// The instant of this view.
    #[cfg_attr(feature = "serde", serde(rename = "server_now"))]
    pub as_of: Timestamp,
}

/// A participant's row in a page of a board. Who was first to solve a problem is in the whole
/// [standings](Rounds::standings) only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BoardRow {
    /// One more than the participants with a better score.
    pub rank: u64,
    /// The participant.
    #[cfg_attr(feature = "serde", serde(rename = "participant_id"))]
    pub participant: ParticipantId,
    /// Whether it takes part virtually, with the rank that it would have.
    #[cfg_attr(feature = "serde", serde(rename = "virtual"))]
    pub is_virtual: bool,
    /// The score over all problems.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub total: TotalScore,
    /// The scores at the problems, in the order of the round.
    pub problems: Vec<ProblemScore>,
}

impl Rounds {
    /// A page of the board of a round, as it stands now. Pages read one after the other may show different
    /// instants.
    ///
    /// A page costs one read of its rows, however large the round, and a second one once a freeze is lifted. With
    /// [teams](Admission::Teams) or [lockout](Method::Lockout) scoring, where a row depends on several contests, it
    /// also costs a read of all contests.
    ///
    /// # Errors
    /// [`Refusal::RoundNotFound`]; [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn board(
        &self,
        id: RoundId,
        viewer: Viewer,
        from: BoardPosition,
        limit: PageLimit,
    ) -> Result<BoardPage, Error> {
        let span = operation_span!("contest.round.board", round = id);
        self.engine
            .observe(span, self.page(id, viewer, from, limit))
            .await
    }

    async fn page(
        &self,
        id: RoundId,
        viewer: Viewer,
        from: BoardPosition,
        limit: PageLimit,
    ) -> Result<BoardPage, Error> {
        let view = viewer.view();
        let mut part = BoardPart {
            view,
            after: from.last.map(|(_, key, user)| (key, user)),
            limit: limit.get() + 1,
        };
        let mut found = self.ranked(viewer, id, part).await?;
        let (round, now) = (found.round.round.round, self.engine.now());
        let frozen = view == View::Public && round.is_frozen(now);
        if is_joint(&round) {
            let board = self.whole(id, &round).await?;
            return Ok(page_of(&board, view, frozen, now, from, limit));
        }
        part.view = order(view, &round, now);
        if part.view != view {
            found.rows = self.ranked(viewer, id, part).await?.rows;
        }
        let mut rows = Vec::with_capacity(found.rows.len());
        let mut last = from.last.map(|(rank, key, _)| (rank, key));
        for (row, place) in found.rows.into_iter().zip(from.rows + 1..) {
            let rank = match last {
                Some((rank, before)) if before == row.key => rank,
                _ => place,
            };
            last = Some((rank, row.key));
            let position = BoardPosition {
                rows: place,
                last: Some((rank, row.key, row.user)),
            };
            rows.push((BoardRow::new(row, round.scoring(), rank), position));
        }
        let page = Page::new(rows, limit, |(_, position)| *position);
        Ok(BoardPage {
            view,
            frozen,
            rows: page.items.into_iter().map(|(row, _)| row).collect(),
            next: page.next,
            as_of: now,
        })
    }

    /// The round with a page of its board.
    async fn ranked(
        &self,
        viewer: Viewer,
        id: RoundId,
        part: BoardPart,
    ) -> Result<RankedRound, Error> {
        let found = self.repository.load_board(id, viewer.user(), part).await?;
        let seen = found.filter(|found| may_see(viewer, &found.round));
        Ok(seen.ok_or(Refusal::RoundNotFound { round: id })?)
    }

    /// The row of a user, or of the user's team, in the public view: during a freeze, the user's own attempts are
    /// pending too. `None` if the user has not joined.
    ///
    /// # Errors
    /// [`Refusal::RoundNotFound`]; [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn place(&self, user: UserId, id: RoundId) -> Result<Option<BoardRow>, Error> {
        let span = operation_span!("contest.round.place", user = user, round = id);
        self.engine
            .observe(span, async {
                let round = self.load(Viewer::User(user), id).await?.round.round;
                let selector = ContestSelector::Round(id);
                let snapshot = self.engine.store().load_user(user, &selector).await?;
                let (Some(contest), now) = (snapshot.contest, self.engine.now()) else {
                    return Ok(None);
                };
                let Some(entry) = contest.round else {
                    return Ok(None);
                };
                if is_joint(&round) {
                    let board = self.whole(id, &round).await?;
                    return Ok(board
                        .row(View::Public, now, entry.participant)
                        .map(Into::into));
                }
                let by = order(View::Public, &round, now);
                let score = match by {
                    View::Host => contest.score(),
                    View::Public => contest.public_score(),
                };
                let key = contest.scoring.rank_key(&score.total);
                let better = self.repository.count_ranked(id, by, key).await?;
                Ok(Some(BoardRow {
                    rank: better + 1,
                    participant: entry.participant,
                    is_virtual: entry.is_virtual,
                    total: score.total,
                    problems: score.problems,
                }))
            })
            .await
    }

    /// The whole board of a round, with virtual participants and with who was first to solve each problem; as it
    /// stood at an instant of the past, if one is given. It reads all contests of the round.
    ///
    /// # Errors
    /// [`Refusal::RoundNotFound`]; [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn standings(
        &self,
        id: RoundId,
        viewer: Viewer,
        at: Option<Timestamp>,
    ) -> Result<Standings, Error> {
        let span = operation_span!("contest.round.standings", round = id);
        self.engine
            .observe(span, async {
                let round = self.load(viewer, id).await?.round.round;
                let board = self.whole(id, &round).await?;
                let now = self.engine.now();
                let view = viewer.view();
                Ok(match at.filter(|at| *at < now) {
                    // What was hidden then and is public now may be shown.
                    Some(at) => {
                        let mut board = board.as_of(at);
                        let lifted = round.freeze().filter(|freeze| freeze.is_lifted(now));
                        if lifted.is_none() && view == View::Public {
                            return Ok(board.standings(view, at));
                        }
                        board.set_freeze(None);
                        board.standings(view, at)
                    }
                    None => board.standings(view, now),
                })
            })
            .await
    }

    /// The board of all contests of a round.
    async fn whole(&self, id: RoundId, round: &Round) -> Result<Board, Error> {
        let (mut contests, mut after) = (Vec::new(), None);
        loop {
            let found = self.repository.list_round_contests(id, after, PAGE).await?;
            let more = found.len() as u64 == u64::from(PAGE);
            after = found.last().map(|found| found.user);
            contests.extend(found.into_iter().map(|found| found.contest));
            if !more {
                let board = Board::of_contests(round.clone(), &contests);
                let message = "a contest of a round has a problem that the round lacks";
                let inconsistent =
                    |error| StoreError::inconsistent(message.to_owned()).with_source(error);
                return Ok(board.map_err(inconsistent)?);
            }
        }
    }
}

/// Whether a row depends on several contests.
fn is_joint(round: &Round) -> bool {
    round.admission() == Admission::Teams || *round.scoring().method() == Method::Lockout
}

/// The keys that order a view: once the freeze is lifted, the host's.
fn order(view: View, round: &Round, now: Timestamp) -> View {
    match round.freeze() {
        Some(freeze) if freeze.is_lifted(now) => View::Host,
        _ => view,
    }
}

impl BoardRow {
    fn new(row: RankedRow, scoring: &Scoring, rank: u64) -> Self {
        Self {
            rank,
            participant: row.participant,
            is_virtual: false,
            total: scoring.total(&row.problems),
            problems: row.problems,
        }
    }
}

/// A page of a board that was read whole.
fn page_of(
    board: &Board,
    view: View,
    frozen: bool,
    now: Timestamp,
    from: BoardPosition,
    limit: PageLimit,
) -> BoardPage {
    let position = usize::try_from(from.rows).unwrap_or(usize::MAX);
    let most = usize::try_from(limit.get()).unwrap_or(usize::MAX);
    let rows = board.page(view, now, position, most);
    let shown = from.rows + rows.len() as u64;
    let next = BoardPosition {
        rows: shown,
        last: None,
    };
    BoardPage {
        view,
        frozen,
        rows: rows.into_iter().map(Into::into).collect(),
        next: (shown < board.len() as u64).then_some(next),
        as_of: now,
    }
}

impl From<Row> for BoardRow {
    fn from(row: Row) -> Self {
        Self {
            rank: row.rank as u64,
            participant: row.participant,
            is_virtual: row.is_virtual,
            total: row.total,
            problems: row.cells.into_iter().map(|cell| cell.score).collect(),
        }
    }
}

impl Board {
    /// The board of a round with these contests.
    ///
    /// # Errors
    /// [`BoardError`] if a contest has a problem that the round lacks.
    fn of_contests(round: Round, contests: &[ContestRecord]) -> Result<Self, BoardError> {
        let mut board = Self::new(round);
        let entries = || {
            contests
                .iter()
                .filter_map(|contest| Some((contest, contest.round?)))
        };
        let mut participants = BTreeMap::<_, Participant>::new();
        for (contest, entry) in entries() {
            let end = contest.counts_until();
            let mut own = Participant::new(entry.participant).with_window(entry.zero, end);
            own.is_virtual = entry.is_virtual;
            let team = participants.entry(entry.participant).or_insert(own);
            // A team is in the board if any of its members is.
            team.is_virtual &= own.is_virtual;
            team.started_at = team.started_at.min(own.started_at);
            team.ends_at = team.ends_at.max(own.ends_at);
        }
        for participant in participants.values() {
            board.join(*participant);
        }
        let attempts = entries().flat_map(|(contest, entry)| {
            let in_board = participants.get(&entry.participant);
            let counts = in_board.is_some_and(|team| team.is_virtual == entry.is_virtual);
            let problems = contest.problems.iter().filter(move |_| counts);
            let attempts = problems.flat_map(|assigned| contest.counted_attempts(assigned));
            attempts.map(move |attempt| (entry.participant, attempt))
        });
        board.extend(attempts)?;
        Ok(board)
    }
}
