//! What TA-Lib's metadata do not say about its functions: which forget, and which have a unit.

use ta_lib::abstract_api::{FuncFlags, FuncId, FuncInfo};

use crate::kernels::ema_look_back;

/// How long a function remembers.
pub(super) enum Memory {
    /// The bars of its windows.
    Windows,
    /// Exponential averages of these spans, one upon the other; Wilder's over N bars has span 2 N - 1.
    Averages(&'static [usize]),
    /// Every bar since the first: sums, stops that depend on their path, averages that adapt.
    Everything,
}

/// The memory of a function with default parameters. A test moves old bars and looks.
pub(super) fn memory(info: &FuncInfo) -> Memory {
    use FuncId as F;
    let spans: &[usize] = match info.id {
        F::ADOSC => &[10],
        F::ADX | F::ADXR => &[27, 27],
        F::APO | F::PPO | F::PVO => &[26],
        F::ATR | F::NATR | F::CMO | F::RSI | F::DX | F::RVI | F::RVIR | F::STOCHRSI => &[27],
        F::MINUS_DI | F::MINUS_DM | F::PLUS_DI | F::PLUS_DM => &[27],
        F::CKSP => &[19],
        F::CRSI => &[5, 3],
        F::CVI => &[10],
        F::DEMA => &[30, 30],
        F::DOSC => &[27, 5, 3],
        F::EFI | F::ERI => &[13],
        F::EMA | F::ZLEMA => &[30],
        F::FISHER => &[6, 3],
        F::HA => &[3],
        F::KC => &[20, 19],
        F::KDJ => &[5, 5],
        F::MACD | F::MACDFIX => &[26, 9],
        F::MASSI => &[9, 9],
        F::PSO => &[5, 5],
        F::RMA => &[59],
        F::SMI => &[2, 25, 9],
        F::T3 => &[5; 6],
        F::TEMA | F::TRIX => &[30; 3],
        F::TSI => &[25, 13],
        F::WAVETREND => &[10, 10, 21],
        _ if remembers_everything(info) => return Memory::Everything,
        _ => return Memory::Windows,
    };
    Memory::Averages(spans)
}

fn remembers_everything(info: &FuncInfo) -> bool {
    use FuncId as F;
    // The flags cover sums and stops, the cycle filters and the averages with an unstable period.
    let flags =
        info.flags.contains(FuncFlags::PATH_DEPENDENT) || info.flags.contains(FuncFlags::UNSTABLE_PERIOD);
    flags || matches!(info.id, F::KVO)
}

impl Memory {
    /// Bars that matter to a value of a function with so many bars of warm-up.
    pub(super) fn look_back(&self, warm_up: usize) -> usize {
        match self {
            Self::Windows => warm_up + 1,
            Self::Averages(spans) => {
                warm_up + 1 + spans.iter().map(|span| ema_look_back(*span)).sum::<usize>()
            }
            Self::Everything => usize::MAX,
        }
    }
}

/// Outputs drawn over prices that are no price.
const DIRECTIONS: [&str; 2] = ["SUPERTREND_TREND", "ZIGZAG_TREND"];

/// Outputs with the unit of a price or of volume, and those that count or add up since the first bar.
fn has_unit_or_grows(id: FuncId, name: &str) -> bool {
    use FuncId as F;
    let price = matches!(
        id,
        F::AC
            | F::ADR
            | F::AO
            | F::APO
            | F::ASI
            | F::ATR
            | F::DPO
            | F::ERI
            | F::HT_PHASOR
            | F::LINEARREG_ANGLE
            | F::LINEARREG_SLOPE
            | F::MACD
            | F::MACDEXT
            | F::MACDFIX
            | F::MINUS_DM
            | F::MOM
            | F::PLUS_DM
            | F::QSTICK
            | F::SI
            | F::STDDEV
            | F::SUM
            | F::SWAK_2PHP
            | F::SWAK_BP
            | F::SWAK_HP
            | F::TRANGE
            | F::VAR
            | F::WAD
    );
    let volume = matches!(id, F::AD | F::ADOSC | F::EFI | F::EMV | F::KVO | F::MARKETFI | F::OBV | F::PVT);
    let grows = matches!(id, F::MAXINDEX | F::MININDEX | F::MINMAXINDEX | F::NVI | F::PVI);
    price || volume || grows || name == "SQZMOM_MOMENTUM"
}

pub(super) fn is_stationary(info: &FuncInfo, name: &str) -> bool {
    DIRECTIONS.contains(&name)
        || !(info.flags.contains(FuncFlags::OVERLAP) || has_unit_or_grows(info.id, name))
}

pub(super) fn unit(info: &FuncInfo, name: &str) -> &'static str {
    if info.flags.contains(FuncFlags::CANDLESTICK) {
        "0, or up to 200 with the sign of the pattern"
    } else if info.flags.contains(FuncFlags::OVERLAP) && !DIRECTIONS.contains(&name) {
        "price"
    } else if is_stationary(info, name) {
        "none"
    } else {
        "as TA-Lib has it"
    }
}
