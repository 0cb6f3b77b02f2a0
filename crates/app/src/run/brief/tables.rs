//! The tables of the briefing.

use proofmark_lifecycle::briefing::{Cell, Row, Table};
use proofmark_lifecycle::{Briefing, NamedVerdict, Verdict};

use super::figures::Figures;
use crate::run::engine::Run;
use crate::run::reports::DECIDES_NOTHING;
use crate::run::stress::Struck;

/// Fills the tables in; one without rows is left out.
pub(super) fn tables(run: &Run<'_>, figures: &Figures<'_>, briefing: &mut Briefing) {
    let table = |title: &str, note: &str, columns: &[&str], rows: Vec<Row>| {
        (!rows.is_empty()).then(|| Table {
            title: title.into(),
            note: (!note.is_empty()).then(|| note.into()),
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows,
        })
    };
    let row = |label: String, names: &[String]| Row {
        label,
        cells: names.iter().map(|n| figures.cell(n)).collect(),
    };
    if let Ok(trained) = run.state.trained() {
        let rows = trained.folds.iter().enumerate().map(|(k, fold)| {
            let name = |what: &str| format!("fold.{k:02}.{what}");
            row(fold.test_span().to_string(), &["fit_rows", "test_rows", "auc", "rank_ic"].map(name))
        });
        let note = "Folds are read pooled; a mean of fold AUCs flatters and is not shown.";
        briefing.tables.folds =
            table("Folds", note, &["fit rows", "test rows", "AUC", "rank IC"], rows.collect());
    }
    let mut rules: Vec<Row> = vec![row(
        "candidate".into(),
        &[
            "money.candidate.sharpe",
            "luck.expected_sharpe",
            "money.candidate.annual_return",
            "active_return.appraisal_ratio",
            "risk.turnover_per_year",
        ]
        .map(String::from),
    )];
    for book in ["all_names_vol_scaled", "all_names_equal", "benchmark"] {
        rules.push(row(
            book.replace('_', " "),
            &[
                format!("money.{book}.sharpe"),
                "luck.expected_sharpe".to_owned(),
                format!("money.{book}.annual_return"),
            ],
        ));
    }
    for rule in ["always_zero", "momentum_sign", "random_scores", "buy_and_hold"] {
        rules.push(row(
            rule.replace('_', " "),
            &[
                format!("naive.{rule}.sharpe"),
                "luck.expected_sharpe".to_owned(),
                format!("naive.{rule}.annual_return"),
                format!("naive.{rule}.appraisal_ratio"),
                format!("naive.{rule}.turnover"),
            ],
        ));
    }
    rules.iter_mut().for_each(|r| r.cells.resize(5, Cell::Empty));
    // Luck stands beside every Sharpe ratio, so a row of luck alone says nothing.
    rules.retain(|r| r.cells.first().is_some_and(|sharpe| *sharpe != Cell::Empty));
    briefing.tables.naive_rules = table(
        "Beside the null books and naive rules",
        "Absolute figures never stand alone: the null books hold the same names without a model, and the best of as many trials as were made shows the luck beside each Sharpe ratio without any skill.",
        &["Sharpe", "best-of-N luck", "annual return", "appraisal ratio", "turnover a year"],
        rules,
    );
    if let Ok(stressed) = run.state.stressed() {
        let ids: Vec<String> = stressed
            .file
            .evidence
            .iter()
            .filter_map(|e| e.name.strip_prefix("stress.")?.strip_suffix(".return").map(str::to_owned))
            .collect();
        let rows = ids.iter().map(|id| {
            let span = stressed
                .file
                .get(&format!("stress.{id}.return"))
                .map_or(String::new(), |e| format!(" ({})", e.span));
            row(
                format!("{}{span}", id.replace('_', " ")),
                &["return", "max_drawdown", "all_names_vol_scaled", "all_names_equal", "benchmark"]
                    .map(|w| format!("stress.{id}.{w}")),
            )
        });
        let note = "Each period is replayed with a model trained on labels that end before it.";
        briefing.tables.stress = table(
            "Stress periods",
            note,
            &["candidate", "drawdown", "null, vol-scaled", "null, equal", "benchmark"],
            rows.collect(),
        );
        briefing.tables.further.extend(struck(figures, &stressed.struck));
    }
    if let Ok(audited) = run.state.audited() {
        briefing.tables.further.extend(policies(&audited.named, audited.chosen.as_ref()));
    }
    briefing.tables.further.extend(cross_validation(run, figures));
    if let Ok(tested) = run.state.tested() {
        let steps: Vec<String> = tested
            .file
            .evidence
            .iter()
            .filter_map(|e| e.name.strip_prefix("waterfall.").map(str::to_owned))
            .collect();
        let rows = steps.iter().map(|s| row(s.replace('_', " "), &[format!("waterfall.{s}")]));
        briefing.tables.cost_waterfall = table(
            "Cost waterfall",
            "Arithmetic mean a year, from gross to net.",
            &["a year"],
            rows.collect(),
        );
    }
    let bins = (0..10).map(|k| {
        row(
            format!("bin {}", k + 1),
            &[format!("student.reliability.{k}.predicted"), format!("student.reliability.{k}.observed")],
        )
    });
    let bins: Vec<Row> = bins.filter(|r| r.cells.iter().all(|c| *c != Cell::Empty)).collect();
    briefing.tables.reliability = table(
        "Reliability",
        "Student probabilities in bins of equal mass.",
        &["predicted", "observed"],
        bins,
    );
}

/// Shocks and faults, those that could not run among them; `None` when the suite holds none.
fn struck(figures: &Figures<'_>, scenarios: &[Struck]) -> Option<Table> {
    let row = |scenario: &Struck| {
        let name = |what: &str| format!("stress.{}.{what}", scenario.id);
        let mut cells = match &scenario.not_tested {
            Some(_) => vec![Cell::from("not tested"), Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty],
            None => {
                ["total_return", "unstressed_return", "max_drawdown", "all_names_vol_scaled", "benchmark"]
                    .map(|what| figures.cell(&name(what)))
                    .to_vec()
            }
        };
        cells.push(Cell::Text(
            scenario.not_tested.clone().unwrap_or_else(|| scenario.failure.replace('_', " ")),
        ));
        Row { label: scenario.title.trim_end_matches('.').to_owned(), cells }
    };
    let columns = ["candidate", "without it", "drawdown", "null, vol-scaled", "benchmark", "how it failed"];
    (!scenarios.is_empty()).then(|| Table {
        title: "Shocks and faults".to_owned(),
        note: Some(
            "Raw bars of the last test months are bent or broken on purpose; the model stays as it is. Reported, gated by nothing."
                .to_owned(),
        ),
        columns: columns.map(String::from).to_vec(),
        rows: scenarios.iter().map(row).collect(),
    })
}

/// The ratios of the paths; `None` when the pipeline does not ask for a cross-validation.
fn cross_validation(run: &Run<'_>, figures: &Figures<'_>) -> Option<Table> {
    run.state.tested().ok()?.cross_validated.as_ref()?;
    let row = |label: &str, measure: &str| {
        let of = |what: &str| figures.cell(&format!("cross_validation.{measure}.{what}"));
        let mut cells = ["min", "q25", "median", "q75", "max", "share_below_zero"].map(of).to_vec();
        cells.push(figures.cell("luck.expected_sharpe"));
        Row { label: label.to_owned(), cells }
    };
    let columns = ["lowest", "25 %", "median", "75 %", "highest", "paths below 0", "best-of-N luck"];
    Some(Table {
        title: "Cross-validation paths".to_owned(),
        note: Some(format!("{DECIDES_NOTHING} cross_validation_report.json has every split and path.")),
        columns: columns.map(String::from).to_vec(),
        rows: vec![row("appraisal ratio", "appraisal_ratio"), row("net Sharpe", "net_sharpe")],
    })
}

/// What the named policies advise beside the default one.
fn policies(named: &[NamedVerdict], chosen: Option<&NamedVerdict>) -> Option<Table> {
    let row = |verdict: &NamedVerdict| {
        let gates = |want: Verdict| {
            let all = verdict.gates.iter().filter(|g| g.applicable && g.verdict == want);
            let names: Vec<&str> = all.map(|g| g.gate.as_str()).collect();
            Cell::Text(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
        };
        Row {
            label: match chosen.is_some_and(|own| own.policy == verdict.policy) {
                true => format!("{} (chosen)", verdict.policy),
                false => verdict.policy.clone(),
            },
            cells: vec![
                Cell::Text(verdict.recommendation.to_string()),
                Cell::Text(format!("{} of {}", verdict.gates_passed, verdict.gates_total)),
                gates(Verdict::Fail),
                gates(Verdict::CannotTell),
            ],
        }
    };
    (!named.is_empty()).then(|| Table {
        title: "Named policies".to_owned(),
        note: Some(
            "What the rules of other sources, repaired, would advise. Advice beside the verdict; only the one that the pipeline chose decides with it, and can lower a status but never raise one. gate_report.json has every rule."
                .to_owned(),
        ),
        columns: ["advice", "gates passed", "failed", "cannot tell"].map(String::from).to_vec(),
        rows: named.iter().map(row).collect(),
    })
}
