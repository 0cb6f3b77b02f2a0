//! A batch is a stream with larger calls, and a prefix of the bars gives a prefix of the values.

use proofmark_features::check_causality;
use proptest::prelude::*;

use super::{bars_with, every_operator, program, same, volumes};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn bar_by_bar_agrees_bit_for_bit_with_the_batch(volumes in volumes(100..700)) {
        let texts = every_operator();
        let (program, bars) = (program(&texts), bars_with(&volumes));
        let columns = program.columns(&bars).unwrap();
        let mut stream = program.start().unwrap();
        for t in 0..bars.len() {
            let row = stream.push(&bars.row(t));
            for ((text, column), value) in texts.iter().zip(&columns).zip(row) {
                prop_assert!(same(column[t], *value), "{text} at {t}: {} against {value}", column[t]);
            }
        }
    }

    #[test]
    fn a_prefix_gives_a_prefix(volumes in volumes(60..300), cut in 0.0..1.0_f64) {
        let texts = every_operator();
        let (program, bars) = (program(&texts), bars_with(&volumes));
        let cut = (cut * bars.len() as f64) as usize;
        let columns = program.columns(&bars.slice(0..cut)).unwrap();
        for ((text, whole), prefix) in texts.iter().zip(program.columns(&bars).unwrap()).zip(columns) {
            for (t, value) in prefix.iter().enumerate() {
                prop_assert!(same(whole[t], *value), "{text} at {t}");
            }
        }
    }
}

#[test]
fn a_column_is_the_same_alone_and_beside_others() {
    let texts = every_operator();
    let volumes: Vec<f64> =
        (0..700).map(|t| if t % 37 == 5 { f64::NAN } else { f64::from(t * 7919 % 613) }).collect();
    let bars = bars_with(&volumes);
    let together = program(&texts).columns(&bars).unwrap();
    for (text, column) in texts.iter().zip(together) {
        let alone = program(std::slice::from_ref(text)).columns(&bars).unwrap();
        assert!(column.iter().zip(&alone[0]).all(|(a, b)| same(*a, *b)), "{text}");
        let only = |bars: &_| program(std::slice::from_ref(text)).columns(bars).unwrap();
        let report = check_causality(&["only".into()], &only, &bars, &[1, 513]);
        assert!(report.leaks.is_empty(), "{text}: {report}");
    }
}
