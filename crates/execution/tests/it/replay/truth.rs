//! A market in which every order is known, replayed as a book of levels: an order in the replay never does better than it would have
//! done in the market.

use std::collections::{BTreeMap, VecDeque};

use proofmark_execution::costs::Side;
use proofmark_execution::engine::replay::{BookEvent, Cancels, QueueRules, VenueRules};
use proptest::prelude::*;

use super::{Script, ask, bid, config, known, limit, replay, sold};
use crate::replay::Act;

const STEP: i64 = 10;
const ASK: i64 = 110;
const OWN: f64 = 6.0;

/// What others do.
#[derive(Debug, Clone, Copy)]
enum Other {
    /// Joins the bids at a tick.
    Joins { tick: i64, units: u32 },
    /// Some living order loses units, in part or whole.
    Leaves { which: u16, units: u32 },
    /// Sells at any price.
    Sells { units: u32 },
}

fn others() -> impl Strategy<Value = Vec<Other>> {
    let one = prop_oneof![
        5 => (100_i64..105, 1_u32..6).prop_map(|(tick, units)| Other::Joins { tick, units }),
        4 => (any::<u16>(), 1_u32..9).prop_map(|(which, units)| Other::Leaves { which, units }),
        3 => (1_u32..9).prop_map(|units| Other::Sells { units }),
    ];
    prop::collection::vec(one, 5..120)
}

/// Bids of others by tick, in the order of arrival, and what they would do to an order of ours that they do not know of.
#[derive(Default)]
struct Market {
    bids: BTreeMap<i64, VecDeque<(usize, u32)>>,
    /// Our order's tick, the others ahead of it, and what it would have got.
    own: Option<(i64, Vec<usize>, f64)>,
}

impl Market {
    fn size(&self, tick: i64) -> f64 {
        self.bids.get(&tick).map_or(0.0, |queue| queue.iter().map(|(_, units)| f64::from(*units)).sum())
    }

    fn ahead(&self) -> f64 {
        let Some((tick, ahead, _)) = &self.own else { return 0.0 };
        let units = |(id, units): &(usize, u32)| if ahead.contains(id) { f64::from(*units) } else { 0.0 };
        self.bids.get(tick).map_or(0.0, |queue| queue.iter().map(units).sum())
    }

    fn place(&mut self, tick: i64) {
        let ahead =
            self.bids.get(&tick).map_or(Vec::new(), |queue| queue.iter().map(|(id, _)| *id).collect());
        self.own = Some((tick, ahead, 0.0));
    }

    /// Changed ticks, and prints.
    fn take(&mut self, id: usize, act: Other) -> (Vec<i64>, Vec<(i64, f64)>) {
        match act {
            Other::Joins { tick, units } => {
                self.bids.entry(tick).or_default().push_back((id, units));
                (vec![tick], vec![])
            }
            Other::Leaves { which, units } => {
                let living: Vec<(i64, usize)> = self
                    .bids
                    .iter()
                    .flat_map(|(tick, queue)| (0..queue.len()).map(move |place| (*tick, place)))
                    .collect();
                let Some((tick, place)) = living.get(usize::from(which) % living.len().max(1)) else {
                    return (vec![], vec![]);
                };
                let queue = self.bids.get_mut(tick).unwrap();
                queue[*place].1 = queue[*place].1.saturating_sub(units);
                queue.retain(|(_, units)| *units > 0);
                (vec![*tick], vec![])
            }
            Other::Sells { units } => self.sell(units),
        }
    }

    fn sell(&mut self, units: u32) -> (Vec<i64>, Vec<(i64, f64)>) {
        let ahead = self.ahead();
        let (mut left, mut prints) = (units, Vec::new());
        for (tick, queue) in self.bids.iter_mut().rev() {
            let before = left;
            while left > 0
                && let Some((_, front)) = queue.front_mut()
            {
                let traded = left.min(*front);
                (left, *front) = (left - traded, *front - traded);
                if *front == 0 {
                    queue.pop_front();
                }
            }
            if before > left {
                prints.push((*tick, f64::from(before - left)));
            }
        }
        if let Some((tick, _, filled)) = &mut self.own {
            // What came as far down as our price met those ahead of us first, and then us.
            let came: f64 = prints.iter().filter(|(at, _)| at <= tick).map(|(_, units)| units).sum();
            *filled += (came - ahead).clamp(0.0, OWN - *filled);
        }
        (prints.iter().map(|(tick, _)| *tick).collect(), prints)
    }
}

/// The stream as a venue sends it, and after each instant what is truly ahead of our order and what it would have got. It is placed
/// after `place` instants; prints come up to `late` instants after their changes, by `delays`.
fn told(others: &[Other], place: usize, tick: i64, delays: &[i64]) -> (Vec<BookEvent>, Vec<(f64, f64)>) {
    let mut market = Market::default();
    let mut events = vec![ask(0, ASK, 100.0), known(0)];
    let mut truth = Vec::new();
    for (k, act) in others.iter().enumerate() {
        let time = STEP * (k as i64 + 1);
        let (changed, prints) = market.take(k, *act);
        let delay = STEP * delays[k % delays.len()];
        events.extend(prints.iter().map(|(tick, units)| sold(time + delay, *tick, *units)));
        events.extend(changed.iter().map(|tick| bid(time, *tick, market.size(*tick))));
        // So that every instant is one.
        events.push(ask(time, ASK, 100.0 + k as f64));
        if k == place {
            market.place(tick);
        }
        truth.push((market.ahead(), market.own.as_ref().map_or(0.0, |own| own.2)));
    }
    // Stable: at one instant prints come ahead of changes where they are not late.
    events.sort_by_key(|event| event.time);
    (events, truth)
}

fn seen(events: &[BookEvent], rules: QueueRules, place: usize, tick: i64) -> Vec<(i64, f64, Option<f64>)> {
    let acts = vec![(STEP * (place as i64 + 1), Act::Send(limit(Side::Buy, OWN, tick as f64)))];
    let mut script = Script::new(acts);
    replay(events, config(VenueRules { queue: rules, ..VenueRules::default() }, 0), &mut script);
    let row =
        |(time, held, ahead): (i64, f64, Vec<Option<f64>>)| (time, held, ahead.first().copied().flatten());
    script.seen.into_iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn never_better_than_the_truth(
        others in others(),
        place in 0_usize..20,
        tick in 100_i64..105,
        delays in prop_oneof![2 => Just(vec![0_i64]), 1 => prop::collection::vec(0_i64..4, 1..9)],
    ) {
        let (events, truth) = told(&others, place, tick, &delays);
        let late_prints = STEP * delays.iter().max().unwrap();
        let rules = QueueRules { cancels: Cancels::Behind, late_prints };
        for (time, held, ahead) in seen(&events, rules, place, tick) {
            // A late print may come after the last change.
            let k = (time / STEP - 1).clamp(-1, truth.len() as i64 - 1);
            let Some((true_ahead, true_filled)) = usize::try_from(k).ok().map(|k| truth[k]) else { continue };
            prop_assert!(held <= true_filled, "at {time} filled {held}, truly {true_filled}");
            if let Some(ahead) = ahead.filter(|_| true_filled == 0.0) {
                prop_assert!(ahead >= true_ahead, "at {time} {ahead} ahead, truly {true_ahead}");
            }
        }
    }

    /// With prints in order nothing but cancels is unknown: where nobody ahead leaves, place and fills are the truth itself.
    #[test]
    fn the_truth_itself_where_nobody_leaves(others in others(), place in 0_usize..20, tick in 100_i64..105) {
        let others: Vec<Other> = others
            .into_iter()
            .map(|act| if let Other::Leaves { units, .. } = act { Other::Joins { tick: 100, units } } else { act })
            .collect();
        let (events, truth) = told(&others, place, tick, &[0]);
        for (time, held, _) in seen(&events, QueueRules::default(), place, tick) {
            let Some((_, true_filled)) = usize::try_from(time / STEP - 1).ok().and_then(|k| truth.get(k)) else { continue };
            prop_assert_eq!(held, *true_filled, "at {}", time);
        }
    }

    /// The estimate lies between the bound and everybody ahead leaving first.
    #[test]
    fn shares_of_cancels_lie_between_none_and_all(
        others in others(), place in 0_usize..20, tick in 100_i64..105, power in 0.2_f64..4.0,
    ) {
        let (events, _) = told(&others, place, tick, &[0]);
        let of = |cancels| seen(&events, QueueRules { cancels, late_prints: 0 }, place, tick);
        for (none, some) in of(Cancels::Behind).iter().zip(of(Cancels::ProRata { power })) {
            prop_assert!(some.1 >= none.1, "filled");
            if let (Some(none), Some(some)) = (none.2, some.2) {
                prop_assert!((0.0..=none).contains(&some));
            }
        }
    }
}
