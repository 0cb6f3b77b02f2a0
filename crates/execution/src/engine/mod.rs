//! The event engine: market events in; orders, fills, marks and risk actions out.
//!
//! [`Engine::step`] takes everything that became known at one instant, over all instruments, and does the same whether the
//! events come from a file, a replayed feed or a live one. Nothing pulls: a back-test, a paper account and a live loop
//! differ in who calls `step`.
//!
//! Order of work within a step at time `t`:
//! 1. facts: settlements due, rates, splits, dividends, halts, funding;
//! 2. at the open of the bars that end at `t`: orders active before the bar began, those that free money first, then the
//!    others, scaled by one factor where money is short;
//! 3. within the bars, in the worst order the bar allows ([`FillModel`]);
//! 4. marks, the accounting identity, margin, the end of the session;
//! 5. the strategy reads `t` and acts; what it sends can fill from the next event on.
//!
//! Invariant: equity = cash + sum(position x mark) at each step, checked against an independent sum of gains, costs and
//! accruals. Invariant: a step never reads a later one.

mod account;
mod costs;
mod desk;
mod estimates;
mod event;
mod fills;
mod gate;
mod impact;
mod instrument;
mod matching;
mod operator;
mod order;
mod orders;
mod parents;
mod position;
mod record;
pub mod replay;
mod settle;
mod stances;
mod step;
mod watch;

pub use account::{Account, AccountConfig};
pub use costs::{Costs, Free, Scheduled};
pub use desk::{Desk, Slice, Strategy};
pub(crate) use estimates::Estimates;
pub use event::{Bar, Event, Quote};
pub use fills::{BarFills, FillModel, Found, LimitRule};
pub use gate::Gated;
pub(crate) use impact::pushed;
pub use instrument::{Instrument, InstrumentId, Settlement, Shorting};
pub use order::{Kind, Order, OrderId, OrderRequest, OrderState, Purpose, Reason, TimeInForce};
pub use parents::{AtEnd, Pace, Parent, ParentId, ParentRequest, ParentState, Parts};
pub use position::Position;
pub use record::{Curve, Ended, EngineFill, Log, RoundTrip};
pub use step::{Engine, EngineConfig, EngineError};
pub use watch::{GuardEvent, Guarded, Guards};
