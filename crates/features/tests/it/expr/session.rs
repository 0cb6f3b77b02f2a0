//! Bars shorter than a session.

use proofmark_features::expr::Program;
use proofmark_market::IntradayBar;
use proofmark_units::{Date, Instant};

use super::same;

fn bar(session: i32, minute: i64, close: f64, volume: f64) -> IntradayBar {
    let start = Instant::from_nanos((i64::from(session) * 1_440 + minute) * 60_000_000_000);
    let end = start.plus_seconds(60);
    IntradayBar {
        session: Date::from_days(session),
        start,
        event_time: end,
        known_at: end,
        open: close,
        high: close + 1.0,
        low: close - 1.0,
        close,
        volume,
        turnover: f64::NAN,
    }
}

const TEXTS: [&str; 13] = [
    "SessionVwap()",
    "SessionSum($volume)",
    "SessionMean($close)",
    "SessionMax($high)",
    "SessionMin($low)",
    "SessionFirst($open)",
    "SessionBar()",
    "$close / SessionFirst($open) - 1",
    "Mean($close, 2)",
    "SessionMinute()",
    "Weekday() + 10 * Month()",
    "BucketMean($volume, SessionMinute(), 4)",
    "BucketStd($close, SessionBar(), 800)",
];

fn program() -> Program {
    Program::compile(&TEXTS.map(|text| (text, text))).unwrap()
}

#[test]
fn two_sessions_by_hand() {
    let bars = [
        bar(1, 0, 10.0, 100.0),
        bar(1, 1, 13.0, f64::NAN),
        bar(1, 2, 16.0, 300.0),
        bar(2, 0, 20.0, 0.0),
        bar(2, 1, 22.0, 50.0),
    ];
    let columns = program().intraday_columns(&bars).unwrap();
    assert_eq!(columns[0][..3], [10.0, 10.0, (10.0 * 100.0 + 16.0 * 300.0) / 400.0]);
    assert!(columns[0][3].is_nan(), "nothing has traded yet");
    assert_eq!(columns[0][4], 22.0);
    assert_eq!(columns[1], [100.0, 100.0, 400.0, 0.0, 50.0]);
    assert_eq!(columns[2], [10.0, 11.5, 13.0, 20.0, 21.0]);
    assert_eq!(columns[3], [11.0, 14.0, 17.0, 21.0, 23.0]);
    assert_eq!(columns[4], [9.0, 9.0, 9.0, 19.0, 19.0]);
    assert_eq!(columns[5], [10.0, 10.0, 10.0, 20.0, 20.0]);
    assert_eq!(columns[6], [1.0, 2.0, 3.0, 1.0, 2.0]);
    assert_eq!(columns[7][4], 22.0 / 20.0 - 1.0);
    assert_eq!(columns[8], [10.0, 11.5, 14.5, 18.0, 21.0], "a plain window knows no session");
    assert_eq!(columns[9], [0.0, 1.0, 2.0, 0.0, 1.0]);
    // 1970-01-02 was a Friday.
    assert_eq!(columns[10], [14.0, 14.0, 14.0, 15.0, 15.0]);
    let usual = &columns[11];
    assert_eq!(usual[3], 100.0, "the first minute of the session before");
    assert!(usual[0].is_nan() && usual[4].is_nan(), "the second minute had no volume before");
}

#[test]
fn a_bucket_holds_its_own_kind_within_the_window_and_not_the_bar_itself() {
    // Ten sessions of three bars, the middle one missing in every other session: its minute keeps its bucket.
    let bars: Vec<IntradayBar> = (0..10)
        .flat_map(|session| [0, 1, 2].map(|minute| (session, minute)))
        .filter(|(session, minute)| *minute != 1 || session % 2 == 0)
        .map(|(session, minute)| bar(session, minute, 100.0, f64::from(session * 10) + minute as f64))
        .collect();
    let texts = ["BucketMean($volume, SessionMinute(), 10)", "BucketStd($volume, SessionMinute(), 10)"];
    let program = Program::compile(&texts.map(|text| (text, text))).unwrap();
    let columns = program.intraday_columns(&bars).unwrap();
    for (t, bar) in bars.iter().enumerate() {
        let minute = |bar: &IntradayBar| bar.start.nanos() / 60_000_000_000 % 1_440;
        let before = &bars[t.saturating_sub(10)..t];
        let own: Vec<f64> = before.iter().filter(|b| minute(b) == minute(bar)).map(|b| b.volume).collect();
        let mean = own.iter().sum::<f64>() / own.len() as f64;
        let sd = (own.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (own.len() as f64 - 1.0)).sqrt();
        assert!(same(columns[0][t], mean), "mean at {t}: {} against {mean}", columns[0][t]);
        assert!(same(columns[1][t], if own.len() < 2 { f64::NAN } else { sd }), "deviation at {t}");
    }
}

#[test]
fn bar_by_bar_agrees_and_a_prefix_is_a_prefix() {
    let bars: Vec<IntradayBar> = (0..2_000_i32)
        .map(|k| {
            let volume = if k % 41 == 0 { f64::NAN } else { f64::from(k * 31 % 97) };
            bar(k / 375, i64::from(k % 375), 100.0 + f64::from(k * 37 % 101), volume)
        })
        .collect();
    let program = program();
    let columns = program.intraday_columns(&bars).unwrap();
    let prefix = program.intraday_columns(&bars[..777]).unwrap();
    let mut stream = program.start().unwrap();
    for (t, bar) in bars.iter().enumerate() {
        for (k, value) in stream.push(bar).iter().enumerate() {
            assert!(same(*value, columns[k][t]), "{} at {t}", TEXTS[k]);
            assert!(t >= 777 || same(*value, prefix[k][t]), "{} at {t}", TEXTS[k]);
        }
    }
}
