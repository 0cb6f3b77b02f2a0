//! Run by hand: `cargo test --release -p proofmark-features -- --ignored --nocapture speed`.

use proofmark_features::{TEACHER15, compute_set};
use proofmark_market::Bars;
use ta_lib::{Core, MAType};

use crate::bars::from_closes;

/// Least time on the processor over `runs`, in seconds: wall time would measure who else is using the machine.
fn best_of<T>(runs: usize, mut work: impl FnMut() -> T) -> f64 {
    let on_cpu_ns = || -> f64 {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        text.split(' ').next().unwrap().parse().unwrap()
    };
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        let start = on_cpu_ns();
        std::hint::black_box(work());
        best = best.min((on_cpu_ns() - start) * 1e-9);
    }
    best
}

/// The TA-Lib indicators behind the 15 columns; bands and MACD are one call each.
fn ta_lib(bars: &Bars) -> Vec<Vec<f64>> {
    let (h, l, c, v, n) = (bars.high(), bars.low(), bars.close(), bars.volume(), bars.len());
    let core = Core::new();
    let mut out: Vec<Vec<f64>> = (0..15).map(|_| vec![0.0; n]).collect();
    let [a, b, d, e, f, g, i, j, k, m, p, q, r, s, t] = &mut out[..] else { unreachable!() };
    core.sma(0, n - 1, c, 20, a).unwrap();
    core.sma(0, n - 1, c, 50, b).unwrap();
    core.ema(0, n - 1, c, 12, d).unwrap();
    core.ema(0, n - 1, c, 26, e).unwrap();
    core.rsi(0, n - 1, c, 14, f).unwrap();
    core.atr(0, n - 1, h, l, c, 14, g).unwrap();
    core.vwap(0, n - 1, h, l, c, v, i).unwrap();
    core.bbands(0, n - 1, c, 20, 2.0, 2.0, MAType::SMA, j, k, m).unwrap();
    core.macd(0, n - 1, c, 12, 26, 9, p, q, r).unwrap();
    core.adx(0, n - 1, h, l, c, 14, s).unwrap();
    core.obv(0, n - 1, c, v, t).unwrap();
    out
}

#[test]
#[ignore = "measures time"]
fn speed_against_ta_lib() {
    let mut price = 100.0;
    let closes: Vec<f64> = (0..1_000_000_u64)
        .map(|t| {
            price *= 1.0 + 0.01 * ((t.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / 16_777_216.0 - 0.5);
            price
        })
        .collect();
    let bars = from_closes(&closes, |t| 1_000.0 + (t % 97) as f64);
    let bars = crate::bars::changed(&bars, |t, row| {
        row.high *= 1.0 + 0.001 * (t % 7) as f64;
        row.low *= 1.0 - 0.001 * (t % 5) as f64;
    });
    for _ in 0..3 {
        let ours = best_of(9, || compute_set(TEACHER15, &bars));
        let theirs = best_of(9, || ta_lib(&bars));
        eprintln!("15 features, 1M bars: {:.1} ms; TA-Lib: {:.1} ms", ours * 1e3, theirs * 1e3);
    }
    for feature in TEACHER15 {
        eprintln!("{:>16} alone {:.1} ms", feature.name(), best_of(3, || feature.compute(&bars)) * 1e3);
    }
}
