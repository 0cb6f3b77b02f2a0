//! Microstructure of a session: from recorded streams, from snapshots, from files.

use std::path::Path;

use proofmark_features::micro::{MICRO_FEATURES, MicroBar, MicroFeature, MicroSettings};
use proofmark_lake::Table;
use proofmark_lake::facts::BookLevel;
use proofmark_market::book::{BookRows, DepthBook, DepthSnapshot, Stamp};
use proofmark_units::{Date, DateSpan, Instant, Symbol, Zone};
use serde::{Deserialize, Serialize};

use super::source::{Ground, Made, Source, Yield, observations};
use super::spec::Cadence;
use super::tape::{Reel, Tape};
use crate::data::books::{BookFormat, BookRequest, NEW_YORK, rebuild_file, rebuild_recording};
use crate::data::lake_error;
use crate::error::{AppError, Result};
use crate::ingest;

/// The input of a feature that snapshots do not have.
const TRADES: &str = "trades";
/// A shorter bucket would have more bars than messages.
const SHORTEST: i64 = 1_000_000_000;
const MILLISECOND: i64 = 1_000_000;

/// Streams in the table `book_events`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct RecordedBooks {
    /// Which instruments; all with recordings when left out.
    #[serde(default)]
    symbols: Vec<Symbol>,
    /// Only recordings whose name begins so.
    recordings: Option<String>,
    /// Length of a bar, whose last one of a session is the session's value; the whole session when left out.
    every: Option<Cadence>,
    /// Step of the sampled books that depth is taken from.
    sample_every: Cadence,
    /// Levels a side that count as depth.
    levels: usize,
    /// From a trade to the mid that it is judged by.
    realised_after: Cadence,
}

/// Books in the table `book_snapshots`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct SnapshotBooks {
    /// Which instruments; all with snapshots when left out.
    #[serde(default)]
    symbols: Vec<Symbol>,
    /// Who showed them, such as `binance-spot`.
    venue: String,
    /// As of [`RecordedBooks`].
    every: Option<Cadence>,
    /// How long a snapshot stands for the book at most; after that the book is not known until the next one.
    stands_for: Cadence,
    /// Levels a side that count as depth.
    levels: usize,
}

/// Files of messages or snapshots, as `data books` reads them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct FiledBooks {
    /// The form of the files.
    format: BookFormat,
    /// The instrument, where the files do not say it.
    symbol: Option<Symbol>,
    /// LOBSTER: the zone of its times; New York's when left out.
    zone: Option<String>,
    /// As of [`RecordedBooks`].
    every: Option<Cadence>,
    /// Step of the sampled books; of snapshots, how long each one stands.
    sample_every: Cadence,
    /// Levels a side that count as depth.
    levels: usize,
    /// From a trade to the mid that it is judged by.
    realised_after: Cadence,
}

impl Source for RecordedBooks {
    fn makes(&self) -> Vec<&'static str> {
        names(|_| true)
    }

    fn check(&self) -> Result<()> {
        check(self.every, self.sample_every, self.levels)
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let prefix = self.recordings.as_deref().unwrap_or_default();
        let mut tapes = Vec::new();
        for symbol in chosen(ground, Table::BookEvents, &self.symbols) {
            let failed = |error| lake_error(&format!("failed to read the recordings of `{symbol}`"), error);
            let all = ground.lake.book_recordings(&symbol).map_err(failed)?;
            let own: Vec<_> = all.iter().filter(|one| one.source.starts_with(prefix)).collect();
            if own.is_empty() {
                let there: Vec<&str> = all.iter().map(|one| one.source.as_str()).collect();
                return Err(AppError::input(format!("no recording of `{symbol}` begins with `{prefix}`"))
                    .hint(format!("there are {}", there.join(", "))));
            }
            let request = request(BookFormat::Lake, self.sample_every, self.levels, NEW_YORK);
            for one in own {
                let reel = Reel::default();
                let tape = reel.run(&one.source, |watch| {
                    rebuild_recording(ground.lake, &symbol, one, &request, ground.work, watch)
                })?;
                tapes.extend(tape.map(|tape| (symbol.clone(), tape)));
            }
        }
        values(ground, wanted, tapes, self.every, settings(self.realised_after, self.levels))
    }
}

impl Source for SnapshotBooks {
    fn makes(&self) -> Vec<&'static str> {
        names(|feature| !feature.definition.inputs.contains(&TRADES))
    }

    fn check(&self) -> Result<()> {
        check(self.every, self.stands_for, self.levels)
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let mut tapes = Vec::new();
        for symbol in chosen(ground, Table::BookSnapshots, &self.symbols) {
            let rows = self.rows(ground, &symbol)?;
            let tape = Tape::of_rows(rows, self.stands_for, &self.venue);
            tapes.extend(tape.map(|tape| (symbol, tape)));
        }
        values(ground, wanted, tapes, self.every, settings(self.stands_for, self.levels))
    }
}

impl SnapshotBooks {
    /// The snapshots of `symbol` in order of time, each as a book.
    fn rows(&self, ground: &Ground<'_>, symbol: &Symbol) -> Result<BookRows> {
        let mut levels: Vec<BookLevel> =
            ground.lake.read_facts(symbol, DateSpan::EVERY, None).map_err(|error| {
                lake_error(&format!("failed to read the book snapshots of `{symbol}`"), error)
            })?;
        let mut venues: Vec<String> = levels.iter().map(|level| level.venue.clone()).collect();
        venues.sort_unstable();
        venues.dedup();
        levels.retain(|level| level.venue == self.venue);
        if levels.is_empty() {
            return Err(AppError::input(format!("`{}` showed no book of `{symbol}`", self.venue))
                .hint(format!("`venue` is one of {}", venues.join(", "))));
        }
        levels.sort_by_key(|level| (level.known_at, level.event_time));
        let mut rows = BookRows::of_depth(self.levels);
        for own in levels.chunk_by(|a, b| (a.known_at, a.event_time) == (b.known_at, b.event_time)) {
            let stamp = Stamp { event_time: own[0].event_time, known_at: own[0].known_at };
            let mut book = DepthBook::default();
            book.snapshot(&DepthSnapshot {
                stamp,
                row: rows.len() as u64 + 1,
                last_id: own[0].update_id.unwrap_or_default(),
                levels: own.iter().map(|level| (level.side, level.at)).collect(),
                damaged: false,
            });
            if let Some(view) = book.view() {
                rows.push(stamp.known_at, view);
            }
        }
        Ok(rows)
    }
}

impl Source for FiledBooks {
    fn makes(&self) -> Vec<&'static str> {
        names(|feature| self.format != BookFormat::Snapshots || !feature.definition.inputs.contains(&TRADES))
    }

    fn reads_files(&self) -> bool {
        true
    }

    fn check(&self) -> Result<()> {
        if self.format == BookFormat::Lake {
            return Err(AppError::input("a recording in the lake is no file")
                .hint("`kind = \"book_recordings\"` reads the lake"));
        }
        check(self.every, self.sample_every, self.levels)
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let zone = self.zone.as_deref().unwrap_or(NEW_YORK);
        let request = request(self.format, self.sample_every, self.levels, zone);
        let snapshots = self.format == BookFormat::Snapshots;
        let groups = if snapshots { vec![ground.files] } else { ground.files.chunks(1).collect() };
        let (mut tapes, mut notes) = (Vec::new(), Vec::new());
        for files in groups {
            let name = ingest::source(&files[0]);
            let mut said = None;
            let tape = Reel::default().run(&name, |watch| {
                let rebuilt = rebuild_file(files, &request, ground.work, watch)?;
                said.clone_from(&rebuilt.file.symbol);
                if let Some(first) = rebuilt.file.problems.first() {
                    let count = rebuilt.file.problems.len();
                    notes.push(format!("{count} rows of `{name}` cannot be read; the first: {first}"));
                }
                Ok(rebuilt)
            })?;
            let symbol = self.symbol_of(said.as_deref(), &name)?;
            let Some(tape) = tape else { continue };
            if snapshots {
                let tape = Tape::of_rows(tape.rows, self.sample_every, &name);
                tapes.extend(tape.map(|tape| (symbol, tape)));
            } else {
                let (from, to) = window_of(&files[0], zone).unwrap_or((tape.from, tape.to));
                tapes.push((symbol, tape.said_to_span(from, to)));
            }
        }
        let mut found =
            values(ground, wanted, tapes, self.every, settings(self.realised_after, self.levels))?;
        found.notes.extend(notes);
        Ok(found)
    }
}

impl FiledBooks {
    fn symbol_of(&self, said: Option<&str>, name: &str) -> Result<Symbol> {
        let said = said.and_then(|said| said.parse::<Symbol>().ok());
        match (&self.symbol, said) {
            (Some(own), Some(said)) if *own != said => {
                Err(AppError::input(format!("`{name}` is of {said}, not of {own}"))
                    .hint("leave `symbol` out of `[input]`, or name files of one instrument"))
            }
            (Some(own), _) => Ok(own.clone()),
            (None, Some(said)) => Ok(said),
            (None, None) => Err(AppError::input(format!("`{name}` does not say whose book it is"))
                .hint("for example `symbol = \"BTCUSDT\"` below `[input]`")),
        }
    }
}

/// The span that the name of a LOBSTER file states, `SYMBOL_DATE_FROM_TO_message_..` in milliseconds after midnight: a quiet
/// minute at its end was seen too.
fn window_of(file: &Path, zone: &str) -> Option<(Instant, Instant)> {
    let name = file.file_name()?.to_str()?;
    let mut parts = name.split('_').skip(1);
    let (date, from, to) = (parts.next()?, parts.next()?, parts.next()?);
    let date: Date = date.parse().ok().filter(|_| parts.next() == Some("message"))?;
    let zone = Zone::named(zone).ok()?;
    let at = |text: &str| zone.instant(date, text.parse::<i64>().ok()?.checked_mul(MILLISECOND)?);
    at(from).zip(at(to))
}

/// The value of each session and name: that of the last bar of the session.
fn values(
    ground: &Ground<'_>,
    wanted: &[&str],
    mut tapes: Vec<(Symbol, Tape)>,
    every: Option<Cadence>,
    settings: MicroSettings,
) -> Result<Yield> {
    tapes.sort_by(|(a, one), (b, other)| (a, one.from, &one.name).cmp(&(b, other.from, &other.name)));
    let mut found = Yield::default();
    for own in tapes.chunk_by(|a, b| a.0 == b.0) {
        let symbol = &own[0].0;
        let overlap =
            own.windows(2).map(|pair| (&pair[0].1, &pair[1].1)).find(|(one, next)| next.from < one.to);
        if let Some((one, next)) = overlap {
            return Err(AppError::input(format!(
                "`{}` and `{}` tell of the same hours of `{symbol}`",
                one.name, next.name
            ))
            .hint("choose one: by `recordings` below `[input]`, or by naming fewer files"));
        }
        let mut bars = Vec::new();
        for (_, tape) in own {
            bars.extend(tape.bars(ground.calendar, every, settings)?);
        }
        if bars.is_empty() {
            let what = every.map_or("session", |_| "bar");
            found.notes.push(format!("{symbol}: what was seen covers no whole {what}, so it has no value"));
        }
        let (sessions, bars): (Vec<Date>, Vec<MicroBar>) = bars.into_iter().unzip();
        let is_last = |t: &usize| sessions.get(t + 1) != Some(&sessions[*t]);
        let last: Vec<usize> = (0..sessions.len()).filter(is_last).collect();
        for feature in MICRO_FEATURES.iter().filter(|f| wanted.contains(&f.definition.name)) {
            let column = feature.column(&bars);
            let times = last.iter().map(|t| (sessions[*t], bars[*t].known_at));
            found.made.push(Made {
                feature: feature.definition.name,
                symbol: Some(symbol.clone()),
                values: observations(times, last.iter().map(|t| column[*t])),
            });
        }
    }
    Ok(found)
}

fn names(makes: impl Fn(&MicroFeature) -> bool) -> Vec<&'static str> {
    MICRO_FEATURES.iter().filter(|feature| makes(feature)).map(|feature| feature.definition.name).collect()
}

fn chosen(ground: &Ground<'_>, table: Table, symbols: &[Symbol]) -> Vec<Symbol> {
    if symbols.is_empty() { ground.lake.names(table) } else { symbols.to_vec() }
}

const fn settings(realised_after: Cadence, levels: usize) -> MicroSettings {
    MicroSettings { realised_after_nanos: realised_after.nanos, levels }
}

fn request(format: BookFormat, every: Cadence, levels: usize, zone: &str) -> BookRequest {
    BookRequest {
        format,
        every_nanos: every.nanos,
        levels,
        symbol: None,
        books: None,
        date: None,
        zone: zone.to_owned(),
        to: None,
    }
}

fn check(every: Option<Cadence>, sample_every: Cadence, levels: usize) -> Result<()> {
    if every.is_some_and(|every| every.nanos < SHORTEST) {
        return Err(AppError::input("`every` is below a second").hint("for example `every = \"1m\"`"));
    }
    crate::data::books::refuse_row(&request(BookFormat::Lake, sample_every, levels, NEW_YORK))
}
