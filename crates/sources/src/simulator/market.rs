//! What all symbols share: regimes, the market's return, sector factors.

use proofmark_units::Seed;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::Scenario;
use super::shocks::Shocks;

pub(super) const SESSIONS_PER_YEAR: f64 = 252.0;
/// Long-run annual volatility of the market factor over all regimes (for the long-run volatility of a symbol).
pub(super) const MARKET_VOLATILITY: f64 = 0.16;
/// Annual volatility of a sector factor.
pub(super) const SECTOR_VOLATILITY: f64 = 0.08;
pub(super) const SECTORS: usize = 3;
const CRASH_SESSIONS: usize = 25;
const CRASH_RETURN: f64 = -0.35;

/// State of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Rising, quiet.
    Calm,
    /// Little drift, moderate volatility.
    Choppy,
    /// Falling, volatile.
    Bear,
}

impl Regime {
    /// Annual drift of the market, simple return.
    const fn drift(self) -> f64 {
        match self {
            Self::Calm => 0.27,
            Self::Choppy => 0.10,
            Self::Bear => -0.30,
        }
    }

    /// Annual volatility of the market.
    const fn volatility(self) -> f64 {
        match self {
            Self::Calm => 0.11,
            Self::Choppy => 0.16,
            Self::Bear => 0.27,
        }
    }

    /// Factor on the volatility of sectors and symbols.
    pub(super) const fn dispersion(self) -> f64 {
        match self {
            Self::Calm => 0.9,
            Self::Choppy => 1.0,
            Self::Bear => 1.35,
        }
    }

    /// The next session's regime, from a uniform draw.
    fn next(self, u: f64) -> Self {
        let (leave, other) = match self {
            Self::Calm => ((1.0 / 200.0, Self::Choppy), (1.0 / 700.0, Self::Bear)),
            Self::Choppy => ((1.0 / 110.0, Self::Calm), (1.0 / 240.0, Self::Bear)),
            Self::Bear => ((1.0 / 90.0, Self::Choppy), (1.0 / 180.0, Self::Calm)),
        };
        if u < leave.0 {
            leave.1
        } else if u < leave.0 + other.0 {
            other.1
        } else {
            self
        }
    }
}

/// A log return in two parts.
#[derive(Clone, Copy)]
pub(super) struct Move {
    pub(super) overnight: f64,
    pub(super) intraday: f64,
}

/// The market's path.
pub(super) struct Market {
    pub(super) regime: Vec<Regime>,
    /// Market factor, drift included; the drift of a session is spread over it like its variance.
    pub(super) market: Vec<Move>,
    pub(super) market_sd: Vec<f64>,
    pub(super) sectors: Vec<[Move; SECTORS]>,
    pub(super) sector_sd: Vec<[f64; SECTORS]>,
    /// Sessions of the crash, if there is one.
    pub(super) crash: Option<std::ops::Range<usize>>,
}

impl Market {
    pub(super) fn simulate(scenario: Scenario, sessions: usize, seed: &Seed) -> Self {
        let crash = (scenario == Scenario::Crash).then(|| {
            let length = CRASH_SESSIONS.min(sessions);
            let place = 0.5 + 0.25 * seed.child("crash").rng().random::<f64>();
            let start = ((sessions as f64 * place) as usize).min(sessions - length);
            start..start + length
        });
        let regime = regimes(sessions, crash.as_ref(), &seed.child("regime"));
        let daily = SESSIONS_PER_YEAR.sqrt().recip();

        let mut shocks = Shocks::new(&seed.child("market"), 0.07, 0.90);
        let (mut market, mut market_sd) = (Vec::with_capacity(sessions), Vec::with_capacity(sessions));
        for state in &regime {
            let shock = shocks.draw();
            let scale = state.volatility() * daily;
            let drift = state.drift() / SESSIONS_PER_YEAR;
            market.push(Move {
                overnight: 0.25 * drift + scale * shock.overnight,
                intraday: 0.75 * drift + scale * shock.intraday,
            });
            market_sd.push(scale * shock.sd);
        }
        if let Some(range) = &crash {
            fall(&mut market[range.clone()]);
        }

        let nothing = [Move { overnight: 0.0, intraday: 0.0 }; SECTORS];
        let (mut sectors, mut sector_sd) = (vec![nothing; sessions], vec![[0.0; SECTORS]; sessions]);
        for f in 0..SECTORS {
            let mut shocks = Shocks::new(&seed.child("sector").nth(f as u64), 0.06, 0.90);
            for (t, state) in regime.iter().enumerate() {
                let shock = shocks.draw();
                let scale = SECTOR_VOLATILITY * daily * state.dispersion();
                sectors[t][f] = Move { overnight: scale * shock.overnight, intraday: scale * shock.intraday };
                sector_sd[t][f] = scale * shock.sd;
            }
        }
        Self { regime, market, market_sd, sectors, sector_sd, crash }
    }
}

fn regimes(sessions: usize, crash: Option<&std::ops::Range<usize>>, seed: &Seed) -> Vec<Regime> {
    let mut rng = seed.rng();
    let mut state = Regime::Calm;
    let mut path: Vec<Regime> = Vec::with_capacity(sessions);
    for _ in 0..sessions {
        path.push(state);
        state = state.next(rng.random());
    }
    if let Some(range) = crash {
        path[range.clone()].fill(Regime::Bear);
    }
    path
}

/// Shifts the sessions of a crash so that they lose [`CRASH_RETURN`] together.
fn fall(moves: &mut [Move]) {
    let total: f64 = moves.iter().map(|m| m.overnight + m.intraday).sum();
    let shift = ((1.0 + CRASH_RETURN).ln() - total) / moves.len() as f64;
    for m in moves {
        m.overnight += 0.25 * shift;
        m.intraday += 0.75 * shift;
    }
}
