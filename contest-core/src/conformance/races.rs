//! Commits racing each other, publications and erasures.

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::conformance::author::{Author, Kept, check_crowd, crowd};
use crate::conformance::check::{At, Outcome, conflict, ensure, outdated, same};
use crate::conformance::data::{problems, publication, publish, revision, user};
use crate::conformance::harness::Harness;
use crate::conformance::race::{race, step, while_doing};
use crate::store::{Commit, CommitError, ContestSelector, ContestWrite};

const ROUNDS: u64 = 12;
const RACERS: u64 = 8;

type Answer = Result<(), CommitError>;

/// A commit through one of the handles.
fn committing(h: &Harness, handle: u64, commit: Commit) -> BoxFuture<'static, (Commit, Answer)> {
    let store = h.handle(handle);
    async move {
        let answer = store.commit_user(&commit).await;
        (commit, answer)
    }
    .boxed()
}

/// Checks that one of the answers is a success and the others are conflicts. Returns the winning
/// commit.
fn the_winner(answers: Vec<(Commit, Answer)>) -> Outcome<Commit> {
    let (done, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, a)| a.is_ok());
    ensure(done.len() == 1, || {
        format!(
            "{} commits on one version were done instead of one",
            done.len()
        )
    })?;
    for (_, answer) in &others {
        conflict("a commit that lost", answer)?;
    }
    let winner = done.into_iter().map(|(commit, _)| commit).next();
    winner.ok_or_else(|| super::check::Failure::new("no commit was done"))
}

async fn round(h: &Harness, author: &mut Author, number: u64) -> Outcome {
    let commit = |racer| author.full(number * RACERS + racer + 1);
    let commits: Vec<_> = (0..RACERS).map(commit).collect::<Outcome<_>>()?;
    let racing = commits.iter().zip(0..);
    let racing = racing.map(|(commit, handle)| committing(h, handle, commit.clone()));
    let winner = the_winner(race(racing).await?)?;
    author.kept.apply(&winner);
    author.check(h).await?;
    for loser in commits.iter().filter(|commit| **commit != winner) {
        author.check_absent(h, loser).await?;
    }
    Ok(())
}

/// If commits race on one version, through both handles, one succeeds; the others are conflicts and
/// store nothing.
pub(super) async fn one_racing_commit_wins(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.next()).await?;
    for number in 0..ROUNDS {
        let outcome = round(h, &mut alice, number).await;
        outcome.at(format_args!("round {number}"))?;
    }
    Ok(())
}

/// The same for the first commits of a user.
pub(super) async fn one_racing_first_commit_wins(h: &Harness) -> Outcome {
    for number in 0..ROUNDS {
        let outcome = round(h, &mut Author::new(user(number)), 0).await;
        outcome.at(format_args!("round {number}"))?;
    }
    Ok(())
}

/// Commits of different users do not interfere.
pub(super) async fn racing_commits_of_different_users_succeed(h: &Harness) -> Outcome {
    let mut crowd: Vec<_> = (0..24).map(|number| Author::new(user(number))).collect();
    for number in 1..4 {
        let commits = crowd.iter().map(|author| author.full(number));
        let commits: Vec<_> = commits.collect::<Outcome<_>>()?;
        let racing = commits.into_iter().zip(0..);
        let racing = racing.map(|(commit, handle)| committing(h, handle, commit));
        for ((commit, answer), author) in race(racing).await?.iter().zip(&mut crowd) {
            ensure(answer.is_ok(), || format!("{}: {answer:?}", author.user))?;
            author.kept.apply(commit);
        }
    }
    check_crowd(h, &crowd).await
}

/// Once a publication is acknowledged, every commit that relies on the revision before it is outdated,
/// and every snapshot has the new one: for all users, through both handles.
pub(super) async fn a_publication_outdates_commits_of_all_users(h: &Harness) -> Outcome {
    let mut crowd = crowd(h, 24).await?;
    for number in 1..5 {
        publish(h, number, problems(0..5)?).await?;
        for (author, handle) in crowd.iter_mut().zip(0..) {
            let (old, new) = (revision(number - 1), revision(number));
            let store = h.handle(handle);
            let snapshot = store.load_user(author.user, &ContestSelector::None).await?;
            same("the revision of a snapshot", &snapshot.revision, &new)?;
            let relying = |revision| Commit {
                revision: Some(revision),
                ..author.next()
            };
            let answer = store.commit_user(&relying(old)).await;
            outdated("a commit that relies on the revision before", &answer)?;
            author.keep(h, relying(new)).await?;
        }
    }
    check_crowd(h, &crowd).await
}

/// A commit that races with a publication and relies on the revision before it succeeds or is outdated,
/// and is stored accordingly; one that begins after it is outdated.
pub(super) async fn commits_that_race_a_publication_succeed_or_are_outdated(
    h: &Harness,
) -> Outcome {
    let mut crowd = crowd(h, 12).await?;
    for number in 1..ROUNDS {
        let old = Some(revision(number - 1));
        let relying = |author: &Author| {
            let commit = author.full(number + 100)?;
            Ok(Commit {
                revision: old,
                ..commit
            })
        };
        let commits = crowd.iter().map(relying).collect::<Outcome<Vec<_>>>()?;
        let store = h.handle(1);
        let publication = publication(number, problems(0..3)?);
        let publishing = async move { Ok(store.commit_publication(&publication).await?) };
        let racing = commits.into_iter().zip(0..);
        let racing: Vec<_> = racing
            .map(|(commit, handle)| committing(h, handle, commit))
            .collect();
        let published = tokio::spawn(publishing);
        let answers = race(racing).await?;
        let published: Outcome = published.await?;
        published?;
        for ((commit, answer), author) in answers.iter().zip(&mut crowd) {
            match answer {
                Ok(()) => author.kept.apply(commit),
                other => outdated("a commit that races a publication", other)?,
            }
            let late = Commit {
                revision: old,
                ..author.next()
            };
            let answer = h.store.commit_user(&late).await;
            outdated("a commit after the publication", &answer)?;
        }
        check_crowd(h, &crowd).await?;
    }
    Ok(())
}

/// An erasure that races with commits on one version leaves nothing, whichever comes first.
pub(super) async fn an_erasure_that_races_commits_leaves_nothing(h: &Harness) -> Outcome {
    for number in 0..ROUNDS {
        let mut alice = Author::new(user(number));
        alice.keep(h, alice.full(1)?).await?;
        let commits = (2..6).map(|number| alice.full(number));
        let commits = commits.collect::<Outcome<Vec<_>>>()?;
        let racing = commits.iter().zip(0..);
        let racing: Vec<_> = racing
            .map(|(commit, handle)| committing(h, handle, commit.clone()))
            .collect();
        let (store, user) = (h.handle(1), alice.user);
        let erasing = tokio::spawn(async move { store.erase_user(user).await });
        race(racing).await?;
        let erased = erasing.await??;
        ensure(erased, || "nothing was there to erase".to_owned())?;
        alice.kept = Kept::default();
        alice.check(h).await.at(format_args!("round {number}"))?;
        for commit in &commits {
            alice.check_absent(h, commit).await?;
        }
    }
    Ok(())
}

/// The other handle reads committed data, at once and every time.
pub(super) async fn the_other_handle_reads_committed_data(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    for number in 1..20 {
        let commit = alice.full(number)?;
        let (writer, reader) = (number / 3, number / 3 + 1);
        h.handle(writer).commit_user(&commit).await?;
        alice.kept.apply(&commit);
        alice.kept.check(h, reader, alice.user).await?;
    }
    Ok(())
}

/// No reader sees a part of a commit: neither the next record with this commit's contest, nor the other
/// way round.
pub(super) async fn a_snapshot_is_of_one_instant(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.full(1)?).await?;
    let (mut author, mut steps) = (alice.clone(), Vec::new());
    for number in 1..120_u32 {
        let mut contest = author.contest(1);
        contest.epoch = number.into();
        let mut commit = author.next();
        commit.record.ended.completed = number.into();
        commit.record.solved = [number].into_iter().collect();
        commit.solved_changed = true;
        commit.contest = Some(ContestWrite::Update(contest));
        author.kept.apply(&commit);
        steps.push(step(&h.other, commit));
    }
    let selector = ContestSelector::Id(alice.contest(1).id);
    while_doing(steps, async || {
        let seen = h.store.load_user(alice.user, &selector).await?;
        let (record, contest) = (seen.record.as_ref(), seen.contest.as_ref());
        let of_record = record.map(|record| record.ended.completed);
        let of_contest = contest.map(|contest| contest.epoch);
        let of_set = record.and_then(|record| record.solved.iter().next());
        same("the contest beside the record", &of_contest, &of_record)?;
        same(
            "the set beside the record",
            &of_set.map(u64::from),
            &of_record,
        )
    })
    .await
}

/// The open contest of a snapshot is the one its record names.
pub(super) async fn the_open_contest_is_that_of_the_record(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.full(1)?).await?;
    let (mut author, mut steps) = (alice.clone(), Vec::new());
    for number in 2..100 {
        let commit = author.full(number)?;
        author.kept.apply(&commit);
        steps.push(step(&h.other, commit));
    }
    while_doing(steps, async || {
        let seen = h
            .store
            .load_user(alice.user, &ContestSelector::Open)
            .await?;
        let named = seen
            .record
            .and_then(|record| record.open)
            .map(|open| open.id);
        same(
            "the open contest",
            &seen.contest.map(|contest| contest.id),
            &named,
        )
    })
    .await
}

/// The revision of a snapshot is that of its instant.
pub(super) async fn a_snapshot_has_the_revision_of_its_instant(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.next()).await?;
    let (mut author, mut steps) = (alice.clone(), Vec::new());
    for number in 1..60 {
        let (store, publication) = (h.handle(1), publication(number, problems(0..2)?));
        let mut commit = author.next();
        commit.record.ended.completed = number;
        author.kept.apply(&commit);
        let both = async move {
            store.commit_publication(&publication).await?;
            Ok(store.commit_user(&commit).await?)
        };
        steps.push(both.boxed());
    }
    while_doing(steps, async || {
        let seen = h
            .store
            .load_user(alice.user, &ContestSelector::None)
            .await?;
        let of_record = seen.record.map_or(0, |record| record.ended.completed);
        let revision = seen.revision.number;
        ensure(revision == of_record || revision == of_record + 1, || {
            format!("revision {revision} beside the record of revision {of_record}")
        })
    })
    .await
}
