//! The remembered states of recent users, so that a change needs no load.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::id::{UserId, Version};
use crate::store::{ContestSelector, Snapshot};

/// The state that the latest commit of each recent user left, for a bounded number of users.
///
/// A state is stale once another process commits, or if two calls store their commits here in the other
/// order; nothing signals that. So use it only to propose a commit, which the store compares with the
/// stored version. Versions are never reused, so a state of a history that a restore has removed is
/// stale like any other.
#[derive(Debug)]
pub(super) struct Remembered {
    most: usize,
    users: Mutex<Users>,
}

type Users = LruCache<UserId, Entry>;

/// The state of a user after a commit of this engine.
#[derive(Debug)]
struct Entry {
    snapshot: Arc<Snapshot>,
    /// A commit was not kept, most likely because another process committed in between. The state is
    /// unused until a commit shows that none did since.
    doubted: bool,
}

impl Remembered {
    /// An empty cache of at most this many users.
    pub(super) fn new(most: usize) -> Self {
        // A bounded cache would allocate all its space at once.
        let users = Mutex::new(LruCache::unbounded());
        Self { most, users }
    }

    /// The remembered state of the user with the selected contest; `None` if that is not known.
    pub(super) fn recall(&self, user: UserId, contest: &ContestSelector) -> Option<Arc<Snapshot>> {
        let snapshot = {
            let mut users = self.users();
            let entry = users.get(&user).filter(|entry| !entry.doubted)?;
            Arc::clone(&entry.snapshot)
        };
        let record = snapshot.record.as_ref();
        let wanted = match contest {
            ContestSelector::None => None,
            ContestSelector::Open => record.and_then(|record| Some(record.open.as_ref()?.id)),
            ContestSelector::Id(id) => Some(*id),
            // Only the store knows all used keys.
            ContestSelector::Key(_) | ContestSelector::Round(_) => return None,
        };
        let held = snapshot.contest.as_ref().map(|contest| contest.id);
        if wanted == held {
            return Some(snapshot);
        }
        let without = || Snapshot {
            record: record.cloned(),
            contest: None,
            revision: snapshot.revision,
        };
        wanted.is_none().then(|| Arc::new(without()))
    }

    /// Remembers the state after a commit on the `expected` version. If the commit wrote no contest,
    /// the contest remembered with that version stays.
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
        // `None` if another process has committed in between.
        let follows = before.filter(|before| before.snapshot.version() == expected);
        let doubted = follows.is_none() && before.is_some_and(|before| before.doubted);
        if after.contest.is_none() {
            after.contest = follows.and_then(|before| before.snapshot.contest.clone());
        }
        let after = Arc::new(after);
        let snapshot = Arc::clone(&after);
        users.put(user, Entry { snapshot, doubted });
        if users.len() > self.most {
            users.pop_lru();
        }
        after
    }

    /// Stops using the state of the user until two commits of this engine follow each other. When calls
    /// of a user are spread over several processes, this avoids all conflicts but the first.
    pub(super) fn doubt(&self, user: UserId) {
        if let Some(entry) = self.users().peek_mut(&user) {
            entry.doubted = true;
        }
    }

    /// Drops the state of the user.
    pub(super) fn remove(&self, user: UserId) {
        self.users().pop(&user);
    }

    fn users(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For tests that control the remembered state.
#[cfg(feature = "testing")]
impl crate::engine::Engine {
    /// The remembered state of the user.
    pub fn remembered(&self, user: UserId) -> Option<Snapshot> {
        let users = self.inner.remembered.users();
        let entry = users.peek(&user).filter(|entry| !entry.doubted)?;
        Some(Snapshot::clone(&entry.snapshot))
    }

    /// Replaces the remembered state of the user.
    pub fn remember(&self, user: UserId, snapshot: Option<Snapshot>) {
        let remembered = &self.inner.remembered;
        remembered.remove(user);
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
            scoring: crate::scoring::Scoring::default(),
            round: None,
            idempotency: None,
            unknown: Unknown::default(),
        }
    }

    /// A snapshot with the open contest `open`, holding the contest `held`.
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
            remembered.remove(USER);
            remembered.keep(USER, None, snapshot(1, is_open, held));
            assert_eq!(recalled(&remembered, &open), answer, "{is_open:?} {held:?}");
            assert_eq!(recalled(&remembered, &none), Some(0));
            assert_eq!(recalled(&remembered, &ContestSelector::Id(id(1))), held);
            assert_eq!(recalled(&remembered, &ContestSelector::Id(id(3))), None);
            assert_eq!(recalled(&remembered, &key), None);
        }
    }

    #[test]
    fn a_stale_state_is_used_again_once_no_commit_came_in_between() {
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
