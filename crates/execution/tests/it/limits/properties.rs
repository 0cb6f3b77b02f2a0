//! What holds for every book under every set of limits.

use proofmark_execution::limits::{
    Covariance, Factor, MarketState, Mode, Outcome, Scenarios, Standing, check,
};
use proptest::prelude::*;

use super::{limits, state};

const N: usize = 5;

#[derive(Debug, Clone)]
struct Case {
    current: Vec<f64>,
    proposed: Vec<f64>,
    state: MarketState,
    toml: String,
}

impl Case {
    fn run(&self, proposed: &[f64]) -> Outcome {
        check(&self.current, proposed, &self.state, &limits(&self.toml)).unwrap()
    }
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![3 => -2.0..2.0_f64, 1 => Just(0.0), 1 => (-8_i32..8).prop_map(|k| f64::from(k) / 4.0)]
}

fn weights() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(weight(), N)
}

fn mode() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("clip"), 1 => Just("observe"), 1 => Just("reject"), 1 => Just("halt")]
}

/// Tables of limits, each there or not, with limits from tight to loose.
fn tables(mode: impl Strategy<Value = &'static str>) -> impl Strategy<Value = String> {
    let form = |name: usize, x: f64, mode: &str| match name {
        0 => format!("[gross]\nmax = {}\nmode = \"{mode}\"\n", 3.0 * x),
        1 => format!("[net]\nmax = {x}\nmode = \"{mode}\"\n"),
        2 => format!("[name]\nmax = {x}\nmode = \"{mode}\"\n"),
        3 => format!("[sector]\nmax = {}\nmode = \"{mode}\"\n", 2.0 * x),
        4 => format!("[factor]\nmode = \"{mode}\"\n[factor.max]\nvalue = {x}\nsize = {}\n", 0.5 * x),
        5 => format!("[concentration]\nmax_herfindahl = {x}\nmode = \"{mode}\"\n"),
        6 => format!("[leverage]\nmax = {}\nmode = \"{mode}\"\n", 4.0 * x),
        7 => format!("[turnover]\nmax = {}\nmode = \"{mode}\"\n", 3.0 * x),
        8 => format!("[adv]\nmax_participation = {}\nmode = \"{mode}\"\n", 0.01 * x),
        9 => format!(
            "[value_at_risk]\nmax = {}\nconfidence = 0.9\nmethod = \"historical\"\nmode = \"{mode}\"\n",
            0.05 * x
        ),
        10 => format!(
            "[expected_shortfall]\nmax = {}\nconfidence = 0.95\nmethod = \"normal\"\nmode = \"{mode}\"\n",
            0.05 * x
        ),
        11 => format!("[stale_data]\nmax_age_seconds = 100\nmode = \"{mode}\"\n"),
        _ => format!(
            "[drawdown]\nfull_gross = {}\nsteps = [{{ drawdown = 0.05, scale = 0.5 }}]\nmode = \"{mode}\"\n",
            4.0 * x
        ),
    };
    prop::collection::vec(prop::option::of((0.0..1.5_f64, mode)), 13).prop_map(move |chosen| {
        let there = chosen.iter().enumerate().filter_map(|(i, c)| c.map(|(x, mode)| form(i, x, mode)));
        there.collect()
    })
}

fn market() -> impl Strategy<Value = MarketState> {
    let signs = prop::collection::vec(-1.5..1.5_f64, 2 * N);
    let returns = prop::collection::vec(-0.05..0.05_f64, 20 * N);
    let gaps = prop::collection::vec(0..12_u8, N);
    (signs, returns, gaps, 0.0..0.2_f64, 0.0..1.0_f64, 0..16_u8).prop_map(
        |(loadings, returns, gaps, drawdown, spent, standing)| {
            let mut s = state(N);
            s.factors = [("value", 0), ("size", N)]
                .map(|(name, at)| Factor { name: name.into(), loadings: loadings[at..at + N].to_vec() })
                .to_vec();
            s.covariance = Some(Covariance::Factors {
                covariance: vec![4e-4, 1e-4, 1e-4, 2e-4],
                specific: vec![1e-4; N],
            });
            s.scenarios = Some(Scenarios(returns));
            (s.drawdown, s.turnover_spent) = (Some(drawdown), spent);
            for (i, gap) in gaps.into_iter().enumerate() {
                match gap {
                    0 => s.names[i].sector = None,
                    1 => s.names[i].adv = None,
                    2 => s.names[i].data_age_seconds = None,
                    3 => s.names[i].exposure_per_value = None,
                    4 => s.factors[0].loadings[i] = f64::NAN,
                    5 => s.names[i].data_age_seconds = Some(1e6),
                    _ => {}
                }
            }
            s.standing = Standing {
                additions_stopped: standing == 1,
                flatten: standing == 2,
                longs_paused: standing == 3 || standing == 4,
                shorts_paused: standing == 4 || standing == 5,
            };
            s
        },
    )
}

fn case(mode: impl Strategy<Value = &'static str>) -> impl Strategy<Value = Case> {
    (weights(), weights(), market(), tables(mode)).prop_map(|(current, proposed, state, toml)| Case {
        current,
        proposed,
        state,
        toml,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_grows_nothing_turns_and_reductions_pass(c in case(mode())) {
        let approved = c.run(&c.proposed).approved;
        for ((now, asked), got) in c.current.iter().zip(&c.proposed).zip(&approved) {
            prop_assert!(got.abs() <= asked.abs(), "{now} -> {asked} became {got}");
            prop_assert!(got * asked >= 0.0);
            if now * asked >= 0.0 && asked.abs() <= now.abs() {
                prop_assert!((now - got).abs() >= (now - asked).abs());
            }
        }
    }

    #[test]
    fn a_second_check_changes_no_bit(c in case(mode())) {
        let first = c.run(&c.proposed).approved;
        let second = c.run(&first);
        prop_assert_eq!(&second.approved, &first);
    }

    #[test]
    fn no_clipping_limit_is_broken_afterwards(c in case(mode())) {
        let approved = c.run(&c.proposed).approved;
        // Seen through the same limits in mode `observe`, which changes nothing.
        let clips: Vec<String> = c
            .run(&c.proposed)
            .decisions
            .into_iter()
            .filter(|d| d.mode == Mode::Clip)
            .map(|d| d.rule)
            .collect();
        let observed = Case { toml: c.toml.replace("\"clip\"", "\"observe\""), ..c.clone() };
        for decision in observed.run(&approved).decisions {
            let was_clip = clips.contains(&decision.rule) && decision.mode == Mode::Observe;
            prop_assert!(!was_clip, "{decision:?}");
        }
    }

    #[test]
    fn when_all_limits_clip_none_is_broken_by_independent_sums(c in case(Just("clip"))) {
        let approved = c.run(&c.proposed).approved;
        let l = limits(&c.toml);
        let gross: f64 = approved.iter().map(|w| w.abs()).sum();
        if let Some(cap) = l.gross { prop_assert!(gross <= cap.max); }
        if let Some(cap) = l.net { prop_assert!(approved.iter().sum::<f64>().abs() <= cap.max + 1e-12); }
        if let Some(cap) = &l.name { prop_assert!(approved.iter().all(|w| w.abs() <= cap.max)); }
        if let Some(cap) = l.concentration {
            prop_assert!(approved.iter().map(|w| w * w).sum::<f64>() <= cap.max_herfindahl + 1e-12);
        }
        if let Some(cap) = &l.sector {
            for sector in ["even", "odd"] {
                let inside = c.state.names.iter().zip(&approved);
                let of_sector = inside.filter(|(n, _)| n.sector.as_deref() == Some(sector));
                prop_assert!(of_sector.map(|(_, w)| w.abs()).sum::<f64>() <= cap.max + 1e-12);
            }
        }
        if let Some(cap) = l.turnover {
            let traded: f64 = c.current.iter().zip(&approved).map(|(a, b)| (a - b).abs()).sum();
            let grows = c.current.iter().zip(&approved).any(|(a, b)| a * b < 0.0 || b.abs() > a.abs());
            prop_assert!(!grows || c.state.turnover_spent + traded <= cap.max + 1e-9);
        }
        if c.state.standing.flatten { prop_assert_eq!(gross, 0.0); }
    }

    #[test]
    fn without_limits_the_proposal_stands(current in weights(), proposed in weights()) {
        let out = check(&current, &proposed, &state(N), &limits("")).unwrap();
        prop_assert_eq!(out.approved, proposed);
        prop_assert!(out.decisions.is_empty());
    }
}
