//! What the columns of a file of rows are for: their roles, the headers they usually have, and those a user names.

use proofmark_sources::{FieldKind, Wanted};

use crate::error::{AppError, Result};

/// The roles of one kind of file, in the order of a record's fields.
pub(super) struct Roles {
    /// What a row is, for messages.
    pub(super) row: &'static str,
    /// Each role with the usual headers of its column, as letters and digits alone.
    pub(super) columns: &'static [(&'static str, &'static [&'static str])],
    /// Roles that hold times; the others hold text.
    pub(super) times: &'static [&'static str],
    /// Roles without whose column a file cannot be used.
    pub(super) required: &'static [&'static str],
}

impl Roles {
    /// The columns to look for, where `named` has the user's headers by role.
    ///
    /// # Errors
    /// A name for a role that there is not.
    pub(super) fn wanted<'a>(&self, named: &'a [(String, String)]) -> Result<Vec<Wanted<'a>>> {
        let known: Vec<&str> = self.columns.iter().map(|(role, _)| *role).collect();
        if let Some((role, _)) = named.iter().find(|(role, _)| !known.contains(&role.as_str())) {
            return Err(AppError::input(format!("a {} has no `{role}`", self.row))
                .hint(format!("columns can be named for {}", known.join(", "))));
        }
        let wanted = |(role, aliases): &(&'static str, &'static [&'static str])| Wanted {
            role,
            named: named.iter().find(|(own, _)| own == role).map(|(_, header)| header.as_str()),
            aliases,
            kind: if self.times.contains(role) { FieldKind::Time } else { FieldKind::Text },
            required: self.required.contains(role),
        };
        Ok(self.columns.iter().map(wanted).collect())
    }
}
