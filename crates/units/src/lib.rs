//! Words every other crate speaks: instants, session dates, digests, the named seed tree, symbols.
//!
//! Invariant: no clock is read here and no generator is unseeded; time and seeds are handed in.

mod date;
mod digest;
mod instant;
mod seed;
mod symbol;
mod zone;

pub use date::{Date, DateSpan, IsoWeek, ParseDateError};
pub use digest::{Digest, ParseDigestError};
pub use instant::{Instant, ParseInstantError};
pub use seed::Seed;
pub use symbol::{ParseSymbolError, Symbol};
pub use zone::{UnknownZone, Zone, parse_offset};
