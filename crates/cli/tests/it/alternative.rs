//! Observations and headlines, as a user brings them in and looks at them.

use super::proofmark::run;

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init"]).exit, 0);
    folder
}

#[test]
fn a_listed_source_is_ingested_seen_as_of_each_close_and_counted() {
    let folder = workspace();
    let path = folder.path();
    let mut text = String::from("ts,pe,pb,div_yield\n");
    for (date, pe) in
        [("2024-01-01", "22.5"), ("2024-01-02", "22.7"), ("2024-01-03", ""), ("2024-01-04", "22.9")]
    {
        text.push_str(&format!("{date},{pe},3.5,1.2\n"));
    }
    std::fs::write(path.join("valuation.csv"), text).unwrap();
    let sources = run(path, &["data", "sources", "--json"]).json();
    assert!(sources["sources"].as_array().unwrap().len() >= 6);
    assert!(run(path, &["data", "signals"]).stdout.contains("holds no observations"));

    let ingest = ["ingest", "observations", "valuation.csv", "--source", "nse_valuation", "--json"];
    let said = run(path, &ingest);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let done = said.json();
    assert_eq!((done["rows_read"].as_u64(), done["missing"].as_u64()), (Some(4), Some(1)));
    assert_eq!(done["series"][0]["series"], "NIFTY50_DIVIDEND_YIELD");

    let view =
        ["data", "view", "--series", "NIFTY50_PE", "--start-date", "2024-01-01", "--end-date", "2024-01-05"];
    let said = run(path, &[&view[..], &["--max-age", "1", "--to", "view.csv", "--json"]].concat());
    assert_eq!(said.exit, 0, "{}", said.stderr);
    // Known at 20:00, after the close of its day: each close sees the value of the session before.
    let seen = &said.json()["columns"][0];
    assert_eq!(seen["values"].to_string(), "[null,22.5,22.7,null,22.9]", "34 hours are too old");
    let counts = ["found", "stale", "never"].map(|name| seen[name].as_u64());
    assert_eq!(counts, [Some(3), Some(1), Some(1)]);
    let csv = std::fs::read_to_string(path.join("view.csv")).unwrap();
    assert!(csv.starts_with("date,NIFTY50_PE\n2024-01-01,\n2024-01-02,22.5\n"), "{csv}");

    let said = run(path, &["data", "signals", "--to", "SIGNALS.md", "--json"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert_eq!(said.json()["series"][2]["by_year"]["2024"]["observed"], 3);
    assert!(std::fs::read_to_string(path.join("SIGNALS.md")).unwrap().contains("NIFTY50_PE"));

    for (arguments, hint) in [
        (vec!["ingest", "observations", "valuation.csv", "--source", "fred"], "data sources"),
        (vec!["ingest", "csv", "valuation.csv", "--source", "nse_valuation"], "ingest observations"),
        (
            vec![
                "data",
                "view",
                "--series",
                "NONE",
                "--start-date",
                "2024-01-01",
                "--end-date",
                "2024-01-05",
            ],
            "hint",
        ),
    ] {
        let said = run(path, &arguments);
        assert_eq!(said.exit, 2, "{arguments:?}: {}", said.stdout);
        assert!(said.stderr.contains(hint), "{arguments:?}: {}", said.stderr);
    }
}

#[test]
fn a_scorer_is_trained_measured_and_used_on_headlines() {
    let folder = workspace();
    let path = folder.path();
    let mut text = String::from("headline,label\n");
    for i in 0..60 {
        let what = ["sales", "profit", "output", "orders", "margins"][i % 5];
        let who = ["alpha", "beta", "gamma", "delta"][i % 4];
        let (how, label) =
            [("rise", "positive"), ("fall", "negative"), ("are reported on monday", "neutral")][i % 3];
        text.push_str(&format!(
            "{who} {what} {how} in the {} quarter,{label}\n",
            ["first", "second"][i / 30]
        ));
    }
    std::fs::write(path.join("labelled.csv"), text).unwrap();
    let train = ["data", "sentiment", "train", "labelled.csv", "--to", "model.json", "--json"];
    let said = run(path, &train);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let report = said.json();
    assert_eq!(report["texts"], 60);
    let bytes = std::fs::read(path.join("model.json")).unwrap();
    assert_eq!(run(path, &train).exit, 0);
    assert_eq!(
        std::fs::read(path.join("model.json")).unwrap(),
        bytes,
        "the same file and seed, the same bytes"
    );

    let said =
        run(path, &["data", "sentiment", "evaluate", "labelled.csv", "--model", "model.json", "--json"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let again = said.json();
    assert_eq!(again["measured"], report["measured"], "what was learnt from is left out");
    assert_eq!(again["scorers"].as_array().unwrap().len(), 4);

    let said = run(path, &["data", "sentiment", "score", "Net loss narrows sharply", "--json"]);
    assert_eq!(said.json()["score"]["polarity"], "positive", "{}", said.stderr);
    assert_eq!(run(path, &["data", "sentiment", "score", "12.5"]).exit, 2, "nothing to score is not neutral");

    let news = "time,symbol,headline\n2024-01-15T03:00:00Z,AAA,Profit jumps\n2024-01-15T13:00:00Z,AAA,Profit falls\n";
    std::fs::write(path.join("news.csv"), news).unwrap();
    let said = run(path, &["ingest", "headlines", "news.csv", "--json"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let done = said.json();
    assert_eq!((done["headlines"].as_u64(), done["values_added"].as_u64()), (Some(2), Some(2)));
    assert_eq!(done["symbols"][0]["series"], "NEWS.AAA");
    assert!(!done["risks"].as_array().unwrap().is_empty(), "nobody says when the archive was fetched");
    let said = run(path, &["ingest", "headlines", "labelled.csv"]);
    assert_eq!(said.exit, 2, "no column of times");
    assert!(said.stderr.contains("--column"), "{}", said.stderr);
}
