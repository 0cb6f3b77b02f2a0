//! Which files a merge puts together.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_units::{Digest, Symbol};

use crate::manifest::{FileEntry, Table};
use crate::shared::{NAMES_MIN, OWN_ROWS, ROWS_MAX, packs};

/// Places in the list of files. A place is in one of the two or stays as it is, and so does a shared file as a whole.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Neighbours of one name that become one file of its own.
    pub(super) own: Vec<Vec<usize>>,
    /// Names, ascending, that become one shared file: the places of each.
    pub(super) shared: Vec<Vec<Vec<usize>>>,
}

type Named<'a> = BTreeMap<&'a Symbol, Vec<usize>>;

/// As few files as hold a million rows each: one for a name of many rows, and one for many names of few. What is so already
/// stays.
pub(super) fn plan(files: &[FileEntry]) -> Plan {
    let mut tables: BTreeMap<Table, Named<'_>> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        tables.entry(file.table).or_default().entry(&file.symbol).or_default().push(at);
    }
    let mut plan = Plan::default();
    for (table, names) in tables {
        let rows = |places: &[usize]| places.iter().map(|at| files[*at].rows).fold(0, u64::saturating_add);
        let (mut small, mut large): (Named<'_>, Named<'_>) =
            names.into_iter().partition(|(_, places)| table.shares() && rows(places) < OWN_ROWS);
        if small.len() < NAMES_MIN {
            large.append(&mut small);
        }
        // A name with parts among others gets files of its own, even where there is nothing to merge them with.
        let moves = |run: &Vec<usize>| run.len() > 1 || run.iter().any(|at| files[*at].first_row.is_some());
        plan.own.extend(large.values().flat_map(|places| runs(files, places)).filter(moves));
        let full = full(files, &small);
        let rest: Vec<Vec<usize>> =
            small.into_values().filter(|places| !full.contains(&files[places[0]].digest)).collect();
        let packs = packs(rest, |places| rows(places));
        plan.shared.extend(packs.into_iter().filter(|pack| !is_file(files, pack)));
    }
    plan
}

/// The places of one name in runs of a million rows at most.
fn runs(files: &[FileEntry], places: &[usize]) -> Vec<Vec<usize>> {
    let (mut runs, mut run, mut rows) = (Vec::new(), Vec::new(), 0_u64);
    for at in places {
        if rows.saturating_add(files[*at].rows) > ROWS_MAX && !run.is_empty() {
            runs.push(std::mem::take(&mut run));
            rows = 0;
        }
        rows = rows.saturating_add(files[*at].rows);
        run.push(*at);
    }
    runs.push(run);
    runs
}

/// Shared files that are half full or more and hold all there is of each of their names: writing them again for the sake of
/// some other name would cost more than it saves.
fn full(files: &[FileEntry], small: &Named<'_>) -> BTreeSet<Digest> {
    let mut of_file: BTreeMap<Digest, (u64, u64)> = BTreeMap::new();
    for places in small.values() {
        if let [at] = places[..]
            && files[at].first_row.is_some()
        {
            let (_, rows) = of_file.entry(files[at].digest).or_default();
            *rows += files[at].rows;
        }
    }
    let table = small.values().flatten().next().map(|at| files[*at].table);
    for file in files.iter().filter(|file| Some(file.table) == table && file.first_row.is_some()) {
        if let Some((listed, _)) = of_file.get_mut(&file.digest) {
            *listed += file.rows;
        }
    }
    let whole = |(listed, rows): &(u64, u64)| listed == rows && *rows >= ROWS_MAX / 2;
    of_file.into_iter().filter(|(_, counts)| whole(counts)).map(|(digest, _)| digest).collect()
}

/// Whether the pack is what one shared file holds already.
fn is_file(files: &[FileEntry], pack: &[Vec<usize>]) -> bool {
    let first = &files[pack[0][0]];
    let of_it = |places: &Vec<usize>| matches!(places[..], [at] if files[at].first_row.is_some() && files[at].digest == first.digest);
    let parts = files
        .iter()
        .filter(|file| file.first_row.is_some() && (file.table, file.digest) == (first.table, first.digest));
    first.first_row.is_some() && pack.iter().all(of_it) && parts.count() == pack.len()
}

#[cfg(test)]
mod tests {
    use proofmark_units::Date;
    use proptest::prelude::*;

    use super::*;

    fn entry(file: u64, name: usize, rows: u64, first_row: Option<u64>) -> FileEntry {
        let date = Date::from_days(0);
        FileEntry {
            table: Table::Bars,
            symbol: format!("N{name:03}").parse().unwrap(),
            digest: Digest::of(&file.to_le_bytes()),
            bytes: 1,
            rows,
            first: date,
            last: date,
            source: String::new(),
            also_from: Vec::new(),
            first_row,
        }
    }

    /// A delivery of `rows` of each name, in one file.
    fn together(file: u64, names: std::ops::Range<usize>, rows: u64) -> Vec<FileEntry> {
        names.enumerate().map(|(at, name)| entry(file, name, rows, Some(at as u64 * rows))).collect()
    }

    #[test]
    fn a_shared_file_stays_until_there_is_something_to_merge() {
        let mut files = together(1, 0..20, 3);
        assert_eq!(plan(&files), Plan::default());
        files.push(entry(2, 4, 1, None));
        let merged = plan(&files);
        assert_eq!((merged.own.len(), merged.shared.len(), merged.shared[0].len()), (0, 1, 20));
        assert_eq!(merged.shared[0][4], [4, 20], "in the order of arrival");
    }

    #[test]
    fn few_names_and_large_ones_get_files_of_their_own() {
        let few = together(1, 0..NAMES_MIN - 1, 3);
        assert_eq!(plan(&few).own.len(), NAMES_MIN - 1);
        let mut files = together(1, 0..NAMES_MIN + 1, 3);
        files.push(entry(2, 0, OWN_ROWS, None));
        let plan = plan(&files);
        assert_eq!(plan.own, [vec![0, NAMES_MIN + 1]]);
        assert_eq!(plan.shared.iter().map(Vec::len).collect::<Vec<_>>(), [NAMES_MIN]);
    }

    #[test]
    fn full_files_are_left_alone() {
        let names = usize::try_from(ROWS_MAX / 1_000 / 2 + 1).unwrap();
        let mut files = together(1, 0..names, 1_000);
        files.extend(together(2, names..names + 20, 1));
        files.extend(together(3, names..names + 20, 1));
        let merged = plan(&files);
        assert_eq!(merged.shared.iter().map(Vec::len).collect::<Vec<_>>(), [20]);
        files.push(entry(4, 0, 1, None));
        let all: usize = plan(&files).shared.iter().map(Vec::len).sum();
        assert_eq!(all, names + 20, "a full file with news of one name is written again");
    }

    proptest! {
        #[test]
        fn every_shared_file_is_taken_whole_or_not_at_all(
            deliveries in prop::collection::vec((0_usize..10, 10_usize..40, 1_u64..400, any::<bool>()), 1..8),
        ) {
            let mut files = Vec::new();
            for (n, (from, count, rows, one)) in deliveries.into_iter().enumerate() {
                let n = n as u64;
                match one {
                    true => files.push(entry(n, from, rows * 10, None)),
                    false => files.extend(together(n, from..from + count, rows)),
                }
            }
            let plan = plan(&files);
            let taken: Vec<usize> =
                plan.own.iter().flatten().chain(plan.shared.iter().flatten().flatten()).copied().collect();
            let once: BTreeSet<usize> = taken.iter().copied().collect();
            prop_assert_eq!(once.len(), taken.len());
            for (at, file) in files.iter().enumerate().filter(|(_, file)| file.first_row.is_some()) {
                let mate = files.iter().position(|other| other.digest == file.digest);
                prop_assert_eq!(once.contains(&at), mate.is_some_and(|mate| once.contains(&mate)));
            }
        }
    }
}
