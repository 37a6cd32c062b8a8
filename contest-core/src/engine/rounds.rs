//! Rounds: contests given to many. Their boards are in `boards`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::observe::operation_span;
use crate::engine::run::Done;
use crate::engine::{CreatedContest, Engine, Error, Page, PageLimit};
use crate::id::{RoundId, UserId};
use crate::model::RangeError;
use crate::progress::Contest;
use crate::rules::{GrantExtraTime, Join, Refusal};
use crate::select::ProblemCount;
use crate::standings::{Admission, Freeze, Round, View};
use crate::store::{
    CommitError, ContestSelector, ListedRound, Member, RoundRepository, StoredRound,
};

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
    pub(super) engine: Engine,
    pub(super) repository: Arc<dyn RoundRepository>,
}

/// Who looks at a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// The host: it sees everything.
    Host,
    /// A user who may take part: the user sees the public view.
    User(UserId),
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
    /// [`Refusal::RoundNotFound`] or [`Refusal::LimitExceeded`]; [`Error::TimedOut`] or [`Error::Store`].
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
                self.load(Viewer::Host, id).await?;
                let mut users = users.to_vec();
                users.sort_unstable();
                users.dedup();
                Ok(self.repository.remove_members(id, &users).await?)
            })
            .await
    }

    /// The users listed in a round, by ascending id, beginning after the user `after`. It is for the host.
    ///
    /// # Errors
    /// [`Refusal::RoundNotFound`]; [`Error::TimedOut`] or [`Error::Store`].
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
                self.load(Viewer::Host, id).await?;
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

    pub(super) async fn load(&self, viewer: Viewer, id: RoundId) -> Result<ListedRound, Error> {
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

    pub(super) const fn user(self) -> Option<UserId> {
        match self {
            Self::Host => None,
            Self::User(user) => Some(user),
        }
    }
}

pub(super) fn may_see(viewer: Viewer, listed: &ListedRound) -> bool {
    let anyone = listed.round.round.admission() == Admission::Anyone;
    viewer == Viewer::Host || anyone || listed.listed.is_some()
}

fn check_members(count: usize) -> Result<(), Refusal> {
    RangeError::check_size("members", "number of users", count, 0..=MOST_MEMBERS)?;
    Ok(())
}

impl fmt::Debug for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rounds")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}
