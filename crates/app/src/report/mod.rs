//! Reports as self-contained HTML, drawn from the same records as the JSON and the Markdown.

mod accuracy;
mod briefing;
mod columns;
mod frozen;
mod markdown;
mod page;
mod statements;
mod svg;
mod validation;

pub(crate) use accuracy::accuracy_page;
pub(crate) use briefing::briefing_page;
pub(crate) use columns::{Column, columns};
pub(crate) use frozen::{validation_markdown, validation_page};
pub(crate) use markdown::{evidence_markdown, label_weights_markdown};
pub(crate) use page::{page, table};
pub(crate) use svg::{Form, Line, Mark, bars, escape, noted_time_chart, price_chart, time_chart};
pub(crate) use validation::ValidationReport;
