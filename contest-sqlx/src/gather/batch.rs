//! A batch, and the calls that wait for it.
//!
//! It does not use [`futures::future::Shared`], which wakes every call whenever the batch makes progress:
//! 4,096 times for 64 calls and 64 round trips. Here only the call that polls the batch is woken.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use contest_core::store::{Commit, CommitError, StoreError};
use futures::future::BoxFuture;
use tokio::sync::Semaphore;

use super::{MOST_COMMITS, MOST_ROWS, Outcome, lock, rows};

/// Outcomes by the number of the member.
type Outcomes = BTreeMap<usize, Outcome>;

/// Commits that are made together.
pub(super) struct Batch {
    /// Shared with the work, which closes it.
    forming: Arc<Mutex<Forming>>,
    progress: Mutex<Progress>,
}

/// The commits, by the number of the member, until the batch closes.
#[derive(Default)]
struct Forming {
    commits: Vec<Option<Commit>>,
    rows: usize,
    closed: bool,
}

/// The progress of a batch.
struct Progress {
    /// Waits for a place and makes the commits. None while a member polls it, and after its end.
    work: Option<BoxFuture<'static, Outcomes>>,
    /// The member that polled the work last, or was woken to poll it.
    driver: usize,
    /// Waiting members, except the one that polls the work right now.
    waiting: BTreeMap<usize, Waker>,
    /// After the end of the work: the outcomes not yet taken.
    outcomes: Option<Outcomes>,
}

/// A call that waits for its outcome.
pub(super) struct Member {
    batch: Arc<Batch>,
    number: usize,
}

impl Forming {
    /// Adds a commit, if there is room and no commit of the same user. Returns its number.
    fn add(&mut self, commit: &Commit) -> Option<usize> {
        let number = self.commits.len();
        let rows = self.rows + rows(commit);
        let mut others = self.commits.iter().flatten();
        let refused = self.closed
            || number == MOST_COMMITS
            || rows > MOST_ROWS
            || others.any(|other| other.user == commit.user);
        if refused {
            return None;
        }
        self.rows = rows;
        self.commits.push(Some(commit.clone()));
        Some(number)
    }

    fn take(&mut self, number: usize) -> Option<Commit> {
        let commit = self.commits.get_mut(number)?.take()?;
        self.rows -= rows(&commit);
        Some(commit)
    }

    /// Closes the batch. Returns the remaining commits and their numbers.
    fn close(&mut self) -> (Vec<usize>, Vec<Commit>) {
        self.closed = true;
        let commits = std::mem::take(&mut self.commits).into_iter().enumerate();
        commits
            .filter_map(|(number, commit)| Some((number, commit?)))
            .unzip()
    }
}

impl Batch {
    /// A batch of one commit, which is made once it has one of the places.
    pub(super) fn begin(
        commit: &Commit,
        places: Arc<Semaphore>,
        together: impl FnOnce(Vec<Commit>) -> BoxFuture<'static, Vec<Outcome>> + Send + 'static,
    ) -> Member {
        let forming = Forming {
            commits: vec![Some(commit.clone())],
            rows: rows(commit),
            closed: false,
        };
        let forming = Arc::new(Mutex::new(forming));
        let closing = Arc::clone(&forming);
        let work = async move {
            // The semaphore is never closed, so this is a place.
            let _place = places.acquire_owned().await;
            let (numbers, commits) = lock(&closing).close();
            numbers.into_iter().zip(together(commits).await).collect()
        };
        let progress = Progress {
            work: Some(Box::pin(work)),
            driver: 0,
            waiting: BTreeMap::new(),
            outcomes: None,
        };
        let batch = Arc::new(Self {
            forming,
            progress: Mutex::new(progress),
        });
        Member { batch, number: 0 }
    }

    pub(super) fn join(self: Arc<Self>, commit: &Commit) -> Option<Member> {
        let number = lock(&self.forming).add(commit)?;
        Some(Member {
            batch: self,
            number,
        })
    }

    /// Keeps the outcomes and wakes all waiting members.
    fn end(&self, outcomes: Outcomes) {
        let mut progress = lock(&self.progress);
        progress.outcomes = Some(outcomes);
        let waiting = std::mem::take(&mut progress.waiting);
        drop(progress);
        waiting.into_values().for_each(Waker::wake);
    }

    /// Takes the work, for this member to poll it. If there is none to take, returns the member's answer.
    fn take_work(
        &self,
        number: usize,
        waker: &Waker,
    ) -> Result<BoxFuture<'static, Outcomes>, Poll<Outcome>> {
        let mut progress = lock(&self.progress);
        if let Some(outcomes) = &mut progress.outcomes {
            let outcome = outcomes.remove(&number);
            return Err(Poll::Ready(outcome.unwrap_or_else(unanswered)));
        }
        let Some(work) = progress.work.take() else {
            progress.waiting.insert(number, waker.clone());
            return Err(Poll::Pending);
        };
        progress.waiting.remove(&number);
        progress.driver = number;
        Ok(work)
    }

    /// Gives unfinished work back.
    fn give_back(&self, number: usize, waker: &Waker, work: BoxFuture<'static, Outcomes>) {
        let mut progress = lock(&self.progress);
        progress.waiting.insert(number, waker.clone());
        progress.work = Some(work);
    }

    /// Wakes another member to take over, if this one drove the batch.
    fn pass_on(&self, number: usize) {
        let mut progress = lock(&self.progress);
        progress.waiting.remove(&number);
        if progress.driver != number || progress.outcomes.is_some() {
            return;
        }
        // Members without a waker are about to be polled for the first time.
        let next = progress.waiting.first_key_value();
        let Some((next, waker)) = next.map(|(next, waker)| (*next, waker.clone())) else {
            return;
        };
        progress.driver = next;
        drop(progress);
        waker.wake();
    }
}

/// The batch ended in a panic, or its store gave no outcome for this commit.
fn unanswered() -> Outcome {
    let error = StoreError::transient("the batch of this commit ended without an outcome");
    Outcome::Ended(Err(CommitError::Unknown(error)))
}

/// Ends the batch if the poll of its work panics.
struct CutOff<'b> {
    batch: &'b Batch,
    panics: bool,
}

impl Drop for CutOff<'_> {
    fn drop(&mut self) {
        if self.panics {
            self.batch.end(Outcomes::new());
        }
    }
}

impl Member {
    pub(super) fn batch(&self) -> &Arc<Batch> {
        &self.batch
    }
}

impl Future for Member {
    type Output = Outcome;

    /// Any polled member takes the work over, unless another one polls it at the moment. So a member
    /// that is never polled again does not block the others.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let batch = &*self.batch;
        let mut cut_off = CutOff {
            batch,
            panics: false,
        };
        let mut work = match batch.take_work(self.number, context.waker()) {
            Ok(work) => work,
            Err(answer) => return answer,
        };
        cut_off.panics = true;
        let polled = work.as_mut().poll(context);
        cut_off.panics = false;
        match polled {
            Poll::Pending => {
                batch.give_back(self.number, context.waker(), work);
                Poll::Pending
            }
            Poll::Ready(mut outcomes) => {
                let outcome = outcomes.remove(&self.number);
                drop(work);
                batch.end(outcomes);
                Poll::Ready(outcome.unwrap_or_else(unanswered))
            }
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let commit = lock(&self.batch.forming).take(self.number);
        drop(commit);
        self.batch.pass_on(self.number);
    }
}
