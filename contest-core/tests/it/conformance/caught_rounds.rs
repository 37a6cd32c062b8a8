//! Stores that break a promise about rounds, and the cases that catch them.

use std::cmp::Reverse;

use contest_core::id::UserId;
use contest_core::scoring::RankKey;
use contest_core::standings::{Round, View};
use contest_core::store::{
    CommitError, ContestPage, ContestSelector, ContestWrite, HistoryRepository, ListedRound,
    Member, RoundContest, RoundPage, RoundRepository, StoreError, StoredRound, UserRepository,
};
use contest_core::uuid::Uuid;

use super::broken::{Broken, How, pause};
use super::caught::{find, stores};

/// All contests of a round, by user.
const BY_USER: RoundPage = RoundPage::ByUser {
    after: None,
    limit: u32::MAX,
};

/// The key that ranks a contest.
fn key(of: &RoundContest, view: View) -> Option<RankKey> {
    let keys = of.contest.standing()?.keys?;
    Some(match view {
        View::Host => keys.host,
        View::Public => keys.public,
    })
}

/// All rounds.
async fn rounds(s: &Broken) -> Result<Vec<ListedRound>, StoreError> {
    s.inner.list_rounds(None, None, u32::MAX).await
}

fn signed(id: Uuid) -> i128 {
    id.as_u128().cast_signed()
}

stores! {
    forgets_freezes {
        commit_round(s, expected, mut stored) {
            stored.round = stored.round.with_freeze(None);
            s.inner.commit_round(expected, &stored).await
        }
    } caught by rounds_are_kept_whole;
    inserts_over_rounds {
        commit_round(s, expected, stored) {
            let known = s.inner.load_round(stored.id, None).await.unwrap();
            let expected = expected.or(known.map(|known| known.round.version));
            s.inner.commit_round(expected, &stored).await
        }
    } caught by another_version_of_a_round_is_a_conflict;
    looks_then_changes_rounds {
        commit_round(s, expected, stored) {
            let version = async || {
                let known = s.inner.load_round(stored.id, None).await.unwrap();
                known.map(|known| known.round.version)
            };
            if version().await != expected {
                return Err(CommitError::Conflict);
            }
            pause().await;
            s.inner.commit_round(version().await, &stored).await
        }
    } caught by one_racing_change_of_a_round_wins;
    changes_rounds_in_two_steps {
        commit_round(s, expected, stored) {
            let (opens_at, closes_at) = (stored.round.opens_at(), stored.round.closes_at());
            let round = Round::new(opens_at, closes_at, []).unwrap();
            let first = StoredRound { round, ..stored.clone() };
            s.inner.commit_round(expected, &first).await?;
            pause().await;
            s.inner.commit_round(Some(first.version), &stored).await
        }
    } caught by a_dropped_change_of_a_round_is_whole_or_nothing;
    orders_rounds_by_signed_numbers {
        list_rounds(s, user, before, limit) {
            let mut all = s.inner.list_rounds(user, None, u32::MAX).await?;
            let place = |of: &ListedRound| Reverse(signed(of.round.id.as_uuid()));
            all.sort_by_key(place);
            let before = before.map(|id| Reverse(signed(id.as_uuid())));
            all.retain(|of| before.is_none_or(|before| place(of) > before));
            all.truncate(limit.try_into().unwrap());
            Ok(all)
        }
    } caught by rounds_are_listed_by_id;
    lists_rounds_without_participants {
        list_rounds(s, _, before, limit) { s.inner.list_rounds(None, before, limit).await }
    } caught by rounds_show_how_a_user_is_listed;
    shows_any_participant {
        load_round(s, round, user) {
            let mut found = s.inner.load_round(round, user).await?;
            let members = s.inner.list_members(round, None, 1).await?;
            if let Some(found) = found.as_mut().filter(|found| found.listed.is_none()) {
                found.listed = members.first().map(|of| of.participant);
            }
            Ok(found)
        }
    } caught by rounds_show_how_a_user_is_listed, an_erased_user_is_not_listed;
    orders_members_by_signed_numbers {
        list_members(s, round, after, limit) {
            let mut all = s.inner.list_members(round, None, u32::MAX).await?;
            let place = |user: UserId| signed(user.as_uuid());
            all.sort_by_key(|of| place(of.user));
            all.retain(|of| after.is_none_or(|after| place(of.user) > place(after)));
            all.truncate(limit.try_into().unwrap());
            Ok(all)
        }
    } caught by members_are_listed_by_user;
    keeps_the_first_participant {
        put_members(s, round, mut members) {
            let known = s.inner.list_members(round, None, u32::MAX).await?;
            members.retain(|of| known.iter().all(|known| known.user != of.user));
            s.inner.put_members(round, &members).await
        }
    } caught by a_member_listed_again_moves;
    removes_from_all_rounds {
        remove_members(s, _, users) {
            for of in rounds(s).await? {
                s.inner.remove_members(of.round.id, &users).await?;
            }
            Ok(())
        }
    } caught by removed_members_are_gone;
    lists_few_members {
        put_members(s, round, mut members) {
            members.truncate(9_362);
            s.inner.put_members(round, &members).await
        }
    } caught by thousands_of_members_are_listed;
    removes_few_members {
        remove_members(s, round, mut users) {
            users.truncate(9_362);
            s.inner.remove_members(round, &users).await
        }
    } caught by thousands_of_members_are_listed;
    keeps_members_without_records {
        erase_user(s, user) {
            let has_record = s.record(user).await.is_some();
            let mut listed = vec![];
            for of in rounds(s).await? {
                let known = s.inner.load_round(of.round.id, Some(user)).await?;
                let participant = known.and_then(|known| known.listed).filter(|_| !has_record);
                listed.extend(participant.map(|participant| (of.round.id, participant)));
            }
            let erased = s.inner.erase_user(user).await?;
            for (round, participant) in listed {
                s.inner.put_members(round, &[Member { user, participant }]).await?;
            }
            Ok(erased)
        }
    } caught by an_erased_user_is_not_listed;
    lists_members_in_two_steps {
        put_members(s, round, members) {
            let (first, rest) = members.split_at(members.len() / 2);
            s.inner.put_members(round, first).await?;
            pause().await;
            s.inner.put_members(round, rest).await
        }
    } caught by dropped_lists_are_whole_or_nothing;
    removes_members_in_two_steps {
        remove_members(s, round, users) {
            let (first, rest) = users.split_at(users.len() / 2);
            s.inner.remove_members(round, first).await?;
            pause().await;
            s.inner.remove_members(round, rest).await
        }
    } caught by dropped_lists_are_whole_or_nothing;

    // Boards.
    hides_virtual_contests {
        list_round_contests(s, round, page) {
            let mut all = s.inner.list_round_contests(round, page).await?;
            all.retain(|of| of.contest.round.is_some_and(|entry| !entry.is_virtual));
            Ok(all)
        }
    } caught by contests_of_a_round_are_listed_by_user;
    shows_everything_to_the_public {
        list_round_contests(s, round, mut page) {
            if let RoundPage::ByRank { view, .. } = &mut page {
                *view = View::Host;
            }
            s.inner.list_round_contests(round, page).await
        }
    } caught by contests_of_a_round_are_listed_by_rank, ranks_follow_changes;
    ranks_equal_contests_by_descending_user {
        list_round_contests(s, round, page) {
            let mut all = s.inner.list_round_contests(round, page).await?;
            if let RoundPage::ByRank { view, .. } = page {
                all.sort_by_key(|of| (key(of, view), Reverse(of.user)));
            }
            Ok(all)
        }
    } caught by contests_of_a_round_are_listed_by_rank;
    goes_on_after_the_key {
        list_round_contests(s, round, mut page) {
            if let RoundPage::ByRank { after: Some((_, user)), .. } = &mut page {
                *user = UserId::from_uuid(Uuid::max());
            }
            s.inner.list_round_contests(round, page).await
        }
    } caught by pages_by_rank_begin_anywhere;
    counts_equal_contests {
        count_ranked(s, round, view, before) {
            let all = s.inner.list_round_contests(round, BY_USER).await?;
            let better = all.iter().filter(|of| key(of, view).is_some_and(|key| key <= before));
            Ok(better.count() as u64)
        }
    } caught by better_contests_are_counted;
    ranks_by_floating_point {
        list_round_contests(s, round, page) {
            let mut all = s.inner.list_round_contests(round, page).await?;
            if matches!(page, RoundPage::ByRank { .. }) {
                #[expect(clippy::cast_possible_truncation, reason = "that is the mistake")]
                let points = |of: &RoundContest| of.contest.score().total.points.as_f64() as f32;
                all.sort_by(|a, b| points(b).total_cmp(&points(a)).then(a.user.cmp(&b.user)));
            }
            Ok(all)
        }
    } caught by ranks_are_exact;
    keeps_the_first_rank {
        commit_user(s, commit) {
            s.inner.commit_user(&commit).await?;
            if let Some(ContestWrite::Insert { contest, .. }) = commit.contest {
                let of = RoundContest { user: commit.user, contest };
                s.notes().contests.insert(commit.user, of);
            }
            Ok(())
        }
        list_round_contests(s, round, page) {
            let mut all = s.inner.list_round_contests(round, page).await?;
            if let RoundPage::ByRank { view, .. } = page {
                let first = s.notes();
                all.sort_by_key(|of| (key(&first.contests[&of.user], view), of.user));
            }
            Ok(all)
        }
    } caught by ranks_follow_changes;
    reads_places_then_contests {
        list_round_contests(s, round, page) {
            let mut all = s.inner.list_round_contests(round, page).await?;
            pause().await;
            for of in &mut all {
                let selector = ContestSelector::Round(round);
                let now = s.inner.load_user(of.user, &selector).await?.contest;
                of.contest = now.unwrap_or_else(|| of.contest.clone());
            }
            Ok(all)
        }
    } caught by a_page_by_rank_is_of_one_instant;
    remembers_contests_of_erased_users {
        erase_user(s, user) {
            let page = ContestPage { before: None, limit: u32::MAX };
            let contests = s.inner.list_contests(user, page).await?.items;
            let last = contests.into_iter().next_back();
            let last = last.map(|contest| (user, RoundContest { user, contest }));
            s.notes().contests.extend(last);
            s.inner.erase_user(user).await
        }
        list_round_contests(s, round, page) {
            let mut all = s.inner.list_round_contests(round, page).await?;
            let of_round = |of: &&RoundContest| of.contest.round.is_some_and(|e| e.round == round);
            all.extend(s.notes().contests.values().filter(of_round).cloned());
            Ok(all)
        }
    } caught by deleted_contests_leave_the_board;
}
