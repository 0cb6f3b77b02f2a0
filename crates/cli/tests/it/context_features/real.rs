//! The same on a day of Nasdaq's book, six minutes of a crypto book and two option chains.

use serde_json::Value;

use super::{context, made, rows, workspace};
use crate::market_data::shared;

const BOOKS: &str = "[features]\nSPREAD = \"mic_spread_relative\"\nPAID = \"mic_effective_spread\"\nLATER = \"mic_trade_impact\"\nDEPTH = \"mic_depth_imbalance\"\n\n[input]\nkind = \"book_files\"\n";

fn of<'a>(report: &'a Value, feature: &str) -> &'a Value {
    let all = report["series"].as_array().unwrap();
    all.iter().find(|own| own["feature"] == feature).unwrap_or_else(|| panic!("no `{feature}` in {report}"))
}

#[test]
fn a_day_of_amazon_is_one_session_of_new_york() {
    let Some(file) = shared("l2/lobster/AMZN_2012-06-21_34200000_57600000_message_1.csv.gz") else { return };
    let folder = workspace();
    let spec = format!(
        "calendar = \"XNYS\"\n\n{BOOKS}format = \"lobster\"\nsample_every = \"1m\"\nlevels = 1\nrealised_after = \"1m\"\n"
    );
    made(&context(folder.path(), &spec, &[file.to_str().unwrap(), "--store-as", "L2"]));
    let value = |series: &str| {
        let found = rows(folder.path(), series);
        assert_eq!(found.len(), 1, "{found:?}");
        let (date, known_at, value) = found[0].clone();
        assert_eq!((date.as_str(), known_at.as_str()), ("2012-06-21", "2012-06-21T20:00:00Z"));
        value
    };
    // The features' own test holds these against the file's columns: 5.76 and 4.04 basis points.
    let (spread, paid) = (value("L2.SPREAD.AMZN"), value("L2.PAID.AMZN"));
    assert!((spread - 5.76e-4).abs() < 1e-6 && (paid - 4.04e-4).abs() < 1e-6, "{spread} {paid}");
    assert!(value("L2.LATER.AMZN") > paid, "the price goes on in the direction of the trade");
    assert!((-1.0..=1.0).contains(&value("L2.DEPTH.AMZN")));
}

#[test]
fn six_minutes_of_bitcoin_are_the_same_from_the_file_and_from_the_lake() {
    let Some(file) = shared("l2/binance_spot_btcusdt_20240808_events.parquet") else { return };
    let folder = workspace();
    let path = folder.path();
    let settings = "every = \"10s\"\nsample_every = \"1s\"\nlevels = 10\nrealised_after = \"5s\"\n";
    let spec =
        format!("calendar = \"24/7\"\n\n{BOOKS}format = \"binance\"\nsymbol = \"BTCUSDT\"\n{settings}");
    let report = made(&context(path, &spec, &[file.to_str().unwrap(), "--store-as", "FILE"]));
    let spread = of(&report, "mic_spread_relative")["last"]["value"].as_f64().unwrap();
    assert!((0.0..2e-6).contains(&spread), "a cent or two at 61,686: {spread}");
    let ingest = ["ingest", "book", file.to_str().unwrap(), "--format", "binance", "--symbol", "BTCUSDT"];
    let said = crate::proofmark::run(path, &[&ingest[..], &["--venue", "binance-spot"]].concat());
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let stored = spec
        .replace("\"book_files\"", "\"book_recordings\"")
        .replace("format = \"binance\"\nsymbol = \"BTCUSDT\"\n", "");
    made(&context(path, &stored, &["--store-as", "LAKE"]));
    for name in ["SPREAD", "PAID", "LATER", "DEPTH"] {
        let of = |prefix: &str| rows(path, &format!("{prefix}.{name}.BTCUSDT"));
        assert_eq!(of("FILE"), of("LAKE"), "{name}");
        assert_eq!(of("LAKE")[0].0, "2024-08-08");
    }
}

#[test]
fn chains_of_the_index_and_the_fund_have_their_surfaces() {
    let Some(spx) = shared("options/spx_chain_2024-11-11.parquet") else { return };
    let spy = shared("options/spy_chain_2025-08-26.parquet").unwrap();
    let folder = workspace();
    let path = folder.path();
    let spec = |rate: &str| {
        format!(
            "calendar = \"XNYS\"\n\n[features]\nIV = \"opt_iv_30\"\nTERM = \"opt_term_slope\"\nRR = \"opt_risk_reversal\"\nPCV = \"opt_put_call_volume\"\nGB = \"opt_gamma_balance\"\n\n\
             [input]\nkind = \"option_files\"\nvalue = {{ multiplier = 100.0, nearest = 10{rate} }}\n"
        )
    };
    let values = |report: &Value, feature: &str| of(report, feature)["last"]["value"].as_f64();
    let close = |found: Option<f64>, wanted: f64, gap: f64| {
        assert!(found.is_some_and(|found| (found - wanted).abs() < gap), "{found:?}, not {wanted}");
    };
    // The figures of docs/CONTEXT_FEATURES.md.
    let report = made(&context(path, &spec(""), &[spx.to_str().unwrap(), "--store-as", "SPX"]));
    close(values(&report, "opt_iv_30"), 0.117, 1e-3);
    close(values(&report, "opt_term_slope"), 0.007, 1e-3);
    close(values(&report, "opt_risk_reversal"), -0.027, 1e-3);
    assert_eq!(values(&report, "opt_put_call_volume"), None, "the file says no volume");
    let report = made(&context(path, &spec(", rate = 0.043"), &[spy.to_str().unwrap(), "--store-as", "SPY"]));
    close(values(&report, "opt_iv_30"), 0.115, 1e-3);
    close(values(&report, "opt_put_call_volume"), 1.078, 5e-4);
    assert!(values(&report, "opt_gamma_balance").is_some_and(|balance| balance.abs() < 1.0));
    let own = of(&report, "opt_iv_30");
    assert_eq!(own["last"]["date"], "2025-08-26");
    assert_eq!(
        own["last"]["known_at"], "2025-08-27T00:00:00Z",
        "a file without a moment is known when its day is over"
    );
}
