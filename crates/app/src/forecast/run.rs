//! The back-test: eight phases, each recorded in `run.json`, with a candidate at the end.

use std::collections::BTreeMap;

use proofmark_ledger::{Ledger, NewCandidate, RunStarted};
use proofmark_lifecycle::briefing::render_markdown;
use proofmark_lifecycle::gates::verdicts_digest;
use proofmark_lifecycle::manifest::{TestSummary, TrainingSummary, TrialCount, ValidationSummary};
use proofmark_lifecycle::named::decide_with;
use proofmark_lifecycle::run::{NewRun, RunVerdict};
use proofmark_lifecycle::{
    Briefing, CandidateManifest, CandidateStatus, ChosenPolicy, EvidenceSet, GateResult, NamedPolicy,
    NamedVerdict, Phase, PhaseStatus, Policy, RunRecord, SpanKind, judge_all, named_policies,
};
use proofmark_models::ZooModel;
use proofmark_stats::performance::{drawdown_series, running_sum, wealth};
use proofmark_training::{Refit, RefitRules, TrialKey, refit_walk};
use proofmark_units::{Digest, Seed};
use proofmark_validation::{ActiveSpan, DataFacts, Recorder, TrialReturns, data_evidence};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::books::Books;
use super::definition::ForecastPipeline;
use super::files::{self, Scope};
use super::schedule::{Decision, Wanted, decisions};
use super::series::Series;
use super::signals::{Call, calls};
use super::simulate::Market;
use super::years::{Year, years};
use super::zoo::{Zoo, models};
use super::{Tested, canaries, evidence, pictures, raster, tables};
use crate::clock;
use crate::error::{AppError, Result};
use crate::gates;
use crate::journal::{self, ProgressLog, Trials};
use crate::progress::{Reporter, Work};
use crate::report;
use crate::run::{
    Artefacts, EvidenceFile, PriorTrial, author, free_id, open_errors, other_trials, summarise,
};
use crate::workspace::{self, Workspace};

/// `forecast.json` of a run: enough to make the same bytes again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForecastInputs {
    pub(super) pipeline: ForecastPipeline,
    pub(super) seed: u64,
    pub(super) snapshot: Digest,
    /// Digest of the bars within sessions that orders met; they are no part of a snapshot.
    pub(super) intraday: Option<Digest>,
    pub(super) synthetic: bool,
    pub(super) pictures: bool,
    pub(super) prior_trials: Vec<PriorTrial>,
    pub(super) named_policy: Option<NamedPolicy>,
}

/// A back-test under way.
struct Run<'a> {
    workspace: &'a Workspace,
    ledger: &'a Ledger,
    inputs: ForecastInputs,
    series: Series,
    decisions: Vec<Decision>,
    record: RunRecord,
    policy: Policy,
    artefacts: Artefacts,
    reporters: Vec<&'a dyn Reporter>,
    seed: Seed,
}

/// The models of a strategy, in the order it names them.
pub(super) fn strategy_models(pipeline: &ForecastPipeline) -> Vec<ZooModel> {
    let mut zoo = models(pipeline.horizon());
    let order = |model: &ZooModel| pipeline.strategy.models.iter().position(|name| name == model.name());
    zoo.retain(|model| order(model).is_some());
    zoo.sort_by_key(|model| order(model));
    zoo
}

/// What a strategy's models say at its decisions, fitted once a week.
pub(super) fn walk(
    pipeline: &ForecastPipeline,
    series: &Series,
    decisions: &[Decision],
    seed: &Seed,
    log: &dyn proofmark_training::TrialLog,
    trial: &TrialKey,
) -> Result<Vec<Refit>> {
    let groups: Vec<Vec<usize>> = decisions
        .chunk_by(|a, b| a.date.iso_week() == b.date.iso_week())
        .map(|week| week.iter().map(|decision| decision.row).collect())
        .collect();
    let rules = RefitRules { horizon: pipeline.horizon(), min_rows: pipeline.zoo.min_rows };
    let models = strategy_models(pipeline);
    refit_walk(&series.timeline(), &models, &groups, &rules, &seed.child("models"), log, trial)
        .map_err(|e| AppError::environment("failed to forecast out of sample").because(e))
}

/// Runs the eight phases.
pub(super) fn backtest(
    ws: &Workspace,
    ledger: &Ledger,
    pipeline: &ForecastPipeline,
    seed: u64,
    with_pictures: bool,
    reporters: &[&dyn Reporter],
) -> Result<Tested> {
    // Everything that can be wrong with the input is found here, before a run exists.
    let series = Series::read(&ws.lake(), pipeline, None)?;
    let decisions = decisions(pipeline, &series, Wanted::Over)?;
    Market::new(pipeline, &series, &decisions)?;
    let named_policy =
        pipeline.gates.policy.as_deref().map(|name| gates::find(name, ws.root())).transpose()?;
    let key = trial_key(pipeline, &series, seed);
    let prior_trials = ledger
        .trials_on_lineage(std::slice::from_ref(&pipeline.data.symbol), series.snapshot.content.span)
        .map_err(journal::failed("read the trials"))?
        .into_iter()
        .filter(|trial| trial.entry.key != key)
        .map(|trial| PriorTrial { key: trial.entry.key, returns: trial.entry.returns_sha256 })
        .collect();
    let inputs = ForecastInputs {
        pipeline: pipeline.clone(),
        seed,
        snapshot: series.snapshot.id,
        intraday: series.intraday_digest,
        synthetic: series.synthetic,
        pictures: with_pictures,
        prior_trials,
        named_policy,
    };
    let created = clock::now();
    let run_id = free_id(ws, created)?;
    let policy = Policy::default();
    let mut record = RunRecord::new(NewRun {
        run_id: run_id.clone(),
        created,
        seed,
        dry_run: ws.is_dry_run(),
        synthetic: series.synthetic,
        pipeline: pipeline.digest(),
        policy: policy.digest(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    record.snapshot = Some(inputs.snapshot);
    record.trials_at_start = Some(inputs.prior_trials.len() as u64 + pipeline.trials.prior_declared);
    record.workers = u32::try_from(rayon::current_num_threads()).ok();
    record.machine = Some(format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS));
    let started = RunStarted {
        seed,
        synthetic: record.synthetic,
        pipeline: record.pipeline,
        policy: record.policy,
        code_version: record.code_version.clone(),
    };
    let artefacts = Artefacts::new(ws, run_id.as_str(), series.synthetic);
    workspace::write(&artefacts.models.join("forecast.json"), &crate::json::bytes(&inputs))?;
    workspace::write(&artefacts.models.join("run.json"), record.to_json().as_bytes())?;
    ledger
        .start_run(&run_id, &started, clock::now())
        .map_err(journal::failed("record the start of the run"))?;
    let log = ProgressLog::new(ledger, run_id);
    let mut all: Vec<&dyn Reporter> = reporters.to_vec();
    all.push(&log);
    let run = Run {
        workspace: ws,
        ledger,
        inputs,
        series,
        decisions,
        record,
        policy,
        artefacts,
        reporters: all,
        seed: Seed::root(seed),
    };
    run.execute()
}

/// The trial's identity: what is scored, on which data.
fn trial_key(pipeline: &ForecastPipeline, series: &Series, seed: u64) -> Digest {
    crate::json::digest(&(pipeline.score_slice(), series.snapshot.id, series.intraday_digest, seed))
}

/// What the gates said.
struct Judged {
    evidence: EvidenceSet,
    gates: Vec<GateResult>,
    chosen: Option<NamedVerdict>,
    status: CandidateStatus,
    file: EvidenceFile,
}

impl Run<'_> {
    fn execute(mut self) -> Result<Tested> {
        match self.phases() {
            Ok(tested) => Ok(tested),
            Err(error) => {
                let _ = self.conclude(&[], None, None);
                Err(error)
            }
        }
    }

    fn phases(&mut self) -> Result<Tested> {
        let data = self.phase(Phase::DataIngestion, Self::data)?;
        let walked = self.phase(Phase::TeacherTraining, Self::train)?;
        self.record.start(Phase::StudentTraining, clock::now());
        let why = "a forecast pipeline distils nothing: the rule reads the models themselves".to_owned();
        self.record.finish(Phase::StudentTraining, PhaseStatus::Skipped, clock::now(), Some(why));
        let pictures = self.phase(Phase::ModelValidation, Self::compare)?;
        let (calls, books, active, tested) =
            self.phase(Phase::StatisticalTests, |run, work| run.test(&walked, work))?;
        self.phase(Phase::StressTests, |run, _| run.stress(&books))?;
        let judged = self.phase(Phase::ReleaseAudit, |run, _| run.audit(&calls, &books, &tested, &data))?;
        let years = years(&self.series, &books, &calls, &active, self.inputs.pipeline.horizon(), &self.seed);
        self.phase(Phase::PromotionBriefing, |run, _| run.brief(&judged, &years, &tested, &data))?;
        self.conclude(&judged.gates, judged.chosen.as_ref(), Some(&judged.evidence))?;
        let audit = self.workspace.relative(&self.artefacts.audit);
        let artifacts = self.record.artifacts();
        let files = artifacts
            .iter()
            .map(|a| a.path.clone())
            .filter(|p| p.starts_with(&audit) && !p.ends_with(".png"));
        Ok(Tested {
            files: files.collect(),
            run: summarise(self.workspace, &self.record, &judged.gates),
            years,
            recommendation: judged.chosen.map(|vote| vote.recommendation.to_string()),
            pictures,
        })
    }

    /// Runs one phase and records it, whatever comes of it.
    fn phase<T>(&mut self, phase: Phase, body: impl FnOnce(&mut Self, &Work<'_>) -> Result<T>) -> Result<T> {
        self.record.start(phase, clock::now());
        self.save()?;
        let work = Work::begin(phase.name(), phase.number(), Phase::ALL.len(), self.reporters.clone());
        let outcome = body(self, &work);
        let (status, reason) = match &outcome {
            Ok(_) => (PhaseStatus::Success, None),
            Err(error) => (PhaseStatus::Failed, Some(error.chain().join("; "))),
        };
        self.record.phase_mut(phase).outputs = self.artefacts.take();
        self.record.finish(phase, status, clock::now(), reason);
        work.end(if outcome.is_ok() { "done" } else { "failed" });
        self.save()?;
        outcome
    }

    fn save(&self) -> Result<()> {
        workspace::write(&self.artefacts.models.join("run.json"), self.record.to_json().as_bytes())
    }

    /// What is known about the data, and every canary.
    fn data(&mut self, work: &Work<'_>) -> Result<EvidenceFile> {
        let series = &self.series;
        let snapshot = &series.snapshot;
        let coverage = snapshot.coverage.get(&self.inputs.pipeline.data.symbol);
        let last = series.dates().last().copied();
        let end = self.inputs.pipeline.data.end.or(last);
        let stale =
            series.calendar.sessions().iter().filter(|d| Some(**d) > last && Some(**d) <= end).count();
        let facts = DataFacts {
            universe_known: true,
            membership: "one instrument, named in the pipeline".to_owned(),
            observed: coverage.map_or(0, |c| c.observed),
            expected: coverage.map_or(0, |c| c.expected),
            open_errors: open_errors(snapshot),
            stale_sessions: stale as u64,
        };
        let recorder =
            Recorder { kind: SpanKind::OutOfSample, span: snapshot.content.span, source: snapshot.id };
        let pipeline = &self.inputs.pipeline;
        work.expect(1);
        let mut records = data_evidence(&recorder, &facts);
        records.extend(canaries::look(
            pipeline,
            series,
            &strategy_models(pipeline),
            &self.decisions,
            &self.seed.child("canaries"),
        )?);
        work.step();
        let complete = (0..series.bars.len()).filter(|row| series.timeline().is_complete(*row)).count();
        let mut file = EvidenceFile::new("data_report.json", records);
        let body = json!({
            "evidence": file.evidence,
            "snapshot": { "id": snapshot.id, "span": snapshot.content.span, "calendar": snapshot.content.calendar, "cleaning": snapshot.content.cleaning },
            "intraday": series.intraday_digest,
            "rows_read": snapshot.rows_read,
            "rows_dropped": snapshot.rows_dropped,
            "findings": snapshot.findings,
            "coverage": snapshot.coverage,
            "inputs": series.names(),
            "sessions": series.bars.len(),
            "complete_sessions": complete,
        });
        file.sha256 = Some(self.artefacts.json("data_report.json", &body)?);
        work.note(&format!(
            "{} sessions, {complete} with every input; {} decisions from {} on",
            series.bars.len(),
            self.decisions.len(),
            self.decisions[0].date
        ));
        let bytes = crate::json::bytes(&self.inputs);
        self.artefacts.bytes(&self.artefacts.models.join("forecast.json").clone(), &bytes)?;
        Ok(file)
    }

    fn trials(&self) -> Trials<'_> {
        Trials {
            ledger: self.ledger,
            run: self.record.run_id.clone(),
            key: trial_key(&self.inputs.pipeline, &self.series, self.inputs.seed),
            symbols: vec![self.inputs.pipeline.data.symbol.clone()],
            span: self.series.snapshot.content.span,
            pipeline: self.record.pipeline,
            seed: self.inputs.seed,
        }
    }

    fn trial(&self) -> TrialKey {
        TrialKey {
            pipeline_slice: self.inputs.pipeline.score_slice(),
            lineage: self.inputs.snapshot,
            seed: self.inputs.seed,
        }
    }

    /// The models at every decision.
    fn train(&mut self, work: &Work<'_>) -> Result<Vec<Refit>> {
        work.expect(1);
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        let walked = walk(pipeline, series, &self.decisions, &self.seed, &self.trials(), &self.trial())?;
        work.step();
        let mut failures = BTreeMap::<String, usize>::new();
        for (model, why) in walked.iter().flat_map(|refit| &refit.failures) {
            *failures.entry(format!("{}: {why}", pipeline.strategy.models[*model])).or_default() += 1;
        }
        for (what, n) in &failures {
            work.note(&format!("{n} fits failed: {what}"));
        }
        let rows: Vec<_> = walked
            .iter()
            .map(|refit| {
                json!({
                    "known_at_close_of": series.dates()[refit.row],
                    "trained_on": refit.trained,
                    "log_returns": refit.forecasts,
                })
            })
            .collect();
        let body = json!({
            "models": pipeline.strategy.models,
            "horizon": pipeline.horizon(),
            "inputs": series.names(),
            "decisions": rows,
            "failures": failures,
        });
        self.artefacts.json("decisions.json", &body)?;
        Ok(walked)
    }

    /// Every model at every horizon, with the tables and the pictures.
    fn compare(&mut self, work: &Work<'_>) -> Result<usize> {
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        work.expect(Zoo::steps(pipeline));
        let zoo = Zoo::of(pipeline, series, &self.seed.child("zoo"), &self.trials(), &self.trial(), work)
            .map_err(|e| AppError::environment("failed to compare the models").because(e))?;
        for failure in &zoo.failures {
            work.note(failure);
        }
        let folder = self.artefacts.audit.join("forecasting");
        let drawn = if self.inputs.pictures { pictures::pictures(&zoo, series) } else { Vec::new() };
        let table = tables::canonical(&zoo, series, self.inputs.pictures);
        let expected = tables::expected(&zoo, series);
        self.artefacts.bytes(&folder.join("bi_dashboard_unified.csv"), table.as_bytes())?;
        self.artefacts.bytes(&folder.join("forecasts.csv"), expected.as_bytes())?;
        work.expect(drawn.len() as u64);
        let painted: Vec<(String, Vec<u8>)> = drawn
            .into_par_iter()
            .map(|picture| {
                let png = raster::png(&picture.svg)?;
                work.step();
                Ok((picture.name, png))
            })
            .collect::<Result<_>>()?;
        for (name, bytes) in &painted {
            self.artefacts.bytes(&folder.join(name), bytes)?;
        }
        Ok(painted.len())
    }

    /// Signals, books and everything that is tested on them.
    fn test(
        &mut self,
        walked: &[Refit],
        work: &Work<'_>,
    ) -> Result<(Vec<Call>, Books, ActiveSpan, EvidenceFile)> {
        work.expect(2);
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        let calls = calls(pipeline, series, &self.decisions, walked)?;
        if calls.is_empty() {
            return Err(AppError::input("no decision has a forecast of every model")
                .hint("`zoo.min_rows` may ask for more history than there is before `data.first_test`"));
        }
        let market = Market::new(pipeline, series, &self.decisions)?;
        let books = Books::trade(pipeline, series, &market, &calls, &self.seed.child("books"))?;
        work.step();
        let declared = pipeline.trials.prior_declared;
        let trials = other_trials(self.workspace, &self.inputs.prior_trials, declared);
        let (active, records) =
            evidence::measure(pipeline, series, &market, &calls, &books, &trials, &self.seed.child("tests"))?;
        work.step();
        let log = self.trials();
        let returns =
            TrialReturns { key: log.key, dates: active.dates.clone(), active: active.fit.series.clone() };
        let bytes = crate::json::bytes(&returns);
        workspace::write(&self.workspace.resolve(&journal::returns_path(&returns.key)), &bytes)?;
        log.record_with(Some(Digest::of(&bytes))).map_err(journal::failed("record the trial's returns"))?;
        let own = &books.candidate;
        let mut equity = vec![json!({ "name": "candidate", "values": wealth(&own.net) })];
        equity.extend(books.nulls.iter().map(|(name, b)| json!({ "name": name, "values": wealth(&b.net) })));
        let curves = json!({
            "dates": own.dates,
            "equity": equity,
            "drawdown": drawdown_series(&own.net).map(|d| d.iter().map(|v| -v).collect::<Vec<f64>>()),
            "active_cumulated": running_sum(&active.fit.series),
            "net_returns": own.net,
        });
        let mut file = EvidenceFile::new("stat_tests.json", records);
        let body = json!({
            "status": "completed",
            "trials": { "prior": self.inputs.prior_trials, "declared": declared },
            "evidence": file.evidence,
        });
        self.artefacts.json("curves.json", &curves)?;
        file.sha256 = Some(self.artefacts.json("stat_tests.json", &body)?);
        Ok((calls, books, active, file))
    }

    /// The book at other costs.
    fn stress(&mut self, books: &Books) -> Result<()> {
        let year = self.series.calendar.periods_per_year();
        let horizon = self.inputs.pipeline.horizon();
        let own = std::iter::once((1.0, &books.candidate));
        let mut rows: Vec<_> = own.chain(books.at_costs.iter().map(|(m, book)| (*m, book))).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let rows: Vec<_> = rows
            .into_iter()
            .map(|(multiple, book)| {
                let active = books.track_of(book, horizon, year).active().ok();
                json!({
                    "costs": multiple,
                    "total_return": super::books::total(&book.net),
                    "active_mean": active.map(|active| active.fit.alpha_per_period * year),
                    "round_trips": book.log.trips.len(),
                })
            })
            .collect();
        let body = json!({ "costs": rows, "not_tested": "named periods, shocks and faults: built for books of names" });
        self.artefacts.json("stress_summary.json", &body).map(drop)
    }

    /// Every gate over all evidence, and the files of the lifecycle.
    fn audit(
        &mut self,
        calls: &[Call],
        books: &Books,
        tested: &EvidenceFile,
        data: &EvidenceFile,
    ) -> Result<Judged> {
        let all = EvidenceSet::from_records(tested.evidence.iter().chain(&data.evidence).cloned())
            .map_err(|e| AppError::bug("two evidence records share a name").because(e))?;
        let gates = judge_all(&all, &self.policy);
        let named: Vec<NamedVerdict> = named_policies().iter().map(|policy| policy.judge(&all)).collect();
        let policy = self.inputs.named_policy.clone();
        let chosen = policy.as_ref().map(|policy| policy.judge(&all));
        let status = decide_with(&gates, None, chosen.as_slice());
        let mut file = EvidenceFile::new("gate_report.json", Vec::new());
        let body = json!({
            "evidence": file.evidence,
            "gates": gates,
            "policy": self.policy,
            "not_run": self.policy.not_run,
            "named_policies": named,
            "chosen_policies": chosen.iter().map(ChosenPolicy::new).collect::<Vec<_>>(),
        });
        file.sha256 = Some(self.artefacts.json("gate_report.json", &body)?);
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        let id = &pipeline.strategy.id;
        let years: Vec<i32> = books.candidate.dates.iter().map(|date| date.year()).collect();
        let mut distinct = years.clone();
        distinct.dedup();
        for year in &distinct {
            let scope = Scope::Year(*year);
            let summary = files::summary(scope, pipeline, series, books, calls, &all);
            self.artefacts.json(&format!("production/summary_{year}.json"), &summary)?;
            let trades = files::trades(scope, pipeline, series, books, calls, &all);
            self.artefacts.json(&format!("production/trades/{id}_{year}.json"), &trades)?;
        }
        self.artefacts
            .json(&format!("production/signals/{id}.json"), &json!({ "signals": files::signals(calls) }))?;
        if let Some((policy, vote)) = policy.as_ref().zip(chosen.as_ref()) {
            let year = years.last().copied().unwrap_or_default();
            let approval = files::approval(
                pipeline,
                series,
                (&books.candidate, calls),
                status,
                (policy, vote),
                &all,
                year,
            );
            self.artefacts.json("production/approval_state.json", &approval)?;
        }
        Ok(Judged { evidence: all, gates, chosen, status, file })
    }

    /// The briefing and the manifest of everything.
    fn brief(
        &mut self,
        judged: &Judged,
        years: &[Year],
        tested: &EvidenceFile,
        data: &EvidenceFile,
    ) -> Result<()> {
        let mut briefing = Briefing::new(&self.record, judged.status);
        briefing.policies = judged.chosen.iter().map(ChosenPolicy::new).collect();
        let locate = |name: &str| {
            tested.locate(name).or_else(|| data.locate(name)).or_else(|| judged.file.locate(name))
        };
        briefing.set_gates(&judged.gates, &judged.evidence, &locate);
        briefing.training.symbols = vec![self.inputs.pipeline.data.symbol.clone()];
        briefing.training.date_range = Some(self.series.snapshot.content.span);
        briefing.not_run.clone_from(&self.policy.not_run);
        briefing.conclude();
        let audit = self.artefacts.audit.clone();
        self.artefacts.bytes(&audit.join("promotion_briefing.json"), briefing.to_json().as_bytes())?;
        let mut text = render_markdown(&briefing);
        text.push_str(&super::years::markdown(years));
        self.artefacts.bytes(&audit.join("promotion_briefing.md"), text.as_bytes())?;
        self.artefacts.json("years.json", &json!({ "years": years }))?;
        let page = report::briefing_page(&briefing);
        self.artefacts.bytes(&audit.join("reports").join("promotion_briefing.html"), page.as_bytes())?;
        self.manifest(judged)
    }

    fn manifest(&mut self, judged: &Judged) -> Result<()> {
        let mut artifacts = self.record.artifacts();
        artifacts.extend(self.artefacts.written().iter().cloned());
        artifacts.sort();
        artifacts.dedup_by(|a, b| a.path == b.path);
        let value = |name: &str| judged.evidence.value(name);
        let features = crate::run::context::with_context(&self.series.named, &self.series.context);
        let manifest = CandidateManifest {
            format: proofmark_lifecycle::manifest::MANIFEST_FORMAT,
            release_id: self.record.run_id.clone(),
            status: judged.status,
            dry_run: self.record.dry_run,
            synthetic: self.record.synthetic,
            training: TrainingSummary {
                symbols: vec![self.inputs.pipeline.data.symbol.clone()],
                date_range: self.series.snapshot.content.span,
            },
            validation: ValidationSummary { teacher_precision: None, student_accuracy: None },
            statistical_tests: TestSummary {
                sharpe_ratio: value("money.candidate.sharpe"),
                bootstrap_significant: value("active_return.p_bootstrap")
                    .map(|p| p <= self.policy.active_return.p_max.value),
            },
            trials: TrialCount {
                n: value("trials.n").map_or(0, |n| n as u64),
                n_effective: value("trials.n_effective"),
            },
            parent_champion: None,
            snapshot: self.inputs.snapshot,
            pipeline: self.record.pipeline,
            policy: self.record.policy,
            feature_schema: proofmark_features::schema_digest(&features),
            evidence: judged.evidence.digest(),
            verdicts: verdicts_digest(&judged.gates),
            seeds: BTreeMap::from([("run".to_owned(), self.inputs.seed)]),
            versions: BTreeMap::from([("proofmark".to_owned(), self.record.code_version.clone())]),
            artifacts,
        }
        .checked()
        .map_err(|e| AppError::bug("the manifest contradicts itself").because(e))?;
        let path = self.artefacts.audit.join("manifest.yaml");
        self.artefacts.bytes(&path, manifest.to_yaml().as_bytes()).map(drop)
    }

    /// Writes the verdict into `run.json` and the ledger.
    fn conclude(
        &mut self,
        gates: &[GateResult],
        chosen: Option<&NamedVerdict>,
        evidence: Option<&EvidenceSet>,
    ) -> Result<()> {
        let failed = self.record.failed_phase().map(|phase| phase.name);
        let verdict = RunVerdict::new(gates, failed, chosen.map(std::slice::from_ref).unwrap_or_default());
        let status = verdict.status;
        self.record.verdict = Some(verdict.clone());
        self.save()?;
        let id = self.record.run_id.clone();
        let manifest = std::fs::read(self.artefacts.audit.join("manifest.yaml")).ok();
        let candidate = NewCandidate {
            status,
            dry_run: self.record.dry_run,
            synthetic: self.record.synthetic,
            author: author(),
            verdicts: verdict.gates,
            evidence: evidence.map(EvidenceSet::digest),
            manifest: manifest.map(|bytes| Digest::of(&bytes)),
            model_dir: Some(self.workspace.relative(&self.artefacts.models)),
            audit_dir: Some(self.workspace.relative(&self.artefacts.audit)),
        };
        self.ledger
            .record_candidate(&id, &candidate, clock::now())
            .map_err(journal::failed("record the candidate"))?;
        self.ledger
            .finish_run(&id, status, clock::now())
            .map_err(journal::failed("record the end of the run"))
            .map(drop)
    }
}
