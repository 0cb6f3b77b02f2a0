//! Syntax, types, messages and limits.

use proofmark_features::expr::{ExprProblem, LookBack, MAX_DEPTH, Program, operators, parse};
use proofmark_features::{Definition, Feature as _, Formula};
use proptest::prelude::*;

use super::{bars_with, every_operator, program, same};

#[track_caller]
fn value(text: &str) -> f64 {
    program(&[text.to_owned()]).columns(&bars_with(&[3.0])).unwrap()[0][0]
}

#[test]
fn precedence_is_pythons() {
    // Each line is what Python gives for the same text.
    assert_eq!(value("2 + 3 * 4"), 14.0);
    assert_eq!(value("-2 ** 2"), -4.0);
    assert_eq!(value("2 ** -1"), 0.5);
    assert_eq!(value("2 ** 3 ** 2"), 512.0);
    assert_eq!(value("10 - 4 - 3"), 3.0);
    assert_eq!(value("12 / 2 / 3 * .5"), 1.0);
    assert_eq!(value("-(-(1.5e1))"), 15.0);
    assert_eq!(value("If((1 < 2) & ~(1 > 2) | (1 == 2), 1, 0)"), 1.0);
    assert_eq!(value("If((1 == 1) | (1 == 1) & (1 == 2), 1, 0)"), 1.0);
    assert_eq!(value("$volume + +1"), 4.0);
}

/// The message of a refused text: what is wrong, the text, and carets under the place.
#[track_caller]
fn refused(text: &str, problem: &str, carets: &str) {
    let error = Program::compile(&[("f", text)]).map(|_| ()).unwrap_err().to_string();
    let (head, tail) = error.split_once('\n').unwrap();
    assert!(head.starts_with(&format!("column `f`: {problem}")), "{head}");
    assert_eq!(tail, format!("  {text}\n  {carets}"));
}

#[test]
fn messages_show_the_place() {
    refused("Meen($close, 5)", "unknown operator `Meen`; did you mean `Mean`?", "^^^^");
    refused("1 / Mean($clsoe, 5)", "unknown field `$clsoe`; bars hold", "         ^^^^^^");
    refused("Mean($close)", "`Mean(x, N)` takes 2 arguments, not 1", "^^^^^^^^^^^^");
    refused("Mean($close, 5", "expected `,` or `)`, found the end", "              ^");
    refused("Mean($close, $open)", "argument `N` of `Mean` must be a constant", "             ^^^^^");
    refused(
        "Mean($close, 2.5)",
        "argument `N` of `Mean` is 2.5; it must be a whole number",
        "             ^^^",
    );
    refused("Mean($close, 20001)", "argument `N` of `Mean` is 20001", "             ^^^^^");
    refused(
        "Rank($close, 0)",
        "argument `N` of `Rank` is 0; it must be a whole number from 1",
        "             ^",
    );
    refused("Ref($close, -1)", "`Ref` with -1 bars reads the future", "            ^^");
    refused("Delta($close, -5)", "`Delta` with -5 bars reads the future", "              ^^");
    refused("$close > 1 & $open > 2", "comparisons do not chain, and `&`", "                   ^");
    refused("1 & ($open > 2)", "argument `x` of `And` must be a boolean, not a number", "^");
    refused("1 < $close < 2", "comparisons do not chain", "           ^");
    refused("($close > 1) and ($open > 2)", "expected `&`, found `and`", "             ^^^");
    refused("Mask($close, 1)", "`Mask` is not here: in qlib it loads another instrument", "^^^^");
    refused("$group", "the expression is a group", "^^^^^^");
    refused("1e999", "`1e999` is no finite number", "^^^^^");
    refused("$close é", "unexpected character `\\u{e9}`", "       ^");
    refused("", "expected a number, a field, an operator or `(`, found the end", "^");
    refused("close", "unknown operator `close`", "^^^^^");
    refused("Mean + 1", "expected `(`: an operator is called", "     ^");
    refused(
        "1 + RSI($close, 1)",
        "argument `timeperiod` of `RSI` is 1; it must be a whole number from 2 to 20000",
        "                ^",
    );
    refused(
        "RSI($close, 2.5)",
        "argument `timeperiod` of `RSI` is 2.5; it must be a whole number",
        "            ^^^",
    );
    refused("RSI($close, $open)", "argument `timeperiod` of `RSI` must be a constant", "            ^^^^^");
    refused("RSI($close)", "`RSI(x, timeperiod)` takes 2 arguments, not 1", "^^^^^^^^^^^");
    refused(
        "MA($close, 9, 11)",
        "argument `matype` of `MA` is 11; it must be one of 0 (SMA), 1 (EMA), 2 (WMA)",
        "              ^^",
    );
    refused(
        "T3($close, 5, 1.5)",
        "argument `vfactor` of `T3` is 1.5; it must be from 0 to 1",
        "              ^^^",
    );
    refused(
        "1 + MAVP($close, $close, 9, 3, 0)",
        "TA-Lib refuses these constants of `MAVP`",
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
    );
    refused(
        "MAVP($close, $close, 1, 9999, 1)",
        "the windows of all columns hold",
        "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
    );
    refused("MAX($close, 5)", "unknown operator `MAX`; did you mean `Max`?", "^^^");
    refused("EMA($close, 0)", "argument `N` of `EMA` is 0; it must be a span", "            ^");
}

#[test]
fn names_are_unique() {
    let error = Program::compile(&[("a", "$close"), ("a", "$open")]).map(|_| ()).unwrap_err();
    assert_eq!(*error.problem, ExprProblem::NameTwice("a".into()));
}

#[test]
fn hostile_text_is_refused_in_bounded_time() {
    for text in [
        "(".repeat(9_999),
        "-".repeat(9_999),
        format!("{}$close{}", "Abs(".repeat(2_000), ")".repeat(2_000)),
        format!("$close{}", "+1".repeat(4_900)),
        format!("$close{}", "**2".repeat(3_000)),
        "~".repeat(9_000),
        "Mean(".repeat(1_900),
    ] {
        assert!(parse(&text).is_err());
    }
    assert_eq!(parse(&"1".repeat(10_001)).unwrap_err().problem.as_ref(), &ExprProblem::TooLong(10_001));
    let windows: Vec<String> = (0..300).map(|k| format!("Mean($close + {k}, 20000)")).collect();
    let columns: Vec<(&String, &String)> = windows.iter().map(|text| (text, text)).collect();
    let error = Program::compile(&columns).map(|_| ()).unwrap_err();
    assert!(matches!(*error.problem, ExprProblem::TooLarge(_)), "{error}");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = parse(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn no_text_of_tokens_panics(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "$close", "$volume", "$group", "Mean", "Ref", "If", "EMA", "Corr", "(", ")", ",", "5", "0", "1e3", "-", "+", "*",
                "/", "**", ">", "==", "&", "|", "~", " ",
            ]),
            0..40,
        )
    ) {
        let text = tokens.concat();
        match Program::compile(&[("f", &text)]) {
            Ok(program) if !program.is_cross_sectional() => {
                program.columns(&bars_with(&[1.0, f64::NAN, 2.0])).unwrap();
            }
            Ok(_) => {}
            Err(error) => prop_assert!(error.to_string().contains('^')),
        }
    }
}

#[test]
fn printed_text_parses_to_the_same_graph() {
    let texts = every_operator();
    let printed: Vec<String> = texts.iter().map(|text| parse(text).unwrap().to_string()).collect();
    let both: Vec<(String, &String)> =
        texts.iter().chain(&printed).enumerate().map(|(k, text)| (k.to_string(), text)).collect();
    // Nothing new is computed when the printed forms join, and their columns are the same.
    let program = Program::compile(&both).unwrap();
    assert_eq!(program.nodes(), self::program(&texts).nodes());
    let columns = program.columns(&bars_with(&[3.0, f64::NAN, 4.0, 5.0, -6.0, 7.0])).unwrap();
    let (first, second) = columns.split_at(texts.len());
    assert!(first.iter().flatten().zip(second.iter().flatten()).all(|(a, b)| same(*a, *b)));
}

#[test]
fn a_lag_can_be_put_on_what_nests_deep() {
    let lagged = |text: &str| {
        Formula::new(&Definition {
            name: "deep",
            text,
            doc: "",
            unit: "",
            source: "",
            is_stationary: true,
            lag: 1,
        })
        .map(|formula| formula.look_back())
    };
    for sign in ["-", "~"] {
        let deep = |levels: usize| format!("{}($close > 1)", sign.repeat(levels - 2));
        // The lag is a level of its own.
        assert_eq!(lagged(&deep(MAX_DEPTH - 2)), Ok(2), "{sign}");
        assert_eq!(*lagged(&deep(MAX_DEPTH)).unwrap_err().problem, ExprProblem::TooDeep, "{sign}");
    }
    assert_eq!(lagged(&format!("$close{}", "**2".repeat(MAX_DEPTH - 2))), Ok(2));
}

#[test]
fn equal_parts_are_computed_once_and_constants_fold() {
    let nodes =
        |texts: &[&str]| program(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).nodes();
    assert_eq!(nodes(&["Mean($close, 5)", "Mean($close, 5) / $close", "Sum($close, 2 + 3)"]), 2);
    assert_eq!(nodes(&["$open + $close", "$close + $open"]), 1);
    assert_eq!(nodes(&["Quantile($close, 9, 0.2)", "Quantile($close, 9, 0.8)", "Rank($close, 9)"]), 1);
    assert_eq!(nodes(&["Slope($close, 9)", "Resi($close, 9)"]), 1);
    // Seven measures of Alpha158 on five windows: a spread, a trend, an order and qlib's rule for flat windows each.
    let measures =
        ["Std(x)", "Slope(x)", "Rsquare(x)", "Resi(x)", "Quantile(x, 0.8)", "Quantile(x, 0.2)", "Rank(x)"];
    let over = |window: usize| measures.map(|text| text.replace('x', &format!("$close, {window}")));
    let all: Vec<String> = [5, 10, 20, 30, 60].into_iter().flat_map(over).collect();
    assert_eq!((all.len(), program(&all).nodes()), (35, 20));
}

#[test]
fn look_back_is_stated() {
    for (text, want) in [
        ("$close", LookBack::Bars(1)),
        ("1 + 1", LookBack::Bars(1)),
        ("Ref($close, 3)", LookBack::Bars(4)),
        ("Mean(Ref($close, 3), 5) + $open", LookBack::Bars(8)),
        ("Delta($close, 1)", LookBack::Bars(2)),
        ("Std($close, 0)", LookBack::Unbounded),
        ("Ref($close, 0) + 1", LookBack::Unbounded),
        // (1 - 2/13)^k falls to 1/1000 after 42 bars.
        ("EMA($close, 12)", LookBack::Bars(42)),
    ] {
        assert_eq!(program(&[text.to_owned()]).look_backs(), [want], "{text}");
    }
}

#[test]
fn every_operator_is_documented_and_tried() {
    let tried = every_operator().concat();
    let mut names: Vec<&str> = operators().map(|operator| operator.name).collect();
    for operator in operators().filter(|operator| !operator.name.starts_with("Cs")) {
        assert!(!operator.doc.is_empty() && !operator.source.is_empty(), "{}", operator.name);
        let sign = operator.sign.is_some_and(|sign| tried.contains(sign));
        assert!(sign || tried.contains(&format!("{}(", operator.name)), "{} is not tried", operator.name);
    }
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}
