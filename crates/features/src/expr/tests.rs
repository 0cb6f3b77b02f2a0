//! What needs the inside: calls of any size agree bit for bit, for every operator of the table.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::ast::Field;
use super::graph::Scope;
use super::operator::{Param, operators};
use super::plan::Fields;
use super::{Operator, Program};

/// A call of `operator`, with every window that is one of its kinds.
fn calls(operator: &Operator) -> Vec<String> {
    let arg = |k: usize, param: &Param, window: usize| match param {
        Param::Series(_) => ["$volume", "$close", "$open"][k % 3].to_owned(),
        Param::Condition(_) => format!("({} > $open)", ["$volume", "$close"][k % 2]),
        Param::Group(_) => "$group".to_owned(),
        Param::Window { least, expanding, .. } => match window {
            0 if *expanding => "0".to_owned(),
            window => window.max(*least).to_string(),
        },
        Param::Lag(_) => window.to_string(),
        Param::Span(_) => (window + 1).to_string(),
        Param::Constant { least, most, .. } if *most < 1e9 => (0.3 * least + 0.7 * most).to_string(),
        Param::Constant { least, .. } => (least.max(0.0) + 1.5).to_string(),
        // Even: one function of the library takes no other.
        Param::Whole { least, most, .. } => (2 * (window / 2 + k) as i32).clamp(*least, *most).to_string(),
        Param::Choice { among, .. } => among[(window + k) % among.len()].0.to_string(),
    };
    let call = |window: usize| {
        let args: Vec<String> =
            operator.params.iter().enumerate().map(|(k, param)| arg(k, param, window)).collect();
        format!("{}({})", operator.name, args.join(", "))
    };
    [0, 1, 3, 16, 40].map(call).into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

fn program(is_wanted: impl Fn(&Program) -> bool) -> Program {
    let texts: Vec<String> = operators().flat_map(calls).collect();
    let alone = |text: &&String| is_wanted(&Program::compile(&[(text, text)]).unwrap());
    let columns: Vec<(&String, &String)> = texts.iter().filter(alone).map(|text| (text, text)).collect();
    Program::compile(&columns).unwrap()
}

/// Columns from calls that bring `sizes` rows in turn.
fn in_calls(program: &Program, fields: &[Vec<f64>], sizes: &[usize]) -> Vec<Vec<f64>> {
    let plan = program.compiled.plan.as_ref().unwrap();
    let (mut state, mut columns) = (plan.start(), vec![Vec::new(); program.names().len()]);
    let (mut from, mut sizes) = (0, sizes.iter().copied().cycle());
    while from < fields[0].len() {
        let to = fields[0].len().min(from + sizes.next().unwrap_or(1));
        let mut rows: Fields<'_> = [&[]; Field::ALL.len()];
        for (rows, field) in rows.iter_mut().zip(fields) {
            *rows = &field[from..to];
        }
        plan.run(&mut state, to - from, &rows, &[], &mut |column, values| {
            columns[column].extend_from_slice(values);
        });
        from = to;
    }
    columns
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -50.0..50.0_f64,
        4 => (0..6_i32).prop_map(f64::from),
        2 => Just(f64::NAN),
        1 => prop::sample::select(vec![f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1e300, 1e-300]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn how_many_rows_a_call_brings_changes_no_bit(
        rows in prop::collection::vec(prop::array::uniform5(value()), 1..300),
        starts in prop::collection::vec(prop::bool::weighted(0.1), 300),
        sizes in prop::collection::vec(1..90_usize, 1..8),
    ) {
        let program = program(|program| !program.is_cross_sectional());
        let mut fields: Vec<Vec<f64>> = (0..5).map(|k| rows.iter().map(|row| row[k]).collect()).collect();
        fields.push(starts[..rows.len()].iter().map(|starts| f64::from(*starts)).collect());
        let (whole, pieces) = (in_calls(&program, &fields, &[1_000]), in_calls(&program, &fields, &sizes));
        for ((name, a), b) in program.names().iter().zip(&whole).zip(&pieces) {
            for (t, (a, b)) in a.iter().zip(b).enumerate() {
                prop_assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{name} at {t}: {a} against {b}");
            }
        }
    }
}

#[test]
fn every_operator_is_called_and_prints_as_it_parses() {
    let texts: Vec<String> = operators().flat_map(calls).collect();
    for text in &texts {
        let printed = super::parse(text).unwrap().to_string();
        let both = Program::compile(&[("text", text), ("printed", &printed)]).unwrap();
        assert_eq!(both.compiled.columns[0], both.compiled.columns[1], "{text} prints as {printed}");
    }
}

#[test]
fn families_have_names_of_their_own() {
    let program = program(|_| true);
    let mut starts: Vec<(&str, usize)> = program
        .compiled
        .graph
        .nodes
        .iter()
        .map(|node| (node.family.name, std::ptr::from_ref(node.family) as usize))
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let addresses = starts.len();
    starts.dedup_by_key(|(name, _)| *name);
    assert_eq!(starts.len(), addresses, "a name is a family's identity");
    assert!(program.compiled.graph.nodes.iter().any(|node| node.family.scope == Scope::CrossSection));
}
