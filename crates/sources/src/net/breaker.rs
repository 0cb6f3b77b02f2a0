//! The circuit breaker of one vendor: after enough failures nothing is asked for a while.

use std::time::Duration;

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::{between, later};

/// When a breaker opens and closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerRules {
    /// Failures that open it.
    pub failures_to_open: u32,
    /// How long it stays open before a trial.
    pub open_for: Duration,
    /// Successes in the half-open state that close it.
    pub successes_to_close: u32,
    /// Trials under way at once in the half-open state.
    pub trials: u32,
    /// Failures are forgotten after so long without a request.
    pub forget_after: Duration,
}

impl BreakerRules {
    /// 5 failures open, 60 s to half-open, 3 successes close, 3 trials, forgotten after 300 s.
    pub const STANDARD: Self = Self {
        failures_to_open: 5,
        open_for: Duration::from_secs(60),
        successes_to_close: 3,
        trials: 3,
        forget_after: Duration::from_secs(300),
    };
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Requests pass.
    Closed,
    /// Nothing passes before this instant.
    Open {
        /// When trials begin.
        until: Instant,
    },
    /// A few trials pass; one failure opens it again.
    HalfOpen,
}

/// What a breaker knows, to be kept between commands. Trials that were under way are forgotten: nobody waits for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerMemory {
    /// Failures in a row.
    pub failures: u32,
    /// When trials begin, if it is open; in the past while it is half open.
    pub open_until: Option<Instant>,
    /// The last request.
    pub last: Option<Instant>,
}

/// Counts failures and decides who passes; time is handed in.
#[derive(Debug, Clone)]
pub struct Breaker {
    rules: BreakerRules,
    state: BreakerState,
    failures: u32,
    successes: u32,
    trials_under_way: u32,
    last: Option<Instant>,
}

impl Breaker {
    /// A closed breaker.
    pub const fn new(rules: BreakerRules) -> Self {
        Self {
            rules,
            state: BreakerState::Closed,
            failures: 0,
            successes: 0,
            trials_under_way: 0,
            last: None,
        }
    }

    /// A breaker that goes on from what an earlier one knew.
    pub const fn remembering(rules: BreakerRules, memory: BreakerMemory) -> Self {
        let state = match memory.open_until {
            Some(until) => BreakerState::Open { until },
            None => BreakerState::Closed,
        };
        Self { rules, state, failures: memory.failures, successes: 0, trials_under_way: 0, last: memory.last }
    }

    /// What a later one has to know. A half-open breaker is remembered as open until its last request, so that the
    /// next trial may begin at once.
    pub const fn memory(&self) -> BreakerMemory {
        let open_until = match self.state {
            BreakerState::Closed => None,
            BreakerState::Open { until } => Some(until),
            BreakerState::HalfOpen => self.last,
        };
        BreakerMemory { failures: self.failures, open_until, last: self.last }
    }

    /// Where it stands.
    pub const fn state(&self) -> BreakerState {
        self.state
    }

    /// Whether a request may be made at `now`; if not, how long until the next trial. Whoever passes must report
    /// [`success`](Self::success), [`failure`](Self::failure) or [`neither`](Self::neither).
    ///
    /// # Errors
    /// The wait, when the breaker is open or all trials are under way.
    pub fn admit(&mut self, now: Instant) -> Result<(), Duration> {
        if self.last.is_some_and(|last| between(last, now) >= self.rules.forget_after) {
            self.failures = 0;
        }
        if let BreakerState::Open { until } = self.state {
            if now < until {
                return Err(between(now, until));
            }
            self.state = BreakerState::HalfOpen;
            self.successes = 0;
            self.trials_under_way = 0;
        }
        if self.state == BreakerState::HalfOpen {
            if self.trials_under_way >= self.rules.trials {
                return Err(self.rules.open_for);
            }
            self.trials_under_way += 1;
        }
        self.last = Some(now);
        Ok(())
    }

    /// The vendor answered.
    pub const fn success(&mut self) {
        match self.state {
            BreakerState::HalfOpen => {
                self.neither();
                self.successes += 1;
                if self.successes >= self.rules.successes_to_close {
                    self.state = BreakerState::Closed;
                    self.failures = 0;
                }
            }
            _ => self.failures = 0,
        }
    }

    /// The vendor failed at `now`.
    pub fn failure(&mut self, now: Instant) {
        self.failures += 1;
        let half_open = self.state == BreakerState::HalfOpen;
        if half_open || self.failures >= self.rules.failures_to_open {
            self.state = BreakerState::Open { until: later(now, self.rules.open_for) };
            self.failures = 0;
        }
    }

    /// The answer says nothing about the vendor's health, such as a refused argument.
    pub const fn neither(&mut self) {
        self.trials_under_way = self.trials_under_way.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(BreakerRules::STANDARD);
        for second in 0..5 {
            assert_eq!(breaker.state(), BreakerState::Closed);
            breaker.admit(at(second)).unwrap();
            breaker.failure(at(second));
        }
        breaker
    }

    #[test]
    fn five_failures_open_and_three_successes_close() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(at(10)), Err(Duration::from_secs(54)));
        for _ in 0..3 {
            breaker.admit(at(64)).unwrap();
            breaker.success();
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn half_open_lets_three_trials_pass_and_one_failure_opens_it_again() {
        let mut breaker = opened();
        for _ in 0..3 {
            breaker.admit(at(64)).unwrap();
        }
        assert_eq!(breaker.admit(at(64)), Err(Duration::from_secs(60)), "three trials are under way");
        breaker.neither();
        breaker.admit(at(65)).unwrap();
        breaker.failure(at(65));
        assert_eq!(breaker.state(), BreakerState::Open { until: at(125) });
        assert_eq!(breaker.admit(at(124)), Err(Duration::from_secs(1)));
    }

    #[test]
    fn a_remembered_breaker_goes_on_where_the_earlier_one_stood() {
        let again = |breaker: &Breaker| Breaker::remembering(BreakerRules::STANDARD, breaker.memory());
        let mut breaker = Breaker::new(BreakerRules::STANDARD);
        for second in 0..5 {
            breaker.admit(at(second)).unwrap();
            breaker.failure(at(second));
            breaker = again(&breaker);
        }
        assert_eq!(breaker.admit(at(10)), Err(Duration::from_secs(54)));
        breaker.admit(at(64)).unwrap();
        // Half open, the trial's outcome unknown: another trial may begin, and its failure opens it again.
        let mut breaker = again(&breaker);
        breaker.admit(at(65)).unwrap();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        breaker.failure(at(65));
        assert_eq!(again(&breaker).state(), BreakerState::Open { until: at(125) });
    }

    #[test]
    fn failures_are_forgotten_when_idle_or_after_a_success() {
        let mut breaker = Breaker::new(BreakerRules::STANDARD);
        for second in [0, 1, 2, 3, 303, 304, 305, 306] {
            breaker.admit(at(second)).unwrap();
            breaker.failure(at(second));
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        breaker.admit(at(307)).unwrap();
        breaker.success();
        for second in 308..312 {
            breaker.admit(at(second)).unwrap();
            breaker.failure(at(second));
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        breaker.admit(at(312)).unwrap();
        breaker.failure(at(312));
        assert!(matches!(breaker.state(), BreakerState::Open { .. }));
    }
}
