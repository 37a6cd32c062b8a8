//! Calls whose futures are dropped half-way.

use crate::conformance::author::{Author, Kept};
use crate::conformance::check::{At, Failure, Outcome, same, same_items};
use crate::conformance::data::{
    load_catalogue, problems, publication, publish, revision, titled, user,
};
use crate::conformance::harness::Harness;
use crate::conformance::race::drop_after;
use crate::store::{Commit, CommitError};

/// More polls than any call gets before it is dropped.
const POLLS: u32 = 48;

/// Drops a commit, then commits on the same version, which shows whether the first was stored. Returns
/// whether the first one finished before it could be dropped.
async fn drop_commit(h: &Harness, author: &mut Author, polls: u32) -> Outcome<bool> {
    let (dropped, settling) = (author.full(9)?, author.next());
    let answer = drop_after(polls, h.store.commit_user(&dropped)).await;
    match (h.other.commit_user(&settling).await, &answer) {
        (Err(CommitError::Conflict), _) => author.kept.apply(&dropped),
        (Ok(()), None) => {
            author.kept.apply(&settling);
            author.check_absent(h, &dropped).await?;
        }
        (other, _) => {
            let found = format!("after {answer:?} the next commit on the same version: {other:?}");
            return Err(Failure::new(found));
        }
    }
    author.check(h).await?;
    Ok(answer.is_some())
}

/// A dropped commit is stored whole or not at all, wherever it is dropped.
pub(super) async fn a_dropped_commit_is_whole_or_nothing(h: &Harness) -> Outcome {
    for polls in 1..POLLS {
        let mut alice = Author::new(user(polls.into()));
        alice.keep(h, alice.full(1)?).await?;
        let done = drop_commit(h, &mut alice, polls).await;
        if done.at(format_args!("dropped after {polls} polls"))? {
            return Ok(());
        }
    }
    Ok(())
}

/// The same for the first commit of a user.
pub(super) async fn a_dropped_first_commit_is_whole_or_nothing(h: &Harness) -> Outcome {
    for polls in 1..POLLS {
        let mut alice = Author::new(user(polls.into()));
        let done = drop_commit(h, &mut alice, polls).await;
        if done.at(format_args!("dropped after {polls} polls"))? {
            return Ok(());
        }
    }
    Ok(())
}

/// A dropped publication is stored whole or not at all.
pub(super) async fn a_dropped_publication_is_whole_or_nothing(h: &Harness) -> Outcome {
    let mut all = problems(0..6)?;
    publish(h, 1, all.clone()).await?;
    for (polls, number) in (1..POLLS).zip(2..) {
        let title = number.to_string();
        let changed: Vec<_> = all.iter().map(|stored| titled(stored, &title)).collect();
        let dropped = publication(number, changed.clone());
        let answer = drop_after(polls, h.store.commit_publication(&dropped)).await;
        // Shows whether the dropped one was stored.
        let nothing = publication(number, Vec::new());
        match h.other.commit_publication(&nothing).await {
            Ok(()) if answer.is_none() => {}
            Err(CommitError::Conflict) => all = changed,
            other => return Err(Failure::new(format!("after {answer:?}: {other:?}"))),
        }
        let loaded = load_catalogue(h, 1, None).await?;
        same("the revision", &loaded.revision, &revision(number))?;
        let what = format_args!("dropped after {polls} polls");
        same_items(what, &loaded.problems, &all)?;
        if answer.is_some() {
            break;
        }
    }
    Ok(())
}

/// A dropped erasure leaves everything or nothing. It may still be running at the check.
pub(super) async fn a_dropped_erasure_is_whole_or_nothing(h: &Harness) -> Outcome {
    for polls in 1..POLLS {
        let mut alice = Author::new(user(polls.into()));
        alice.keep(h, alice.full(1)?).await?;
        let answer = drop_after(polls, h.store.erase_user(alice.user)).await;
        let gone = Author::new(alice.user);
        let mut found = Ok(());
        for _ in 0..200 {
            found = gone.check(h).await;
            if found.is_ok() || answer.is_none() && alice.check(h).await.is_ok() {
                found = Ok(());
                break;
            }
            tokio::task::yield_now().await;
        }
        found.at(format_args!("dropped after {polls} polls"))?;
        if answer.is_some() {
            break;
        }
    }
    Ok(())
}

/// After a call was dropped the store continues: for this user and others, with other versions.
pub(super) async fn dropped_calls_leave_no_lock(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.next()).await?;
    for polls in 1..POLLS {
        let unkept = Commit {
            expected: Some(super::data::fresh_version()),
            ..alice.full(2)?
        };
        let answer = drop_after(polls, h.store.commit_user(&unkept)).await;
        alice
            .keep(h, alice.next())
            .await
            .at(format_args!("after {polls} polls"))?;
        alice.check(h).await?;
        if answer.is_some() {
            break;
        }
    }
    h.other.erase_user(alice.user).await?;
    alice.kept = Kept::default();
    alice.check(h).await
}
