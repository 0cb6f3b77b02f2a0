//! Members of an index from files, each stay known from an instant that the file or a stated rule gives.
//!
//! Invariant: what the lake held before keeps its time; a row that says otherwise is known from its arrival on.

mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proofmark_lake::facts::IndexMember;
use proofmark_lake::{Delivery, Table};
use proofmark_units::{Date, Instant, Symbol};

use super::files::source;
use super::summary::{Account, Summary};
use crate::clock;
use crate::data::{lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// How files of members are to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MembershipRequest {
    /// The files, CSV (plain or gzip) or Parquet.
    pub files: Vec<PathBuf>,
    /// The index of every row; a file with a column `index` needs none.
    pub index: Option<Symbol>,
    /// Role (`index`, `symbol`, `start`, `end`, `ranked_in`, `known_at`) and the file's column for it.
    pub columns: Vec<(String, String)>,
    /// How dates are written, such as `%d-%m-%Y`.
    pub date_format: Option<String>,
    /// The zone of stamps in `known_at` that state no offset.
    pub zone: Option<String>,
    /// For rows without `known_at`: a start was known when its day began, an end when the day after it began, in UTC.
    pub known_when_effective: bool,
}

/// A stay and its last session as it was told at an instant.
type Stay = (Symbol, Symbol, Date);

/// Brings members of indices into the lake. The versions of one stay within the files keep their own times; where the lake
/// held a stay already, another end of it is known from now on. The same files again add nothing.
///
/// # Errors
/// A row that cannot be used refuses everything, since a list of members decides a result: no name or date, an end before its
/// start, a time that has not come, no way to tell when a row was known, two ends told at one instant. Also when a file or
/// the lake cannot be read or written; nothing is stored then.
pub fn membership(ws: &Workspace, request: &MembershipRequest) -> Result<Summary> {
    if request.files.is_empty() {
        return Err(AppError::input("no file to ingest was named").hint("give one or more files"));
    }
    let now = clock::now();
    let mut account = Account::default();
    let mut rows: BTreeMap<Stay, BTreeMap<Instant, (Option<Date>, String)>> = BTreeMap::new();
    for file in &request.files {
        for row in read::rows(file, request, now, &mut account)? {
            let stay = (row.index.clone(), row.member.clone(), row.from_session);
            let told = rows.entry(stay).or_default();
            match told.insert(row.known_at, (row.to_session, source(file))) {
                Some((other, _)) if other != row.to_session => return Err(read::contradiction(&row)),
                Some(_) => account.known(1),
                None => {}
            }
        }
    }
    let mut lake = open_lake(ws)?;
    let held_by = lake.names(Table::IndexMembership);
    let indices: BTreeSet<&Symbol> = rows.keys().map(|(index, ..)| index).collect();
    let mut held: BTreeSet<Stay> = BTreeSet::new();
    let mut versions: BTreeSet<(Stay, Instant, Option<Date>)> = BTreeSet::new();
    for index in indices.into_iter().filter(|index| held_by.contains(index)) {
        let read = lake.read_fact_versions::<IndexMember>(index);
        for row in read.map_err(|e| lake_error("failed to read the members that are held", e))? {
            let stay = (row.index, row.member, row.from_session);
            held.insert(stay.clone());
            versions.insert((stay, row.known_at, row.to_session));
        }
    }
    // New stays in the order in which they were told; then what restates a held one, which is known from now on.
    let mut deliveries: BTreeMap<(Instant, String), Vec<IndexMember>> = BTreeMap::new();
    for (stay, told) in rows {
        let restates = held.contains(&stay);
        let all = told.len();
        let mut new: Vec<_> = told
            .into_iter()
            .filter(|(known_at, (to, _))| !versions.contains(&(stay.clone(), known_at.up_to_micros(), *to)))
            .collect();
        account.known(all - new.len());
        if restates && new.len() > 1 {
            // Of several words about a held stay the last one counts; it restates all before it.
            account.known(new.len() - 1);
            new.drain(..new.len() - 1);
        }
        for (known_at, (to_session, from)) in new {
            let (index, member, from_session) = stay.clone();
            let row = IndexMember { index, member, from_session, to_session, known_at };
            deliveries.entry((if restates { now } else { known_at }, from)).or_default().push(row);
        }
    }
    let deliveries: Vec<(Delivery, Vec<IndexMember>)> = deliveries
        .into_iter()
        .map(|((arrived_at, source), rows)| (Delivery { source, arrived_at }, rows))
        .collect();
    let given: Vec<(Delivery, &[IndexMember])> =
        deliveries.iter().map(|(delivery, rows)| (delivery.clone(), &rows[..])).collect();
    let reports =
        lake.append_facts_in_turn(&given).map_err(|e| lake_error("failed to store the members", e))?;
    reports.iter().for_each(|report| account.stored(report));
    Ok(account.finish())
}

#[cfg(test)]
mod tests;
