//! Commits: their comparison, their effect and their atomicity.

use crate::catalogue::{OrdinalSet, Revision};
use crate::conformance::author::{Author, check_crowd, crowd};
use crate::conformance::check::{At, Outcome, conflict, outdated, same};
use crate::conformance::data::{
    contest_id, fresh_version, key, problems, publish, revision, second, solve, under_key, user,
};
use crate::conformance::harness::Harness;
use crate::store::{Commit, ContestSelector, ContestWrite};
use crate::user::{AttemptRecord, Ending, EndingKind};

/// Everything in a commit can be read back, through both handles.
pub(super) async fn a_commit_is_kept_whole(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.full(1)?).await?;
    alice.check(h).await
}

/// The next commit replaces the record and does not change history.
pub(super) async fn a_commit_replaces_the_record(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    for number in 1..4 {
        alice.keep(h, alice.full(number)?).await?;
        alice.check(h).await?;
    }
    let mut less = alice.next();
    less.record.open = None;
    (less.record.last_commit_at, less.record.last_contest) = (None, None);
    (less.record.solved, less.solved_changed) = (OrdinalSet::default(), true);
    alice.keep(h, less).await?;
    alice.check(h).await
}

/// Each set can change by itself.
pub(super) async fn a_commit_changes_one_set(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.full(1)?).await?;
    for ordinal in 10..14 {
        let mut commit = alice.next();
        if ordinal % 2 == 0 {
            commit.solved_changed = commit.record.solved.insert(ordinal);
        } else {
            commit.seen_changed = commit.record.seen.insert(ordinal);
        }
        alice.keep(h, commit).await?;
        alice.check(h).await?;
    }
    Ok(())
}

/// A commit that expects another version than the stored one is a conflict: an earlier one, one of
/// another user, one that never existed, none where there is a record, and any where there is none.
pub(super) async fn another_version_is_a_conflict(h: &Harness) -> Outcome {
    let (mut alice, mut bob) = (Author::new(user(1)), Author::new(user(2)));
    alice.keep(h, alice.full(1)?).await?;
    let earlier = alice.version();
    alice.keep(h, alice.full(2)?).await?;
    bob.keep(h, bob.full(1)?).await?;
    for expected in [earlier, bob.version(), Some(fresh_version()), None] {
        let commit = Commit {
            expected,
            ..alice.next()
        };
        let answer = h.store.commit_user(&commit).await;
        conflict(format_args!("a commit that expects {expected:?}"), &answer)?;
    }
    let carol = Author::new(user(3));
    let commit = Commit {
        expected: alice.version(),
        ..carol.next()
    };
    conflict(
        "a first commit that expects a record",
        &h.store.commit_user(&commit).await,
    )?;
    check_crowd(h, &[alice, bob, carol]).await
}

/// A conflict stores nothing: no record, contest, request, solve or event.
pub(super) async fn a_conflict_keeps_nothing(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let too_early = Commit {
        expected: Some(fresh_version()),
        ..alice.full(9)?
    };
    conflict(
        "a commit before the first one",
        &h.store.commit_user(&too_early).await,
    )?;
    alice.check_absent(h, &too_early).await?;
    alice.check(h).await?;
    alice.keep(h, alice.full(1)?).await?;
    for expected in [None, Some(fresh_version())] {
        let stale = Commit {
            expected,
            ..alice.full(2)?
        };
        conflict("a stale commit", &h.store.commit_user(&stale).await)?;
        alice.check_absent(h, &stale).await?;
        alice.check(h).await?;
    }
    Ok(())
}

/// A conflict changes no existing contest and no existing solve.
pub(super) async fn a_conflict_changes_nothing(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.full(1)?).await?;
    let mut changed = alice.contest(1);
    changed.epoch = 77;
    let undone = alice.kept.log().into_iter().map(|solve| AttemptRecord {
        undone_at: Some(second(9)),
        ..solve
    });
    let stale = Commit {
        expected: Some(fresh_version()),
        contest: Some(ContestWrite::Update(changed)),
        ..alice.solving(undone)
    };
    conflict("a stale commit", &h.store.commit_user(&stale).await)?;
    alice.check(h).await
}

/// A commit that relies on the stored revision, or on none, succeeds; any other is outdated and stores
/// nothing.
pub(super) async fn another_revision_is_outdated(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let relying = |commit, revision: Option<Revision>| Commit { revision, ..commit };
    alice
        .keep(h, relying(alice.full(1)?, Some(revision(0))))
        .await?;
    publish(h, 1, problems(0..3)?).await?;
    for number in [0, 2] {
        let commit = relying(alice.full(2)?, Some(revision(number)));
        outdated(
            format_args!("revision {number}"),
            &h.other.commit_user(&commit).await,
        )?;
        alice.check_absent(h, &commit).await?;
        alice.check(h).await?;
    }
    alice
        .keep(h, relying(alice.full(2)?, Some(revision(1))))
        .await?;
    alice.keep(h, relying(alice.full(3)?, None)).await?;
    alice.check(h).await?;
    let first = Author::new(user(2));
    let commit = relying(first.full(1)?, Some(revision(0)));
    outdated("a first commit", &h.store.commit_user(&commit).await)?;
    first.check_absent(h, &commit).await?;
    first.check(h).await
}

/// Revisions of one number and different tags are different.
pub(super) async fn revisions_are_compared_with_their_tags(h: &Harness) -> Outcome {
    publish(h, 1, problems(0..3)?).await?;
    let mut alice = Author::new(user(1));
    for tag in [0, 1, revision(1).tag ^ 1, revision(1).tag ^ (1 << 63)] {
        let commit = Commit {
            revision: Some(Revision { number: 1, tag }),
            ..alice.full(1)?
        };
        let answer = h.store.commit_user(&commit).await;
        outdated(format_args!("a commit that relies on tag {tag}"), &answer)?;
    }
    let commit = Commit {
        revision: Some(revision(1)),
        ..alice.full(1)?
    };
    alice.keep(h, commit).await?;
    alice.check(h).await
}

/// Inserting a contest with an existing id is a conflict that stores nothing.
pub(super) async fn a_contest_is_inserted_once(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.full(1)?).await?;
    let mut again = alice.full(2)?;
    let contest = alice.contest(1);
    let request = super::data::request(5)?;
    again.contest = Some(ContestWrite::Insert {
        contest,
        request: Box::new(request),
    });
    conflict("the same contest again", &h.store.commit_user(&again).await)?;
    alice.check(h).await
}

/// Using a user's key again is a conflict that stores nothing.
pub(super) async fn a_key_is_used_once(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.full(1)?).await?;
    let mut again = alice.full(2)?;
    let contest = under_key(alice.contest(2), "key-1")?;
    again.contest = alice.inserting(contest)?.contest;
    conflict("the same key again", &h.store.commit_user(&again).await)?;
    alice.check(h).await?;
    alice.keep(h, alice.full(2)?).await?;
    alice.check(h).await
}

/// Keys are compared exactly: letter case, length and punctuation count.
pub(super) async fn keys_are_compared_exactly(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let long = "k".repeat(254);
    let (left, right) = (format!("{long}a"), format!("{long}b"));
    let keys = ["key", "Key", "key%", "k_y", "key'", "\\key", &left, &right];
    for (text, number) in keys.into_iter().zip(1..) {
        let contest = under_key(alice.contest(number), text)?;
        alice.keep(h, alice.inserting(contest)?).await?;
    }
    for (text, number) in keys.into_iter().zip(1..) {
        let selector = ContestSelector::Key(key(text)?);
        let found = h.store.load_user(alice.user, &selector).await?.contest;
        let found = found.map(|contest| contest.id);
        same(text, &found, &Some(contest_id(alice.user, number)))?;
    }
    let selector = ContestSelector::Key(key("ke")?);
    let found = h.store.load_user(alice.user, &selector).await?.contest;
    same("part of a key", &found, &None)
}

/// Users may have contests with the same id, the same keys and the same attempts: each has their own.
pub(super) async fn users_share_nothing(h: &Harness) -> Outcome {
    let mut crowd = crowd(h, 8).await?;
    for (author, number) in crowd.iter_mut().zip(1..) {
        let mut contest = under_key(Author::new(user(5)).contest(50), "shared")?;
        contest.epoch = number;
        let shared = AttemptRecord {
            epoch: number,
            ..solve(second(1), 1)
        };
        let commit = Commit {
            attempts: vec![shared],
            ..author.inserting(contest)?
        };
        author.keep(h, commit).await?;
    }
    check_crowd(h, &crowd).await?;
    for (author, number) in crowd.iter().zip(1..) {
        let selector = ContestSelector::Key(key("shared")?);
        let found = h.other.load_user(author.user, &selector).await?.contest;
        let epoch = found.map(|contest| contest.epoch);
        same(
            "the epoch of the shared key's contest",
            &epoch,
            &Some(number),
        )?;
    }
    Ok(())
}

/// Data of another user is not visible: by id, by key, as a request.
pub(super) async fn others_are_not_visible(h: &Harness) -> Outcome {
    let (mut alice, mut bob) = (Author::new(user(1)), Author::new(user(2)));
    let theirs = alice.full(2)?;
    alice.keep(h, theirs.clone()).await?;
    bob.check_absent(h, &theirs).await?;
    bob.check(h).await?;
    bob.keep(h, bob.solving([solve(second(1), 1)])).await?;
    bob.check_absent(h, &theirs).await?;
    check_crowd(h, &[alice, bob]).await
}

/// An updated contest takes the new value; its request, its key and all other contests stay.
pub(super) async fn a_contest_is_updated(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    for number in 1..4 {
        alice.keep(h, alice.full(number)?).await?;
    }
    let mut changed = under_key(alice.contest(2), "key-2")?;
    changed.deadline = second(9_000);
    changed.ending = Some(Ending {
        kind: EndingKind::Abandoned,
        at: second(17),
    });
    changed
        .problems
        .iter_mut()
        .for_each(|assigned| assigned.mark = None);
    for contest in [
        changed.clone(),
        under_key(alice.contest(2), "key-2")?,
        changed,
    ] {
        let commit = Commit {
            contest: Some(ContestWrite::Update(contest)),
            ..alice.next()
        };
        alice.keep(h, commit).await?;
        alice.check(h).await?;
    }
    let selector = ContestSelector::Key(key("key-2")?);
    let found = h.store.load_user(alice.user, &selector).await?.contest;
    same(
        "the contest of the key",
        &found.map(|contest| contest.deadline),
        &Some(second(9_000)),
    )
}

/// A commit may delete a user's contests before an id, with their requests and keys. The contest with that id,
/// later ones, the log and other users stay, and a conflict deletes nothing.
pub(super) async fn contests_are_pruned(h: &Harness) -> Outcome {
    let (mut alice, mut bob) = (Author::new(user(1)), Author::new(user(2)));
    let mut pruned = Vec::new();
    for number in 1..6 {
        let commit = alice.full(number)?;
        alice.keep(h, commit.clone()).await?;
        bob.keep(h, bob.full(number)?).await?;
        pruned.extend((number < 4).then_some(commit));
    }
    let prune_before = Some(contest_id(alice.user, 4));
    let stale = Commit {
        expected: Some(fresh_version()),
        prune_before,
        ..alice.next()
    };
    conflict("a stale commit", &h.store.commit_user(&stale).await)?;
    alice.check(h).await?;
    let commit = Commit {
        prune_before,
        ..alice.next()
    };
    alice.keep(h, commit).await?;
    for commit in &pruned {
        alice.check_absent(h, commit).await?;
    }
    check_crowd(h, &[alice.clone(), bob]).await?;
    // A key of a deleted contest is free.
    let again = under_key(alice.contest(9), "key-1")?;
    alice.keep(h, alice.inserting(again)?).await?;
    alice.check(h).await
}

/// Solves are upserted: inserted, or written over the entry with the same key; others stay.
pub(super) async fn solves_are_upserted(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let (one, two) = (solve(second(1), 1), solve(second(1), 2));
    alice.keep(h, alice.solving([one.clone(), two])).await?;
    let undone = AttemptRecord {
        undone_at: Some(second(5)),
        recorded_at: second(4),
        epoch: 3,
        ..one
    };
    let revived = AttemptRecord {
        undone_at: None,
        ..undone.clone()
    };
    for put in [undone.clone(), revived, undone] {
        let commit = alice.solving([put.clone(), solve(second(2), 1)]);
        alice.keep(h, commit).await?;
        alice.check(h).await.at(format_args!("after {put:?}"))?;
    }
    Ok(())
}

/// The contest is part of the key of a solve: a solve in one contest, in another and in none are three
/// entries.
pub(super) async fn solves_of_contests_are_apart(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let none = solve(second(1), 1);
    let of = |number| AttemptRecord {
        contest: Some(contest_id(user(1), number)),
        ..none.clone()
    };
    alice
        .keep(h, alice.solving([none.clone(), of(1), of(2)]))
        .await?;
    alice.check(h).await?;
    let undone = AttemptRecord {
        undone_at: Some(second(5)),
        ..of(1)
    };
    alice.keep(h, alice.solving([undone])).await?;
    alice.check(h).await?;
    let undone = AttemptRecord {
        undone_at: Some(second(6)),
        ..none
    };
    alice.keep(h, alice.solving([undone])).await?;
    alice.check(h).await
}

/// A commit may upsert thousands of attempts.
pub(super) async fn a_commit_upserts_thousands_of_solves(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let attempts = (0..12_000).map(|number| solve(second(number / 3), number));
    alice.keep(h, alice.solving(attempts)).await?;
    alice.check(h).await?;
    let undone = alice.kept.log().into_iter().map(|solve| AttemptRecord {
        undone_at: Some(second(5)),
        ..solve
    });
    alice.keep(h, alice.solving(undone)).await?;
    alice.check(h).await
}

/// A snapshot has the selected contest: none, the open one, one by id or by key.
pub(super) async fn snapshots_have_the_selected_contest(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    for number in 1..4 {
        alice.keep(h, alice.full(number)?).await?;
    }
    // The open contest need not be the latest.
    let mut commit = alice.next();
    commit
        .record
        .open
        .iter_mut()
        .for_each(|open| open.id = contest_id(user(1), 2));
    alice.keep(h, commit).await?;
    let selectors = [
        (ContestSelector::None, None),
        (ContestSelector::Open, Some(2)),
        (ContestSelector::Id(contest_id(user(1), 1)), Some(1)),
        (ContestSelector::Id(contest_id(user(1), 9)), None),
        (ContestSelector::Key(key("key-3")?), Some(3)),
        (ContestSelector::Key(key("key-9")?), None),
    ];
    for (selector, number) in selectors {
        let snapshot = h.other.load_user(alice.user, &selector).await?;
        let expected =
            number.map(|number| under_key(alice.contest(number), &format!("key-{number}")));
        same(
            format_args!("{selector:?}"),
            &snapshot.contest,
            &expected.transpose()?,
        )?;
        same("the record beside it", &snapshot.record, &alice.kept.record)?;
    }
    let mut commit = alice.next();
    commit.record.open = None;
    alice.keep(h, commit).await?;
    let snapshot = h
        .other
        .load_user(alice.user, &ContestSelector::Open)
        .await?;
    same("the open contest where none is", &snapshot.contest, &None)
}
