//! Where one session ends and the next begins.

use proofmark_units::Date;

/// Watches the session of bar after bar.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    last: Option<Date>,
}

impl Sessions {
    /// 1 where this bar is the first of its session, else 0.
    pub(super) fn starts(&mut self, session: Date) -> f64 {
        f64::from(self.last.replace(session) != Some(session))
    }
}
