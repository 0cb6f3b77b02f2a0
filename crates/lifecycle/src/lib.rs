//! Evidence records, gates, votes, candidate state machine, briefing, mark. Pure: no I/O, no clock.
