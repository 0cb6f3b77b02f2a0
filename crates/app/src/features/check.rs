//! The proof that features see no future, tried on the bars of a workspace.

use proofmark_features::expr::{LookBack, Program};
use proofmark_features::{
    Feature, History, OwnError, check_program, feature_set_in_groups, own_features, registry, usual_cuts,
};
use proofmark_market::actions::adjustment_from_first;
use proofmark_market::{Bars, Interval, Membership, Panel, Universe};
use proofmark_units::{DateSpan, Symbol};
use proofmark_validation::{panel_invariance, prefix_invariance};
use rayon::prelude::*;
use serde::Serialize;

use super::{sets, unknown_set, wrong};
use crate::data::{self, open_lake, within};
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::workspace::Workspace;

/// What to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The features of a set.
    Set(String),
    /// Every set that is registered.
    AllSets,
    /// Expressions of the user.
    Expressions(Vec<String>),
}

/// What to check on which bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRequest {
    /// The features.
    pub subject: Subject,
    /// Calendar whose sessions count.
    pub calendar: String,
    /// Length of the bars.
    pub interval: Interval,
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// Features checked.
    pub features: usize,
    /// Symbols they were checked on.
    pub symbols: usize,
    /// Of a pipeline, those that keep a level: a model fitted on them meets new ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// The user's expressions, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expressions: Vec<Tried>,
    /// Features that only bars of a session have, where shorter ones were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_checked: Vec<String>,
    /// The first earlier value that another future changed, in words.
    pub violation: Option<String>,
}

impl Report {
    /// Whether a value was changed by its future, or an expression has none that could have been.
    pub fn is_refused(&self) -> bool {
        self.violation.is_some() || self.expressions.iter().any(|tried| tried.values == 0)
    }
}

/// What was seen of an expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// The expression.
    pub text: String,
    /// Bars that matter to a value; none where every bar since the first does.
    pub look_back: Option<usize>,
    /// Rows with a value.
    pub values: u64,
    /// Rows without one.
    pub missing: u64,
    /// Whether prices and volumes of another size were seen to change no value; none where a pipeline cannot use it.
    pub stationary: Option<bool>,
    /// Why a pipeline cannot use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Computes features on truncated histories of the workspace's clean bars, and on histories with another future, and compares
/// bit for bit. Expressions of one name's bars are also replayed bar by bar. Columns that compare names are tried by
/// truncation alone; those that need groups, with names dealt to two.
///
/// # Errors
/// The calendar or the set is unknown, an expression is wrong, or the lake is empty or cannot be read. A violation is an
/// outcome, not an error.
pub fn check(ws: &Workspace, request: &CheckRequest, reporter: &dyn Reporter) -> Result<Report> {
    if let Subject::Set(name) = &request.subject
        && !sets().iter().any(|set| set.name == name)
    {
        return Err(unknown_set(name));
    }
    let work = Work::begin("features", 1, 1, vec![reporter]);
    let found = match request.interval {
        Interval::Day1 => on_sessions(ws, request, &work),
        shorter => on_shorter(ws, request, shorter, &work),
    };
    work.end(match &found {
        Err(_) => "failed",
        Ok(report) if report.is_refused() => "caught",
        Ok(_) => "clear",
    });
    found
}

fn on_sessions(ws: &Workspace, request: &CheckRequest, work: &Work<'_>) -> Result<Report> {
    let expressions = match &request.subject {
        Subject::Expressions(texts) => Some((texts, compile(texts)?)),
        Subject::Set(_) | Subject::AllSets => None,
    };
    let lake = open_lake(ws)?;
    if lake.symbols().is_empty() {
        let hint = match lake.intervals().first() {
            Some(held) => format!("it holds bars of {held}: `--interval {held}` takes those"),
            None => "fill it first: `proofmark ingest --help` shows how".to_owned(),
        };
        return Err(AppError::input("the lake holds no bars of a session").hint(hint));
    }
    // A jump is no reason to leave out what came before it: columns see no future on either side.
    let bars = data::as_traded(&lake, &data::calendar(&request.calendar)?, |_| true)?;
    if bars.is_empty() {
        return Err(AppError::input(format!(
            "the quality rules leave no bar on calendar `{}`",
            request.calendar
        ))
        .hint("`proofmark data check` shows why; another market needs `--calendar`"));
    }
    let report = Report { symbols: bars.len(), ..Report::default() };
    let universe = in_two_groups(&bars);
    if let Some((texts, program)) = expressions {
        let compute = |bars: &[Bars]| program.panel(bars, &Panel::of(bars, &universe));
        let violation = match program.is_cross_sectional() {
            true => panel_invariance(program.names(), compute, &bars).err(),
            false => tried(&program, &named(&bars), work)?,
        };
        let expressions = seen(&program, texts, &compute(&bars));
        return Ok(Report { features: texts.len(), expressions, violation, ..report });
    }
    let chosen: Vec<(&str, &[&dyn Feature])> = features_of(&request.subject);
    work.expect(chosen.len() as u64);
    let mut violation = None;
    for (_, features) in &chosen {
        violation = violation.or(prefix_invariance(features, &bars, &universe).err());
        work.step();
    }
    Ok(Report { features: chosen.iter().map(|(_, own)| own.len()).sum(), violation, ..report })
}

/// Features that are expressions of one name's bars, on bars shorter than a session.
fn on_shorter(ws: &Workspace, request: &CheckRequest, interval: Interval, work: &Work<'_>) -> Result<Report> {
    let mut not_checked = Vec::new();
    let programs: Vec<Program> = match &request.subject {
        Subject::Expressions(texts) => vec![compile(texts)?],
        subject => {
            let of_set = |(set, features): (&str, &[&dyn Feature])| {
                let texts = features.iter().filter_map(|own| Some((own.name(), own.formula()?.text())));
                let texts: Vec<(&str, &str)> = texts.collect();
                let without = features.iter().filter(|own| own.formula().is_none());
                not_checked.extend(without.map(|own| format!("{set}: {}", own.name())));
                (!texts.is_empty()).then(|| Program::compile(&texts).map_err(wrong)).transpose()
            };
            let programs: Vec<Option<Program>> =
                features_of(subject).into_iter().map(of_set).collect::<Result<_>>()?;
            programs.into_iter().flatten().collect()
        }
    };
    if programs.iter().any(Program::is_cross_sectional) {
        return Err(AppError::input("an expression compares names at a date")
            .hint("those are computed over bars of a session: leave `--interval` out"));
    }
    let calendar = data::calendar(&request.calendar)?;
    let names = within::read(&open_lake(ws)?, &calendar, interval, &[])?;
    let rows = within::without_splits(&names, &within::splits(&calendar, &names)?, adjustment_from_first)?;
    let bars: Vec<_> = names.iter().map(|name| name.daily.symbol()).zip(&rows).collect();
    let (mut violation, mut expressions) = (None, Vec::new());
    for program in &programs {
        violation = violation.or(tried(program, &bars, work)?);
        if let Subject::Expressions(texts) = &request.subject {
            let columns = rows.par_iter().map(|rows| program.intraday_columns(rows));
            let columns: Vec<_> = columns.collect::<std::result::Result<_, _>>().map_err(wrong)?;
            expressions = seen(program, texts, &columns);
        }
    }
    let features = programs.iter().map(|program| program.names().len()).sum();
    Ok(Report { features, symbols: names.len(), expressions, not_checked, violation, ..Report::default() })
}

pub(super) fn named(bars: &[Bars]) -> Vec<(&Symbol, &Bars)> {
    bars.iter().map(|bars| (bars.symbol(), bars)).collect()
}

/// The first leak in the order of the names.
pub(super) fn tried<H: History + Sync>(
    program: &Program,
    names: &[(&Symbol, &H)],
    work: &Work<'_>,
) -> Result<Option<String>> {
    work.expect(names.len() as u64);
    let one = |(symbol, bars): &(&Symbol, &H)| {
        let report = check_program(program, *bars, &usual_cuts(bars.count())).map_err(wrong)?;
        work.step();
        Ok(report.leaks.first().map(|leak| format!("{leak} (`{symbol}`)")))
    };
    let found: Vec<Option<String>> = names.par_iter().map(one).collect::<Result<_>>()?;
    Ok(found.into_iter().flatten().next())
}

/// What there is of each expression: `columns[name][expression][row]`.
fn seen(program: &Program, texts: &[String], columns: &[Vec<Vec<f64>>]) -> Vec<Tried> {
    let one = |(k, text): (usize, &String)| {
        let rows = columns.iter().flat_map(|own| &own[k]);
        let (values, all) =
            rows.fold((0, 0), |(values, all), value| (values + u64::from(value.is_finite()), all + 1));
        let own = own_features(&[], &[("e", text)], true);
        let refused = match &own {
            Err(OwnError::Expression(error)) => Some(error.problem.to_string()),
            Err(other) => Some(other.to_string()),
            Ok(_) => None,
        };
        Tried {
            text: text.clone(),
            look_back: match program.look_backs()[k] {
                LookBack::Bars(bars) => Some(bars),
                LookBack::Unbounded => None,
            },
            values,
            missing: all - values,
            stationary: own.ok().and_then(|own| Some(own.first()?.is_stationary())),
            refused,
        }
    };
    texts.iter().enumerate().map(one).collect()
}

/// The features of the sets that are asked for, those that never forget and those that need groups included.
fn features_of(subject: &Subject) -> Vec<(&'static str, &'static [&'static dyn Feature])> {
    let is_wanted =
        |name: &str| *subject == Subject::AllSets || matches!(subject, Subject::Set(set) if set == name);
    let features = |name: &'static str| {
        let alone = registry().iter().find(|set| set.name == name).map(|set| set.features.as_slice());
        alone.or_else(|| feature_set_in_groups(name)).unwrap_or_default()
    };
    sets().iter().filter(|set| is_wanted(set.name)).map(|set| (set.name, features(set.name))).collect()
}

/// The names in two groups by turns: whether a column sees the future does not hang on who is in which.
fn in_two_groups(bars: &[Bars]) -> Universe {
    let symbols: Vec<Symbol> = bars.iter().map(|bars| bars.symbol().clone()).collect();
    let group = |(k, symbol): (usize, &Symbol)| (symbol.clone(), DateSpan::EVERY, (k % 2).to_string());
    let groups = symbols.iter().enumerate().map(group).collect();
    Universe { symbols, membership: Membership::WholeMarket, pauses: Vec::new(), groups }
}

fn compile(texts: &[String]) -> Result<Program> {
    let named: Vec<(String, &String)> =
        texts.iter().enumerate().map(|(k, text)| (format!("expression {}", k + 1), text)).collect();
    Program::compile(&named).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{self, Synthetic};
    use crate::progress::Silent;

    #[test]
    fn no_shipped_feature_sees_the_future_on_a_simulated_market() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let look = |subject: &Subject| {
            let (subject, calendar) = (subject.clone(), "XNSE".to_owned());
            check(&ws, &CheckRequest { subject, calendar, interval: Interval::Day1 }, &Silent)
        };
        let teacher = Subject::Set("teacher15".into());
        assert_eq!(look(&teacher).unwrap_err().exit_code(), 2);
        let (start, end) = ("2010-01-01".parse().unwrap(), "2011-12-31".parse().unwrap());
        let request = Synthetic { scenario: "null".into(), names: 2, seed: 1, start, end, strength: None };
        ingest::synthetic(&ws, &request).unwrap();
        let report = look(&teacher).unwrap();
        assert_eq!((report.features, report.symbols, report.violation), (15, 3, None));
        let compared = look(&Subject::Set("alpha101".into())).unwrap();
        assert!(compared.features == 100 && compared.violation.is_none(), "{compared:?}");
        let own = look(&Subject::Expressions(vec!["Mean($close, 5) / $close - 1".into()])).unwrap();
        assert_eq!((own.features, &own.violation, own.is_refused()), (1, &None, false));
        let tried = &own.expressions[0];
        assert_eq!((tried.look_back, tried.stationary, &tried.refused), (Some(5), Some(true), &None));
        assert!(tried.values > 1_000 && tried.missing == 0, "{tried:?}");
        let ranks = look(&Subject::Expressions(vec!["CsRank($close)".into(), "$close".into()])).unwrap();
        assert_eq!((ranks.features, ranks.violation), (2, None));
        let grouped = look(&Subject::Expressions(vec!["CsNeutralize($close, $group)".into()])).unwrap();
        assert!(!grouped.is_refused() && grouped.expressions[0].values > 1_000, "{grouped:?}");
        let slip = look(&Subject::Expressions(vec!["Meen($close, 5)".into()])).unwrap_err();
        assert!(slip.exit_code() == 2 && format!("{slip:?}").contains("Mean"), "{slip:?}");
        let expressions = |texts: [&str; 2]| Subject::Expressions(texts.map(str::to_owned).to_vec());
        let odd = look(&expressions(["Corr($close, $close * 0, 5)", "Sum($volume, 0)"])).unwrap();
        assert!(odd.is_refused() && odd.violation.is_none(), "nothing was there to be changed: {odd:?}");
        assert_eq!(odd.expressions[0].values, 0);
        assert!(odd.expressions[1].refused.as_deref().unwrap().contains("bounded"), "{odd:?}");
        let unknown = look(&Subject::Set("teacher16".into())).unwrap_err();
        assert!(unknown.exit_code() == 2 && unknown.hint_text().unwrap().contains("`teacher15`"));
    }
}
