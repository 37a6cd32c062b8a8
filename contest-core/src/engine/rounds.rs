//! Rounds: contests given to many, and their boards.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::observe::operation_span;
use crate::engine::run::Done;
use crate::engine::{CreatedContest, Engine, Error, Page, PageLimit};
use crate::id::{ParticipantId, RoundId, UserId};
use crate::model::RangeError;
use crate::progress::{Contest, RankedRow};
use crate::rules::{GrantExtraTime, Join, Refusal};
use crate::scoring::{Method, ProblemScore, RankKey, Scoring, TotalScore};
use crate::select::ProblemCount;
use crate::standings::{
    Admission, Board, BoardError, Freeze, Participant, Round, Row, Standings, View,
};
use crate::store::{
    BoardPart, CommitError, ContestSelector, ListedRound, Member, RankedRound, RoundRepository,
    StoreError, StoredRound,
};
use crate::time::Timestamp;
use crate::user::ContestRecord;

/// The contests read at a time for a whole board.
const PAGE: u32 = 1_000;

/// The most users listed in one call.
const MOST_MEMBERS: usize = 10_000;

/// How often a round is decided again after another call changed it.
const ATTEMPTS: u32 = 16;

/// Rounds over an engine: contests given to many, and their boards. Cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use contest_core::engine::{BoardPosition, Rounds, Viewer};
/// use contest_core::prelude::*;
/// use contest_core::standings::{Round, RoundProblem};
/// use contest_core::time::SystemClock;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
/// let engine = Engine::builder(store.clone()).build().await?;
/// let rounds = Rounds::new(engine.clone(), store);
///
/// // The host gives three problems to everyone, for an hour from now on.
/// let now = SystemClock.now();
/// let catalogue = engine.catalogue();
/// let problems = catalogue.problems().iter().take(3).map(|problem| RoundProblem::new(problem.id));
/// let round = "0190d3f4-7a00-7000-8000-0000000000aa".parse()?;
/// rounds.put(round, &Round::new(now, now + Duration::from_secs(3600), problems)?).await?;
///
/// // A user takes part.
/// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
/// let contest = rounds.join(user, round).await?.contest;
/// engine.mark_solved(user, contest.id, contest.problems[0].problem.id).await?;
///
/// let board = rounds.board(round, Viewer::User(user), BoardPosition::default(), PageLimit::default()).await?;
/// assert_eq!((board.rows[0].rank, board.rows[0].total.solved), (1, 1));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Rounds {
    engine: Engine,
    repository: Arc<dyn RoundRepository>,
}

/// Who looks at a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// The host: it sees everything.
    Host,
    /// A user who may take part: the user sees the public view.
    User(UserId),
}

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
    /// Rounds whose contests are those of `engine`. The repository must be of the same store.
    pub fn new(engine: Engine, repository: impl RoundRepository + 'static) -> Self {
        let repository = Arc::new(repository);
        Self { engine, repository }
    }

    /// The engine.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Creates a round or changes it. The same round again changes nothing. It is for the host.
    ///
    /// Once it has opened, only the [lifting](Freeze::lifted_at) of its freeze can be changed: contests hold
    /// their own copies of the rest.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`] without problems or with more than 1,000, [`Refusal::UnknownProblems`],
    /// [`Refusal::RoundHasOpened`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The round is stored as given or stays as it was.
    pub async fn put(&self, id: RoundId, round: &Round) -> Result<StoredRound, Error> {
        let span = operation_span!("contest.round.put", round = id);
        self.engine.observe(span, self.put_now(id, round)).await
    }

    async fn put_now(&self, id: RoundId, round: &Round) -> Result<StoredRound, Error> {
        let (least, most) = (ProblemCount::MIN.get(), ProblemCount::MAX.get());
        let (count, allowed) = (round.problems().len(), least.into()..=most.into());
        RangeError::check_size("problems", "number of problems", count, allowed)
            .map_err(Refusal::from)?;
        self.check_known(round).await?;
        for _ in 0..ATTEMPTS {
            let before = self.repository.load_round(id, None).await?;
            let before = before.map(|listed| listed.round);
            if let Some(before) = &before {
                if before.round == *round {
                    return Ok(before.clone());
                }
                let unfrozen = |round: &Round| {
                    let freeze = round.freeze().map(|freeze| Freeze::from(freeze.begins_at));
                    round.clone().with_freeze(freeze)
                };
                let opened = before.round.opens_at() <= self.engine.now();
                if opened && unfrozen(&before.round) != unfrozen(round) {
                    return Err(Refusal::RoundHasOpened { round: id }.into());
                }
            }
            let stored = StoredRound {
                id,
                version: self.engine.new_version(),
                round: round.clone(),
            };
            let expected = before.map(|before| before.version);
            match self.repository.commit_round(expected, &stored).await {
                Ok(()) => return Ok(stored),
                Err(CommitError::Conflict | CommitError::Outdated) => {}
                Err(CommitError::Failed(error)) => return Err(error.into()),
                Err(CommitError::Unknown(error)) => {
                    let found = self.repository.load_round(id, None).await?;
                    let kept = found.map(|listed| listed.round);
                    let kept = kept.filter(|kept| kept.round == *round);
                    return kept.ok_or_else(|| error.into());
                }
            }
        }
        Err(Error::Contended { attempts: ATTEMPTS })
    }

    async fn check_known(&self, round: &Round) -> Result<(), Error> {
        let unknown = |engine: &Engine| {
            let catalogue = engine.catalogue();
            let problems = round.problems().iter().map(|entry| entry.problem);
            let unknown = problems.filter(|id| catalogue.get(*id).is_none());
            unknown.collect::<Vec<_>>()
        };
        if unknown(&self.engine).is_empty() {
            return Ok(());
        }
        self.engine.load_catalogue().await?;
        match unknown(&self.engine) {
            problems if problems.is_empty() => Ok(()),
            problems => Err(Refusal::UnknownProblems { problems }.into()),
        }
    }

    /// A round that the viewer may see: a user sees the rounds that the user may take part in.
    ///
    /// # Errors
    /// [`Refusal::RoundNotFound`]; [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn round(&self, viewer: Viewer, id: RoundId) -> Result<StoredRound, Error> {
        let span = operation_span!("contest.round.get", round = id);
        let found = async { Ok(self.load(viewer, id).await?.round) };
        self.engine.observe(span, found).await
    }

    /// The rounds that the viewer may see, by descending id, beginning after the round `after` (the `next` of
    /// the previous page). A page may have fewer rounds than `limit`, or none, and have a next one.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn list(
        &self,
        viewer: Viewer,
        after: Option<RoundId>,
        limit: PageLimit,
    ) -> Result<Page<StoredRound, RoundId>, Error> {
        self.engine
            .observe(operation_span!("contest.round.list"), async {
                let user = viewer.user();
                let found = self
                    .repository
                    .list_rounds(user, after, limit.get() + 1)
                    .await?;
                let page = Page::new(found, limit, |listed| listed.round.id);
                let seen = page
                    .items
                    .into_iter()
                    .filter(|listed| may_see(viewer, listed));
                Ok(Page {
                    items: seen.map(|listed| listed.round).collect(),
                    next: page.next,
                })
            })
            .await
    }

    /// Lists users in a round, at most 10,000 in one call: all or none. A user who is listed already is listed as
    /// the new participant; a contest that has begun stays with the old one. Of a user given twice, the last entry
    /// counts. It is for the host.
    ///
    /// # Errors
    /// [`Refusal::RoundNotFound`], [`Refusal::LimitExceeded`], or [`Refusal::RoundWithoutTeams`] for a user who is
    /// not a participant of the same id in a round without [teams](Admission::Teams); [`Error::TimedOut`] or
    /// [`Error::Store`].
    ///
    /// # Cancel safety
    /// All are listed or none.
    pub async fn put_members(&self, id: RoundId, members: &[Member]) -> Result<(), Error> {
        let span = operation_span!(
            "contest.round.put_members",
            round = id,
            members = members.len()
        );
        self.engine
            .observe(span, async {
                check_members(members.len())?;
                let round = self.load(Viewer::Host, id).await?.round.round;
                let is_team = |member: &Member| member.participant != member.user.into();
                if round.admission() != Admission::Teams && members.iter().any(is_team) {
                    return Err(Refusal::RoundWithoutTeams { round: id }.into());
                }
                // Stores take each user once; the last entry counts.
                let last = members.iter().map(|member| (member.user, *member));
                let members: Vec<_> = last.collect::<BTreeMap<_, _>>().into_values().collect();
                Ok(self.repository.put_members(id, &members).await?)
            })
            .await
    }

    /// Removes users from the list of a round, at most 10,000 in one call: all or none. Contests that have begun
    /// go on and stay in the board, but their users do not see the round any more. It is for the host.
    ///
    /// # Errors
    /// [`Refusal::LimitExceeded`]; [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// All are removed or none.
    pub async fn remove_members(&self, id: RoundId, users: &[UserId]) -> Result<(), Error> {
        let span = operation_span!(
            "contest.round.remove_members",
            round = id,
            members = users.len()
        );
        self.engine
            .observe(span, async {
                check_members(users.len())?;
                Ok(self.repository.remove_members(id, users).await?)
            })
            .await
    }

    /// The users listed in a round, by ascending id, beginning after the user `after`. It is for the host.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn members(
        &self,
        id: RoundId,
        after: Option<UserId>,
        limit: PageLimit,
    ) -> Result<Page<Member, UserId>, Error> {
        let span = operation_span!("contest.round.members", round = id);
        self.engine
            .observe(span, async {
                let found = self
                    .repository
                    .list_members(id, after, limit.get() + 1)
                    .await?;
                Ok(Page::new(found, limit, |member| member.user))
            })
            .await
    }

    /// Begins the user's contest of a round. Repeating the call returns that contest.
    ///
    /// # Errors
    /// See [`Join`]; [`Error::Contended`], [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// The contest is created whole or not at all. To find out which, repeat the call.
    pub async fn join(&self, user: UserId, id: RoundId) -> Result<CreatedContest, Error> {
        let span = operation_span!("contest.round.join", user = user, round = id);
        self.engine
            .observe(span, async {
                let found = self.repository.load_round(id, Some(user)).await?;
                let ListedRound { round, listed } =
                    found.ok_or(Refusal::RoundNotFound { round: id })?;
                let random = self.engine.next_seed();
                let join = Join {
                    round: &round,
                    listed,
                    random,
                };
                self.engine.create(user, &join).await
            })
            .await
    }

    /// The user's contest of a round, once the user has joined.
    ///
    /// # Errors
    /// [`Error::TimedOut`] or [`Error::Store`].
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn contest(&self, user: UserId, id: RoundId) -> Result<Option<Contest>, Error> {
        let span = operation_span!("contest.round.contest", user = user, round = id);
        self.engine
            .observe(span, async {
                let selector = ContestSelector::Round(id);
                let snapshot = self.engine.store().load_user(user, &selector).await?;
                let (record, Some(contest)) = (snapshot.record, snapshot.contest) else {
                    return Ok(None);
                };
                let now = self.engine.time_of(record.as_ref());
                let contest = self.engine.view(user, &contest, record.as_ref(), now);
                contest.await.map(Some)
            })
            .await
    }

    /// Gives a user extra time in a round, before or after the user has joined it: the deadline of the user's
    /// contest moves, or will be later. It is the whole extra time, so a call can be repeated. It is for the host;
    /// for a team, call it for each member. Returns the contest, once the user has joined.
    ///
    /// # Errors
    /// See [`GrantExtraTime`]; [`Refusal::RoundNotFound`], [`Error::Contended`], [`Error::TimedOut`] or
    /// [`Error::Store`].
    ///
    /// # Cancel safety
    /// It is granted or not.
    pub async fn grant_extra_time(
        &self,
        user: UserId,
        id: RoundId,
        extra: Duration,
    ) -> Result<Option<Contest>, Error> {
        let span = operation_span!("contest.round.extra_time", user = user, round = id);
        self.engine
            .observe(span, async {
                self.load(Viewer::Host, id).await?;
                let grant = GrantExtraTime { round: id, extra };
                let Done { answer, after, now } = self.engine.run(user, &grant).await?;
                let Some(contest) = answer else {
                    return Ok(None);
                };
                let contest = self.engine.view(user, &contest, after.record.as_ref(), now);
                contest.await.map(Some)
            })
            .await
    }

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

    async fn load(&self, viewer: Viewer, id: RoundId) -> Result<ListedRound, Error> {
        let found = self.repository.load_round(id, viewer.user()).await?;
        let seen = found.filter(|listed| may_see(viewer, listed));
        Ok(seen.ok_or(Refusal::RoundNotFound { round: id })?)
    }
}

impl Viewer {
    /// The view of a board.
    pub const fn view(self) -> View {
        match self {
            Self::Host => View::Host,
            Self::User(_) => View::Public,
        }
    }

    const fn user(self) -> Option<UserId> {
        match self {
            Self::Host => None,
            Self::User(user) => Some(user),
        }
    }
}

fn may_see(viewer: Viewer, listed: &ListedRound) -> bool {
    let anyone = listed.round.round.admission() == Admission::Anyone;
    viewer == Viewer::Host || anyone || listed.listed.is_some()
}

fn check_members(count: usize) -> Result<(), Refusal> {
    RangeError::check_size("members", "number of users", count, 0..=MOST_MEMBERS)?;
    Ok(())
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

impl fmt::Debug for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rounds")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}
