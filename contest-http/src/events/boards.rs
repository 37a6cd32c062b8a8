//! Changes of boards. All streams of a board share one page, which one of them reads at most once in each poll
//! interval.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::body::Bytes;
use axum::response::Response;
use contest_core::UserId;
use contest_core::engine::{BoardPage, BoardPosition, Error, PageLimit, Rounds, Viewer};
use contest_core::id::RoundId;
use contest_core::model::RangeError;
use contest_core::standings::View;
use futures::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, sleep};

use super::permits::Permit;
use super::{EventStreams, NOTHING, OPENING};
use crate::details::ProblemDetails;
use crate::dto::BoardTopView;
use crate::json::written;

/// The rows of the shared page: the most that a stream shows.
const ROWS: u32 = 100;

/// The boards that streams watch.
#[derive(Default)]
pub(crate) struct Boards(Mutex<HashMap<(RoundId, View), Weak<Board>>>);

/// A board that streams watch. An async lock: one stream at a time reads, and the others wait for its page. If
/// that stream is dropped, the next one reads.
#[derive(Debug, Default)]
struct Board(futures::lock::Mutex<Option<Latest>>);

/// The latest page, or the failure to read it, which ends all streams of the board.
#[derive(Debug)]
struct Latest {
    read_at: Instant,
    version: u64,
    page: Result<Arc<SharedPage>, ProblemDetails>,
}

/// A page of a board that all its streams share.
#[derive(Debug)]
struct SharedPage {
    page: BoardPage,
    /// Pages of the same version have the same content.
    version: u64,
    /// The first rows as JSON, by their number.
    texts: Mutex<HashMap<u32, Bytes>>,
}

/// The first rows of a board, to be streamed.
#[derive(Debug)]
pub(crate) struct BoardWatch {
    pub(crate) rounds: Rounds,
    pub(crate) round: RoundId,
    pub(crate) viewer: Viewer,
    /// The number of rows.
    pub(crate) rows: u32,
}

impl BoardWatch {
    /// Checks the number of rows.
    ///
    /// # Errors
    /// [`RangeError`] above the most that a stream shows.
    pub(crate) fn check_rows(rows: PageLimit) -> Result<u32, RangeError> {
        let rows = rows.get();
        RangeError::check("limit", "limit of a page", rows.into(), 1..=ROWS.into())?;
        Ok(rows)
    }
}

impl Boards {
    /// The board to share with all other streams of it. Boards without streams are forgotten.
    fn board(&self, round: RoundId, view: View) -> Arc<Board> {
        let mut boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        boards.retain(|_, board| board.strong_count() > 0);
        let known = boards.get(&(round, view)).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let board = Arc::default();
            boards.insert((round, view), Arc::downgrade(&board));
            board
        })
    }
}

impl fmt::Debug for Boards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Boards")
    }
}

impl Board {
    /// The page, at most as old as `age`.
    async fn page(
        &self,
        watch: &BoardWatch,
        age: Duration,
    ) -> Result<Arc<SharedPage>, ProblemDetails> {
        let mut latest = self.0.lock().await;
        if let Some(latest) = &*latest
            && latest.read_at.elapsed() < age
        {
            return latest.page.clone();
        }
        let read_at = Instant::now();
        let mut version = latest.as_ref().map_or(0, |latest| latest.version);
        let limit = PageLimit::new(ROWS)?;
        let top = BoardPosition::default();
        let page = match watch
            .rounds
            .board(watch.round, watch.viewer, top, limit)
            .await
        {
            // This viewer may no longer see the board; others may.
            Err(error @ Error::Refused(_)) => return Err(error.into()),
            Err(error) => Err(ProblemDetails::from(error)),
            Ok(page) => {
                let before = latest.as_ref().and_then(|latest| latest.page.as_ref().ok());
                let same = before.is_some_and(|before| before.has_content_of(&page));
                version += u64::from(!same);
                Ok(Arc::new(SharedPage::new(page, version)))
            }
        };
        *latest = Some(Latest {
            read_at,
            version,
            page: page.clone(),
        });
        page
    }
}

impl SharedPage {
    fn new(page: BoardPage, version: u64) -> Self {
        Self {
            page,
            version,
            texts: Mutex::default(),
        }
    }

    fn has_content_of(&self, other: &BoardPage) -> bool {
        self.page.rows == other.rows && self.page.frozen == other.frozen
    }

    /// Whether a client that saw `other` has seen these first rows.
    fn shows_as(&self, other: &Self, rows: u32) -> bool {
        let first = |page: &Self| page.page.rows.len().min(length(rows));
        self.version == other.version
            || (self.page.frozen == other.page.frozen
                && self.page.rows.get(..first(self)) == other.page.rows.get(..first(other)))
    }

    /// The first rows as JSON, serialised once for all streams.
    fn text(&self, rows: u32) -> Result<Bytes, ProblemDetails> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = texts.get(&rows) {
            return Ok(text.clone());
        }
        let text = Bytes::from(written(&BoardTopView::new(&self.page, length(rows)))?);
        texts.insert(rows, text.clone());
        Ok(text)
    }
}

fn length(rows: u32) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

impl EventStreams {
    /// A stream of a board. The first page is read before the response begins, so that a failure is an error
    /// response.
    pub(crate) async fn open_board(
        self: &Arc<Self>,
        user: UserId,
        boards: &Boards,
        watch: BoardWatch,
    ) -> Result<Response, ProblemDetails> {
        let permit = self.permit(user)?;
        // The shared page may have been read for another viewer.
        watch.rounds.round(watch.viewer, watch.round).await?;
        let board = boards.board(watch.round, watch.viewer.view());
        let shown = board.page(&watch, self.poll_interval).await?;
        let mut feed = Feed {
            streams: Arc::clone(self),
            board,
            watch,
            shown,
            number: 0,
            ready: None,
            quiet: Duration::ZERO,
            _permit: permit,
        };
        feed.ready = Some(feed.message(OPENING)?);
        Ok(self.response(feed.into_stream()))
    }
}

/// The state of a stream.
struct Feed {
    streams: Arc<EventStreams>,
    board: Arc<Board>,
    watch: BoardWatch,
    /// The page sent last.
    shown: Arc<SharedPage>,
    /// The number of the message sent last.
    number: u64,
    /// Pieces to send before the board is read again.
    ready: Option<Vec<Bytes>>,
    /// Time since something was sent.
    quiet: Duration,
    _permit: Permit,
}

impl Feed {
    /// The texts to send.
    fn into_stream(self) -> impl Stream<Item = Bytes> {
        stream::unfold(self, Self::next).flat_map(stream::iter)
    }

    /// The next pieces to send. `None` ends the stream when the store fails, or the viewer may no longer see the
    /// board: the client reconnects and gets the reason as an error response.
    async fn next(mut self) -> Option<(Vec<Bytes>, Self)> {
        loop {
            if let Some(ready) = self.ready.take() {
                self.quiet = Duration::ZERO;
                return Some((ready, self));
            }
            let interval = self.streams.poll_interval;
            sleep(interval).await;
            self.quiet += interval;
            let page = self.board.page(&self.watch, interval).await.ok()?;
            if !page.shows_as(&self.shown, self.watch.rows) {
                self.shown = page;
                self.ready = Some(self.message("").ok()?);
            } else if self.quiet >= self.streams.keep_alive {
                self.ready = Some(vec![NOTHING]);
            }
        }
    }

    /// The page as a message, after `opening`. Compact JSON has no line breaks, so one `data` line is enough.
    fn message(&mut self, opening: &str) -> Result<Vec<Bytes>, ProblemDetails> {
        self.number += 1;
        let head = format!("{opening}id: {}\nevent: board\ndata: ", self.number);
        let text = self.shown.text(self.watch.rows)?;
        Ok(vec![head.into(), text, Bytes::from_static(b"\n\n")])
    }
}

#[cfg(test)]
mod tests {
    use contest_core::prelude::*;
    use contest_core::standings::{Admission, Round, RoundProblem};
    use contest_core::store::Member;
    use contest_core::uuid::Uuid;

    use super::*;

    fn round(number: u128) -> RoundId {
        RoundId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn boards_without_streams_are_forgotten() {
        let boards = Boards::default();
        let kept = boards.board(round(1), View::Public);
        drop(boards.board(round(2), View::Public));
        drop(boards.board(round(1), View::Host));
        let again = boards.board(round(1), View::Public);
        assert!(Arc::ptr_eq(&kept, &again));
        assert_eq!(boards.0.lock().unwrap().len(), 1);
    }

    /// A viewer who may not see the board reads it first.
    #[tokio::test]
    async fn a_refused_reader_ends_no_other_stream() {
        let problem = Problem::new("one", "One", Difficulty::Easy).unwrap();
        let id = problem.id;
        let store = MemoryStore::with_catalogue(Catalogue::new([problem]).unwrap());
        let engine = Engine::builder(store.clone()).build().await.unwrap();
        let rounds = Rounds::new(engine, store);
        let at = |hour: i64| Timestamp::from_micros(hour * 3_600_000_000);
        let listed = Round::new(at(1), at(2), [RoundProblem::new(id)]).unwrap();
        let listed = listed.with_admission(Admission::Listed);
        rounds.put(round(1), &listed).await.unwrap();
        let user = |number| UserId::from_uuid(Uuid::from_u128(number));
        let members = [Member::alone(user(1))];
        rounds.put_members(round(1), &members).await.unwrap();
        let board = Board::default();
        let read = async |number| {
            let watch = BoardWatch {
                rounds: rounds.clone(),
                round: round(1),
                viewer: Viewer::User(user(number)),
                rows: 1,
            };
            board.page(&watch, Duration::MAX).await.is_ok()
        };
        assert!(!read(2).await);
        assert!(read(1).await);
    }
}
