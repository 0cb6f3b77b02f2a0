//! Reports as self-contained HTML, drawn from the same records as the JSON and the Markdown.

mod accuracy;
mod briefing;
mod markdown;
mod page;
mod svg;

pub(crate) use accuracy::accuracy_page;
pub(crate) use briefing::briefing_page;
pub(crate) use markdown::evidence_markdown;
