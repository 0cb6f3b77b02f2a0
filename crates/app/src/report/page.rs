//! The frame of every report page: one file, no script, nothing fetched.

use super::svg::escape;

const STYLE: &str = include_str!("page.css");

/// A whole page around `body`, which must already be safe HTML.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n",
        escape(title)
    )
}

/// A table with a head; cells are plain text and get escaped. The first column is text, the others align right.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = String::from("<div class=\"scroll\"><table><thead><tr>");
    for cell in head {
        out.push_str(&format!("<th>{}</th>", escape(cell)));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            out.push_str(&format!("<td>{}</td>", escape(cell)));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

/// A verdict as a small badge: words carry the meaning, colour only helps.
pub(crate) fn badge(verdict: &str) -> String {
    let class = match verdict {
        "pass" | "ready-for-review" | "approved" => "good",
        "fail" | "refused" | "failed" | "rejected" | "revoked" => "bad",
        _ => "unsure",
    };
    format!("<span class=\"badge {class}\">{}</span>", escape(verdict))
}
