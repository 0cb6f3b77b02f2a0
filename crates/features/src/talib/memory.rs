//! What TA-Lib's metadata do not say about its functions: how long they remember.

use ta_lib::abstract_api::{FuncFlags, FuncId, FuncInfo};

use crate::kernels::ema_look_back;

/// How long a call remembers. Tests move old bars and look.
#[derive(Debug, PartialEq)]
pub(super) enum Memory {
    /// The bars of its windows, and exponential averages of these spans, one upon the other.
    Averages(Vec<usize>),
    /// Every bar since the first: sums, stops that depend on their path, averages that adapt.
    Everything,
}

/// The span of Wilder's average over so many bars: its factor 1 / N is 2 / (span + 1).
const fn wilder(bars: usize) -> usize {
    2 * bars - 1
}

/// Spans of one of TA-Lib's averages by the number of its type (`MAType`); `None` for one that adapts.
fn average(kind: usize, bars: usize) -> Option<Vec<usize>> {
    const ADAPTIVE: [usize; 3] = [6, 7, 14];
    let spans = match kind {
        _ if ADAPTIVE.contains(&kind) => return None,
        1 | 12 => vec![bars],
        3 => vec![bars; 2],
        4 => vec![bars; 3],
        8 => vec![bars; 6],
        13 => vec![wilder(bars)],
        _ => Vec::new(),
    };
    Some(spans)
}

impl Memory {
    /// The memory of a function with the given parameters.
    pub(super) fn of(info: &FuncInfo, parameters: &[f64]) -> Self {
        use FuncId as F;
        let p = |k: usize| parameters[k] as usize;
        // An average of the type in parameter `kind` over so many bars.
        let typed = |kind: usize, bars: usize| average(p(kind), bars);
        let both = |first: Option<Vec<usize>>, second: Option<Vec<usize>>| Some([first?, second?].concat());
        let spans = match info.id {
            F::ADOSC => Some(vec![p(0).max(p(1))]),
            F::ADX | F::ADXR => Some(vec![wilder(p(0)); 2]),
            F::APO | F::PPO | F::PVO => typed(2, p(0).max(p(1))),
            F::ATR | F::NATR | F::CMO | F::RSI | F::DX | F::RVI | F::RVIR => Some(vec![wilder(p(0))]),
            F::MINUS_DI | F::MINUS_DM | F::PLUS_DI | F::PLUS_DM | F::RMA => Some(vec![wilder(p(0))]),
            F::BBANDS | F::BBW | F::PERCENTB => typed(3, p(0)),
            F::CKSP => Some(vec![wilder(p(0))]),
            F::CRSI => Some(vec![wilder(p(0)), wilder(p(1))]),
            F::CVI | F::EFI | F::EMA | F::ERI | F::ZLEMA => Some(vec![p(0)]),
            F::DEMA | F::MASSI => Some(vec![p(0); 2]),
            F::DOSC => Some(vec![wilder(p(0)), p(1), p(2)]),
            // Smoothing of 1/3 and of 1/2 a bar, whatever the period.
            F::FISHER => Some(vec![6, 3]),
            F::HA => Some(vec![3]),
            F::KC => Some(vec![p(0), wilder(p(1))]),
            F::KDJ | F::STOCH => both(typed(2, p(1)), typed(4, p(3))),
            F::KSTEXT => both(typed(9, p(4).max(p(5)).max(p(6)).max(p(7))), typed(10, p(8))),
            F::MA => typed(1, p(0)),
            F::MACD => Some(vec![p(0).max(p(1)), p(2)]),
            F::MACDEXT => both(both(typed(1, p(0)), typed(3, p(2))), typed(5, p(4))),
            F::MACDFIX => Some(vec![26, p(0)]),
            F::MAVP => typed(2, p(1)),
            F::PSO => Some(vec![p(1); 2]),
            F::SMI => Some(vec![p(1), p(2), p(3)]),
            F::STOCHF => typed(2, p(1)),
            F::STOCHRSI => both(Some(vec![wilder(p(0))]), typed(3, p(2))),
            F::T3 => Some(vec![p(0); 6]),
            F::TEMA | F::TRIX => Some(vec![p(0); 3]),
            F::TSI => Some(vec![p(0), p(1)]),
            F::WAVETREND => Some(vec![p(0), p(0), p(1)]),
            _ if remembers_everything(info) => None,
            _ => Some(Vec::new()),
        };
        spans.map_or(Self::Everything, Self::Averages)
    }

    /// Bars that matter to a value of a call with so many bars of warm-up.
    pub(super) fn look_back(&self, warm_up: usize) -> Option<usize> {
        match self {
            Self::Averages(spans) => {
                Some(warm_up + 1 + spans.iter().map(|span| ema_look_back(*span)).sum::<usize>())
            }
            Self::Everything => None,
        }
    }
}

fn remembers_everything(info: &FuncInfo) -> bool {
    // The flags cover sums and stops, the cycle filters and the averages with an unstable period.
    let flags =
        info.flags.contains(FuncFlags::PATH_DEPENDENT) || info.flags.contains(FuncFlags::UNSTABLE_PERIOD);
    // These count rows since the first bar.
    let counts = matches!(info.id, FuncId::MAXINDEX | FuncId::MININDEX | FuncId::MINMAXINDEX);
    flags || counts || info.id == FuncId::KVO
}
