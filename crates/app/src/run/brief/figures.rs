//! Figures by record name, each with the file it can be found in.

use proofmark_lifecycle::briefing::{Cell, NamedFigure};
use proofmark_lifecycle::{Evidence, Figure, Source};

use crate::error::Result;
use crate::run::artefacts::EvidenceFile;
use crate::run::engine::State;

/// Looks figures up by record name over all evidence files.
pub(in crate::run) struct Figures<'a>(Vec<&'a EvidenceFile>);

impl<'a> Figures<'a> {
    /// Over everything a run has recorded.
    pub(in crate::run) fn of(state: &'a State) -> Result<Self> {
        let audited = state.audited()?;
        let files = [&state.tested()?.file, &state.validated()?.file, &state.stressed()?.file];
        Ok(Self(files.into_iter().chain([&audited.file, &audited.data]).collect()))
    }

    /// The record of this name.
    pub(in crate::run) fn record(&self, name: &str) -> Option<&'a Evidence> {
        self.0.iter().find_map(|f| f.get(name))
    }

    pub(in crate::run) fn get(&self, name: &str) -> Option<Figure> {
        let file = self.0.iter().find(|f| f.get(name).is_some())?;
        Some(Figure::of(file.get(name)?, file.locate(name)?))
    }

    pub(super) fn locate(&self, name: &str) -> Option<Source> {
        self.0.iter().find_map(|f| f.locate(name))
    }

    pub(super) fn cell(&self, name: &str) -> Cell {
        self.get(name).map_or(Cell::Empty, Cell::from)
    }

    pub(super) fn named(&self, names: &[&str]) -> Vec<NamedFigure> {
        names
            .iter()
            .filter_map(|n| Some(NamedFigure { name: (*n).to_owned(), figure: self.get(n)? }))
            .collect()
    }
}
