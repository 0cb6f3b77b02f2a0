//! `backtest`: a rule on the bars of a workspace, beside what it has to beat.

use std::path::Path;

use serde_json::Value;

use crate::market_data::shared;
use crate::proofmark::{copy, demo, made, refused, run};

/// A workspace of its own: each back-test is written into the ledger.
fn edge() -> tempfile::TempDir {
    let (folder, json) = demo();
    copy(&folder.join(json["runs"]["edge"]["workspace"].as_str().unwrap()))
}

fn rows(file: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn money_in_the_files_is_money_in_the_summary() {
    let workspace = edge();
    let out = tempfile::tempdir().unwrap();
    let to = |name: &str| out.path().join(name);
    let command = |folder: &str| {
        let folder = to(folder);
        let arguments = [
            "backtest",
            "momentum",
            "--json",
            "--set",
            "look_back=60",
            "--set",
            "skip=5",
            "--costs",
            "flat:10",
            "--to",
            folder.to_str().unwrap(),
        ];
        run(workspace.path(), &arguments)
    };
    let said = command("a");
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let json = said.json();
    let equity = rows(&to("a/equity.csv"));
    assert_eq!(equity.len() as u64, json["sessions"].as_u64().unwrap());
    let last: f64 = equity.last().unwrap()[1].parse().unwrap();
    assert_eq!(last, json["measures"]["final_equity"].as_f64().unwrap());
    let fills = rows(&to("a/fills.csv"));
    assert_eq!(fills.len() as u64, json["trades"]["fills"].as_u64().unwrap());
    let number = |text: &str| text.parse::<f64>().unwrap();
    let costs: f64 = fills.iter().map(|fill| number(&fill[5])).sum();
    let value: f64 = fills.iter().map(|fill| number(&fill[3]) * number(&fill[4])).sum();
    assert!((costs - value * 0.001).abs() < 1e-6 * costs, "ten basis points a side: {costs} of {value}");
    assert_eq!(json["benchmarks"][0]["name"], "buy_and_hold");
    assert!(json["active_t"].is_number() && json["caution"].as_str().unwrap().contains("no gate"));
    let net: f64 = json["by_name"].as_array().unwrap().iter().map(|name| name["net"].as_f64().unwrap()).sum();
    let gain = last - json["request"]["capital"].as_f64().unwrap();
    assert!((net - gain).abs() < 1e-6 * gain.abs().max(1.0), "what each name brought adds up: {net} {gain}");
    let page = std::fs::read_to_string(to("a/tear_sheet.html")).unwrap();
    assert!(page.matches("<svg").count() >= 5 && !page.contains("<script") && !page.contains("NaN"));
    // The same question has the same answer, byte for byte.
    assert_eq!(command("b").exit, 0);
    for file in ["summary.json", "tear_sheet.html", "equity.csv", "trades.csv", "fills.csv"] {
        assert_eq!(
            std::fs::read(to("a").join(file)).unwrap(),
            std::fs::read(to("b").join(file)).unwrap(),
            "{file}"
        );
    }
}

#[test]
fn every_listed_strategy_runs_and_a_slip_is_told() {
    let workspace = edge();
    let listed = run(workspace.path(), &["backtest", "--list", "--json"]).json();
    let strategies = listed["strategies"].as_array().unwrap();
    for strategy in strategies {
        let name = strategy["name"].as_str().unwrap();
        let said =
            run(workspace.path(), &["backtest", name, "--costs", "flat:5", "--short", "allowed", "--json"]);
        assert_eq!(said.exit, 0, "{name}: {}", said.stderr);
    }
    let slip = run(workspace.path(), &["backtest", "momentun"]);
    assert!(slip.exit == 2 && slip.stderr.contains("buy_and_hold"), "{}", slip.stderr);
    let slip = run(workspace.path(), &["backtest", "momentum", "--set", "fraction=7"]);
    assert!(slip.exit == 2 && slip.stderr.contains("between 0.001 and 0.5"), "{}", slip.stderr);
    let slip = run(workspace.path(), &["backtest", "momentum", "--symbols", "NOBODY"]);
    assert!(slip.exit == 2 && slip.stderr.contains("no bar of `NOBODY`"), "{}", slip.stderr);
    let slip = run(workspace.path(), &["backtest", "momentum", "--costs", "free"]);
    assert!(slip.exit == 2 && slip.stderr.contains("nse_delivery"), "{}", slip.stderr);
    let slip = run(workspace.path(), &["backtest", "momentum", "--from", "2100-01-01"]);
    assert!(slip.exit == 2 && slip.stderr.contains("fewer than two sessions"), "{}", slip.stderr);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(run(empty.path(), &["init"]).exit, 0);
    let none = run(empty.path(), &["backtest", "momentum"]);
    assert!(none.exit == 2 && none.stderr.contains("no bars to trade"), "{}", none.stderr);
}

#[test]
fn limits_hold_a_rule_back_and_a_wrong_file_is_told() {
    let workspace = edge();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("limits.toml");
    let with = |text: &str| {
        std::fs::write(&file, text).unwrap();
        run(
            workspace.path(),
            &["backtest", "equal_weight", "--costs", "flat:5", "--limits", file.to_str().unwrap(), "--json"],
        )
    };
    let json = with("[gross]\nmax = 0.2\n").json();
    assert!(json["limits"]["gross"].as_u64().unwrap() > 0, "{json}");
    let free = run(workspace.path(), &["backtest", "equal_weight", "--costs", "flat:5", "--json"]).json();
    let volatility = |json: &serde_json::Value| json["measures"]["annual_volatility"].as_f64().unwrap();
    assert!(volatility(&json) < 0.5 * volatility(&free), "a fifth of the money moves a fifth as much");
    let slip = with("[gros]\nmax = 0.2\n");
    assert!(slip.exit == 2 && slip.stderr.contains("gros"), "{}", slip.stderr);
}

#[test]
fn a_look_is_a_trial_once_and_later_runs_are_deflated_for_it() {
    let workspace = edge();
    let look = |more: &[&str]| {
        let arguments = [&["backtest", "momentum", "--costs", "flat:5", "--json", "--quiet"], more].concat();
        made(&run(workspace.path(), &arguments))
    };
    let trials = || made(&run(workspace.path(), &["trials", "list", "--json"]))["trials"].clone();
    let before = trials().as_array().unwrap().len();
    let first = look(&[]);
    assert_eq!(first["trial"]["on_data"].as_u64().unwrap() as usize, before + 1);
    // The same look, told in other words, is the same trial and says the same.
    assert_eq!(
        look(&["--set", "look_back=252", "--capital", "1000000"])["trial"]["key"],
        first["trial"]["key"]
    );
    assert_eq!(look(&[]), first);
    assert_eq!(trials().as_array().unwrap().len(), before + 1);
    // Another setting, other costs and another span are other looks.
    for more in [["--set", "look_back=60"], ["--costs", "flat:6"], ["--from", "2016-01-01"]] {
        let arguments = match more[0] {
            "--costs" => vec!["backtest", "momentum", "--costs", "flat:6", "--json", "--quiet"],
            _ => [&["backtest", "momentum", "--costs", "flat:5", "--json", "--quiet"], more.as_slice()]
                .concat(),
        };
        let other = made(&run(workspace.path(), &arguments));
        assert_ne!(other["trial"]["key"], first["trial"]["key"], "{more:?}");
    }
    let all = trials();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), before + 4);
    assert!(all.iter().all(|trial| trial["returns_kept"] == true));
    let key = first["trial"]["key"].as_str().unwrap();
    let shown = made(&run(workspace.path(), &["trials", "show", &key[..12], "--json"]));
    assert!(shown["run_id"].as_str().unwrap().starts_with("backtest_"), "{shown}");
    assert_eq!(shown["periods"], first["sessions"]);
    assert_eq!(shown["lineage"].as_array().unwrap().len(), before + 3);
    // A run on the same names and dates counts all of them.
    let said = run(workspace.path(), &["run", "pipelines/demo.toml", "--seed", "7", "--json", "--quiet"]);
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    let id = said.json()["run_id"].as_str().unwrap().to_owned();
    let file = workspace.path().join("release").join(format!("audit_{id}")).join("stat_tests.json");
    let tests: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let records = tests["evidence"].as_array().unwrap();
    let value = |name: &str| {
        let found = records.iter().find(|record| record["name"] == name);
        found.unwrap_or_else(|| panic!("no `{name}`"))["value"].as_f64().unwrap()
    };
    // The run itself may be the demo's own trial; the four looks are others.
    assert!(value("trials.n") >= 5.0, "{}", value("trials.n"));
    assert_eq!(value("trials.complete"), 1.0);
}

#[test]
fn guards_act_and_are_told_and_a_slip_in_their_file_is_refused() {
    let workspace = edge();
    let folder = tempfile::tempdir().unwrap();
    let (file, limits) = (folder.path().join("guards.toml"), folder.path().join("limits.toml"));
    std::fs::write(&limits, "[drawdown]\nfull_gross = 1.0\nsteps = [{ drawdown = 0.05, scale = 0.5 }]\n")
        .unwrap();
    let to = folder.path().join("out");
    let with = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let [file, limits, to] = [&file, &limits, &to].map(|path| path.to_str().unwrap());
        let arguments = [
            "backtest",
            "equal_weight",
            "--costs",
            "flat:5",
            "--limits",
            limits,
            "--guards",
            file,
            "--to",
            to,
            "--json",
        ];
        run(workspace.path(), &arguments)
    };
    let whole = "[daily_loss]\nlimit = 0.01\n[weekly]\nlosing_weeks = 2\ndrawdown = 0.12\n[drawdown]\nrecovery = 0.01\n\
                 [long_insistence]\nweeks = 8\nmax_share = 0.6\n\
                 [direction_accuracy]\nweeks = 16\nmin_trades = 6\nlong_floor = 0.45\nshort_floor = 0.55\n";
    let json = made(&with(whole));
    let said = json["guards"].as_array().unwrap();
    for guard in ["daily_loss", "weekly", "long_insistence"] {
        assert!(said.iter().any(|event| event["guard"] == guard), "{guard}: {said:?}");
    }
    // The weekly breaker closes everything and nobody resumes it: nothing trades later than the session after it.
    let tripped = said.iter().find(|event| event["guard"] == "weekly").unwrap()["time"].as_str().unwrap();
    let fills = rows(&to.join("fills.csv"));
    let later: Vec<&Vec<String>> = fills.iter().filter(|fill| fill[0].as_str() > tripped).collect();
    assert!(!later.is_empty() && later.iter().all(|fill| fill[6] == "guard"), "{later:?}");
    let [page, markdown] =
        ["tear_sheet.html", "tear_sheet.md"].map(|name| std::fs::read_to_string(to.join(name)).unwrap());
    assert!(page.contains("What guards did") && page.contains("class=\"diagonal\""));
    assert!(markdown.contains("## What guards did") && markdown.contains("weekly breaker: 2 losing weeks"));
    // A person resumes: it trades again.
    let resumed = format!(
        "{whole}[[person]]\nat = \"{}\"\ndoes = \"resume_weekly\"\nby = \"R. Rao\"\nwhy = \"checked\"\n",
        json["span"][1].as_str().unwrap()
    );
    let again = made(&with(&resumed));
    let events = again["guards"].as_array().unwrap();
    let last = events.iter().find(|event| event["guard"] == "weekly_resumed").unwrap();
    assert_eq!((&last["by"], &last["reason"]), (&"R. Rao".into(), &"checked".into()));
    assert_ne!(again["trial"]["key"], json["trial"]["key"], "other guards are another look");
    refused(&with("[daily_loss]\nlimti = 0.01\n"), &["line 2", "limti", "did you mean `limit`"]);
    refused(&with("[daily]\nlimit = 0.01\n"), &["line 1", "daily_loss"]);
    let early = whole.to_owned()
        + "[[person]]\nat = \"1990-01-01\"\ndoes = \"resume\"\nby = \"R. Rao\"\nwhy = \"x\"\n";
    refused(&with(&early), &["R. Rao acts on 1990-01-01"]);
}

#[test]
fn parts_trade_what_one_order_would_and_a_slip_is_told() {
    let workspace = edge();
    let folder = tempfile::tempdir().unwrap();
    let held = |more: &[&str]| -> std::collections::BTreeMap<String, f64> {
        let to = folder.path().join("out");
        let arguments = [
            &[
                "backtest",
                "buy_and_hold",
                "--set",
                "exposure=0.5",
                "--symbols",
                "SIM001,SIM002,SIM003,SIM004,SIM005",
                "--costs",
                "flat:5",
                "--json",
                "--to",
                to.to_str().unwrap(),
            ],
            more,
        ];
        made(&run(workspace.path(), &arguments.concat()));
        let mut held = std::collections::BTreeMap::new();
        for fill in rows(&to.join("fills.csv")) {
            assert_eq!(fill[2], "buy");
            *held.entry(fill[1].clone()).or_default() += fill[3].parse::<f64>().unwrap();
        }
        held
    };
    let whole = held(&[]);
    assert!(!whole.is_empty());
    assert_eq!(held(&["--parts", "twap:5"]), whole);
    assert_eq!(held(&["--parts", "pov:0.05"]), whole);
    let slip = run(workspace.path(), &["backtest", "buy_and_hold", "--parts", "twap:0"]);
    assert!(slip.exit == 2 && slip.stderr.contains("pov:0.1"), "{}", slip.stderr);
}

#[test]
fn capacity_is_shown_where_size_costs_and_only_there() {
    let workspace = edge();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("out");
    let with = |costs: &str| {
        let arguments = [
            "backtest",
            "equal_weight",
            "--costs",
            costs,
            "--capacity",
            "--json",
            "--to",
            to.to_str().unwrap(),
        ];
        made(&run(workspace.path(), &arguments))
    };
    let none = with("flat:5");
    assert_eq!(none["capacity"]["kind"], "not_shown");
    assert!(none["capacity"]["why"].as_str().unwrap().contains("no impact"));
    assert!(std::fs::read_to_string(to.join("tear_sheet.html")).unwrap().contains("No capacity to show"));
    let curve = with("nse_delivery");
    let points = curve["capacity"]["points"].as_array().unwrap();
    let figure = |point: &Value, name: &str| point[name].as_f64().unwrap_or(f64::NAN);
    assert_eq!(figure(&points[0], "capital"), 1e6);
    assert_eq!(
        figure(&points[0], "cost_bps"),
        figure(&curve["measures"], "cost_bps"),
        "the run itself is the first point"
    );
    // Charges a day weigh less and less, impact more and more; what does not trade only grows.
    let costs: Vec<f64> = points.iter().map(|point| figure(point, "cost_bps")).collect();
    let least = (0..costs.len()).min_by(|a, b| costs[*a].total_cmp(&costs[*b])).unwrap();
    assert!(costs[least..].is_sorted() && least + 3 < costs.len(), "{costs:?}");
    let [first, last] = [&points[0], points.last().unwrap()].map(|point| figure(point, "unfilled"));
    assert!(last > first, "{first} {last}");
    assert!(curve["capacity"]["ended"].is_string());
    let page = std::fs::read_to_string(to.join("tear_sheet.html")).unwrap();
    assert!(
        page.contains("<h2>By capital</h2>")
            && page.contains("Trades on price")
            && page.contains("class=\"mark ")
    );
    // Runs at other capital are no looks of their own.
    let trials = made(&run(workspace.path(), &["trials", "list", "--json"]));
    let looks = trials["trials"].as_array().unwrap().iter();
    assert_eq!(looks.filter(|trial| trial["run_id"].as_str().unwrap().starts_with("backtest_")).count(), 2);
}

#[test]
fn real_minutes_end_where_their_sessions_do() {
    let Some(file) = shared("india/nse_banks_1min_2023q2.parquet") else { return };
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    made(&run(folder.path(), &["ingest", "parquet", file.to_str().unwrap(), "--json", "--quiet"]));
    let to = folder.path().join("out");
    let arguments = [
        "backtest",
        "nse_intraday",
        "--interval",
        "1m",
        "--symbols",
        "HDFCBANK,ICICIBANK,SBIN",
        "--short",
        "within-session",
        "--costs",
        "nse_intraday",
        "--to",
        to.to_str().unwrap(),
        "--json",
        "--quiet",
    ];
    let json = made(&run(folder.path(), &arguments));
    assert_eq!((&json["names"], &json["request"]["interval"]), (&3.into(), &"1m".into()));
    let sessions = json["sessions"].as_u64().unwrap() as usize;
    assert!((35..=45).contains(&sessions), "{sessions}");
    assert_eq!(rows(&to.join("equity.csv")).len(), sessions);
    let trades = rows(&to.join("trades.csv"));
    assert!(trades.len() > 100, "{}", trades.len());
    for trade in &trades {
        assert_eq!(trade[2][..10], trade[3][..10], "nothing is held over night: {trade:?}");
    }
    let net: f64 = json["by_name"].as_array().unwrap().iter().map(|name| name["net"].as_f64().unwrap()).sum();
    let gain = json["measures"]["final_equity"].as_f64().unwrap() - 1e6;
    assert!((net - gain).abs() < 1e-6 * 1e6, "{net} {gain}");
}
