//! Contracts between rooms that do not know each other.

mod barriers;
