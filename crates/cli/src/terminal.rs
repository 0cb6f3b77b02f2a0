//! What a person sees while work goes on: one line a phase, a bar with counts and ETA, on stderr.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{BinaryBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use proofmark_app::progress::{Reporter, Snapshot, Unit};

/// Reports to stderr; draws bars only where somebody is looking.
pub(crate) struct Terminal {
    bar: Mutex<Option<ProgressBar>>,
    quiet: bool,
    label: Option<&'static str>,
}

impl Terminal {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { bar: Mutex::new(None), quiet, label: None }
    }

    /// The same, with a word before each line: which of several runs speaks.
    pub(crate) fn labelled(quiet: bool, label: &'static str) -> Self {
        Self { label: Some(label), ..Self::new(quiet) }
    }

    fn head(&self, at: &Snapshot) -> String {
        let label = self.label.map_or(String::new(), |l| format!("{l:<5} "));
        format!("{label}Phase {}/{} {:<19}", at.index, at.count, at.phase)
    }

    fn say(&self, line: &str) {
        use std::io::Write as _;
        if !self.quiet {
            // Nobody reads stderr any more: nothing left to tell them.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}

impl Reporter for Terminal {
    fn started(&self, at: &Snapshot) {
        if self.quiet || !std::io::stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(at.total), ProgressDrawTarget::stderr());
        let counts = match at.unit {
            Unit::Tasks | Unit::Rows => "{human_pos}/{human_len}",
            Unit::Bytes => "{binary_bytes}/{binary_total_bytes}",
        };
        let style =
            ProgressStyle::with_template(&format!("{{msg}} {{bar:24}} {counts} {{elapsed}} eta {{eta}}"));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(self.head(at));
        bar.enable_steady_tick(Duration::from_millis(200));
        if let Ok(mut slot) = self.bar.lock() {
            *slot = Some(bar);
        }
    }

    fn moved(&self, at: &Snapshot) {
        if let Ok(slot) = self.bar.lock()
            && let Some(bar) = slot.as_ref()
        {
            bar.set_length(at.total);
            bar.set_position(at.done);
        }
    }

    fn ended(&self, at: &Snapshot, outcome: &str) {
        if let Ok(mut slot) = self.bar.lock()
            && let Some(bar) = slot.take()
        {
            bar.finish_and_clear();
        }
        let counts = match at.unit {
            _ if at.total == 0 => String::new(),
            Unit::Tasks => format!("{}/{} tasks, ", at.done, at.total),
            Unit::Rows => format!("{}/{} rows, ", at.done, at.total),
            Unit::Bytes => format!("{} of {}, ", BinaryBytes(at.done), BinaryBytes(at.total)),
        };
        self.say(&format!("{} {outcome} ({counts}{:.1} s)", self.head(at), at.elapsed_seconds));
    }

    fn note(&self, line: &str) {
        self.say(line);
    }
}
