//! Limits on open streams, in all and of one user: a share of the free ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contest_core::UserId;
use http::StatusCode;

use crate::details::ProblemDetails;

/// Seconds until a client may try again.
const RETRY_AFTER: u32 = 10;

/// Permits for open streams, in all and for each user. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Permits {
    all: usize,
    of_a_user: usize,
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// The right to one open stream, until dropped.
#[derive(Debug)]
pub(super) struct Permit {
    user: UserId,
    permits: Permits,
}

impl Permits {
    pub(super) fn new(all: usize, of_a_user: usize) -> Self {
        Self {
            all,
            of_a_user,
            taken: Arc::default(),
        }
    }

    /// A user may have `of_a_user` streams while all are free, and less as they are taken, down to one. So a
    /// few users who open as many as they can leave most users theirs.
    ///
    /// # Errors
    /// 429 if the user has too many open streams, 503 if there are too many in all.
    pub(super) fn take(&self, user: UserId) -> Result<Permit, ProblemDetails> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&user).copied().unwrap_or_default();
        let free = self.all.saturating_sub(taken.values().sum());
        let share = |free| self.of_a_user.saturating_mul(free).div_ceil(self.all);
        if own >= self.of_a_user || (free > 0 && own >= share(free)) {
            return Err(too_many(StatusCode::TOO_MANY_REQUESTS));
        }
        if free == 0 {
            return Err(too_many(StatusCode::SERVICE_UNAVAILABLE));
        }
        taken.insert(user, own + 1);
        Ok(Permit {
            user,
            permits: self.clone(),
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let taken = &self.permits.taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

fn too_many(status: StatusCode) -> ProblemDetails {
    let detail = if status == StatusCode::TOO_MANY_REQUESTS {
        "you have too many event streams open: close one"
    } else {
        "too many event streams are open: try again"
    };
    ProblemDetails::new(status, "too_many_streams", "Too many streams")
        .with_detail(detail)
        .with_retry_after(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use contest_core::uuid::Uuid;

    use super::*;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn accounts_that_take_all_they_can_leave_seats_for_others() {
        let permits = Permits::new(1_024, 8);
        let mut held = Vec::new();
        let full = (0..2_000).find(|number| {
            let before = held.len();
            held.extend(std::iter::from_fn(|| permits.take(user(*number)).ok()));
            held.len() == before
        });
        // Without the share, 128 accounts would do.
        assert!(full > Some(300), "{full:?} accounts");
    }

    #[test]
    fn a_dropped_permit_is_free_again_and_no_user_takes_all() {
        let permits = Permits::new(3, 2);
        let status = |taken: Result<Permit, ProblemDetails>| taken.unwrap_err().status().as_u16();
        let first = permits.take(user(1)).unwrap();
        let second = permits.take(user(1)).unwrap();
        assert_eq!(status(permits.take(user(1))), 429);
        let third = permits.take(user(2)).unwrap();
        assert_eq!(status(permits.take(user(2))), 503);
        drop(first);
        assert_eq!(status(permits.take(user(1))), 429);
        drop(permits.take(user(3)).unwrap());
        drop((second, third));
        assert!(permits.taken.lock().unwrap().is_empty());
    }
}
