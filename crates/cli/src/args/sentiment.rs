//! `data sentiment`: scorers of headlines.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum SentimentCommand {
    /// Score one headline and show what the score rests on.
    Score {
        /// The headline.
        text: String,
        /// Judge what it says about this name only.
        #[arg(long)]
        entity: Option<String>,
        /// A model written by `train`; the shipped lexicon when left out.
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
    },
    /// Look once at today's news of each symbol: providers are asked, scored, blended; the scores are known from now on.
    ///
    /// There is no date to give: what is read today was not known before. A provider that cannot be asked is missing, or stands
    /// in with an older answer that is marked. Run it on a schedule; a killed command goes on from the answers it had.
    ///
    /// Credentials: NEWSAPI_KEY, if a provider is of kind `newsapi`.
    Snapshot {
        /// Instruments: `NAME`, or `NAME=CODE` where the code is what providers are asked for, such as a company's name.
        #[arg(long, value_delimiter = ',', required = true)]
        symbols: Vec<String>,
        /// The providers and the rules for asking them (TOML; docs/SENTIMENT.md shows one).
        #[arg(long, value_name = "FILE")]
        providers: PathBuf,
        /// A model written by `train`; the shipped lexicon when left out.
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
        /// A TOML file with credentials that only you can read; `credentials.toml` of the workspace when left out.
        #[arg(long, value_name = "FILE")]
        credentials: Option<PathBuf>,
    },
    /// Train a scorer on your own labelled texts and measure it on those held out.
    ///
    /// A text told twice, in whatever case, punctuation or numbers, is never on both sides.
    Train {
        #[command(flatten)]
        labelled: LabelledArgs,
        /// The model file to write (JSON).
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Share of texts held out, a fraction.
        #[arg(long, default_value_t = 0.2)]
        held_out: f64,
    },
    /// Measure scorers on labelled texts, beside a plain word count and the most frequent label.
    ///
    /// A model is measured only on texts it did not learn from.
    Evaluate {
        #[command(flatten)]
        labelled: LabelledArgs,
        /// A model written by `train`, measured beside the shipped lexicon.
        #[arg(long, value_name = "FILE")]
        model: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct LabelledArgs {
    /// CSV or Parquet: a text and a label (negative, neutral, positive) a row, and an entity where labels are about one.
    pub(crate) file: PathBuf,
    /// The column of texts; `text`, `headline`, `sentence` or `title` when left out.
    #[arg(long, value_name = "HEADER")]
    pub(crate) text_column: Option<String>,
    /// The column of labels; `label`, `sentiment` or `polarity` when left out.
    #[arg(long, value_name = "HEADER")]
    pub(crate) label_column: Option<String>,
    /// The column of entities; `entity` when left out.
    #[arg(long, value_name = "HEADER")]
    pub(crate) entity_column: Option<String>,
    /// Seed of the held-out part and of the intervals.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
}
