//! What an engine remembers of recent users, so that a change needs no load.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::id::{UserId, Version};
use crate::store::{ContestSelector, Snapshot};

/// What the latest commits for recent users left, for a bounded number of users.
///
/// It is stale as soon as another process commits, or if two calls note their commits in the other order, and
/// nothing tells. So it is good for proposing a commit, which the store compares with the stored version, and
/// for nothing else. Versions are never used twice, so what is remembered of a history that no longer exists,
/// after a restore, is stale like anything else.
#[derive(Debug)]
pub(super) struct Remembered {
    most: usize,
    users: Mutex<Users>,
}

type Users = LruCache<UserId, Known>;

/// What a commit of this engine left of a user.
#[derive(Debug)]
struct Known {
    snapshot: Arc<Snapshot>,
    /// A commit was not kept, most likely because another process got in between: not to be used until a
    /// commit shows that none did since.
    doubted: bool,
}

impl Remembered {
    /// Remembers nothing yet, and this many users at most.
    pub(super) fn new(most: usize) -> Self {
        // The cache would allocate a bound of its own at once.
        let users = Mutex::new(LruCache::unbounded());
        Self { most, users }
    }

    /// What is remembered of the user, with the contest that is asked for; none if that is not known.
    pub(super) fn recall(&self, user: UserId, contest: &ContestSelector) -> Option<Arc<Snapshot>> {
        let known = {
            let mut users = self.users();
            let known = users.get(&user).filter(|known| !known.doubted)?;
            Arc::clone(&known.snapshot)
        };
        let record = known.record.as_ref();
        let wanted = match contest {
            ContestSelector::None => None,
            ContestSelector::Open => record.and_then(|record| Some(record.open.as_ref()?.id)),
            ContestSelector::Id(id) => Some(*id),
            // The store alone knows every key that was used.
            ContestSelector::Key(_) => return None,
        };
        let held = known.contest.as_ref().map(|contest| contest.id);
        if wanted == held {
            return Some(known);
        }
        let without = || Snapshot {
            record: record.cloned(),
            contest: None,
            revision: known.revision,
        };
        wanted.is_none().then(|| Arc::new(without()))
    }

    /// Remembers what a commit on the `expected` version left. A contest that was remembered with that
    /// version stays if the commit wrote none.
    pub(super) fn keep(
        &self,
        user: UserId,
        expected: Option<Version>,
        mut after: Snapshot,
    ) -> Arc<Snapshot> {
        if self.most == 0 {
            return Arc::new(after);
        }
        let mut users = self.users();
        let before = users.peek(&user);
        // None if another process has committed in between.
        let follows = before.filter(|before| before.snapshot.version() == expected);
        let doubted = follows.is_none() && before.is_some_and(|before| before.doubted);
        if after.contest.is_none() {
            after.contest = follows.and_then(|before| before.snapshot.contest.clone());
        }
        let after = Arc::new(after);
        let snapshot = Arc::clone(&after);
        users.put(user, Known { snapshot, doubted });
        if users.len() > self.most {
            users.pop_lru();
        }
        after
    }

    /// Uses what is remembered of the user no more until a commit follows on another of this engine. Where
    /// calls of a user go to any of many processes, that spares all but the first conflict.
    pub(super) fn doubt(&self, user: UserId) {
        if let Some(known) = self.users().peek_mut(&user) {
            known.doubted = true;
        }
    }

    /// Remembers nothing of the user any more.
    pub(super) fn forget(&self, user: UserId) {
        self.users().pop(&user);
    }

    fn users(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For tests that decide what an engine remembers.
#[cfg(feature = "testing")]
impl crate::engine::Engine {
    /// What this engine remembers of the user.
    pub fn remembered(&self, user: UserId) -> Option<Snapshot> {
        let users = self.inner.remembered.users();
        let known = users.peek(&user).filter(|known| !known.doubted)?;
        Some(Snapshot::clone(&known.snapshot))
    }

    /// Makes this engine remember what another one remembered of the user, or nothing.
    pub fn remember(&self, user: UserId, snapshot: Option<Snapshot>) {
        let remembered = &self.inner.remembered;
        remembered.forget(user);
        if let Some(snapshot) = snapshot {
            remembered.keep(user, None, snapshot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ContestId;
    use crate::model::{Difficulty, IdempotencyKey, LatePolicy, Problem};
    use crate::select::{Input, ProblemCount, Seed, SelectionRequest, select};
    use crate::time::Timestamp;
    use crate::user::{ContestRecord, FORMAT, OpenContest, Unknown, UserRecord};

    const AT: Timestamp = Timestamp::from_micros(0);
    const USER: UserId = UserId::from_uuid(uuid::Uuid::from_u128(1));

    fn id(number: u128) -> ContestId {
        ContestId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn contest(number: u128) -> ContestRecord {
        let problem = Problem::new("p", "P", Difficulty::Easy).unwrap();
        let catalogue = crate::catalogue::Catalogue::new([problem]).unwrap();
        let request = SelectionRequest::new(ProblemCount::new(1).unwrap());
        let input = Input::new(&catalogue, &request, Seed(1), AT);
        let facts = crate::select::Facts::of(None, &catalogue);
        ContestRecord {
            problems: Vec::new(),
            format: FORMAT,
            id: id(number),
            started_at: AT,
            deadline: AT,
            ending: None,
            late_policy: LatePolicy::Reject,
            epoch: 0,
            selection: select(&input, &facts).unwrap().record,
            idempotency: None,
            unknown: Unknown::default(),
        }
    }

    /// A snapshot with this contest open and that one at hand.
    fn snapshot(version: u64, open: Option<u128>, held: Option<u128>) -> Snapshot {
        let open = open.map(|number| OpenContest {
            id: id(number),
            deadline: AT,
            newly_marked: Vec::new(),
        });
        let record = UserRecord {
            version: Version::from_random(version, 0),
            open,
            ..UserRecord::new()
        };
        Snapshot {
            record: Some(record),
            contest: held.map(contest),
            ..Snapshot::default()
        }
    }

    /// The number of the contest that is recalled, 0 for a snapshot without one.
    fn recalled(of: &Remembered, contest: &ContestSelector) -> Option<u128> {
        let recalled = of.recall(USER, contest)?;
        let contest = recalled.contest.as_ref();
        Some(contest.map_or(0, |contest| contest.id.as_uuid().as_u128()))
    }

    #[test]
    fn a_snapshot_answers_for_the_contest_it_has_and_for_none() {
        let remembered = Remembered::new(1);
        let key = ContestSelector::Key(IdempotencyKey::new("k").unwrap());
        let [none, open] = [ContestSelector::None, ContestSelector::Open];
        assert_eq!(
            recalled(&remembered, &none),
            None,
            "nothing is remembered yet"
        );
        for (is_open, held, answer) in [
            (None, None, Some(0)),
            (None, Some(1), Some(0)),
            (Some(1), Some(1), Some(1)),
            (Some(2), Some(1), None),
            (Some(1), None, None),
        ] {
            remembered.forget(USER);
            remembered.keep(USER, None, snapshot(1, is_open, held));
            assert_eq!(recalled(&remembered, &open), answer, "{is_open:?} {held:?}");
            assert_eq!(recalled(&remembered, &none), Some(0));
            assert_eq!(recalled(&remembered, &ContestSelector::Id(id(1))), held);
            assert_eq!(recalled(&remembered, &ContestSelector::Id(id(3))), None);
            assert_eq!(recalled(&remembered, &key), None);
        }
    }

    #[test]
    fn what_was_stale_is_used_again_once_no_commit_came_in_between() {
        let remembered = Remembered::new(1);
        let version = |number| Some(Version::from_random(number, 0));
        let is_used = || remembered.recall(USER, &ContestSelector::None).is_some();
        remembered.doubt(USER);
        remembered.keep(USER, None, snapshot(1, None, None));
        assert!(is_used());
        remembered.doubt(USER);
        assert!(!is_used());
        remembered.keep(USER, version(2), snapshot(3, None, None));
        assert!(!is_used(), "the second version was another process's");
        remembered.keep(USER, version(3), snapshot(4, None, None));
        assert!(is_used());
    }

    #[test]
    fn a_contest_stays_only_with_the_version_it_was_remembered_with() {
        let remembered = Remembered::new(1);
        let of = ContestSelector::Id(id(1));
        remembered.keep(USER, None, snapshot(1, None, Some(1)));
        let before = Some(Version::from_random(1, 0));
        remembered.keep(USER, before, snapshot(2, None, None));
        assert_eq!(recalled(&remembered, &of), Some(1));
        remembered.keep(USER, before, snapshot(3, None, None));
        assert_eq!(recalled(&remembered, &of), None);
    }
}
