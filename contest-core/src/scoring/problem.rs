//! The score of a participant at one problem: a fold over the attempts.

use std::time::Duration;

use crate::scoring::attempt::Judgement;
use crate::scoring::{Attempt, CompileErrors, Method, Points, Scoring, TimeUnit, Verdict};
use crate::time::Timestamp;

/// The score of a participant at one problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProblemScore {
    /// The judged attempts that the method counts, up to and including the first accepted one if later
    /// ones cannot matter.
    pub judged: u32,
    /// The pending attempts, without those after an accepted one that decides.
    pub pending: u32,
    /// Whether the problem is solved.
    pub solved: bool,
    /// The points.
    pub points: Points,
    /// The contest time of the attempt that decides the points, if there is one: ICPC rounds it down to
    /// the unit, `AtCoder`'s rule to seconds. As JSON, seconds.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::optional_seconds"))]
    pub time: Option<Duration>,
    /// The penalty time of the problem: with ICPC, the time at which it was solved and the penalties for
    /// rejected attempts; with `AtCoder`'s rule, the penalties alone. As JSON, seconds.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::seconds"))]
    pub penalty: Duration,
}

impl Scoring {
    /// The score at a problem that is worth these points, of a participant who began at `start`. The
    /// attempts are those of the participant at this problem, in any order: they count in the order in
    /// which they were made.
    ///
    /// ```
    /// use std::time::Duration;
    /// use contest_core::prelude::*;
    /// use contest_core::scoring::{Attempt, Icpc, Points, Scoring, Verdict};
    ///
    /// let start: Timestamp = "2026-01-31T12:00:00Z".parse()?;
    /// let after = |minutes: u64| start + Duration::from_secs(minutes * 60);
    /// let problem = ProblemId::from_slug(&Slug::new("two-sum")?);
    /// let attempts = [
    ///     Attempt::new(problem, after(12), Verdict::CompileError),
    ///     Attempt::new(problem, after(15), Verdict::Rejected),
    ///     Attempt::new(problem, after(40), Verdict::Accepted),
    /// ];
    /// let score = Scoring::from(Icpc::default()).problem(Points::ONE, start, &attempts);
    /// assert!(score.solved);
    /// assert_eq!(score.penalty.as_secs() / 60, 40 + 20);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn problem<'a>(
        &self,
        worth: Points,
        start: Timestamp,
        attempts: impl IntoIterator<Item = &'a Attempt>,
    ) -> ProblemScore {
        let mut attempts: Vec<_> = attempts.into_iter().collect();
        attempts.sort_by_cached_key(|attempt| attempt.made());
        let mut fold = Fold::new(self.method(), worth, start);
        for attempt in attempts {
            fold.step(attempt.at, attempt.judgement());
        }
        fold.score
    }
}

/// Takes attempts in the order in which they were made.
#[derive(Debug)]
pub(crate) struct Fold<'a> {
    method: &'a Method,
    worth: Points,
    start: Timestamp,
    /// Later attempts cannot matter.
    decided: bool,
    pub(crate) score: ProblemScore,
}

impl<'a> Fold<'a> {
    pub(crate) fn new(method: &'a Method, worth: Points, start: Timestamp) -> Self {
        Self {
            method,
            worth,
            start,
            decided: false,
            score: ProblemScore::default(),
        }
    }

    pub(crate) fn step(&mut self, at: Timestamp, judgement: Judgement) {
        if self.decided {
            return;
        }
        match judgement.verdict {
            Verdict::NotCounted => {}
            Verdict::CompileError if !self.counts_compile_errors() => {}
            Verdict::Pending => self.score.pending += 1,
            Verdict::Accepted | Verdict::Rejected | Verdict::CompileError => {
                self.judged(at, judgement);
            }
        }
    }

    fn counts_compile_errors(&self) -> bool {
        match self.method {
            Method::Icpc(options) => options.compile_errors == CompileErrors::Penalised,
            _ => false,
        }
    }

    fn judged(&mut self, at: Timestamp, judgement: Judgement) {
        let accepted = judgement.verdict == Verdict::Accepted;
        let tries = self.score.judged;
        self.score.judged += 1;
        let time = self.contest_time(at);
        let full = if accepted { self.worth } else { Points::ZERO };
        let earned = judgement
            .score
            .map_or(full, |score| score.earned(self.worth));
        match self.method {
            Method::Ticks | Method::Lockout if accepted => self.decide(self.worth, time, true),
            Method::Icpc(options) if accepted => {
                let penalty = options.penalty.saturating_mul(tries);
                self.score.penalty = time.saturating_add(penalty);
                self.decide(self.worth, time, true);
            }
            Method::Best => {
                self.improve(earned, time, accepted);
            }
            Method::Last => self.replace(earned, time, accepted),
            Method::First if tries == 0 && self.score.pending == 0 => {
                self.decide(earned, time, accepted);
            }
            Method::Ticks | Method::Lockout | Method::Icpc(_) | Method::First => {}
            Method::Falling(options) => {
                let deducted = earned.less(options.per_try.of(self.worth).times(tries));
                let least = options.least.of(self.worth).min(earned);
                let value = if accepted {
                    deducted.max(least)
                } else {
                    deducted
                };
                self.improve(value, time, accepted);
                self.decided = accepted;
            }
            Method::AtCoder(options) => {
                if self.improve(earned, time, accepted) {
                    self.score.penalty = options.penalty.saturating_mul(tries);
                }
                self.decided = accepted;
            }
        }
    }

    /// The time since the start, in the precision of the method.
    fn contest_time(&self, at: Timestamp) -> Duration {
        let time = at.saturating_since(self.start);
        match self.method {
            Method::Icpc(options) => options.unit.floor(time),
            Method::AtCoder(_) => TimeUnit::Second.floor(time),
            _ => time,
        }
    }

    fn replace(&mut self, points: Points, time: Duration, solved: bool) {
        self.score.points = points;
        self.score.time = Some(time);
        self.score.solved = solved;
    }

    fn decide(&mut self, points: Points, time: Duration, solved: bool) {
        self.replace(points, time, solved);
        self.decided = true;
    }

    /// Takes more points than before; returns whether they are more.
    fn improve(&mut self, points: Points, time: Duration, accepted: bool) -> bool {
        self.score.solved |= accepted;
        let better = points > self.score.points;
        if better {
            self.score.points = points;
            self.score.time = Some(time);
        } else if accepted {
            self.score.time.get_or_insert(time);
        }
        better
    }
}
