//! Everything that is measured on one candidate, and its verdicts; the peers are arch, statsmodels, SciPy and NumPy.

use std::collections::BTreeMap;
use std::path::Path;

use proofmark_benches::{Failure, program, seed, timed, write_columns};
use proofmark_execution::book::{BookConfig, Delisting, Selection, Sizing};
use proofmark_execution::costs::CostSchedule;
use proofmark_labels::{LabelSpec, label_grid};
use proofmark_lifecycle::{EvidenceSet, GATES, GateResult, Policy, SpanKind, canaries, judge_all};
use proofmark_market::{Bars, Calendar, Panel};
use proofmark_sources::simulator::{Scenario, SimulatedSymbol, WorldSpec, simulate};
use proofmark_units::{Date, DateSpan, Digest};
use proofmark_validation::{
    Candidate, DataFacts, Recorder, Rivals, SuiteInputs, TrialFacts, TrialReturns, canary, data_evidence,
    naive_books, run_books, stress_evidence, suite,
};
use rand_distr::{Distribution as _, StandardNormal, StudentT};
use serde_json::{Value, json};

const NAMES: usize = 24;
const PERIODS: usize = 2_520;
const TRIALS: usize = 20;
const HORIZON: usize = 5;
const DRAWS: usize = 10_000;
/// Draws behind intervals that no gate reads.
const INTERVAL_DRAWS: usize = 1_000;
const YEAR: f64 = 252.0;
/// Weight of the forward return in a score beside a standard normal; a weak skill, so that p is near neither 0 nor 1.
const SKILL: f64 = 0.14;

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// A simulated market with one candidate in it, and the other trials on its lineage.
struct Lab {
    panel: Panel,
    benchmark: Bars,
    forward: Vec<f64>,
    scores: Vec<f64>,
    config: BookConfig,
    costs: CostSchedule,
    span: DateSpan,
    trials: TrialFacts,
}

impl Lab {
    fn new() -> Result<Self, Failure> {
        let calendar = Calendar::named("XNSE")?;
        let whole = DateSpan { start: date(2009, 1, 1)?, end: date(2021, 12, 31)? };
        let spec = WorldSpec::on_calendar(Scenario::Null, NAMES, &calendar, whole, 0.0, seed("gates"));
        let world = simulate(&spec)?;
        let bars = |s: &SimulatedSymbol| Bars::from_rows(s.symbol.clone(), &s.rows);
        let all: Vec<Bars> = world.bars.iter().map(bars).collect::<Result<_, _>>()?;
        let panel = Panel::from_bars(&all);
        let label =
            LabelSpec::FixedHorizon { horizon: HORIZON, vol_window: 20, threshold: 0.0, relative: false };
        let forward = label_grid(&panel, &label).forward_return;
        // The first date of a book has no return.
        let first = panel.len().checked_sub(PERIODS + 1).ok_or("the calendar is too short")?;
        let span = DateSpan { start: panel.dates[first], end: panel.dates[panel.len() - 1] };
        let mut rng = seed("gates scores").rng();
        let scores = (0..panel.len() * panel.width())
            .map(|cell| {
                let noise: f64 = StandardNormal.sample(&mut rng);
                let known = if forward[cell].is_finite() { forward[cell] / 0.04 } else { 0.0 };
                if panel.has_bar(cell / panel.width(), cell % panel.width()) {
                    noise + SKILL * known
                } else {
                    f64::NAN
                }
            })
            .collect();
        let trials = trials(&panel.dates[first + 1..])?;
        Ok(Self {
            benchmark: bars(&world.benchmark)?,
            costs: CostSchedule::named("nse_delivery")?.with_earliest_rates_before(),
            config: book(),
            panel,
            forward,
            scores,
            span,
            trials,
        })
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            panel: &self.panel,
            scores: &self.scores,
            span: self.span,
            config: &self.config,
            costs: &self.costs,
            benchmark: Some((&self.benchmark, &[])),
            horizon: HORIZON,
            periods_per_year: YEAR,
        }
    }

    /// Scores and forward returns of the span's rows.
    fn grids(&self) -> (&[f64], &[f64]) {
        let from = self.panel.at_or_after(self.span.start) * self.panel.width();
        (&self.scores[from..], &self.forward[from..])
    }
}

fn date(year: i32, month: u32, day: u32) -> Result<Date, Failure> {
    Ok(Date::from_ymd(year, month, day).ok_or("a date")?)
}

/// The best fifth each week, at costs.
fn book() -> BookConfig {
    BookConfig {
        capital: 1e7,
        rebalance_every: HORIZON,
        selection: Selection::TopFraction { fraction: 0.2, hysteresis: Some(0.35) },
        sizing: Sizing::InverseVolatility { window: 60, target_annual_volatility: None, max_weight: 0.25 },
        stop_loss: None,
        take_profit: None,
        max_hold: None,
        participation: 0.05,
        lot: 1,
        resize_band: 0.25,
        delisting: Delisting::default(),
        periods_per_year: YEAR,
    }
}

/// Active returns with t(5) shocks; every fourth trial is a near copy of the one before it.
fn trials(dates: &[Date]) -> Result<TrialFacts, Failure> {
    let mut rng = seed("gates trials").rng();
    let shock = StudentT::new(5.0)?;
    let mut others: Vec<TrialReturns> = Vec::with_capacity(TRIALS);
    for trial in 0..TRIALS {
        let mean = 0.000_01 * (trial as f64 - 8.0);
        let mut active: Vec<f64> = dates.iter().map(|_| mean + 0.004 * shock.sample(&mut rng)).collect();
        if let Some(before) = others.last().filter(|_| trial % 4 == 3) {
            active.iter_mut().zip(&before.active).for_each(|(own, other)| *own = 0.3 * *own + other);
        }
        others.push(TrialReturns {
            key: Digest::of(format!("trial {trial}").as_bytes()),
            dates: dates.to_vec(),
            active,
        });
    }
    Ok(TrialFacts { others, without_returns: 0, declared: 0 })
}

/// What the peer is given: returns of every book, scores, forward returns and trials.
fn input(folder: &Path) -> Result<(), Failure> {
    let lab = Lab::new()?;
    let own = lab.candidate();
    let (books, doubled) = (run_books(&own, 1.0)?, run_books(&own, 2.0)?);
    let naive = naive_books(&own, &seed("gates naive"))?;
    let mut columns = Vec::new();
    for books in [&books, &doubled] {
        columns.push(books.net().to_vec());
        columns.extend(books.factors().iter().map(|(_, returns)| returns.to_vec()));
    }
    let traded = naive.iter().filter(|rule| rule.trades > 0);
    columns.extend(traded.map(|rule| rule.net.clone()));
    let rivals = columns.len() - 2 * (1 + books.factors().len());
    columns.extend(lab.trials.others.iter().map(|trial| trial.active.clone()));
    write_columns(&folder.join("series.f64"), &columns)?;
    let (scores, forward) = lab.grids();
    write_columns(&folder.join("grids.f64"), &[scores.to_vec(), forward.to_vec()])?;
    let settings = json!({
        "factors": books.factors().len(), "rivals": rivals, "trials": TRIALS, "names": NAMES, "horizon": HORIZON,
        "draws": DRAWS, "interval_draws": INTERVAL_DRAWS, "year": YEAR,
    });
    Ok(std::fs::write(folder.join("settings.json"), serde_json::to_vec(&settings)?)?)
}

fn run(_: &Path) -> Result<Value, Failure> {
    let lab = Lab::new()?;
    let (judged, seconds) = timed(|| judged(&lab));
    let (evidence, gates) = judged?;
    let value = |name: &str| evidence.value(name);
    let interval = |name: &str| evidence.get(name).and_then(|record| record.interval.clone());
    let verdicts: BTreeMap<&str, String> =
        gates.iter().map(|gate| (gate.gate.as_str(), gate.verdict.to_string())).collect();
    Ok(json!({
        "timings": {"suite": seconds},
        "figures": {
            "periods": value("active_return.periods"),
            "t_hac": value("active_return.t_hac"),
            "p_bootstrap": value("active_return.p_bootstrap"),
            "mean_interval_width": interval("active_return.annual_mean").map(|i| i.high - i.low),
            "appraisal_ratio": value("active_return.appraisal_ratio"),
            "appraisal_interval_width": interval("active_return.appraisal_ratio").map(|i| i.high - i.low),
            "psr": value("deflated_sharpe.psr"),
            "trials_effective": value("trials.n_effective"),
            "dsr": value("deflated_sharpe.dsr"),
            "rank_ic": value("score_skill.rank_ic"),
            "rank_ic_p": value("score_skill.p_hac"),
            "rivals": value("snooping.rivals"),
            "p_against_rivals": value("snooping.p_spa"),
            "pbo": value("selection.pbo"),
            "active_mean_at_2x": value("costs.active_mean_at_2x"),
            "max_drawdown": value("risk.max_drawdown"),
            "sharpe": value("money.candidate.sharpe"),
            "sharpe_interval_width": interval("money.candidate.sharpe").map(|i| i.high - i.low),
        },
        "records": evidence.len(),
        "gates": {"judged": GATES.len(), "verdicts": verdicts},
    }))
}

/// Books at both costs, every test with its draws, every gate.
fn judged(lab: &Lab) -> Result<(EvidenceSet, Vec<GateResult>), Failure> {
    let own = lab.candidate();
    let books = run_books(&own, 1.0)?;
    let naive = naive_books(&own, &seed("gates naive"))?;
    let (scores, forward) = lab.grids();
    let source = Digest::of_f64s(scores);
    let recorder = Recorder { kind: SpanKind::OutOfSample, span: lab.span, source };
    let inputs = SuiteInputs {
        scores,
        forward,
        rivals: Rivals { naive: &naive, champion: None, draws: DRAWS },
        trials: &lab.trials,
    };
    let (_, mut evidence) = suite(&recorder, &own, &books, &inputs, &seed("gates draws"))?;
    evidence.extend(stress_evidence(&recorder, &[], &[]));
    let observed = lab.panel.close.iter().filter(|close| close.is_finite()).count() as u64;
    let facts = DataFacts {
        universe_known: true,
        membership: "every instrument of a simulated market".to_owned(),
        observed,
        expected: observed,
        open_errors: 0,
        stale_sessions: 0,
    };
    evidence.extend(data_evidence(&recorder, &facts));
    // A gate without these records cannot tell. The canaries look at training, which has no part here.
    evidence.extend(canaries().map(|name| canary(&recorder, name, 1, Some(Ok(())))));
    let evidence = EvidenceSet::from_records(evidence)?;
    let gates = judge_all(&evidence, &Policy::default());
    Ok((evidence, gates))
}
