//! Files that a workspace is told to read.

use std::fs;
use std::sync::OnceLock;

use proofmark_app::data::{self, Scope};
use proofmark_app::ingest::vendor::mood::Providers;
use proofmark_app::ingest::{self, MembershipRequest};
use proofmark_app::run::read_symbols_file;
use proofmark_app::workspace::Workspace;
use proofmark_lake::{Lake, Table};

use super::{choice, file, folder};

fn workspace() -> &'static Workspace {
    static WORKSPACE: OnceLock<Workspace> = OnceLock::new();
    WORKSPACE.get_or_init(|| {
        let root = folder().join("workspace");
        Workspace::init(&root).expect("the folder for temporary files can be written");
        Workspace::open(&root).expect("a new workspace opens")
    })
}

/// Members of indices as CSV and Parquet, into an empty lake; the first byte chooses how they are to be read.
pub fn membership(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let ws = workspace();
    let _ = fs::remove_dir_all(ws.lake());
    let request = MembershipRequest {
        files: vec![file(if first & 8 > 0 { "members.parquet" } else { "members.csv" }, rest)],
        index: (first & 1 > 0).then(|| "TOP".parse().expect("a symbol")),
        known_when_effective: first & 2 > 0,
        zone: (first & 4 > 0).then(|| "Asia/Kolkata".to_owned()),
        ..MembershipRequest::default()
    };
    if ingest::membership(ws, &request).is_err() {
        return;
    }
    let held = || {
        let lake = Lake::open(ws.lake()).expect("what was just written opens");
        let known = |index| lake.members_as_known(index).expect("what was just written is read");
        lake.names(Table::IndexMembership).iter().map(known).collect::<Vec<_>>()
    };
    let before = held();
    ingest::membership(ws, &request).expect("what was read once is read again");
    assert_eq!(held(), before, "the same file again adds nothing");
}

/// Settings, waivers, providers of news and lists of symbols; the first byte chooses.
pub fn settings(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    match first % 4 {
        0 => {
            let root = folder().join("settings");
            let _ = fs::create_dir_all(&root);
            fs::write(root.join("proofmark.toml"), rest)
                .expect("the folder for temporary files can be written");
            let _ = Workspace::open(&root);
        }
        1 => {
            let ws = workspace();
            fs::write(ws.root().join("waivers.toml"), rest)
                .expect("the folder for temporary files can be written");
            let _ = data::check(ws, &Scope::whole("XNSE"));
        }
        2 => drop(Providers::read(&file("providers.toml", rest))),
        _ => drop(read_symbols_file(&file("symbols.txt", rest))),
    }
}
