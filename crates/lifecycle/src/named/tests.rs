//! Named policies: their files, their verdicts, the source pipelines' known defects, and four real artefacts.

mod admissions;
mod appendix_d;
mod artefacts;
mod explained;
mod files;
mod fixture;
mod invariants;
mod verdicts;
