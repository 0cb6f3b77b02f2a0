//! `backtest`: a rule on the bars of a workspace, beside what it has to beat.

use std::path::Path;

use crate::proofmark::{demo, run};

fn edge() -> std::path::PathBuf {
    let (folder, json) = demo();
    folder.join(json["runs"]["edge"]["workspace"].as_str().unwrap())
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
        run(&workspace, &arguments)
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
    let listed = run(&workspace, &["backtest", "--list", "--json"]).json();
    let strategies = listed["strategies"].as_array().unwrap();
    for strategy in strategies {
        let name = strategy["name"].as_str().unwrap();
        let said = run(&workspace, &["backtest", name, "--costs", "flat:5", "--short", "allowed", "--json"]);
        assert_eq!(said.exit, 0, "{name}: {}", said.stderr);
    }
    let slip = run(&workspace, &["backtest", "momentun"]);
    assert!(slip.exit == 2 && slip.stderr.contains("buy_and_hold"), "{}", slip.stderr);
    let slip = run(&workspace, &["backtest", "momentum", "--set", "fraction=7"]);
    assert!(slip.exit == 2 && slip.stderr.contains("between 0.001 and 0.5"), "{}", slip.stderr);
    let slip = run(&workspace, &["backtest", "momentum", "--symbols", "NOBODY"]);
    assert!(slip.exit == 2 && slip.stderr.contains("no bar of `NOBODY`"), "{}", slip.stderr);
    let slip = run(&workspace, &["backtest", "momentum", "--costs", "free"]);
    assert!(slip.exit == 2 && slip.stderr.contains("nse_delivery"), "{}", slip.stderr);
    let slip = run(&workspace, &["backtest", "momentum", "--from", "2100-01-01"]);
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
            &workspace,
            &["backtest", "equal_weight", "--costs", "flat:5", "--limits", file.to_str().unwrap(), "--json"],
        )
    };
    let json = with("[gross]\nmax = 0.2\n").json();
    assert!(json["limits"]["gross"].as_u64().unwrap() > 0, "{json}");
    let free = run(&workspace, &["backtest", "equal_weight", "--costs", "flat:5", "--json"]).json();
    let volatility = |json: &serde_json::Value| json["measures"]["annual_volatility"].as_f64().unwrap();
    assert!(volatility(&json) < 0.5 * volatility(&free), "a fifth of the money moves a fifth as much");
    let slip = with("[gros]\nmax = 0.2\n");
    assert!(slip.exit == 2 && slip.stderr.contains("gros"), "{}", slip.stderr);
}
