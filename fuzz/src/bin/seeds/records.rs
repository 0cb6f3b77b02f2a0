//! First inputs that the product's own types write.

use std::path::Path;

use proofmark_features::expr::{Operator, Param, operators};
use proofmark_features::regimes::{Bands, FitOptions, History, Labeller, RegimeSpec};
use proofmark_ledger::{Ledger, Namespace, RunStarted, TrialEntry, keys};
use proofmark_lifecycle::manifest::{
    MANIFEST_FORMAT, TestSummary, TrainingSummary, TrialCount, ValidationSummary,
};
use proofmark_lifecycle::run::{Artifact, NewRun};
use proofmark_lifecycle::{CandidateManifest, CandidateStatus, RunId, RunRecord};
use proofmark_units::{DateSpan, Digest, Instant};

use crate::{Outcome, put};

/// A call of every operator, some a file.
pub fn expressions(out: &Path) -> Outcome {
    let calls: Vec<String> = operators().map(call).collect();
    for (k, lines) in calls.chunks(8).enumerate() {
        put(out, "expressions", &format!("operators-{k}"), lines.join("\n").as_bytes())?;
    }
    Ok(())
}

fn call(operator: &'static Operator) -> String {
    let argument = |(k, param): (usize, &Param)| match param {
        Param::Series(_) => ["$close", "$volume", "$open"][k % 3].to_owned(),
        Param::Condition(_) => "($close > $open)".to_owned(),
        Param::Group(_) => "$group".to_owned(),
        Param::Window { least, .. } => least.max(&5).to_string(),
        Param::Lag(_) => "3".to_owned(),
        Param::Span(_) => "0.25".to_owned(),
        Param::Constant { least, most, .. } => (0.3 * least + 0.7 * most).to_string(),
        Param::Whole { least, most, .. } => (*least.max(&5)).min(*most).to_string(),
        Param::Choice { among, .. } => among[0].0.to_string(),
    };
    let arguments: Vec<String> = operator.params.iter().enumerate().map(argument).collect();
    format!("{}({})", operator.name, arguments.join(", "))
}

/// A definition of every labeller.
pub fn regimes(out: &Path) -> Outcome {
    let bands = Bands { lower: 0.25, upper: 0.75 };
    let span: DateSpan = DateSpan { start: "2019-04-14".parse()?, end: "2019-06-20".parse()? };
    let sectors =
        ["N0", "N1", "N2"].map(|name| Ok::<_, Box<dyn std::error::Error>>((name.parse()?, "all".to_owned())));
    let sectors = sectors.into_iter().collect::<Result<_, _>>()?;
    let fit = FitOptions { states: 2, restarts: 2, max_iterations: 50, tolerance: 1e-3 };
    let labellers = [
        Labeller::Volatility {
            window: 10,
            min_returns: 5,
            history: History::Trailing { window: 30, minimum: 10 },
            bands,
        },
        Labeller::Liquidity { window: 8, min_bars: 4, history: History::Expanding { minimum: 10 }, bands },
        Labeller::Liquidity { window: 8, min_bars: 4, history: History::Fitted { span, minimum: 10 }, bands },
        Labeller::Rotation { momentum: 5, sectors, min_names: 2, bands },
        Labeller::Trend { fast: 3, slow: 9, change: 2 },
        Labeller::Hurst {
            returns: 40,
            min_returns: 20,
            shortest: 5,
            longest: 10,
            mean_reverting: 0.4,
            trending: 0.6,
            unbiased: true,
        },
        Labeller::Hmm { span, fit, seed: 7 },
        Labeller::ChangePoint { prior_returns: 10, expected_run: 20.0, recent: 3, probability: 0.5 },
    ];
    for (k, labeller) in labellers.into_iter().enumerate() {
        let text = toml::to_string(&RegimeSpec { labeller, min_dwell: 2 })?;
        put(out, "regimes", &format!("labeller-{k}"), text.as_bytes())?;
    }
    Ok(())
}

/// A manifest, the record of a run and a public key.
pub fn evidence(root: &Path, out: &Path) -> Outcome {
    let created: Instant = "2024-01-15T10:30:00Z".parse()?;
    let (release_id, digest) = (RunId::live_candidate(created), Digest::of(b"x"));
    let manifest = CandidateManifest {
        format: MANIFEST_FORMAT,
        release_id: release_id.clone(),
        status: CandidateStatus::Inconclusive,
        dry_run: false,
        synthetic: true,
        training: TrainingSummary {
            symbols: vec!["A".parse()?, "B".parse()?],
            date_range: DateSpan { start: "2020-01-01".parse()?, end: "2020-12-31".parse()? },
        },
        validation: ValidationSummary { teacher_precision: Some(0.5), student_accuracy: None },
        statistical_tests: TestSummary { sharpe_ratio: Some(-0.1), bootstrap_significant: Some(false) },
        trials: TrialCount { n: 3, n_effective: Some(1.5) },
        parent_champion: None,
        snapshot: digest,
        pipeline: digest,
        policy: digest,
        feature_schema: digest,
        evidence: digest,
        verdicts: digest,
        seeds: [("root".to_owned(), 7)].into(),
        versions: [("proofmark".to_owned(), "0.1.0".to_owned())].into(),
        artifacts: vec![Artifact { path: "models/a.json".to_owned(), sha256: digest, bytes: 9 }],
    };
    put(out, "evidence", "manifest", &[b"A", manifest.to_yaml().as_bytes()].concat())?;
    let record = RunRecord::new(NewRun {
        run_id: release_id,
        created,
        seed: 7,
        dry_run: false,
        synthetic: true,
        pipeline: digest,
        policy: digest,
        code_version: "0.1.0".to_owned(),
    });
    put(out, "evidence", "run", &[b"D", record.to_json().as_bytes()].concat())?;
    ledger(root, out, digest)?;
    let key = keys::Key::create(&root.join("key"))?;
    put(out, "evidence", "key", &[b"E", key.public_pem().as_bytes()].concat())
}

/// A ledger with a finished run and its trial.
fn ledger(root: &Path, out: &Path, digest: Digest) -> Outcome {
    let path = root.join("small.sqlite");
    let at: Instant = "2024-01-15T10:30:00Z".parse()?;
    let run_id = RunId::live_candidate(at);
    let span = DateSpan { start: "2020-01-01".parse()?, end: "2020-12-31".parse()? };
    let ledger = Ledger::open(&path, Namespace::Real)?;
    let start = RunStarted {
        seed: 7,
        synthetic: true,
        pipeline: digest,
        policy: digest,
        code_version: "0.1.0".to_owned(),
    };
    ledger.start_run(&run_id, &start, at)?;
    let trial = TrialEntry {
        key: digest,
        run_id: run_id.clone(),
        symbols: vec!["A".parse()?],
        span,
        pipeline: digest,
        seed: 7,
        returns_path: "data/trials/1.json".to_owned(),
        returns_sha256: Some(digest),
    };
    ledger.record_trial(&trial, at)?;
    ledger.finish_run(&run_id, CandidateStatus::Refused, at)?;
    // Closing it brings its journal into the file.
    drop(ledger);
    put(out, "ledger", "ledger.sqlite", &std::fs::read(path)?)
}
