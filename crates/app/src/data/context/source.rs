//! What a kind of input has to say: the trait behind [`super::spec::Input`].

use std::path::PathBuf;

use proofmark_lake::{Lake, Observation};
use proofmark_market::Calendar;
use proofmark_units::{Date, Instant, Symbol};

use crate::error::Result;
use crate::progress::Work;

/// What inputs read.
pub(super) struct Ground<'a> {
    pub(super) lake: &'a Lake,
    pub(super) calendar: &'a Calendar,
    /// Files of the command line; none for inputs that read the lake.
    pub(super) files: &'a [PathBuf],
    /// Sessions that close later have no value yet.
    pub(super) now: Instant,
    pub(super) work: &'a Work<'a>,
}

/// A feature of one name, or of the market.
pub(super) struct Made {
    pub(super) feature: &'static str,
    /// `None`: one value for all names.
    pub(super) symbol: Option<Symbol>,
    /// One a session at most, ascending; a missing value is NaN.
    pub(super) values: Vec<Observation>,
}

/// What an input gave.
#[derive(Default)]
pub(super) struct Yield {
    pub(super) made: Vec<Made>,
    /// What was left out, in words.
    pub(super) notes: Vec<String>,
}

/// One kind of input.
pub(super) trait Source {
    /// Names of the features it makes, in the order reports print them.
    fn makes(&self) -> Vec<&'static str>;
    /// Whether it reads files that the command line names.
    fn reads_files(&self) -> bool {
        false
    }
    /// What its values hang on beside its settings, such as the name of a scorer.
    fn made_with(&self) -> String {
        String::new()
    }
    /// Refuses settings out of range.
    fn check(&self) -> Result<()>;
    /// Values of the features in `wanted`, all of which it makes. Each is known when all that it was made of was; later
    /// rows change no earlier value.
    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield>;
}

/// Values by row as observations of a column: dates and times ascending, as many.
pub(super) fn observations(
    dates: impl IntoIterator<Item = (Date, Instant)>,
    values: impl IntoIterator<Item = f64>,
) -> Vec<Observation> {
    let row = |((date, known_at), value)| Observation { date, known_at, value };
    dates.into_iter().zip(values).map(row).collect()
}

/// When everything up to each of `dates` was known, by the days and times of what it is made of. Before the first of these a date
/// is known when it ends.
pub(super) fn known_by(
    mut events: Vec<(Date, Instant)>,
    dates: impl IntoIterator<Item = Date>,
) -> Vec<Instant> {
    events.sort_unstable();
    let so_far = known_so_far(events.iter().map(|(_, at)| *at));
    let at = |date: Date| {
        let place = events.partition_point(|(other, _)| *other <= date).checked_sub(1);
        place.map_or(date.plus_days(1).midnight_utc(), |place| so_far[place])
    };
    dates.into_iter().map(at).collect()
}

/// When everything up to each instant was known.
pub(super) fn known_so_far(times: impl IntoIterator<Item = Instant>) -> Vec<Instant> {
    let mut latest: Option<Instant> = None;
    let running = times.into_iter().map(|at| *latest.insert(latest.map_or(at, |before| before.max(at))));
    running.collect()
}
