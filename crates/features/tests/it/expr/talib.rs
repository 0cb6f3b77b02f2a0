//! The functions of TA-Lib as operators.

use proofmark_features::expr::{ExprProblem, LookBack, Param, Program, operators};
use proofmark_features::registry;
use proptest::prelude::*;

use super::{bars_with, of_the_library, program, same};
use crate::bars::{real, simulated};

#[track_caller]
fn check(text: &str, volumes: &[f64], want: &[f64]) {
    let got = &program(&[text.to_owned()]).columns(&bars_with(volumes)).unwrap()[0];
    let near = |(a, b): (&f64, &f64)| same(*a, *b) || (a - b).abs() <= 1e-12 * b.abs();
    assert!(got.len() == want.len() && got.iter().zip(want).all(near), "{text}: {got:?}, not {want:?}");
}

const NONE: f64 = f64::NAN;

#[test]
fn values_that_can_be_checked_by_hand() {
    check("SMA($volume, 3)", &[1.0, 2.0, 3.0, 7.0], &[NONE, NONE, 2.0, 4.0]);
    // TA-Lib's average starts from the mean of its first three; from there a half of each new value.
    check("TA_EMA($volume, 3)", &[1.0, 2.0, 3.0, 7.0], &[NONE, NONE, 2.0, 4.5]);
    check("TA_WMA($volume, 2)", &[1.0, 4.0, 7.0], &[NONE, 3.0, 6.0]);
    check("TA_MAX($volume, 2)", &[3.0, 1.0, 2.0], &[NONE, 3.0, 2.0]);
    check("MOM($volume, 1)", &[3.0, 1.0, 2.0], &[NONE, -2.0, 1.0]);
    check("ROC($volume, 1)", &[4.0, 1.0, 2.0], &[NONE, -75.0, 100.0]);
    check("LINEARREG_SLOPE($volume, 3)", &[1.0, 3.0, 5.0, 4.0], &[NONE, NONE, 2.0, 0.5]);
    // Two gains of 1, then a loss of 1: each average is a half of the one before and a half of what is new.
    check("RSI($volume, 2)", &[1.0, 2.0, 3.0, 2.0], &[NONE, NONE, 100.0, 50.0]);
    check("BBANDS_UPPERBAND($volume, 2, 2, 1, 0)", &[1.0, 3.0], &[NONE, 4.0]);
    check("BBANDS_LOWERBAND($volume, 2, 2, 1, 0)", &[1.0, 3.0], &[NONE, 1.0]);
    check("OBV(Ref($volume, 1), $volume)", &[5.0, 6.0, 4.0, 9.0], &[NONE, 6.0, 10.0, 1.0]);
    check("MAVP($volume, $volume, 2, 3, 0)", &[2.0, 2.0, 2.0, 5.0], &[NONE, NONE, 2.0, 3.0]);
    check("SQRT($volume)", &[4.0, 9.0], &[2.0, 3.0]);
}

#[test]
fn a_row_with_a_missing_input_is_no_bar() {
    check("SMA($volume, 2)", &[1.0, NONE, 3.0, f64::INFINITY, 5.0], &[NONE, NONE, 2.0, NONE, 4.0]);
    check("MULT($volume, Ref($volume, 1))", &[2.0, 3.0, NONE, 5.0, 7.0], &[NONE, 6.0, NONE, NONE, 35.0]);
}

#[test]
fn outputs_of_one_call_are_computed_once() {
    let texts = ["MACD($close, 12, 26, 9)", "MACD_SIGNAL($close, 12, 26, 9)", "MACD_HIST($close, 12, 26, 9)"];
    let texts = texts.map(str::to_owned);
    assert_eq!(program(&texts).nodes(), 1);
    assert_eq!(program(&[texts[0].clone(), "MACD($close, 12, 26, 8)".to_owned()]).nodes(), 2);
}

#[test]
fn look_back_is_the_librarys_and_an_averages_memory() {
    let bars = |text: &str| match program(&[text.to_owned()]).look_backs()[0] {
        LookBack::Bars(bars) => Some(bars),
        LookBack::Unbounded => None,
    };
    assert_eq!(bars("SMA($close, 5)"), Some(5));
    assert_eq!(bars("SMA(Ref($close, 2), 5)"), Some(7));
    // A factor of 2/13 falls to 1/1000 after 42 bars, behind a warm-up of 11 and the bar itself.
    assert_eq!(bars("TA_EMA($close, 12)"), Some(11 + 1 + 42));
    assert_eq!(bars("MA($close, 12, 1)"), bars("TA_EMA($close, 12)"));
    assert_eq!(bars("MA($close, 12, 0)"), Some(12));
    assert_eq!(bars("MA($close, 12, 6)"), None);
    assert_eq!(bars("OBV($close, $volume)"), None);
    assert!(bars("RSI($close, 28)") > bars("RSI($close, 14)"));
}

#[test]
fn qlibs_names_win() {
    let shadowed: Vec<&str> =
        of_the_library().map(|operator| operator.name).filter(|name| name.starts_with("TA_")).collect();
    let want = ["TA_ADD", "TA_DIV", "TA_EMA", "TA_MAX", "TA_MIN", "TA_SUB", "TA_SUM", "TA_VAR", "TA_WMA"];
    assert_eq!(shadowed, want);
}

/// A call of the operator behind a column of the set `talib`, with the default parameters that its words name.
fn as_in_the_set(name: &str) -> String {
    let is_it = |operator: &&proofmark_features::expr::Operator| {
        operator.name == name || operator.name.strip_prefix("TA_") == Some(name)
    };
    let operator = of_the_library().find(is_it).unwrap_or_else(|| panic!("{name} is no operator"));
    let pair = operator.params.contains(&Param::Series("y"));
    let series = operator.params.iter().filter_map(|param| match param {
        Param::Series("x") => Some(if pair { "$high" } else { "$close" }.to_owned()),
        Param::Series("y") => Some("$low".to_owned()),
        Param::Series(name) => Some(format!("${name}")),
        _ => None,
    });
    let defaults = operator.doc.split_once("TA-Lib's default ").map_or("", |(_, defaults)| defaults);
    let args: Vec<String> =
        series.chain(defaults.split(", ").filter(|text| !text.is_empty()).map(str::to_owned)).collect();
    format!("{}({})", operator.name, args.join(", "))
}

#[test]
fn a_column_of_the_set_is_its_operator_with_default_parameters() {
    let set = registry().iter().find(|set| set.name == "talib").unwrap();
    let texts: Vec<String> = set.features.iter().map(|feature| as_in_the_set(feature.name())).collect();
    let program = program(&texts);
    let long = real().map(|bars| bars.slice(1_000..2_500));
    for bars in [simulated(900, 77)].iter().chain(&long) {
        let columns = program.columns(bars).unwrap();
        for (((feature, text), column), look_back) in
            set.features.iter().zip(&texts).zip(columns).zip(program.look_backs())
        {
            let other = feature.compute(bars).iter().zip(&column).position(|(a, b)| !same(*a, *b));
            assert_eq!(other, None, "{} is not {text}", feature.name());
            let declared = (feature.look_back() != usize::MAX).then_some(feature.look_back());
            assert_eq!(look_back, declared.map_or(LookBack::Unbounded, LookBack::Bars), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parameters_in_range_compile_and_run_in_pieces(
        pick in 0_usize..1_000,
        sizes in prop::collection::vec(0.0..1.0_f64, 16),
        volumes in prop::collection::vec(prop_oneof![9 => -1e6..1e6_f64, 1 => Just(0.0), 1 => Just(f64::NAN)], 1..120),
    ) {
        let library: Vec<_> = of_the_library().collect();
        let operator = library[pick % library.len()];
        let arg = |(k, param): (usize, &Param)| match param {
            Param::Series(name) => match *name {
                "x" | "volume" => "$volume".to_owned(),
                "y" | "periods" => "$close".to_owned(),
                name => format!("${name}"),
            },
            // Short ones often, so that there are values.
            Param::Whole { least, most, .. } => {
                (f64::from(*least) + sizes[k].powi(9) * f64::from(most - least)).floor().to_string()
            }
            Param::Constant { least, most, .. } => {
                let (least, most) = (least.max(-1e3), most.min(1e3));
                (least + sizes[k] * (most - least)).to_string()
            }
            Param::Choice { among, .. } => among[(sizes[k] * among.len() as f64) as usize].0.to_string(),
            other => panic!("{other:?} is no parameter of the library"),
        };
        let args: Vec<String> = operator.params.iter().enumerate().map(arg).collect();
        let text = format!("{}({})", operator.name, args.join(", "));
        match Program::compile(&[("f", &text)]) {
            Ok(program) => {
                let bars = bars_with(&volumes);
                let column = &program.columns(&bars).unwrap()[0];
                let mut stream = program.start().unwrap();
                for (t, value) in column.iter().enumerate() {
                    let live = stream.push(&bars.row(t))[0];
                    prop_assert!(same(live, *value), "{text} at {t}: {live} against {value}");
                }
            }
            Err(error) => {
                let expected = matches!(
                    *error.problem,
                    ExprProblem::Refused { .. } | ExprProblem::TooLarge(_)
                );
                prop_assert!(expected, "{error}");
            }
        }
    }
}

#[test]
fn every_function_of_the_library_is_there() {
    let functions: usize = ta_lib::abstract_api::funcs().map(|info| info.outputs.len()).sum();
    assert_eq!(of_the_library().count(), functions);
    assert!(operators().count() > functions);
}
