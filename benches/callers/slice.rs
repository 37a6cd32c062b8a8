//! A slice of time that belongs to one kind of call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use contest_benches::Outcome;
use contest_benches::stores::new_user;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;

use crate::crowd::{Call, Crowd, Failure};

/// What came of it.
pub(crate) struct Slice {
    elapsed: Duration,
    /// How long each call took.
    pub(crate) times: Vec<Duration>,
}

impl Slice {
    /// Lets so many callers call as often as they can, for about as long.
    pub(crate) async fn run(
        crowd: &Crowd,
        call: Call,
        callers: usize,
        length: Duration,
    ) -> Outcome<Self> {
        let race = Arc::new(Race {
            callers: u64::try_from(callers)?,
            seed: crowd.random().random(),
            attempts: AtomicU64::new(0),
            wins: AtomicU64::new(0),
        });
        let begin = Instant::now();
        let end = begin + length;
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let (crowd, race) = (crowd.clone(), Arc::clone(&race));
            tasks.spawn(async move {
                match call {
                    Call::Race => compete(&crowd, &race, end).await,
                    _ => repeat(&crowd, call, caller, end).await,
                }
            });
        }
        let mut times = Vec::new();
        while let Some(done) = tasks.join_next().await {
            times.extend(done?.map_err(|failure| failure as Box<dyn std::error::Error>)?);
        }
        let elapsed = begin.elapsed();
        race.check()?;
        Ok(Self { elapsed, times })
    }

    /// The time for each call that came back.
    pub(crate) fn per_call(&self) -> Outcome<Duration> {
        Ok(self.elapsed / u32::try_from(self.times.len().max(1))?)
    }
}

/// One caller's calls.
async fn repeat(
    crowd: &Crowd,
    call: Call,
    caller: usize,
    end: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut random = crowd.random();
    let mut times = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        crowd.call(call, caller, &mut random).await?;
        times.push(start.elapsed());
    }
    Ok(times)
}

/// Callers who are all the same user, and then all the next one.
struct Race {
    callers: u64,
    seed: u64,
    attempts: AtomicU64,
    wins: AtomicU64,
}

impl Race {
    /// Each user exists only for as many attempts as there are callers.
    fn next_user(&self) -> contest_core::UserId {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        let seed = self.seed.wrapping_add(attempt / self.callers);
        new_user(&mut ChaCha8Rng::seed_from_u64(seed))
    }

    /// Whether each user has won once.
    fn check(&self) -> Outcome<()> {
        let attempts = self.attempts.load(Ordering::Relaxed);
        let wins = self.wins.load(Ordering::Relaxed);
        let users = attempts.div_ceil(self.callers);
        if wins == users {
            Ok(())
        } else {
            Err(format!("{wins} contests of {users} users, by {attempts} attempts").into())
        }
    }
}

async fn compete(crowd: &Crowd, race: &Race, end: Instant) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::new();
    while Instant::now() < end {
        let user = race.next_user();
        let start = Instant::now();
        if crowd.create(user).await? {
            race.wins.fetch_add(1, Ordering::Relaxed);
        }
        times.push(start.elapsed());
    }
    Ok(times)
}
