//! Back-tests on bars within sessions: the same world told in sessions and in shorter bars.

use std::path::Path;

use proofmark_app::backtest::{self, Backtest, BacktestRequest, PartsRequest, Short};
use proofmark_app::ingest::Synthetic;
use proofmark_app::progress::Silent;
use proofmark_app::trials;
use proofmark_app::workspace::Workspace;
use proofmark_lake::{Delivery, Lake};
use proofmark_market::{BarRow, Calendar, Interval, IntradayBar};
use proofmark_units::{Date, Instant, Seed, Symbol};
use rand::RngExt as _;

/// The first name's shares became two each on this session.
const SPLIT: &str = "2019-06-03";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Three names over two years, the first of them with a split.
fn names() -> Vec<(Symbol, Vec<BarRow>)> {
    let request = Synthetic {
        scenario: "null".to_owned(),
        names: 3,
        seed: 11,
        start: day("2018-01-01"),
        end: day("2019-12-31"),
        strength: None,
    };
    let mut names: Vec<(Symbol, Vec<BarRow>)> =
        request.world().unwrap().bars.into_iter().map(|name| (name.symbol, name.rows)).collect();
    for row in names[0].1.iter_mut().filter(|row| row.date >= day(SPLIT)) {
        for price in [&mut row.open, &mut row.high, &mut row.low, &mut row.close] {
            *price /= 2.0;
        }
        row.volume *= 2.0;
    }
    names
}

fn workspace(folder: &Path) -> (Workspace, Lake, Delivery) {
    Workspace::init(folder).unwrap();
    let ws = Workspace::open(folder).unwrap();
    let lake = Lake::open(ws.lake()).unwrap();
    let arrived_at = "2021-01-01T00:00:00Z".parse().unwrap();
    (ws, lake, Delivery { source: "a walk".to_owned(), arrived_at })
}

fn request(strategy: &str, interval: Interval) -> BacktestRequest {
    BacktestRequest {
        strategy: strategy.to_owned(),
        set: Vec::new(),
        symbols: Vec::new(),
        calendar: "XNSE".to_owned(),
        interval,
        from: Some(day("2018-06-01")),
        until: None,
        capital: 1e6,
        costs: "flat:5".to_owned(),
        leverage: 1.0,
        deposit: None,
        shorting: Short::Never,
        participation: Some(0.1),
        lot: 1.0,
        settle_sessions: 0,
        seed: 7,
        limits: Default::default(),
        sectors: Default::default(),
        guards: None,
        parts: None,
    }
}

fn run(ws: &Workspace, request: &BacktestRequest) -> Backtest {
    backtest::run(ws, request, false, &Silent).unwrap()
}

fn minutes(at: Instant, minutes: i64) -> Instant {
    at.plus_seconds(60 * minutes)
}

/// One bar that lasts the whole session.
fn one(calendar: &Calendar, row: &BarRow) -> IntradayBar {
    let close = calendar.session_close(row.date);
    IntradayBar {
        session: row.date,
        start: minutes(close, -i64::from(calendar.session_minutes(row.date).unwrap())),
        event_time: row.event_time,
        known_at: row.known_at,
        open: row.open,
        high: row.high,
        low: row.low,
        close: row.close,
        volume: row.volume,
        turnover: f64::NAN,
    }
}

#[test]
fn a_session_a_bar_within_sessions_is_the_daily_run() {
    let folder = tempfile::tempdir().unwrap();
    let (ws, mut lake, delivery) = workspace(folder.path());
    let calendar = Calendar::named("XNSE").unwrap();
    let mut within = Vec::new();
    for (symbol, rows) in names() {
        lake.append_bars(&symbol, &rows, &delivery).unwrap();
        within.push((symbol, rows.iter().map(|row| one(&calendar, row)).collect()));
    }
    lake.append_intraday(Interval::Hour1, &within, &delivery).unwrap();
    let mut keys = std::collections::BTreeSet::new();
    for strategy in ["buy_and_hold", "equal_weight", "momentum", "nse_swing"] {
        let daily = run(&ws, &request(strategy, Interval::Day1));
        let hourly = run(&ws, &request(strategy, Interval::Hour1));
        assert!(!daily.log.fills.is_empty(), "{strategy} trades");
        assert_eq!(daily.corporate_actions.get("split"), Some(&1), "{:?}", daily.corporate_actions);
        assert_eq!(daily.log, hourly.log, "{strategy}");
        assert_eq!(
            (&daily.measures, &daily.trades, &daily.by_name, &daily.equity),
            (&hourly.measures, &hourly.trades, &hourly.by_name, &hourly.equity)
        );
        assert_eq!((daily.active_return, daily.active_t), (hourly.active_return, hourly.active_t));
        keys.extend([daily.trial.key, hourly.trial.key]);
    }
    assert_eq!(
        (keys.len(), trials::list(&ws).unwrap().len()),
        (8, 8),
        "bars of another length are another look"
    );
    let missing = BacktestRequest { interval: Interval::Minute5, ..request("momentum", Interval::Day1) };
    let error = backtest::run(&ws, &missing, false, &Silent).unwrap_err();
    assert!(error.exit_code() == 2 && error.hint_text().unwrap().contains("1d, 1h"), "{error:?}");
}

/// Seven bars a session, an hour each and the last a quarter, from the session's open to its close within its range.
fn hours(calendar: &Calendar, rows: &[BarRow], seed: u64) -> Vec<IntradayBar> {
    let mut rng = Seed::root(seed).rng();
    let mut all = Vec::new();
    for row in rows {
        let whole = one(calendar, row);
        let mut points: Vec<f64> = (0..8).map(|_| rng.random_range(row.low..=row.high)).collect();
        (points[0], points[7]) = (row.open, row.close);
        for k in 0..7 {
            let (open, close) = (points[k], points[k + 1]);
            let start = minutes(whole.start, 60 * k as i64);
            let event_time = if k == 6 { whole.event_time } else { minutes(start, 60) };
            let bar = IntradayBar {
                start,
                event_time,
                known_at: event_time,
                open,
                high: if k == 3 { row.high } else { open.max(close) },
                low: if k == 3 { row.low } else { open.min(close) },
                close,
                volume: row.volume / 7.0,
                ..whole
            };
            all.push(bar);
        }
    }
    all
}

fn hourly(folder: &Path) -> (Workspace, Calendar) {
    let (ws, mut lake, delivery) = workspace(folder);
    let calendar = Calendar::named("XNSE").unwrap();
    let of = |(k, (symbol, rows)): (usize, &(Symbol, Vec<BarRow>))| {
        let mut bars = hours(&calendar, rows, k as u64);
        // One session whose last bar is missing in every name.
        bars.retain(|bar| bar.session != day("2019-02-05") || minutes(bar.start, 60) == bar.event_time);
        (symbol.clone(), bars)
    };
    let within: Vec<_> = names().iter().enumerate().map(of).collect();
    lake.append_intraday(Interval::Hour1, &within, &delivery).unwrap();
    (ws, calendar)
}

#[test]
fn within_sessions_the_measures_stay_those_of_sessions_and_the_calendar_ends_them() {
    let folder = tempfile::tempdir().unwrap();
    let (ws, calendar) = hourly(folder.path());
    let held = run(&ws, &request("buy_and_hold", Interval::Hour1));
    assert_eq!(held.equity.len(), held.sessions);
    for ((date, _), (time, _)) in held.equity.iter().zip(&held.log.equity) {
        assert_eq!(
            *time,
            calendar.session_close(*date),
            "a session ends with the calendar, with or without its last bar"
        );
    }
    // Decided with the first bar of the first session, in with the second.
    let entered = held.log.fills[0].time;
    assert_eq!(entered, minutes(calendar.session_close(held.equity[0].0), 120 - 375));
    // The split changes what is held with the first bar of its session: equity does not notice.
    let at = held.equity.iter().position(|(date, _)| *date == day(SPLIT)).unwrap();
    assert!((held.equity[at].1 / held.equity[at - 1].1 - 1.0).abs() < 0.1);
    assert_eq!(held.corporate_actions.get("split"), Some(&1));

    let set = vec![("last_entry".to_owned(), 6.0)];
    let rule =
        BacktestRequest { set, shorting: Short::WithinSession, ..request("nse_intraday", Interval::Hour1) };
    let traded = run(&ws, &rule);
    assert!(traded.log.trips.len() > 100, "{}", traded.log.trips.len());
    // Closed with the sixth of seven bars, except where the seventh, in which it would trade, is missing.
    let within = |run: &Backtest| {
        let trips = run.log.trips.iter().map(|trip| (trip.entered.utc_date(), trip.left.utc_date()));
        let over_night: Vec<_> = trips.filter(|(entered, left)| entered != left).collect();
        assert!(over_night.iter().all(|(entered, _)| *entered == day("2019-02-05")), "{over_night:?}");
    };
    within(&traded);
    assert!(traded.trades.mean_sessions.unwrap() < 0.1 && traded.trades.mean_marks.unwrap() > 0.5);
    assert!(!traded.prices.is_empty() && traded.prices.iter().all(|path| path.close.len() > 7 * 300));
    // The same in parts: what is entered goes out over the rest of the session and is out by its end.
    let parts = BacktestRequest { parts: Some(PartsRequest::Twap { slices: 3 }), ..rule };
    let parted = run(&ws, &parts);
    assert!(parted.log.fills.len() > traded.log.fills.len());
    within(&parted);
}

#[test]
fn parts_within_a_session_trade_the_whole_and_keep_their_share_of_the_volume() {
    let folder = tempfile::tempdir().unwrap();
    let (ws, _) = hourly(folder.path());
    let held = |parts: Option<PartsRequest>, capital: f64| {
        let set = vec![("exposure".to_owned(), 0.5)];
        run(&ws, &BacktestRequest { set, parts, capital, ..request("buy_and_hold", Interval::Hour1) })
    };
    let total = |backtest: &Backtest| {
        let mut units = [0.0; 3];
        backtest.log.fills.iter().for_each(|fill| units[fill.instrument as usize] += fill.quantity);
        units
    };
    let (whole, twap) = (held(None, 1e6), held(Some(PartsRequest::Twap { slices: 4 }), 1e6));
    assert_eq!(total(&whole), total(&twap));
    let dates: std::collections::BTreeSet<Date> = twap.log.fills.iter().map(|f| f.time.utc_date()).collect();
    assert!(
        dates.len() == 1 && twap.log.fills.len() > whole.log.fills.len(),
        "all within one session: {dates:?}"
    );
    // More than a session's share: what is left when it ends does not trade.
    let share = 0.01;
    let pov = held(Some(PartsRequest::Pov { share }), 1e12);
    let rows = names();
    let session = pov.equity[0].0;
    for (of, units) in total(&pov).into_iter().enumerate() {
        let volume = rows[of].1.iter().find(|row| row.date == session).unwrap().volume;
        assert!(units > 0.0 && units <= share * volume, "{units} of {volume}");
    }
}
