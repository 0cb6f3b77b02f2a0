//! What can go wrong with a schedule.

use proofmark_units::{Date, Instant};

/// The schedule has no rates for the date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cost schedule `{schedule}` is dated from {first}; it has no rates for {date}")]
pub struct Undated {
    /// The schedule.
    pub schedule: String,
    /// Its first dated day.
    pub first: Date,
    /// The date asked for.
    pub date: Date,
}

/// A cost schedule could not be had.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// No schedule of that name is shipped.
    #[error("there is no cost schedule `{name}`; there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The schedule has no broker's plan of that name.
    #[error("cost schedule `{schedule}` has no broker's plan `{name}`; it has {known}")]
    UnknownPlan {
        /// The schedule.
        schedule: String,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The text is not a schedule.
    #[error("cost schedule `{name}` cannot be read")]
    Malformed {
        /// The schedule.
        name: String,
        /// What the TOML reader says.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The text reads as a schedule whose content is wrong.
    #[error("cost schedule `{name}`: {what}")]
    Invalid {
        /// The schedule.
        name: String,
        /// What is wrong.
        what: String,
    },
}

/// Exercising an option cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExerciseError {
    /// The schedule is not one of options.
    #[error(
        "cost schedule `{schedule}` says nothing about exercise; use one of options, such as `nse_options`"
    )]
    NotOptions {
        /// The schedule.
        schedule: String,
    },
    /// No rate for the date.
    #[error(transparent)]
    Undated(#[from] Undated),
}

/// What holding a position costs cannot be worked out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoldingError {
    /// Carry was asked for without a rate known by the roll.
    #[error(
        "cost schedule `{schedule}` carries positions over night, and no rate differential is known by {date}; \
         give a series that begins earlier"
    )]
    NoDifferential {
        /// The schedule.
        schedule: String,
        /// Date of the roll.
        date: Date,
    },
    /// Money is owed in a currency that the schedule has no rate for.
    #[error(
        "cost schedule `{schedule}` charges interest in {known}, and the account owes {currency}; hint: hold what is borrowed in {known}"
    )]
    NoInterest {
        /// The schedule.
        schedule: String,
        /// Its currency.
        known: String,
        /// The currency owed.
        currency: String,
    },
    /// A funding payment has no rate.
    #[error("cost schedule `{schedule}`: the funding rate paid at {at} is not a number")]
    NoFunding {
        /// The schedule.
        schedule: String,
        /// When it is paid.
        at: Instant,
    },
    /// No rate for the date.
    #[error(transparent)]
    Undated(#[from] Undated),
}
