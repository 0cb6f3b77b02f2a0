//! Option chains: real files as their notes describe them, and hostile ones.

use proofmark_market::options::{Black76, Right};
use proofmark_sources::{
    ChainOptions, ReadError, ReadOptions, read_chain_csv, read_chain_parquet, read_chain_snapshot,
    read_discount_curve, read_futures_csv,
};

use crate::real_files::data;

fn indian() -> ReadOptions {
    ReadOptions { date_format: Some("%d/%m/%Y".into()), ..ReadOptions::default() }
}

#[test]
fn every_real_chain_is_read_whole() {
    for (file, rows, columns) in [
        ("spx_chain_2024-11-11.parquet", 14_364, 10),
        ("spy_chain_2025-08-26.parquet", 7_011, 10),
        ("nse_bank_atm_options_1min_2023-04.parquet", 105_347, 9),
    ] {
        let Some(path) = data(&format!("options/{file}")) else { return };
        let chain = read_chain_parquet(&path, &ChainOptions::default()).unwrap();
        assert_eq!(
            (chain.rows.len(), chain.problems.len()),
            (rows, 0),
            "{file} {:?}",
            chain.problems.first()
        );
        assert!(chain.columns.len() >= columns, "{file} {:?}", chain.columns);
    }
    let path = data("options/spx_chain_2024-11-11.parquet").unwrap();
    let spx = read_chain_parquet(&path, &ChainOptions::default()).unwrap();
    assert_eq!(spx.date_of_file.unwrap().to_string(), "2024-11-11");
    let row = &spx.rows[0];
    assert_eq!(
        (row.strike, row.right, row.expiry.to_string().as_str()),
        (3_200.0, Right::Call, "2024-11-18")
    );
    assert_eq!((row.forward, row.volatility), (Some(6_000.473_2), Some(1.764_24)));
}

/// The file's volatilities have six digits and its years eight. Every row comes back to 1e-4, or to what those digits leave
/// open where that is more (a long vega, or hours to expiry).
#[test]
fn the_volatilities_of_the_exchanges_minutes_price_their_options() {
    let Some(path) = data("options/nse_bank_atm_options_1min_2023-04.parquet") else { return };
    let chain = read_chain_parquet(&path, &ChainOptions::default()).unwrap();
    let (mut compared, mut within) = (0, 0);
    for row in &chain.rows {
        let (Some(volatility), Some(price)) = (row.volatility, row.last) else { continue };
        let (forward, years) = (row.forward.unwrap(), row.years.unwrap());
        let option = Black76::new(row.right, forward, row.strike, years, 1.0).unwrap();
        let gap = (option.price(volatility) - price).abs();
        let open = option
            .greeks(volatility)
            .map_or(0.0, |greeks| greeks.vega * 5.05e-7 + greeks.theta.abs() * 5.05e-9);
        assert!(gap <= open.max(1e-4), "row {}: {gap}, digits leave open {open}", row.row);
        compared += 1;
        within += u32::from(gap <= 1e-4);
    }
    assert!(compared > 105_000 && within > compared - 1_000, "{within} of {compared}");
}

#[test]
fn an_exchanges_day_with_padding_and_footer() {
    let Some(path) = data("options/raw_bhavcopy/nse_fo_options_2025-11-17.csv.gz") else { return };
    let error = read_chain_csv(&path, &ChainOptions::default()).unwrap_err();
    assert!(
        matches!(error, ReadError::AmbiguousDate { .. }),
        "25/11/2025 by rule can be read in two ways: {error}"
    );
    let options = ChainOptions { reading: indian(), ..ChainOptions::default() };
    let chain = read_chain_csv(&path, &options).unwrap();
    assert_eq!((chain.rows.len(), chain.problems.len(), chain.problems[0].rule), (12_596, 1, "footer"));
    let row = &chain.rows[0];
    assert_eq!(
        (row.underlying.as_str(), row.strike, row.right, row.last),
        ("BANKNIFTY", 46_500.0, Right::Put, Some(2.8))
    );
    let (futures, left_out) =
        read_futures_csv(data("options/raw_bhavcopy/nse_fo_futures_2025-11-17.csv.gz").unwrap(), &indian())
            .unwrap();
    assert!(futures.len() > 400 && left_out >= 1, "{} {left_out}", futures.len());
    let future = futures[&("BANKNIFTY".to_owned(), "2025-11-25".parse().unwrap())];
    assert_eq!(future, 59_027.4);
}

#[test]
fn the_curve_of_the_chain_gives_its_discount_factors() {
    let Some(path) = data("options/sofr_discount_factors_2024-11-11.csv") else { return };
    let curve = read_discount_curve(&path, &ReadOptions::default()).unwrap();
    let chain =
        read_chain_parquet(data("options/spx_chain_2024-11-11.parquet").unwrap(), &ChainOptions::default())
            .unwrap();
    for row in &chain.rows {
        let (Some(years), Some(factor)) = (row.years, row.discount) else { continue };
        let own = curve.factor(years).unwrap();
        assert!((own - factor).abs() < 2e-8, "{years}: {own} and {factor}");
    }
}

#[test]
fn rows_that_are_no_contract_are_listed_and_bad_files_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        read_chain_csv(&path, &ChainOptions::default())
    };
    let head = "underlying,expiry,type,strike,bid,ask,ts\n";
    let chain = read(&format!(
        "{head}A,2024-01-26,C,100,1,2,2024-01-02T10:00:00Z\nA,2024-01-26,X,100,1,2,\nA,,P,100,1,2,\nA,2024-01-26,P,-5,1,2,\nA,2024-01-26,P,100,inf,2,\nA,2024-01-26,P,100,1,2,2024-01-02 10:00\n,2024-01-26,P,100,1,2,\nA,2024-01-26,put\n"
    ))
    .unwrap();
    let rules: Vec<&str> = chain.problems.iter().map(|problem| problem.rule).collect();
    assert_eq!(chain.rows.len(), 1);
    assert_eq!(
        rules,
        ["bad_text", "missing_value", "bad_number", "bad_number", "bad_date", "missing_value", "short_row"]
    );
    assert_eq!(chain.rows[0].at.unwrap().to_string(), "2024-01-02T10:00:00Z");
    assert!(matches!(read("a,b\n1,2\n").unwrap_err(), ReadError::MissingColumn { .. }));
    assert!(matches!(read(head).unwrap_err(), ReadError::Empty { .. }));
    std::fs::write(&path, "T,DF\n0,1\n1,x\n").unwrap();
    assert!(read_discount_curve(&path, &ReadOptions::default()).is_err());
    std::fs::write(&path, "T,DF\n1,0.9\n0.5,0.95\n").unwrap();
    assert!(read_discount_curve(&path, &ReadOptions::default()).unwrap_err().to_string().contains("point 2"));
}

#[test]
fn a_filed_chain_has_its_moment_and_no_quote_of_zero() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.json");
    let option = |right: &str, bid: f64| {
        format!(
            r#"{{"right":"{right}","strike":100.0,"last":5.0,"bid":{bid},"ask":5.5,"volume":10.0,"open_interest":20.0}}"#
        )
    };
    let text = format!(
        r#"{{"symbol":"INFY","kind":"breeze/chain","observed_at":"2024-01-02T05:00:01Z","snapshot":{{"code":"INFTEC","expiry":"2024-01-25","observed_at":"2024-01-02T05:00:00Z","underlying":101.5,"options":[{},{}],"flaws":[]}}}}"#,
        option("call", 4.5),
        option("put", 0.0)
    );
    std::fs::write(&path, &text).unwrap();
    let chain = read_chain_snapshot(&path).unwrap();
    assert_eq!((chain.rows.len(), chain.rows[0].bid, chain.rows[1].bid), (2, Some(4.5), None));
    assert_eq!(chain.rows[0].at.unwrap().to_string(), "2024-01-02T05:00:00Z");
    std::fs::write(&path, text.replace("\"call\"", "\"both\"")).unwrap();
    assert!(read_chain_snapshot(&path).is_err());
}
