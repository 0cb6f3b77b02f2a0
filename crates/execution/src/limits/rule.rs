//! What a rule is made of.

use super::path::{Book, kept};
use super::{Limits, MarketState, Mode, Subject};

/// A kind of limit. To add one: its file in `rules`, its table in [`Limits`], its line in `RULES`.
pub(super) trait Rule: Sync {
    /// Stable name, written into decisions.
    fn id(&self) -> &'static str;
    /// The constraints it puts on a book; `None` = not enforced.
    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>>;
}

/// A mode and what it applies to.
pub(super) type Enforced<'a> = (Mode, Vec<Constraint<'a>>);

type Measure<'a> = Box<dyn Fn(Book<'_>) -> f64 + 'a>;
type Scope<'a> = Box<dyn Fn(usize, f64) -> bool + 'a>;

/// One inequality of a book. Zero of an empty scope, so that it can always be met by cutting.
pub(super) struct Constraint<'a> {
    pub(super) subject: Subject,
    pub(super) limit: f64,
    pub(super) missing: Option<String>,
    /// Shown in place of the measure, for rules that look at a name's data rather than at its weight.
    reading: Option<f64>,
    measure: Measure<'a>,
    allowed: f64,
    /// Whether cutting name `i` at its target weight lowers the measure.
    scope: Scope<'a>,
}

impl<'a> Constraint<'a> {
    /// `measure <= limit`, met by cutting the names in `scope`.
    pub(super) fn cap(
        subject: Subject,
        limit: f64,
        scope: impl Fn(usize, f64) -> bool + 'a,
        measure: impl Fn(Book<'_>) -> f64 + 'a,
    ) -> Self {
        Self {
            subject,
            limit,
            missing: None,
            reading: None,
            measure: Box::new(measure),
            allowed: limit,
            scope: Box::new(scope),
        }
    }

    /// Nothing is added to the names in `scope`; `reading` and `limit` tell why.
    pub(super) fn no_addition(
        subject: Subject,
        limit: f64,
        reading: Option<f64>,
        scope: impl Fn(usize, f64) -> bool + Copy + 'a,
    ) -> Self {
        let measure = move |book: Book<'_>| {
            (0..book.target.len()).filter(|i| scope(*i, book.target[*i])).map(|i| book.addition(i)).sum()
        };
        Self { allowed: 0.0, reading, ..Self::cap(subject, limit, scope, measure) }
    }

    /// The same, with the input that is missing.
    pub(super) fn because(mut self, missing: String) -> Self {
        self.missing = Some(missing);
        self
    }

    pub(super) fn holds(&self, book: Book<'_>) -> bool {
        (self.measure)(book) <= self.allowed
    }

    pub(super) fn measured(&self, book: Book<'_>) -> Option<f64> {
        if self.missing.is_some() { None } else { self.reading.or_else(|| Some((self.measure)(book))) }
    }

    pub(super) fn scope(&self, target: &[f64]) -> Vec<bool> {
        target.iter().enumerate().map(|(i, w)| (self.scope)(i, *w)).collect()
    }
}

/// What a missing input of some names means for a limit on a sum over `scope`.
///
/// Such a name is not added to. If it is held, the sum cannot be told, and nothing in the scope is added to;
/// what can be told is still capped. Reductions pass in every case.
pub(super) fn unknown_inputs<'a>(
    state: &MarketState,
    what: &str,
    limit: f64,
    unknown: Vec<usize>,
    scope: impl Fn(usize) -> bool + Copy + 'a,
) -> Vec<Constraint<'a>> {
    let mut constraints: Vec<Constraint<'a>> = unknown
        .iter()
        .map(|&name| {
            let symbol = state.names[name].symbol.to_string();
            let missing = format!("{what} of {symbol}");
            Constraint::no_addition(Subject::Name(symbol), limit, None, move |i, _| i == name)
                .because(missing)
        })
        .collect();
    if let Some(&first) = unknown.first() {
        let missing = format!("{what} of a holding, such as {}", state.names[first].symbol);
        let measure = move |book: Book<'_>| {
            let held = |i: &usize| kept(book.current[*i], book.target[*i]) != 0.0;
            if unknown.iter().any(held) {
                (0..book.target.len()).filter(|i| scope(*i)).map(|i| book.addition(i)).sum()
            } else {
                0.0
            }
        };
        let mut of_scope = Constraint::cap(Subject::Book, limit, move |i, _| scope(i), measure);
        of_scope.allowed = 0.0;
        constraints.push(of_scope.because(missing));
    }
    constraints
}

/// Nothing is added to any name, since an input of the whole book is missing.
pub(super) fn unknown_book<'a>(what: &str, limit: f64) -> Constraint<'a> {
    Constraint::no_addition(Subject::Book, limit, None, |_, _| true).because(what.to_owned())
}

/// Sum over the names of `term(i, |weight|)`, in the order of the names.
pub(super) fn sum_of(target: &[f64], term: impl Fn(usize, f64) -> f64) -> f64 {
    target.iter().enumerate().map(|(i, w)| term(i, w.abs())).sum()
}
