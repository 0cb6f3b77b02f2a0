//! A report as files beside what the terminal shows.

use std::path::Path;

use proofmark_app::error::{AppError, Result};
use proofmark_app::workspace::write;
use serde::Serialize;

/// Writes `name.json` and `name.html` into `folder` and says so in `text`.
pub(super) fn save(
    folder: &Path,
    name: &str,
    report: &impl Serialize,
    page: &str,
    text: &mut String,
) -> Result<()> {
    let json = serde_json::to_vec_pretty(report)
        .map_err(|error| AppError::bug("a report does not serialise").because(error))?;
    let (data, html) = (folder.join(format!("{name}.json")), folder.join(format!("{name}.html")));
    write(&data, &json)?;
    write(&html, page.as_bytes())?;
    text.push_str(&format!("\nWritten: {} and {}\n", data.display(), html.display()));
    Ok(())
}
