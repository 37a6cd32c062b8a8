//! A transaction of the host, lent to stores that use it one call at a time.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use contest_core::store::StoreError;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

/// The host's transaction, until it is given back.
pub(crate) struct Lent<H> {
    open: Arc<Mutex<Option<H>>>,
    /// Set when no call may use it any more.
    closed: Arc<AtomicBool>,
}

/// The transaction while a call uses it.
pub(crate) struct InUse<H> {
    host: OwnedMappedMutexGuard<Option<H>, H>,
    // Declared, and so dropped, after the lock.
    _end: CloseBehind<H>,
}

/// Drops a closed transaction when the last call that used it ends.
struct CloseBehind<H>(Lent<H>);

impl<H> Lent<H> {
    pub(crate) fn new(host: H) -> Self {
        Self {
            open: Arc::new(Mutex::new(Some(host))),
            closed: Arc::default(),
        }
    }

    /// Waits until no other call uses the transaction.
    pub(crate) async fn lock(&self) -> Result<InUse<H>, StoreError> {
        let open = Arc::clone(&self.open).lock_owned().await;
        let host = OwnedMutexGuard::try_map(open, Option::as_mut);
        let in_use = InUse {
            host: host.map_err(|_| given_back())?,
            _end: CloseBehind(self.clone()),
        };
        if self.closed.load(Ordering::SeqCst) {
            return Err(given_back());
        }
        Ok(in_use)
    }

    /// Takes the transaction back, unless a call uses it.
    pub(crate) fn take(&self) -> Result<H, StoreError> {
        let Ok(mut open) = self.open.try_lock() else {
            let message = "a call still uses the host's transaction";
            return Err(StoreError::permanent(message));
        };
        open.take().ok_or_else(given_back)
    }

    /// Rolls the transaction back, now or when the call that uses it ends. The remaining stores can neither
    /// use the transaction nor keep it open.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let host = self.open.try_lock().ok().and_then(|mut open| open.take());
        drop(host);
    }
}

impl<H> Clone for Lent<H> {
    fn clone(&self) -> Self {
        Self {
            open: Arc::clone(&self.open),
            closed: Arc::clone(&self.closed),
        }
    }
}

impl<H> Drop for CloseBehind<H> {
    fn drop(&mut self) {
        if self.0.closed.load(Ordering::SeqCst) {
            self.0.close();
        }
    }
}

impl<H> Deref for InUse<H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.host
    }
}

impl<H> DerefMut for InUse<H> {
    fn deref_mut(&mut self) -> &mut H {
        &mut self.host
    }
}

impl<H> fmt::Debug for Lent<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lent")
    }
}

impl<H> fmt::Debug for InUse<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InUse")
    }
}

fn given_back() -> StoreError {
    StoreError::permanent("the host's transaction has ended")
}
