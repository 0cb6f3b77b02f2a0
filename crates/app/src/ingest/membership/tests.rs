use proofmark_lake::Lake;
use proofmark_units::DateSpan;

use super::*;

struct Fixture {
    folder: tempfile::TempDir,
    ws: Workspace,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        Self { folder, ws }
    }

    fn bring(&self, text: &str, effective: bool) -> Result<Summary> {
        let file = self.folder.path().join("members.csv");
        std::fs::write(&file, text).unwrap();
        let index = (!text.starts_with("index")).then(|| "TOP".parse().unwrap());
        let known_when_effective = effective;
        membership(
            &self.ws,
            &MembershipRequest {
                files: vec![file],
                index,
                known_when_effective,
                ..MembershipRequest::default()
            },
        )
    }

    fn lake(&self) -> Lake {
        open_lake(&self.ws).unwrap()
    }

    fn known(&self) -> Vec<String> {
        let spans = self.lake().members_as_known(&"TOP".parse().unwrap()).unwrap();
        spans.iter().map(|(symbol, span)| format!("{symbol} {} {}", span.start, span.end)).collect()
    }
}

fn counts(summary: &Summary) -> (u64, u64, u64) {
    (summary.rows_added, summary.rows_restated, summary.rows_known)
}

fn balanced(summary: &Summary) -> bool {
    summary.rows_read == summary.rows_added + summary.rows_restated + summary.rows_known
}

#[test]
fn stays_keep_the_times_that_the_file_states_and_come_once() {
    let f = Fixture::new();
    let text = "symbol,start,end,known_at\nA,2020-01-01,,2019-12-20T10:00:00Z\n\
                A,2020-01-01,2020-06-30,2020-06-15T10:00:00Z\nB,2020-03-02,,2020-03-04\n";
    let first = f.bring(text, false).unwrap();
    // The end of A is a later version of its start.
    assert_eq!(counts(&first), (2, 1, 0));
    assert!(balanced(&first));
    assert_eq!(f.known(), ["A 2020-01-01 2020-06-30", "B 2020-03-05 2199-12-31"]);
    let again = f.bring(text, false).unwrap();
    assert_eq!(counts(&again), (0, 0, 3));
    assert!(balanced(&again));
    let member = |as_of: &str| {
        let read = f.lake().read_facts::<IndexMember>(
            &"TOP".parse().unwrap(),
            DateSpan::EVERY,
            Some(as_of.parse().unwrap()),
        );
        read.unwrap().into_iter().map(|row| (row.member.to_string(), row.to_session)).collect::<Vec<_>>()
    };
    assert_eq!(member("2020-06-15T09:59:59Z"), [("A".to_owned(), None), ("B".to_owned(), None)]);
    assert!(member("2020-06-15T10:00:00Z")[0].1.is_some());
}

#[test]
fn a_correction_is_known_from_its_arrival_whatever_it_says_and_earlier_days_stay() {
    let f = Fixture::new();
    f.bring("symbol,start,end,known_at\nA,2020-01-01,2020-06-30,2019-12-20\n", false).unwrap();
    let before = f.known();
    // It claims to have been known in 2020; the lake was told today.
    let late = f.bring("symbol,start,end,known_at\nA,2020-01-01,2020-02-28,2020-02-01\n", false).unwrap();
    assert_eq!(counts(&late), (0, 1, 0));
    assert_eq!(f.known(), before);
    let versions = f.lake().read_fact_versions::<IndexMember>(&"TOP".parse().unwrap()).unwrap();
    assert!(versions[1].known_at > "2026-01-01T00:00:00Z".parse().unwrap(), "{versions:?}");
    let again = f.bring("symbol,start,end,known_at\nA,2020-01-01,2020-02-28,2020-02-01\n", false).unwrap();
    assert_eq!(counts(&again), (0, 0, 1));
}

#[test]
fn without_times_a_rule_must_be_named_and_no_end_is_known_before_it_came() {
    let f = Fixture::new();
    let text =
        "index,ticker,from,to\nTOP,A,2020-01-01,2020-06-30\nTOP,B,2020-01-01,\nTOP,C,2020-01-01,2150-01-01\n";
    let error = f.bring(text, false).unwrap_err();
    assert!(error.hint_text().unwrap().contains("--known-when-effective"), "{error}");
    assert!(f.lake().names(Table::IndexMembership).is_empty());
    let summary = f.bring(text, true).unwrap();
    assert!(balanced(&summary));
    assert_eq!(f.known()[0], "A 2020-01-01 2020-06-30");
    let versions = f.lake().read_fact_versions::<IndexMember>(&"TOP".parse().unwrap()).unwrap();
    let ends: Vec<_> = versions.iter().filter(|row| row.to_session.is_some()).collect();
    assert_eq!(ends.len(), 1, "the end of C has not come: {versions:?}");
    assert_eq!(ends[0].known_at.to_string(), "2020-07-01T00:00:00Z");
    assert_eq!(counts(&f.bring(text, true).unwrap()), (0, 0, 4));
}

#[test]
fn who_ranked_in_a_period_is_a_member_of_the_next() {
    let f = Fixture::new();
    f.bring("symbol,ranked_in\nA,2019H2\nA,2020H1\nB,2020H1\n", false).unwrap();
    assert_eq!(f.known(), ["A 2020-01-01 2020-12-31", "B 2020-07-01 2020-12-31"]);
}

#[test]
fn a_row_that_cannot_be_used_refuses_all_of_them_by_its_number() {
    for (row, what) in [
        ("A,2020-13-01,,2020-01-01", "row 2"),
        ("A B,2020-01-01,,2020-01-01", "row 2"),
        (",2020-01-01,,2020-01-01", "symbol"),
        ("A,2020-02-01,2020-01-01,2020-01-01", "before it starts"),
        ("A,2020-01-01,,2199-01-01", "not come"),
        ("A,,,2020-01-01", "ranked_in"),
        ("A,2020-01-01 09:15:00,,2020-01-01", "time of day"),
        ("A,2020-01-01,,2020-01-01 09:15:00", "cannot be placed"),
        ("OK,2020-01-01,2020-05-05,2020-01-01", "two ends"),
    ] {
        let f = Fixture::new();
        let text = format!("symbol,start,end,known_at\nOK,2020-01-01,,2020-01-01\n{row}\n");
        let error = f.bring(&text, false).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.chain().join("\n").contains(what), "{row}: {}", error.chain().join("\n"));
        assert!(f.lake().names(Table::IndexMembership).is_empty(), "{row}");
    }
}
