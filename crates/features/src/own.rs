//! Expressions that a user names, as features like those of a set.

use std::collections::BTreeSet;

use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Symbol};

use crate::expr::{ExprError, ExprProblem, Grouped, LookBack, Program};
use crate::{Definition, Feature, Formula, PanelColumn};

/// A feature that somebody owns; those of sets live as long as the program.
pub type OwnFeature = Box<dyn Feature + Send>;

/// Longest name of an expression, in bytes.
const NAME_MAX: usize = 64;

const UNIT: &str = "as the expression has it";
const SOURCE: &str = "an expression of the pipeline";

/// Expressions cannot be features.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OwnError {
    /// A name that no column may have.
    #[error("`{name}` must be 1 to {NAME_MAX} of a-z, A-Z, 0-9 and _, and begin with a letter")]
    Name {
        /// The name.
        name: String,
    },
    /// A name that another column has.
    #[error("`{name}` is taken by another feature")]
    Taken {
        /// The name.
        name: String,
    },
    /// An expression that is wrong, or that no pipeline can use.
    #[error(transparent)]
    Expression(#[from] ExprError),
}

/// The features of named expressions beside those of `set`, in the order given.
///
/// One that compares names is computed over the members of each date and may be missing; one that does not drops rows where
/// it is missing, as those of sets do. Whether values keep a level is tried on made-up bars. `groups` says whether anybody tells
/// which group a name belongs to.
///
/// # Errors
/// [`OwnError`]: a name that is malformed or taken; [`ExprError`] of the first expression that is wrong, depends on every
/// bar since the first ([`ExprProblem::Unbounded`]), reads `$group` where nobody tells ([`ExprProblem::NoGroups`]), or makes the columns that
/// compare names too large together.
pub fn own_features(
    set: &[&dyn Feature],
    expressions: &[(&str, &str)],
    groups: bool,
) -> Result<Vec<OwnFeature>, OwnError> {
    let mut taken: BTreeSet<&str> = set.iter().map(|feature| feature.name()).collect();
    let mut compared: Vec<(&str, &str)> =
        set.iter().filter_map(|feature| Some((feature.name(), feature.panel_text()?))).collect();
    let mut programs = Vec::with_capacity(expressions.len());
    for (name, text) in expressions {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !begins || name.len() > NAME_MAX || !name.chars().all(fits) {
            return Err(OwnError::Name { name: name.chars().take(NAME_MAX).collect() });
        }
        if !taken.insert(name) {
            return Err(OwnError::Taken { name: (*name).to_owned() });
        }
        let program = Program::compile(&[(name, text)])?;
        if program.is_cross_sectional() {
            compared.push((name, text));
        }
        programs.push(program);
    }
    // What compares names runs as one program, whose windows are counted together: looked at before any bar is made up.
    Program::compile(&compared)?;
    let made =
        expressions.iter().zip(&programs).map(|((name, text), program)| feature(name, text, program, groups));
    Ok(made.collect::<Result<_, _>>()?)
}

fn feature(name: &str, text: &str, program: &Program, groups: bool) -> Result<OwnFeature, ExprError> {
    let look_back = program.look_backs().into_iter().max().unwrap_or(LookBack::Bars(1));
    let refuse = |problem| Err(ExprError::new(text, 0..text.len(), problem).of_column(name));
    let LookBack::Bars(bars) = look_back else { return refuse(ExprProblem::Unbounded) };
    let stationary = knows_no_level(program, bars);
    if !program.is_cross_sectional() {
        let definition = Definition {
            name,
            text,
            doc: text,
            unit: UNIT,
            source: SOURCE,
            is_stationary: stationary,
            lag: 0,
        };
        return Ok(Box::new(Formula::new(&definition)?));
    }
    let column = PanelColumn {
        name: name.to_owned(),
        text: text.to_owned(),
        doc: text.to_owned(),
        unit: UNIT,
        source: SOURCE,
        inputs: program.inputs().concat(),
        look_back,
        stationary,
    };
    if column.needs_group() && !groups {
        return refuse(ExprProblem::NoGroups);
    }
    Ok(Box::new(column))
}

/// Names of the made-up market.
const NAMES: usize = 6;
/// Its groups.
const GROUPS: usize = 2;
/// Bars beyond the look-back.
const BARS: usize = 250;
/// Longest history that is made up; what looks back further counts as a level, since nothing was seen of it.
const BARS_MAX: usize = 5_000;
/// What the prices and the volumes are multiplied by: powers of two, so that quotients keep their bits.
const FACTORS: [f64; 2] = [8.0, 4.0];
/// Change, in units of a column's mean size, that counts as none: a volume plus one is a volume.
const SAME: f64 = 1e-4;

/// Whether multiplying all prices by one number and all volumes by another was seen to change no value.
fn knows_no_level(program: &Program, look_back: usize) -> bool {
    let rows = look_back.saturating_add(BARS).min(BARS_MAX);
    let values = |factors: [f64; 2]| -> Vec<f64> {
        let bars: Vec<Bars> = (0..NAMES).filter_map(|name| made_up(name, rows, factors)).collect();
        program.panel(&bars, &Grouped(|name| u32::try_from(name % GROUPS).ok())).concat().concat()
    };
    let (plain, scaled) = (values([1.0, 1.0]), values(FACTORS));
    let sizes: Vec<f64> = plain.iter().filter(|value| value.is_finite()).map(|value| value.abs()).collect();
    let near = SAME * sizes.iter().sum::<f64>() / sizes.len() as f64;
    let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= near;
    !sizes.is_empty() && plain.iter().zip(&scaled).all(same)
}

/// Bars of name `k` without a trend: each number is a place in [0, 1) of a sequence that never repeats (multiples of an
/// irrational number modulo 1, Weyl 1916), so no two names and no two rows are alike.
fn made_up(k: usize, rows: usize, [price, volume]: [f64; 2]) -> Option<Bars> {
    let place = |row: usize, step: f64| ((row + 1) as f64 * step + k as f64 * 0.137).fract();
    let row = |t: usize| {
        let date = Date::from_days(i32::try_from(t).unwrap_or(i32::MAX));
        let [open, close] = [2_f64.sqrt(), 3_f64.sqrt()].map(|step| 90.0 + 20.0 * place(t, step));
        let [up, down] = [5_f64.sqrt(), 7_f64.sqrt()].map(|step| 0.02 * place(t, step));
        let at = date.midnight_utc();
        BarRow {
            date,
            event_time: at,
            known_at: at,
            open: price * open,
            high: price * open.max(close) * (1.0 + up),
            low: price * open.min(close) * (1.0 - down),
            close: price * close,
            volume: volume * (1e6 + 1e6 * place(t, 11_f64.sqrt())),
        }
    };
    let symbol: Symbol = format!("N{k}").parse().ok()?;
    Bars::from_rows(symbol, &(0..rows).map(row).collect::<Vec<_>>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature_set;

    fn own(expressions: &[(&str, &str)]) -> Result<Vec<OwnFeature>, OwnError> {
        own_features(feature_set("alpha158").unwrap(), expressions, false)
    }

    fn problem(text: &str) -> ExprProblem {
        match own(&[("mine", text)]).map(|_| ()).unwrap_err() {
            OwnError::Expression(error) => *error.problem,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn an_expression_is_a_feature_and_one_that_compares_names_may_be_missing() {
        let made =
            own(&[("mom20", "$close / Ref($close, 20) - 1"), ("rank", "CsRank($close / Ref($close, 5))")])
                .unwrap();
        let of = |k: usize| (made[k].name(), made[k].look_back(), made[k].is_optional());
        assert_eq!((of(0), of(1)), (("mom20", 21, false), ("rank", 6, true)));
        assert!(made[0].formula().is_some() && made[1].panel_text().is_some());
        assert!(made.iter().all(|feature| feature.is_stationary()));
    }

    #[test]
    fn names_that_are_taken_or_malformed_are_refused() {
        let refused = |name: &str| own(&[(name, "$close / Ref($close, 1)")]).map(|_| ()).unwrap_err();
        assert_eq!(refused("ROC5"), OwnError::Taken { name: "ROC5".into() });
        for name in ["", "1day", "a b", "é", &"a".repeat(65)] {
            assert!(matches!(refused(name), OwnError::Name { .. }), "{name}");
        }
        let twice = own(&[("a", "$close / $open"), ("a", "$open / $close")]).map(|_| ()).unwrap_err();
        assert_eq!(twice, OwnError::Taken { name: "a".into() });
    }

    #[test]
    fn what_no_pipeline_can_use_is_refused_at_its_place() {
        assert!(matches!(
            problem("Meen($close, 5)"),
            ExprProblem::UnknownOperator { nearest: Some("Mean"), .. }
        ));
        assert!(matches!(problem("Ref($close, -1)"), ExprProblem::Future { .. }));
        assert_eq!(problem("Sum($volume, 0) / $volume"), ExprProblem::Unbounded);
        assert_eq!(problem("CsRank(Mean($close, 0))"), ExprProblem::Unbounded);
        let neutral = "CsNeutralize($close / Ref($close, 5), $group)";
        assert_eq!(problem(neutral), ExprProblem::NoGroups);
        let told = own_features(&[], &[("mine", neutral)], true).unwrap();
        assert!(told[0].is_optional() && told[0].is_stationary() && told[0].panel_text() == Some(neutral));
        // An exponential average forgets, so it is a feature here as it is in a set.
        assert!(own(&[("slow", "EMA($close, 50) / $close")]).is_ok());
        let said = own(&[("mine", "1 / Meen($close, 5)")]).map(|_| ()).unwrap_err().to_string();
        assert!(said.contains("column `mine`") && said.contains("      ^^^^"), "{said}");
        let large = |k: usize| format!("CsRank(Mean(Ref($close, {k}), 20000))");
        let many: Vec<(String, String)> = (1..250).map(|k| (format!("c{k}"), large(k))).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        match own(&many).map(|_| ()).unwrap_err() {
            OwnError::Expression(error) => assert!(matches!(*error.problem, ExprProblem::TooLarge(_))),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn levels_are_told_from_what_keeps_its_range() {
        let level = |text: &str| !own(&[("mine", text)]).unwrap()[0].is_stationary();
        for text in ["$close", "Log($close)", "Std($close, 20)", "Mean($volume, 5)", "CsDemean($close)"] {
            assert!(level(text), "{text}");
        }
        for text in [
            "$close / Mean($close, 20)",
            "Corr($close, Log($volume + 1), 20)",
            "CsRank($close)",
            "$close > $open",
        ] {
            assert!(!level(text), "{text}");
        }
        // Nothing is seen of it on so few bars.
        assert!(level("Ref($close, 19000) / Ref($close, 19001)"));
    }
}
