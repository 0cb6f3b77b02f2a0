//! What is compared with whom: one entry per comparison, in the file of its topic.

mod backtest;
mod features;
mod frames;
mod lake;
mod main_job;
mod models;
mod replay;
mod statistics;
mod training;

/// How near a figure must be to the peer's.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Near {
    /// `|ours - peer| <= tolerance`.
    Absolute(f64),
    /// `|ours - peer| <= tolerance * |peer|`.
    Relative(f64),
}

impl std::fmt::Display for Near {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absolute(0.0) => write!(f, "equal"),
            Self::Absolute(tolerance) => write!(f, "within {tolerance:e}"),
            Self::Relative(tolerance) => write!(f, "within {tolerance:e} of it"),
        }
    }
}

impl Near {
    pub(crate) fn agrees(self, ours: f64, peer: f64) -> bool {
        let distance = (ours - peer).abs();
        match self {
            Self::Absolute(tolerance) => distance <= tolerance,
            Self::Relative(tolerance) => distance <= tolerance * peer.abs(),
        }
    }
}

/// Our side of a comparison.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ours {
    /// A program of the package `benches`: `<program> input FOLDER` writes what both sides read, `<program> run FOLDER`
    /// does the work.
    Program(&'static str),
    /// As [`Program`](Self::Program), on files below `../shared/data`, which `input` finds in the environment variable
    /// `SHARED_DATA`.
    RealFiles(&'static str),
    /// The product itself on a shipped pipeline and a file of the real data.
    Pipeline {
        /// Name under `pipelines/`, without `.toml`.
        pipeline: &'static str,
        /// Below `../shared/data`.
        data: &'static str,
    },
}

/// One comparison with one peer.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What both sides do, for the table.
    pub(crate) work: &'static str,
    /// Folder of `peers/` whose requirements the peer needs.
    pub(crate) group: &'static str,
    /// Below `peers/`.
    pub(crate) script: &'static str,
    pub(crate) ours: Ours,
    /// Figures that must agree before a time is printed.
    pub(crate) agree: &'static [(&'static str, Near)],
    /// Stages that are timed; `wall` is the whole process.
    pub(crate) stages: &'static [&'static str],
    /// Turns of each side, alternating; the best is printed.
    pub(crate) turns: usize,
    /// Threads of each side.
    pub(crate) threads: usize,
}

/// Every comparison, in the order of the page.
pub(crate) fn all() -> impl Iterator<Item = &'static Comparison> {
    TOPICS.into_iter().flatten()
}

const TOPICS: [&[Comparison]; 9] = [
    features::COMPARISONS,
    models::COMPARISONS,
    statistics::COMPARISONS,
    replay::COMPARISONS,
    frames::COMPARISONS,
    training::COMPARISONS,
    lake::COMPARISONS,
    main_job::COMPARISONS,
    backtest::COMPARISONS,
];

#[test]
fn tolerances_are_inclusive_and_nan_never_agrees() {
    assert!(Near::Absolute(0.0).agrees(3.0, 3.0) && !Near::Absolute(0.5).agrees(1.0, 1.6));
    assert!(Near::Relative(0.1).agrees(-1.05, -1.0) && !Near::Relative(0.1).agrees(1.0, -1.0));
    assert!(!Near::Absolute(1.0).agrees(f64::NAN, 0.0));
}

#[test]
fn every_comparison_has_its_peer_in_the_checkout() {
    let root = crate::root();
    for comparison in all() {
        assert!(root.join("peers").join(comparison.script).is_file(), "{}", comparison.script);
        assert!(
            root.join("peers").join(comparison.group).join("requirements.txt").is_file(),
            "{}",
            comparison.group
        );
        assert!(!comparison.agree.is_empty() && comparison.turns > 0, "{}", comparison.name);
    }
}
