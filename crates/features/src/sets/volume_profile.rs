//! Where volume traded: the price range of a window in bins, each with the volume of the bars whose typical price it holds.

use std::collections::VecDeque;

use proofmark_market::Bars;

use crate::chunk::{for_each_chunk, live};
use crate::expr::Field;
use crate::kernels::known_volume;
use crate::{Feature, Outputs, RowKernel};

/// Bars of the window.
const WINDOW: usize = 252;
/// Bars of the window that must have traded.
const LEAST: usize = 126;
const BINS: usize = 50;
/// Share of the volume that the value area holds.
const VALUE_AREA: f64 = 0.7;
/// Bins of most volume that count as nodes.
const NODES: usize = 5;
/// True ranges in an average one are 14, the first of which needs the close before.
const RANGE_LOOK_BACK: usize = 15;

/// A measure of the profile beside the bar's close.
type Measure = fn(&Profile, f64) -> f64;

const MEASURES: [Measure; 4] = [
    |profile, _| profile.centre(profile.control()),
    |profile, _| profile.edge(profile.value_area().1 + 1),
    |profile, _| profile.edge(profile.value_area().0),
    Profile::nearest_node,
];

/// One measure, as a price or as the close's distance from it.
pub(super) struct OfProfile {
    name: &'static str,
    doc: &'static str,
    place: usize,
    form: &'static Form,
}

/// Prices, or distances of the close from them in average true ranges.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Prices,
    Distances,
}

const fn price(name: &'static str, doc: &'static str, place: usize) -> OfProfile {
    OfProfile { name, doc, place, form: &Form::Prices }
}

const fn distance(name: &'static str, doc: &'static str, place: usize) -> OfProfile {
    OfProfile { name, doc, place, form: &Form::Distances }
}

pub(super) const PRICES: [&dyn Feature; 4] = [
    &price("point_of_control", "middle of the bin of most volume; the profile has 50 bins over 252 bars", 0),
    &price(
        "value_area_high",
        "upper end of the bins about the point of control that hold 70 % of the volume",
        1,
    ),
    &price(
        "value_area_low",
        "lower end of the bins about the point of control that hold 70 % of the volume",
        2,
    ),
    &price("nearest_node", "the nearest to the close of the middles of the 5 bins of most volume", 3),
];

pub(super) const DISTANCES: [&dyn Feature; 4] = [
    &distance(
        "point_of_control_distance",
        "close less the middle of the bin of most volume, of 50 over 252 bars",
        0,
    ),
    &distance(
        "value_area_high_distance",
        "close less the upper end of the bins that hold 70 % of the volume",
        1,
    ),
    &distance(
        "value_area_low_distance",
        "close less the lower end of the bins that hold 70 % of the volume",
        2,
    ),
    &distance("nearest_node_distance", "close less the nearest middle of the 5 bins of most volume", 3),
];

impl Feature for OfProfile {
    fn name(&self) -> &str {
        self.name
    }
    fn doc(&self) -> &str {
        self.doc
    }
    fn unit(&self) -> &str {
        match self.form {
            Form::Prices => "price",
            Form::Distances => "ATR",
        }
    }
    fn source(&self) -> &'static str {
        "SenseQuant, long-horizon support and resistance; value area: Steidlmayer's market profile"
    }
    fn inputs(&self) -> Vec<Field> {
        vec![Field::High, Field::Low, Field::Close, Field::Volume]
    }
    fn is_stationary(&self) -> bool {
        *self.form == Form::Distances
    }
    fn look_back(&self) -> usize {
        WINDOW.max(RANGE_LOOK_BACK)
    }
    fn compute(&self, bars: &Bars) -> Vec<f64> {
        columns(bars, *self.form, &MEASURES[self.place..=self.place]).remove(0)
    }
    fn one_of(&self) -> Option<(&dyn Outputs, usize)> {
        Some((self.form, self.place))
    }
    fn stream(&self) -> Option<RowKernel> {
        let (form, measure, mut window) = (*self.form, MEASURES[self.place], Window::default());
        Some(live(Box::new(move |chunk, out| {
            for t in 0..chunk.close().len() {
                let bar = Bar::of(chunk.high()[t], chunk.low()[t], chunk.close()[t], chunk.volume()[t]);
                let profile = window.push(bar);
                out.push(form.of(profile.as_ref(), measure, chunk.close()[t], chunk.atr_14()[t]));
            }
        })))
    }
}

impl Outputs for Form {
    fn name(&self) -> &'static str {
        match self {
            Self::Prices => "volume profile as prices",
            Self::Distances => "volume profile as distances",
        }
    }
    fn compute(&self, bars: &Bars) -> Vec<Vec<f64>> {
        columns(bars, *self, &MEASURES)
    }
}

impl Form {
    fn of(self, profile: Option<&Profile>, measure: Measure, close: f64, average_range: f64) -> f64 {
        let price = profile.map_or(f64::NAN, |profile| measure(profile, close));
        match self {
            Self::Prices => price,
            Self::Distances => (close - price) / average_range,
        }
    }
}

fn columns(bars: &Bars, form: Form, measures: &[Measure]) -> Vec<Vec<f64>> {
    let mut columns = vec![Vec::with_capacity(bars.len()); measures.len()];
    let mut window = Window::default();
    for_each_chunk(bars, |chunk| {
        for t in 0..chunk.close().len() {
            let bar = Bar::of(chunk.high()[t], chunk.low()[t], chunk.close()[t], chunk.volume()[t]);
            let profile = window.push(bar);
            for (column, measure) in columns.iter_mut().zip(measures) {
                column.push(form.of(profile.as_ref(), *measure, chunk.close()[t], chunk.atr_14()[t]));
            }
        }
    });
    columns
}

#[derive(Clone, Copy)]
struct Bar {
    high: f64,
    low: f64,
    typical: f64,
    volume: f64,
}

impl Bar {
    fn of(high: f64, low: f64, close: f64, volume: f64) -> Self {
        Self { high, low, typical: (high + low + close) / 3.0, volume: known_volume(volume) }
    }
}

/// The last bars.
#[derive(Default)]
struct Window(VecDeque<Bar>);

impl Window {
    /// Takes the next bar and gives the profile at it. The profile is added up anew: bins move with the range, and what left the
    /// window leaves no rounding behind.
    fn push(&mut self, bar: Bar) -> Option<Profile> {
        if self.0.len() == WINDOW {
            self.0.pop_front();
        }
        self.0.push_back(bar);
        Profile::of(self.0.iter().copied())
    }
}

/// Volume by price.
struct Profile {
    low: f64,
    /// Price range of a bin.
    width: f64,
    volume: [f64; BINS],
}

impl Profile {
    /// `None` where fewer than [`LEAST`] bars traded, or all at one price.
    fn of(bars: impl Iterator<Item = Bar> + Clone) -> Option<Self> {
        if bars.clone().filter(|bar| bar.volume > 0.0).count() < LEAST {
            return None;
        }
        let low = bars.clone().fold(f64::INFINITY, |low, bar| low.min(bar.low));
        let high = bars.clone().fold(f64::NEG_INFINITY, |high, bar| high.max(bar.high));
        let width = (high - low) / BINS as f64;
        if !(width > 0.0 && width.is_finite()) {
            return None;
        }
        let mut volume = [0.0; BINS];
        for bar in bars {
            // Prices lie on ticks and often on the edge of a bin: rounding must not decide then.
            let bin = ((bar.typical - low) / width + 1e-9) as usize;
            volume[bin.min(BINS - 1)] += bar.volume;
        }
        Some(Self { low, width, volume })
    }

    /// The bin of most volume, the lowest of equals.
    fn control(&self) -> usize {
        (0..BINS).fold(0, |best, bin| if self.volume[bin] > self.volume[best] { bin } else { best })
    }

    /// The first and the last bin of the value area: from the point of control the neighbour of more volume is taken, the lower of
    /// equals, until the share is reached.
    fn value_area(&self) -> (usize, usize) {
        let wanted = VALUE_AREA * self.volume.iter().sum::<f64>();
        let control = self.control();
        let (mut first, mut last, mut held) = (control, control, self.volume[control]);
        while held < wanted && (first > 0 || last + 1 < BINS) {
            let below = first.checked_sub(1).map(|bin| self.volume[bin]);
            let above = self.volume.get(last + 1).copied();
            if below >= above {
                first -= 1;
                held += self.volume[first];
            } else {
                last += 1;
                held += self.volume[last];
            }
        }
        (first, last)
    }

    /// The nearest to `close` of the middles of the [`NODES`] bins of most volume (the lower of equals); bins without volume are none.
    fn nearest_node(&self, close: f64) -> f64 {
        let mut bins: [usize; BINS] = std::array::from_fn(|bin| bin);
        bins.sort_by(|a, b| self.volume[*b].total_cmp(&self.volume[*a]));
        let mut nodes: Vec<f64> = bins[..NODES]
            .iter()
            .filter(|bin| self.volume[**bin] > 0.0)
            .map(|bin| self.centre(*bin))
            .collect();
        nodes.sort_by(f64::total_cmp);
        let closer = |best: f64, node: f64| (close - node).abs() < (close - best).abs() * (1.0 - 1e-9);
        nodes
            .into_iter()
            .reduce(|best, node| if closer(best, node) { node } else { best })
            .unwrap_or(f64::NAN)
    }

    fn edge(&self, bin: usize) -> f64 {
        self.low + self.width * bin as f64
    }

    fn centre(&self, bin: usize) -> f64 {
        self.low + self.width * (bin as f64 + 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(price: f64, volume: f64) -> Bar {
        Bar::of(price, price, price, volume)
    }

    /// Prices from 100 to 150, so that a bin is one unit wide: bin `k` has the prices from `100 + k`.
    fn profile(traded: &[(f64, f64)]) -> Profile {
        let ends = [bar(100.0, 0.0), bar(150.0, 0.0)];
        let filler = std::iter::repeat_n(bar(100.5, 1.0), LEAST);
        let bars: Vec<Bar> =
            ends.into_iter().chain(filler).chain(traded.iter().map(|(p, v)| bar(*p, *v))).collect();
        Profile::of(bars.iter().copied()).unwrap()
    }

    #[test]
    fn by_hand() {
        // 126 in bin 0, 500 in bin 20, 300 in bin 21, 200 in bin 19, 50 in bin 40: 1176 in all, 70 % are 823.2.
        let profile = profile(&[(120.5, 500.0), (121.0, 300.0), (119.25, 200.0), (140.0, 50.0)]);
        assert_eq!(profile.control(), 20);
        assert_eq!(profile.centre(20), 120.5);
        // 500 and 300 above make 800, then 200 below make 1000.
        assert_eq!(profile.value_area(), (19, 21));
        assert_eq!((profile.edge(19), profile.edge(22)), (119.0, 122.0));
        // Nodes in bins 0, 19, 20, 21, 40.
        for (close, node) in [(90.0, 100.5), (110.1, 119.5), (121.0, 120.5), (130.9, 121.5), (149.0, 140.5)] {
            assert_eq!(profile.nearest_node(close), node, "{close}");
        }
    }

    #[test]
    fn a_price_on_the_edge_belongs_to_the_bin_above_and_the_highest_to_the_last() {
        let profile = profile(&[(149.0, 5.0), (150.0, 7.0)]);
        assert_eq!((profile.volume[48], profile.volume[49]), (0.0, 12.0));
    }

    #[test]
    fn too_little_trade_or_one_price_has_no_profile() {
        let traded = |n: usize| std::iter::repeat_n(bar(1.0, 2.0), n).chain([bar(2.0, f64::NAN)]);
        assert!(Profile::of(traded(LEAST - 1)).is_none());
        assert!(Profile::of(traded(LEAST)).is_some());
        assert!(Profile::of(std::iter::repeat_n(bar(1.0, 2.0), LEAST)).is_none());
    }
}
