//! `proofmark data sentiment`: train, measure, try.

use std::path::Path;

use proofmark_app::error::Result;
use proofmark_app::ingest::vendor::mood::{self, MoodReport, Providers};
use proofmark_app::sentiment::{self, Columns, Report, TrainRequest};
use proofmark_app::workspace::Workspace;
use serde_json::json;

use super::from_caller;
use crate::args::sentiment::{LabelledArgs, SentimentCommand};
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn dispatch(root: &Path, command: SentimentCommand, quiet: bool) -> Result<Output> {
    match command {
        SentimentCommand::Score { text, entity, model } => {
            let model = model.map(|file| from_caller(root, &file));
            let (scorer, score) = sentiment::score(&text, entity.as_deref(), model.as_deref())?;
            let mut out = format!(
                "{} {:+.3}, confidence {:.2}, by {scorer}\n",
                score.polarity, score.value, score.confidence
            );
            for hit in &score.hits {
                out.push_str(&format!("  {:+.2}  {}\n", hit.weight, hit.text));
            }
            Ok(Output::new(&json!({ "scorer": scorer, "score": score }), out))
        }
        SentimentCommand::Snapshot { symbols, providers, model, credentials } => {
            let given = |path: Option<std::path::PathBuf>| path.map(|path| from_caller(root, &path));
            let providers = Providers::read(&from_caller(root, &providers))?;
            let (model, credentials) = (given(model), given(credentials));
            let report = mood::mood(
                &Workspace::open(root)?,
                &providers,
                &super::vendors::instruments(&symbols)?,
                model.as_deref(),
                credentials.as_deref(),
                &Terminal::new(quiet),
            )?;
            let silent = report.symbols.iter().all(|mood| mood.blend.is_none() && mood.skipped.is_none());
            Ok(Output::new(&report, mood_text(&report)).exit(u8::from(silent)))
        }
        SentimentCommand::Train { labelled, to, held_out } => {
            say(quiet, "training, then measuring on the texts held out");
            let request = TrainRequest {
                file: from_caller(root, &labelled.file),
                columns: columns(&labelled),
                to: if to.is_absolute() { to } else { root.join(to) },
                held_out,
                seed: labelled.seed,
            };
            let report = sentiment::train(&request)?;
            Ok(Output::new(&report, text(&report)))
        }
        SentimentCommand::Evaluate { labelled, model } => {
            say(quiet, "scoring, then drawing the intervals");
            let model = model.map(|file| from_caller(root, &file));
            let file = from_caller(root, &labelled.file);
            let report =
                sentiment::evaluate_file(&file, &columns(&labelled), model.as_deref(), labelled.seed)?;
            Ok(Output::new(&report, text(&report)))
        }
    }
}

pub(super) fn say(quiet: bool, what: &str) {
    use std::io::Write as _;
    if !quiet {
        let _ = writeln!(std::io::stderr(), "{what} ...");
    }
}

fn columns(labelled: &LabelledArgs) -> Columns {
    Columns {
        text: labelled.text_column.clone(),
        label: labelled.label_column.clone(),
        entity: labelled.entity_column.clone(),
    }
}

fn text(report: &Report) -> String {
    let mut out =
        format!("{}: {} labelled texts, {} measured on", report.file, report.texts, report.measured);
    if report.learnt > 0 {
        out.push_str(&format!(", {} left out since the model learnt from them", report.learnt));
    }
    if report.unusable > 0 {
        out.push_str(&format!(", {} rows without text or label", report.unusable));
    }
    out.push_str(".\n\n");
    let head = ["scorer", "accuracy", "95 %", "macro-F1", "95 %", "F1 negative", "F1 neutral", "F1 positive"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for s in &report.scorers {
        let mut row = vec![s.scorer.clone()];
        for share in [s.accuracy, s.macro_f1] {
            row.extend([format!("{:.4}", share.value), format!("{:.4} to {:.4}", share.low, share.high)]);
        }
        row.extend(s.classes.iter().map(|c| c.f1.map_or("none".to_owned(), |f1| format!("{f1:.4}"))));
        rows.push(row);
    }
    out.push_str(&table(&rows));
    if let Some(first) = report.scorers.first() {
        out.push_str(&format!(
            "\n{}: label (row) by what it said (negative, neutral, positive)\n",
            first.scorer
        ));
        for (class, row) in first.classes.iter().zip(&first.confusion) {
            out.push_str(&format!(
                "  {:<9}{:>7}{:>7}{:>7}\n",
                class.class.to_string(),
                row[0],
                row[1],
                row[2]
            ));
        }
        if first.unscored > 0 {
            out.push_str(&format!("  {} texts could not be scored; they count as wrong.\n", first.unscored));
        }
    }
    if let Some(model) = &report.model {
        out.push_str(&format!(
            "\nWritten: {} ({} words and pairs from {} texts).\nNext: `proofmark ingest headlines FILE --model {0}` scores with it.\n",
            model.file.display(),
            model.terms,
            model.rows
        ));
    }
    out
}

fn mood_text(report: &MoodReport) -> String {
    let mut text = String::new();
    for mood in &report.symbols {
        let line = match (&mood.skipped, &mood.blend) {
            (Some(why), _) => format!("not looked at: {why}"),
            (None, None) => "no provider had anything to say: no value, which is not neutral".to_owned(),
            (None, Some(blend)) => {
                let sure = mood.confidence.map_or_else(|| "unknown".to_owned(), |c| format!("{c:.2}"));
                format!("{:+.3} by {}, confidence {sure}", blend.value, blend.source)
            }
        };
        text.push_str(&format!("{}: {line}\n", mood.symbol));
        for answer in &mood.answers {
            let value = answer.value.map_or_else(|| "-".to_owned(), |value| format!("{value:+.3}"));
            let age = answer.age_seconds.map_or_else(String::new, |age| format!(", {age} s old"));
            let why = answer.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            let state = serde_json::json!(answer.freshness);
            text.push_str(&format!(
                "  {} {value} from {} headlines, {}{age}{why}\n",
                answer.provider,
                answer.headlines,
                state.as_str().unwrap_or_default()
            ));
        }
    }
    for p in &report.providers {
        let c = p.counts;
        text.push_str(&format!(
            "{}: {} answers at hand, {} questions, {} failed, {} older answers stood in\n",
            p.provider, c.hits, c.misses, c.failures, c.stale
        ));
    }
    text.push_str(&format!(
        "{} rows new in the lake, {} older snapshots removed.\n",
        report.rows_added, report.removed
    ));
    text
}
