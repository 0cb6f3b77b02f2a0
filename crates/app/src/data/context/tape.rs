//! What was seen of a book from one message or snapshot to the last, and the bars of it.

use proofmark_features::micro::{
    MicroBar, MicroInput, MicroSettings, Quote, Span, Trade, micro_bars, quotes_of_rows,
};
use proofmark_market::Calendar;
use proofmark_market::book::BookRows;
use proofmark_units::{Date, Instant};

use super::spec::Cadence;
use crate::data::books::{Rebuilt, Watch};
use crate::error::{AppError, Result};

/// What was seen of an instrument without a break.
pub(super) struct Tape {
    /// What it was read from.
    pub(super) name: String,
    quotes: Vec<Quote>,
    /// `None` where nobody tells of trades.
    trades: Option<Vec<Trade>>,
    pub(super) rows: BookRows,
    /// Everything from here..
    pub(super) from: Instant,
    /// ..up to here was seen.
    pub(super) to: Instant,
}

/// Winds up what is seen of one stream.
#[derive(Default)]
pub(super) struct Reel {
    quotes: Vec<Quote>,
    trades: Vec<Trade>,
    from: Option<Instant>,
    to: Option<Instant>,
}

impl Reel {
    /// The tape of what `rebuild` lets it watch; `None` where there was no message.
    pub(super) fn run(
        mut self,
        name: &str,
        rebuild: impl FnOnce(&mut Watch<'_>) -> Result<Rebuilt>,
    ) -> Result<Option<Tape>> {
        let rebuilt = rebuild(&mut |step| {
            self.from.get_or_insert(step.known_at);
            self.to = Some(step.known_at);
            let quote = Quote::of(step.view, step.known_at);
            let stands =
                self.quotes.last().is_some_and(|last| (last.bid, last.ask) == (quote.bid, quote.ask));
            if !stands {
                self.quotes.push(quote);
            }
            self.trades.extend(step.trade);
        })?;
        let Some((from, to)) = self.from.zip(self.to) else { return Ok(None) };
        let trades = Some(self.trades);
        Ok(Some(Tape { name: name.to_owned(), quotes: self.quotes, trades, rows: rebuilt.rows, from, to }))
    }
}

impl Tape {
    /// Of snapshots that stand for a while each; `None` without one.
    pub(super) fn of_rows(rows: BookRows, stands_for: Cadence, name: &str) -> Option<Self> {
        let quotes = quotes_of_rows(&rows, stands_for.nanos);
        let (from, to) = (quotes.first()?.known_at, quotes.last()?.known_at);
        Some(Self { name: name.to_owned(), quotes, trades: None, rows, from, to })
    }

    /// The same where the source says what it spans: quiet before the first message and after the last one was seen too.
    pub(super) fn said_to_span(self, from: Instant, to: Instant) -> Self {
        Self { from, to, ..self }
    }

    /// The bars of whole buckets, with their sessions. Where books are snapshots, a bucket that nobody looked into has none.
    pub(super) fn bars(
        &self,
        calendar: &Calendar,
        every: Option<Cadence>,
        settings: MicroSettings,
    ) -> Result<Vec<(Date, MicroBar)>> {
        let (mut sessions, mut spans) = (Vec::new(), Vec::new());
        let before = |at: Instant| at.utc_date().plus_days(-1);
        let all = calendar.sessions();
        let (first, last) = (before(self.from), self.to.utc_date().plus_days(1));
        let near = &all[all.partition_point(|date| *date < first)..all.partition_point(|date| *date <= last)];
        for date in near {
            for span in buckets(calendar, *date, every)? {
                if span.from >= self.from && span.to <= self.to && self.looked_into(span) {
                    sessions.push(*date);
                    spans.push(span);
                }
            }
        }
        let input = MicroInput {
            quotes: &self.quotes,
            trades: self.trades.as_deref(),
            books: Some(&self.rows),
            complete_to: self.to,
        };
        let bars = micro_bars(&input, &spans, settings).map_err(|error| {
            AppError::input(format!("the book of `{}` cannot be measured", self.name)).because(error)
        })?;
        Ok(sessions.into_iter().zip(bars).collect())
    }

    fn looked_into(&self, span: Span) -> bool {
        if self.trades.is_some() {
            return true;
        }
        let first = self.quotes.partition_point(|quote| quote.known_at <= span.from);
        self.quotes[first..].iter().take_while(|q| q.known_at <= span.to).any(|q| q.touch().is_some())
    }
}

/// The buckets of a session, from its open to its close; the last one is left out where it would end later.
fn buckets(calendar: &Calendar, date: Date, every: Option<Cadence>) -> Result<Vec<Span>> {
    let minutes = calendar.session_minutes(date).ok_or_else(|| {
        AppError::input(format!("calendar `{}` does not say when a session begins", calendar.id()))
            .hint("`XNSE`, `XNYS`, `24/7` and `24/5` do")
    })?;
    let close = calendar.session_close(date);
    let open = close.plus_seconds(-60 * i64::from(minutes));
    let Some(Cadence { nanos }) = every else { return Ok(vec![Span { from: open, to: close }]) };
    let count = (close.nanos() - open.nanos()) / nanos;
    let at = |k: i64| Instant::from_nanos(open.nanos() + k * nanos);
    Ok((0..count).map(|k| Span { from: at(k), to: at(k + 1) }).collect())
}
