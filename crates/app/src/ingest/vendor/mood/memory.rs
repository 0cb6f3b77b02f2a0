//! What a command remembers for the next one: answers, breakers, when was asked, how often an answer was there.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use proofmark_sources::net::{Breaker, BreakerMemory, BreakerRules, BreakerState};
use proofmark_units::{Digest, Instant, Symbol};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::{json, workspace};

/// Version of the file's form. Another one begins anew: it is a cache.
const FORMAT: u32 = 2;

/// Five failures close a provider's door for half an hour; one good answer opens it, and forgets them.
const RULES: BreakerRules = BreakerRules {
    failures_to_open: 5,
    open_for: Duration::from_secs(30 * 60),
    successes_to_close: 1,
    trials: 1,
    forget_after: Duration::from_secs(86_400),
};

/// Everything, in one file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Memory {
    format: u32,
    providers: BTreeMap<String, OfProvider>,
}

/// What is remembered of one provider.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct OfProvider {
    breaker: BreakerMemory,
    pub(super) counts: Counts,
    symbols: BTreeMap<Symbol, OfSymbol>,
}

/// How often an answer was there, over all commands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Answers young enough to be taken without asking.
    pub hits: u64,
    /// Questions to the provider, answered or not.
    pub misses: u64,
    /// Of these, questions that failed.
    pub failures: u64,
    /// Older answers that stood in for a provider which could not be asked.
    pub stale: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct OfSymbol {
    answer: Option<Held>,
    asked: Vec<Instant>,
}

/// The newest answer about one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Held {
    /// Of what was asked, of whom, and who scored it.
    pub(super) question: Digest,
    /// Mean score of the headlines; `None` when there was no headline that could be scored.
    pub(super) value: Option<f64>,
    /// Headlines scored.
    pub(super) headlines: u64,
    /// When it was answered.
    pub(super) at: Instant,
}

impl Default for Memory {
    fn default() -> Self {
        Self { format: FORMAT, providers: BTreeMap::new() }
    }
}

impl Memory {
    /// What the file says, or nothing where it cannot be used: asking again is all that a lost cache costs.
    pub(super) fn read(path: &Path) -> Self {
        let read = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        read.filter(|memory| memory.format == FORMAT).unwrap_or_default()
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        workspace::write(path, &json::bytes(self))
    }

    pub(super) fn of(&mut self, provider: &str) -> &mut OfProvider {
        self.providers.entry(provider.to_owned()).or_default()
    }
}

impl OfProvider {
    /// The answer to `question` about `symbol` and its age, if there is one of at most `seconds`.
    pub(super) fn held(
        &self,
        symbol: &Symbol,
        question: Digest,
        now: Instant,
        seconds: u32,
    ) -> Option<(Held, u64)> {
        let held = self.symbols.get(symbol)?.answer.filter(|held| held.question == question)?;
        // A clock that went back makes no answer young.
        let age = u64::try_from(now.nanos().checked_sub(held.at.nanos())?).ok()? / 1_000_000_000;
        (age <= u64::from(seconds)).then_some((held, age))
    }

    /// Whether `symbol` may be asked about now; if so, that is remembered.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn admit(
        &mut self,
        symbol: &Symbol,
        now: Instant,
        per_minute: usize,
    ) -> std::result::Result<(), String> {
        let asked = &mut self.symbols.entry(symbol.clone()).or_default().asked;
        asked.retain(|at| (0..60_000_000_000).contains(&now.nanos().saturating_sub(at.nanos())));
        if asked.len() >= per_minute {
            return Err(format!("asked {per_minute} times within a minute"));
        }
        let mut breaker = Breaker::remembering(RULES, self.breaker);
        let admitted = breaker.admit(now);
        self.breaker = breaker.memory();
        admitted
            .map_err(|wait| format!("not asked for another {} s after failures", wait.as_secs().max(1)))?;
        if let Some(of_symbol) = self.symbols.get_mut(symbol) {
            of_symbol.asked.push(now);
        }
        self.counts.misses += 1;
        Ok(())
    }

    pub(super) fn answered(&mut self, symbol: &Symbol, answer: Held) {
        // One success closes it, whatever it was.
        self.breaker = Breaker::new(RULES).memory();
        self.symbols.entry(symbol.clone()).or_default().answer = Some(answer);
    }

    pub(super) fn failed(&mut self, now: Instant) {
        let mut breaker = Breaker::remembering(RULES, self.breaker);
        // A trial after half an hour that fails opens it again at once.
        if breaker.state() != BreakerState::Closed {
            let _ = breaker.admit(now);
        }
        breaker.failure(now);
        self.breaker = breaker.memory();
        self.counts.failures += 1;
    }
}
