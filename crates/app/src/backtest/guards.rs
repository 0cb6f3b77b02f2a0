//! Guards of a back-test: settings in a file, what people did and when, and what it all came to in words.

use std::path::Path;

use proofmark_execution::Direction;
use proofmark_execution::engine::{Engine, GuardEvent, Guards};
use proofmark_execution::limits::guards::{
    Cause, DailyLossBreaker, DirectionAccuracy, GuardError, HeldDrawdown, Level, LongInsistence, Transition,
    Trip, WeeklyBreaker,
};
use proofmark_execution::limits::{DrawdownLadder, LimitConfigError};
use proofmark_units::Date;
use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};

/// Where the keys are told.
const HINT: &str = "docs/LIMITS.md shows a file with every guard";

/// A guards file: what is left out does not watch. Fractions are fractions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardSettings {
    /// No additions for the rest of a day that has lost too much.
    pub daily_loss: Option<DailyLoss>,
    /// Everything is closed after losing weeks or a drawdown, until a person resumes.
    pub weekly: Option<Weekly>,
    /// The drawdown that `limits` judge on is held until it has recovered by a margin.
    pub drawdown: Option<Held>,
    /// Says when stances are mostly long.
    pub long_insistence: Option<Insistence>,
    /// Pauses a side that points the wrong way.
    pub direction_accuracy: Option<Accuracy>,
    /// What people did, in order of time.
    #[serde(default)]
    pub person: Vec<PersonAct>,
}

/// Settings of the daily breaker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DailyLoss {
    /// Share of the day's opening equity.
    pub limit: f64,
}

/// Settings of the weekly breaker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weekly {
    /// Losing weeks in a row.
    pub losing_weeks: u32,
    /// Fall from the high-water mark.
    pub drawdown: f64,
}

/// Settings of the held drawdown; its ladder is the one of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// How much less than where its step begins the drawdown must be before the step is left.
    pub recovery: f64,
}

/// Settings of the alert.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insistence {
    /// Calendar weeks of the window.
    pub weeks: u16,
    /// Largest share of longs.
    pub max_share: f64,
}

/// Settings of the pause of one side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Calendar weeks of the window.
    pub weeks: u16,
    /// Fewest trades of a side on which it is judged.
    pub min_trades: u32,
    /// Smallest share of longs that are right.
    pub long_floor: f64,
    /// Smallest share of shorts that are right.
    pub short_floor: f64,
}

/// What a person did, in force from the first step of a session on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonAct {
    /// The session, or the first one after.
    pub at: Date,
    /// What.
    pub does: Act,
    /// How much is stopped, with `stop` only.
    pub level: Option<Level>,
    /// Who answers for it.
    pub by: String,
    /// Why.
    pub why: String,
}

/// What a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Raises the kill switch.
    Stop,
    /// Lowers it; where nothing is stopped, nothing happens.
    Resume,
    /// Arms the weekly breaker again; where it has not tripped, nothing happens.
    ResumeWeekly,
}

/// The guards in a file; `ladder` is that of the limits.
///
/// # Errors
/// The file cannot be read; a key is unknown or missing (with its line); a setting is out of range; a held drawdown without a
/// ladder to hold; people who act out of order, without a name or a reason, or stop without a level.
pub fn read_guards(path: &Path, ladder: Option<&DrawdownLadder>) -> Result<GuardSettings> {
    let name = format!("the guards in {}", path.display());
    let text = std::fs::read_to_string(path)
        .map_err(|error| AppError::input(format!("{name} cannot be read")).hint(HINT).because(error))?;
    let settings: GuardSettings = crate::toml_text::parse(&text, &name)?;
    settings.check(&name)?;
    settings.guards(ladder).map_err(|error| match error {
        Refused::NoLadder => AppError::input(format!("{name}: `drawdown` has no ladder to hold"))
            .hint("give the ladder in `--limits`, as `[drawdown]` with its steps"),
        Refused::Guard(error) => AppError::input(format!("{name} cannot be used")).hint(HINT).because(error),
        Refused::Ladder(error) => AppError::input(format!("{name} cannot be used")).hint(HINT).because(error),
    })?;
    Ok(settings)
}

/// Why settings make no guard.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("a held drawdown needs the ladder of the limits")]
    NoLadder,
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error(transparent)]
    Ladder(#[from] LimitConfigError),
}

impl GuardSettings {
    fn check(&self, name: &str) -> Result<()> {
        let refused = |k: usize, what: &str| {
            Err(AppError::input(format!("{name}: entry {} of `person` {what}", k + 1)).hint(HINT))
        };
        for (k, act) in self.person.iter().enumerate() {
            if act.by.trim().is_empty() || act.why.trim().is_empty() {
                return refused(k, "has no name in `by` or no reason in `why`");
            }
            if (act.does == Act::Stop) != act.level.is_some_and(|level| level > Level::Running) {
                return refused(k, "needs a `level` (paused, halted or flatten) to stop, and none to resume");
            }
            if k > 0 && self.person[k - 1].at >= act.at {
                return refused(k, "is not later than the one before");
            }
        }
        Ok(())
    }

    /// The guards, as they are before anything happened.
    pub(super) fn guards(&self, ladder: Option<&DrawdownLadder>) -> std::result::Result<Guards, Refused> {
        let drawdown = match self.drawdown {
            Some(held) => Some(HeldDrawdown::new(ladder.ok_or(Refused::NoLadder)?.clone(), held.recovery)?),
            None => None,
        };
        let weekly = self.weekly.map(|set| WeeklyBreaker::new(set.losing_weeks, set.drawdown)).transpose()?;
        let insistence = self.long_insistence.map(|set| LongInsistence::new(set.weeks, set.max_share));
        let accuracy = self
            .direction_accuracy
            .map(|set| DirectionAccuracy::new(set.weeks, set.min_trades, set.long_floor, set.short_floor));
        Ok(Guards {
            daily_loss: self.daily_loss.map(|set| DailyLossBreaker::new(set.limit)).transpose()?,
            weekly,
            drawdown,
            long_insistence: insistence.transpose()?,
            direction_accuracy: accuracy.transpose()?,
            ..Guards::default()
        })
    }
}

/// People who act on a run, in order.
pub(super) struct People<'a> {
    left: &'a [PersonAct],
}

impl<'a> People<'a> {
    /// # Errors
    /// Someone acts before there is anything to act on.
    pub(super) fn of(settings: Option<&'a GuardSettings>, begins: Date) -> Result<Self> {
        let left = settings.map_or(&[][..], |settings| settings.person.as_slice());
        match left.first().filter(|act| act.at <= begins) {
            Some(act) => Err(AppError::input(format!(
                "the guards: {} acts on {}, and the first session traded is {begins}",
                act.by, act.at
            ))
            .hint("people act from the second session on")),
            None => Ok(Self { left }),
        }
    }

    /// Does what is due before the first step of a session.
    pub(super) fn act<C, F>(
        &mut self,
        engine: &mut Engine<C, F>,
        session: Date,
    ) -> std::result::Result<(), GuardError> {
        while let Some((act, left)) = self.left.split_first().filter(|(act, _)| act.at <= session) {
            self.left = left;
            let done = match act.does {
                Act::Stop => engine.stop(act.level.unwrap_or_default(), &act.by, &act.why).map(drop),
                Act::Resume => engine.resume(&act.by, &act.why),
                Act::ResumeWeekly => engine.resume_weekly(&act.by, &act.why),
            };
            match done {
                Err(GuardError::NotStopped) => {}
                done => done?,
            }
        }
        Ok(())
    }
}

/// What a guard did, in words.
pub fn guard_in_words(event: &GuardEvent) -> String {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let right = |accuracy: &Option<f64>| accuracy.map_or_else(|| "none".to_owned(), percent);
    let name = |side: &Direction| match side {
        Direction::Long => "longs",
        Direction::Short => "shorts",
    };
    let tripped = |trip: &Trip| match trip {
        Trip::LosingWeeks { ends, weeks } => format!("{weeks} losing weeks in a row by {ends}"),
        Trip::Drawdown { ends, drawdown } => format!("a drawdown of {} by {ends}", percent(*drawdown)),
    };
    match event {
        GuardEvent::DailyLoss { date } => {
            format!("daily loss: {date} has lost too much, nothing more is added on it")
        }
        GuardEvent::Weekly(trip) => format!("weekly breaker: {}, everything is closed", tripped(trip)),
        GuardEvent::WeeklyResumed(resumed) => format!(
            "weekly breaker resumed by {} after {}: {}",
            resumed.by,
            tripped(&resumed.trip),
            resumed.reason
        ),
        GuardEvent::KillSwitch(Transition { from, to, by, reason, .. }) => {
            let by = match by {
                Cause::Rule(rule) => rule.as_str(),
                Cause::Person(person) => person.name(),
            };
            format!("kill switch from {} to {} by {by}: {reason}", level(*from), level(*to))
        }
        GuardEvent::LongInsistence { ends, share } => {
            format!("long insistence: {} of the stances by {ends} were long (an alert)", percent(*share))
        }
        GuardEvent::SidePaused { side, ends, trades, accuracy } => {
            format!("{} paused: {} of {trades} pointed the right way by {ends}", name(side), right(accuracy))
        }
        GuardEvent::SideResumed { side, ends, trades, accuracy } => {
            format!("{} resumed: {} of {trades} pointed the right way by {ends}", name(side), right(accuracy))
        }
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Running => "running",
        Level::Paused => "paused",
        Level::Halted => "halted",
        Level::Flatten => "flatten",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<GuardSettings> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("guards.toml");
        std::fs::write(&file, text).unwrap();
        read_guards(&file, None)
    }

    #[test]
    fn a_file_with_a_slip_is_refused_and_says_where() {
        let whole = "[daily_loss]\nlimit = 0.05\n[weekly]\nlosing_weeks = 5\ndrawdown = 0.12\n\
                     [long_insistence]\nweeks = 8\nmax_share = 0.6\n\
                     [direction_accuracy]\nweeks = 16\nmin_trades = 6\nlong_floor = 0.45\nshort_floor = 0.55\n\
                     [[person]]\nat = \"2024-02-01\"\ndoes = \"stop\"\nlevel = \"flatten\"\nby = \"R. Rao\"\nwhy = \"outage\"\n\
                     [[person]]\nat = \"2024-02-05\"\ndoes = \"resume\"\nby = \"R. Rao\"\nwhy = \"feed is back\"\n";
        assert_eq!(read(whole).unwrap().person.len(), 2);
        let error = read(&whole.replace("limit", "limt")).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
        assert!(error.hint_text().unwrap().contains("did you mean `limit`"), "{error:?}");
        for (from, to, words) in [
            ("0.05", "5.0", "cannot be used"),
            ("weeks = 16", "weeks = 0", "cannot be used"),
            ("by = \"R. Rao\"\nwhy = \"outage\"", "by = \" \"\nwhy = \"outage\"", "entry 1"),
            ("level = \"flatten\"\n", "", "entry 1"),
            ("2024-02-05", "2024-01-05", "entry 2"),
            ("\"resume\"", "\"resumes\"", "line"),
            ("[weekly]", "[drawdown]\nrecovery = 0.02\n[weekly]", "no ladder"),
        ] {
            let error = read(&whole.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(words) && error.exit_code() == 2, "{to}: {error}");
        }
    }
}
