//! As much as the server takes.

use std::cell::Cell;

use futures::future::try_join_all;

use crate::Outcome;
use crate::load::Connection;

/// Makes that many requests in all, over every connection at once, each asking again as soon as it
/// is answered.
///
/// # Errors
/// The first of [`Connection::call`].
pub async fn closed(connections: &mut [impl Connection], requests: u64) -> Outcome<()> {
    let left = Cell::new(requests);
    let calls = connections.iter_mut().map(|connection| async {
        while let Some(fewer) = left.get().checked_sub(1) {
            left.set(fewer);
            connection.call().await?;
        }
        Outcome::Ok(())
    });
    try_join_all(calls).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::closed;
    use crate::Outcome;
    use crate::load::Connection;

    #[derive(Default)]
    struct Counting(u64);

    impl Connection for Counting {
        async fn call(&mut self) -> Outcome<()> {
            self.0 += 1;
            tokio::task::yield_now().await;
            if self.0 < 100 {
                Ok(())
            } else {
                Err("broken".into())
            }
        }
    }

    #[tokio::test]
    async fn connections_share_the_requests() {
        let mut connections: Vec<_> = (0..4).map(|_| Counting::default()).collect();
        closed(&mut connections, 42).await.unwrap();
        assert_eq!(connections.iter().map(|made| made.0).sum::<u64>(), 42);
        assert!(connections.iter().all(|made| made.0 >= 10));
        assert!(closed(&mut connections, 1_000).await.is_err());
    }
}
