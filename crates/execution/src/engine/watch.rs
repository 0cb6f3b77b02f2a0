//! Guards that a run feeds and obeys.

use proofmark_units::{Date, Instant};
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::event::Event;
use super::instrument::InstrumentId;
use super::record::EngineFill;
use super::stances::Stances;
use crate::Direction;
use crate::limits::Standing;
use crate::limits::guards::{
    DailyEvent, DailyLossBreaker, DirectionAccuracy, GuardError, HeldDrawdown, KillSwitch, LongInsistence,
    Resumed, Transition, Trip, Week, WeeklyBreaker,
};

/// Which guards watch a run; what is `None` does not. They stop decisions, never exits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guards {
    /// Fed with equity at each step; a session whose date (UTC, of its first step) is that of the one before goes on with its day.
    pub daily_loss: Option<DailyLossBreaker>,
    /// Fed with each week that is over, from Monday to Sunday by UTC, when the first step of a later one comes.
    pub weekly: Option<WeeklyBreaker>,
    /// Holds the drawdown that limits are judged on until it has recovered.
    pub drawdown: Option<HeldDrawdown>,
    /// The latch of people.
    pub kill_switch: KillSwitch,
    /// Alerts where stances are mostly long; it stops nothing. Fed by the week as `weekly` is, with the stance in each instrument:
    /// the way it was held when the week began, else the way of the week's first decision.
    pub long_insistence: Option<LongInsistence>,
    /// Pauses a side whose stances point the wrong way, alone. Fed with the same stances and the return of their markets from entry
    /// to the last price of the week, those that a pause kept from trading too.
    pub direction_accuracy: Option<DirectionAccuracy>,
}

/// What a guard did, or a person with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "guard", rename_all = "snake_case")]
pub enum GuardEvent {
    /// The day has lost too much: nothing is added before the next one.
    DailyLoss {
        /// The day.
        date: Date,
    },
    /// The weekly breaker tripped: everything is closed, and nothing is opened until a person resumes.
    Weekly(Trip),
    /// A person resumed it.
    WeeklyResumed(Resumed),
    /// The kill switch changed its level.
    KillSwitch(Transition),
    /// More of the window's stances were long than the guard allows; said once, until a week is within it again.
    LongInsistence {
        /// End of the week that completed the window.
        ends: Date,
        /// Share of longs.
        share: f64,
    },
    /// A side pointed the wrong way too often: nothing of it is added to.
    SidePaused {
        /// The side.
        side: Direction,
        /// End of the week that paused it.
        ends: Date,
        /// Its stances in the window.
        trades: u32,
        /// Share of them that were right; `None` = there are none.
        accuracy: Option<f64>,
    },
    /// The window of a paused side is within its floor again, or has too few stances to tell.
    SideResumed {
        /// The side.
        side: Direction,
        /// End of the week that resumed it.
        ends: Date,
        /// Its stances in the window.
        trades: u32,
        /// Share of them that were right; `None` = there are none.
        accuracy: Option<f64>,
    },
}

/// An event of a guard, and when.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guarded {
    /// Time of the step.
    pub time: Instant,
    /// What happened.
    #[serde(flatten)]
    pub event: GuardEvent,
}

/// What guards are told of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) time: Instant,
    /// Equity after the step before.
    pub(super) before: f64,
    pub(super) equity: f64,
    /// Whether anything is held or traded.
    pub(super) exposed: bool,
    pub(super) session_ends: bool,
    pub(super) events: &'a [Event],
    /// Its fills.
    pub(super) fresh: &'a [EngineFill],
    /// After it.
    pub(super) account: &'a Account,
}

/// Guards and where the run stands in its day and week.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    guards: Guards,
    /// Date of the day that is open, and whether it has tripped.
    day: Option<(Date, bool)>,
    session_over: bool,
    /// Monday-based number of the week, its opening equity, its last date, whether anything was held.
    week: Option<(i32, f64, Date, bool)>,
    /// What the guards of signals are fed with, where there are any.
    stances: Option<Stances>,
    /// Whether the last week of stances was an alert.
    insists: bool,
}

/// Weeks since the Monday before 1970.
const fn week_of(date: Date) -> i32 {
    (date.days() + 3).div_euclid(7)
}

impl Watch {
    pub(super) fn new(guards: Guards) -> Self {
        let judged = guards.long_insistence.is_some() || guards.direction_accuracy.is_some();
        let stances = judged.then(Stances::default);
        Self { guards, day: None, session_over: true, week: None, stances, insists: false }
    }

    /// A decision points this way, whatever the limits leave of it.
    pub(super) fn asked(&mut self, of: InstrumentId, direction: Direction) {
        if let Some(stances) = &mut self.stances {
            stances.asked(of, direction);
        }
    }

    /// Feeds a step; what came of it goes to `said`.
    pub(super) fn feed(&mut self, step: Step<'_>, said: &mut Vec<Guarded>) -> Result<(), GuardError> {
        // Without equity nothing passes the limits anyway, and no share of it can be taken.
        if step.equity <= 0.0 || step.before <= 0.0 {
            return Ok(());
        }
        let (time, date) = (step.time, step.time.utc_date());
        if let Some((week, _, ends, _)) = self.week
            && week_of(date) > week
        {
            self.judge(time, ends, said)?;
        }
        if let Some(stances) = &mut self.stances {
            stances.see(step.events, step.fresh, step.account);
        }
        let mut say = |event| said.push(Guarded { time, event });
        if self.session_over && self.day.is_none_or(|(open, _)| date > open) {
            self.day = Some((date, false));
            if let Some(daily) = &mut self.guards.daily_loss {
                daily.update(DailyEvent::Open { date, equity: step.before })?;
            }
        }
        self.session_over = step.session_ends;
        if let (Some(daily), Some((date, tripped))) = (&mut self.guards.daily_loss, &mut self.day) {
            let was = std::mem::replace(
                tripped,
                daily.update(DailyEvent::Mark { date: *date, equity: step.equity })?,
            );
            if *tripped && !was {
                say(GuardEvent::DailyLoss { date: *date });
            }
        }
        if let Some((week, opened, ends, held)) = self.week
            && week_of(date) > week
        {
            let net_return = held.then_some(step.before / opened - 1.0);
            if let Some(weekly) = &mut self.guards.weekly {
                let was = weekly.standing().flatten;
                if let Some(trip) = weekly.update(Week { ends, net_return })?.filter(|_| !was) {
                    say(GuardEvent::Weekly(trip));
                }
            }
            self.week = None;
        }
        let week = self.week.get_or_insert((week_of(date), step.before, date, false));
        (week.2, week.3) = (date, week.3 || step.exposed);
        Ok(())
    }

    /// Tells the guards of signals the stances of the week that ended on `ends`.
    fn judge(&mut self, time: Instant, ends: Date, said: &mut Vec<Guarded>) -> Result<(), GuardError> {
        let Some(stances) = &mut self.stances else { return Ok(()) };
        let judged = stances.week();
        if let Some(guard) = &mut self.guards.long_insistence {
            let reading =
                guard.week(ends, judged.iter().map(|stance| (stance.direction, stance.executed)))?;
            if let Some(share) = reading.of_signals.filter(|_| reading.alert && !self.insists) {
                said.push(Guarded { time, event: GuardEvent::LongInsistence { ends, share } });
            }
            self.insists = reading.alert;
        }
        if let Some(guard) = &mut self.guards.direction_accuracy {
            const SIDES: [Direction; 2] = [Direction::Long, Direction::Short];
            let before = SIDES.map(|side| guard.reading(side).paused);
            let trade = |stance: &super::stances::Judged| Some((stance.direction, stance.market_return?));
            guard.week(ends, judged.iter().filter_map(trade))?;
            for (side, was) in SIDES.into_iter().zip(before) {
                let now = guard.reading(side);
                let (trades, accuracy) = (now.trades, now.accuracy);
                let event = match (was, now.paused) {
                    (false, true) => GuardEvent::SidePaused { side, ends, trades, accuracy },
                    (true, false) => GuardEvent::SideResumed { side, ends, trades, accuracy },
                    _ => continue,
                };
                said.push(Guarded { time, event });
            }
        }
        Ok(())
    }

    /// The drawdown that limits are judged on, where the present one is `drawdown`.
    pub(super) fn held_drawdown(&mut self, drawdown: f64) -> Result<f64, GuardError> {
        self.guards.drawdown.as_mut().map_or(Ok(drawdown), |held| held.update(drawdown))
    }

    /// What decisions have to respect.
    pub(super) fn standing(&self) -> Standing {
        let daily =
            self.guards.daily_loss.as_ref().map_or_else(Standing::default, DailyLossBreaker::standing);
        let weekly = self.guards.weekly.as_ref().map_or_else(Standing::default, WeeklyBreaker::standing);
        let accuracy = self.guards.direction_accuracy.as_ref();
        let sides = accuracy.map_or_else(Standing::default, DirectionAccuracy::standing);
        self.guards.kill_switch.standing().and(daily).and(weekly).and(sides)
    }

    pub(super) const fn kill_switch(&mut self) -> &mut KillSwitch {
        &mut self.guards.kill_switch
    }

    /// Arms the weekly breaker again.
    pub(super) fn resume_weekly(
        &mut self,
        person: &str,
        why: &str,
        at: Instant,
    ) -> Result<Resumed, GuardError> {
        self.guards.weekly.as_mut().ok_or(GuardError::NotStopped)?.resume(person, why, at)
    }
}
