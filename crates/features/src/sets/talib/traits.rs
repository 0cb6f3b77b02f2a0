//! What TA-Lib's metadata do not say about its outputs: which have a unit.

use ta_lib::abstract_api::{FuncFlags, FuncId, FuncInfo};

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
