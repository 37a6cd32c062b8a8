//! Compression of responses, at a bounded cost.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::HttpBody;
use axum::extract::Request;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use http::Response;
use http::header::{ACCEPT_ENCODING, VARY};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, DefaultPredicate, Predicate, SizeAbove};

/// Bodies below this are not worth compressing.
const FROM: u64 = 1_024;
/// The most bytes that are compressed per second, in bursts of the same number: about a tenth of a core.
const BYTES_PER_SECOND: NonZeroU32 = NonZeroU32::new(8 * 1024 * 1024).unwrap();
/// Counted for a body of unknown length.
const UNKNOWN: u64 = 64 * 1024;

/// Compresses with gzip, as fast as it can. Responses beyond the budget are sent as they are.
pub(super) fn layer() -> CompressionLayer<And<And<DefaultPredicate, SizeAbove>, Budget>> {
    let worth_it = DefaultPredicate::new().and(SizeAbove::new(FROM));
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(worth_it.and(Budget::new(DefaultClock::default())))
}

/// A request that accepts no compression.
pub(super) async fn forgotten(mut request: Request) -> Request {
    request.headers_mut().remove(ACCEPT_ENCODING);
    request
}

/// How much may be compressed now.
#[derive(Debug)]
pub(super) struct Budget<C: Clock = DefaultClock>(
    Arc<RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>>,
);

impl<C: Clock> Clone for Budget<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Clock> Budget<C> {
    fn new(clock: C) -> Self {
        let quota = Quota::per_second(BYTES_PER_SECOND);
        Self(Arc::new(RateLimiter::direct_with_clock(quota, clock)))
    }

    fn spend(&self, bytes: u64) -> bool {
        let Some(bytes) = u32::try_from(bytes).ok().and_then(NonZeroU32::new) else {
            return bytes == 0;
        };
        self.0.check_n(bytes).is_ok_and(|spent| spent.is_ok())
    }
}

impl<C: Clock> Predicate for Budget<C> {
    fn should_compress<B: HttpBody>(&self, response: &Response<B>) -> bool {
        // The handler has chosen the encoding itself.
        if response.headers().contains_key(VARY) {
            return false;
        }
        self.spend(response.body().size_hint().exact().unwrap_or(UNKNOWN))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn no_more_is_compressed_than_the_budget_allows() {
        let clock = FakeRelativeClock::default();
        let budget = Budget::new(clock.clone());
        let all = u64::from(BYTES_PER_SECOND.get());
        assert!(budget.spend(all / 2) && budget.spend(all / 2));
        assert!(!budget.spend(1_000));
        clock.advance(Duration::from_millis(500));
        assert!(budget.spend(all / 2 - 1_000));
        assert!(!budget.spend(all / 2));
        clock.advance(Duration::from_mins(1));
        assert!(!budget.spend(all + 1), "larger than any budget");
        assert!(budget.spend(all));
    }
}
