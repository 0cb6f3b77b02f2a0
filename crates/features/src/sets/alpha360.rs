//! Alpha360: the last 60 bars themselves, prices over this close and volumes over this volume, as qlib ships them.
//!
//! `VWAP` is the typical price, as in Alpha158.

use super::alpha158::over_close;
use super::entry::Entry;
use super::words::TYPICAL;

const SOURCE: &str = "qlib 0.9.7, Alpha360 (qlib/contrib/data/loader.py)";
const BARS: usize = 60;

pub(super) fn entries() -> Vec<Entry> {
    let prices =
        [("CLOSE", "$close"), ("OPEN", "$open"), ("HIGH", "$high"), ("LOW", "$low"), ("VWAP", TYPICAL)];
    let mut all = Vec::with_capacity(6 * BARS);
    for (name, field) in prices {
        let words = if field == TYPICAL { "typical price" } else { &field[1..] };
        for lag in (0..BARS).rev() {
            let price = if lag == 0 { field.to_owned() } else { format!("Ref({field}, {lag})") };
            all.push(Entry {
                name: format!("{name}{lag}"),
                text: over_close(&price),
                doc: format!("{words} {lag} bars ago over this close"),
                unit: "ratio to the close",
                source: SOURCE,
                stationary: true,
            });
        }
    }
    for lag in (0..BARS).rev() {
        let volume = if lag == 0 { "$volume".to_owned() } else { format!("Ref($volume, {lag})") };
        all.push(Entry {
            name: format!("VOLUME{lag}"),
            text: format!("{volume} / ($volume + 1e-12)"),
            doc: format!("volume {lag} bars ago over this volume"),
            unit: "ratio to the volume",
            source: SOURCE,
            stationary: true,
        });
    }
    all
}
