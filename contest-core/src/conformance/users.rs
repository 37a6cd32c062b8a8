//! Erasing and listing users.

use uuid::Uuid;

use crate::conformance::author::{Author, Kept, check_crowd, crowd};
use crate::conformance::check::{Outcome, conflict, same, same_items};
use crate::conformance::data::{key, user};
use crate::conformance::harness::Harness;
use crate::id::UserId;
use crate::store::ContestSelector;

/// Erasing leaves nothing of a user, and returns whether there was anything.
pub(super) async fn an_erased_user_is_gone(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    same(
        "whether anything was erased",
        &h.store.erase_user(alice.user).await?,
        &false,
    )?;
    let commits = [alice.full(1)?, alice.full(2)?];
    for number in 1..3 {
        alice.keep(h, alice.full(number)?).await?;
    }
    same(
        "whether anything was erased",
        &h.store.erase_user(alice.user).await?,
        &true,
    )?;
    alice.kept = Kept::default();
    alice.check(h).await?;
    for commit in &commits {
        alice.check_absent(h, commit).await?;
    }
    same_items("the users", &h.other.list_users(None, 10).await?, &[])?;
    same(
        "whether anything was erased",
        &h.other.erase_user(alice.user).await?,
        &false,
    )
}

/// Erasing a user does not change others.
pub(super) async fn erasing_leaves_others_alone(h: &Harness) -> Outcome {
    let mut crowd = crowd(h, 16).await?;
    for number in [3, 7, 0] {
        let erased = crowd.swap_remove(number);
        h.store.erase_user(erased.user).await?;
        check_crowd(h, &crowd).await?;
    }
    Ok(())
}

/// A commit that expects an erased record is a conflict and stores nothing.
pub(super) async fn a_commit_on_an_erased_record_is_a_conflict(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.full(1)?).await?;
    let late = alice.full(2)?;
    h.other.erase_user(alice.user).await?;
    alice.kept = Kept::default();
    conflict(
        "a commit on an erased record",
        &h.store.commit_user(&late).await,
    )?;
    alice.check_absent(h, &late).await?;
    alice.check(h).await
}

/// An erased user can come back, with the same contests, keys, attempts and event numbers, and no earlier
/// data reappears.
pub(super) async fn an_erased_user_can_come_back(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    for number in 1..3 {
        alice.keep(h, alice.full(number)?).await?;
    }
    h.store.erase_user(alice.user).await?;
    alice.kept = Kept::default();
    alice.keep(h, alice.full(2)?).await?;
    alice.check(h).await?;
    let selector = ContestSelector::Key(key("key-1")?);
    let found = h.store.load_user(alice.user, &selector).await?.contest;
    same("a contest from before", &found, &None)
}

/// Ids that differ only in the first bits, only in the last ones, or only beyond 64 bits.
fn extreme_users() -> Vec<UserId> {
    let mut bits = vec![
        0,
        1,
        2,
        u128::MAX,
        u128::MAX - 1,
        1 << 127,
        (1 << 127) | 1,
        1 << 126,
    ];
    bits.extend([
        1 << 63,
        1 << 64,
        (1 << 64) - 1,
        u128::MAX >> 1,
        u128::MAX << 64,
        255,
        256,
    ]);
    bits.extend((0..20).map(|number| user(number).as_uuid().as_u128()));
    let users = bits.into_iter().map(Uuid::from_u128);
    users.map(UserId::from_uuid).collect()
}

/// Users come by ascending id, compared as bytes, in pages without gaps; a cursor need not be a user.
pub(super) async fn users_are_listed_by_id(h: &Harness) -> Outcome {
    let mut users = extreme_users();
    for user in &users {
        let mut author = Author::new(*user);
        author.keep(h, author.next()).await?;
    }
    users.sort_unstable();
    for limit in [1, 2, 7, 35, u32::MAX] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = h.other.list_users(after, limit).await?;
            let Some(last) = page.last().filter(|_| seen.len() <= users.len()) else {
                break;
            };
            after = Some(*last);
            seen.extend(page);
        }
        same_items(format_args!("pages of {limit}"), &seen, &users)?;
    }
    same_items("a limit of zero", &h.store.list_users(None, 0).await?, &[])?;
    let between = UserId::from_uuid(Uuid::from_u128(1 << 65));
    let seen = h.store.list_users(Some(between), u32::MAX).await?;
    users.retain(|user| *user > between);
    same_items("after an id that is no user", &seen, &users)
}

/// Every user with a record is listed once, and no other, even after an erasure or a conflict.
pub(super) async fn users_with_a_record_are_listed(h: &Harness) -> Outcome {
    let mut crowd = crowd(h, 8).await?;
    let erased = crowd.swap_remove(2);
    h.store.erase_user(erased.user).await?;
    let never = Author::new(user(1));
    let commit = crate::store::Commit {
        expected: erased.version(),
        ..never.full(1)?
    };
    conflict("a first commit", &h.store.commit_user(&commit).await)?;
    for author in &mut crowd {
        author.keep(h, author.full(77)?).await?;
    }
    let mut expected: Vec<_> = crowd.iter().map(|author| author.user).collect();
    expected.sort_unstable();
    same_items(
        "the users",
        &h.store.list_users(None, u32::MAX).await?,
        &expected,
    )
}
