//! `data universe` and `data actions` as a user calls them.

use crate::proofmark::{copy, demo, run};

#[test]
fn members_and_actions_are_shown_and_bad_lists_are_refused_with_the_row() {
    let (folder, json) = demo();
    let workspace = copy(&folder.join(json["runs"]["edge"]["workspace"].as_str().unwrap()));
    let said = run(workspace.path(), &["data", "universe", "pipelines/demo.toml", "--json"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let shown = said.json();
    assert_eq!((&shown["known_as_of"], shown["changes"].as_array().unwrap().len()), (&true.into(), 1));

    let said = run(workspace.path(), &["data", "actions"]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert!(said.stdout.contains("data.adjust"));
    for file in ["reports/actions.json", "reports/actions.html"] {
        assert!(workspace.path().join(file).is_file(), "{file}");
    }
    let list = workspace.path().join("declared.csv");
    std::fs::write(
        &list,
        "symbol,ex_date,kind,value\nSIM001,2015-01-05,split,2\nSIM001,2015-02-05,merger,2\n",
    )
    .unwrap();
    let said = run(workspace.path(), &["data", "actions", "--declared", "declared.csv"]);
    assert_eq!(said.exit, 2);
    assert!(said.stderr.contains("row 2") && said.stderr.contains("merger"), "{}", said.stderr);

    std::fs::write(&list, "symbol,ex_date,kind,value\nSIM001,2015-01-05,split,2\n").unwrap();
    let store = ["data", "actions", "--declared", "declared.csv", "--store", "--json"];
    for stored in [2, 0] {
        let said = run(workspace.path(), &store);
        assert_eq!(said.json()["stored"], stored, "one declared, one found in the prices: {}", said.stdout);
    }

    let text = std::fs::read_to_string(workspace.path().join("pipelines/demo.toml")).unwrap();
    let listed =
        text.replace("membership = \"whole_market\"", "membership = \"point_in_time\"\nlist = \"none.csv\"");
    std::fs::write(workspace.path().join("pipelines/listed.toml"), listed).unwrap();
    let said = run(workspace.path(), &["data", "universe", "pipelines/listed.toml"]);
    assert_eq!(said.exit, 2);
    assert!(said.stderr.contains("none.csv"), "{}", said.stderr);
}

#[test]
fn members_come_into_the_lake_and_a_pipeline_holds_those_known_at_each_date() {
    let (folder, json) = demo();
    let workspace = copy(&folder.join(json["runs"]["edge"]["workspace"].as_str().unwrap()));
    let root = workspace.path();
    let text = std::fs::read_to_string(root.join("pipelines/demo.toml")).unwrap();
    let listed = text
        .replace("membership = \"whole_market\"", "membership = \"point_in_time\"\nlist = \"lake:SIMTOP\"");
    std::fs::write(root.join("pipelines/members.toml"), listed).unwrap();
    let universe =
        |on: &str| run(root, &["data", "universe", "pipelines/members.toml", "--on", on, "--json"]);
    let none = universe("2015-03-02");
    assert_eq!(none.exit, 2);
    assert!(none.stderr.contains("ingest membership"), "{}", none.stderr);

    let file = root.join("members.csv");
    let ingest = ["ingest", "membership", "members.csv", "--index", "SIMTOP", "--json"];
    std::fs::write(&file, "symbol,start,end\nSIM001,2009-01-01,\n").unwrap();
    let untimed = run(root, &ingest);
    assert_eq!(untimed.exit, 2);
    assert!(untimed.stderr.contains("--known-when-effective"), "{}", untimed.stderr);
    let rows = "symbol,start,end,known_at\nSIM001,2009-01-01,,2008-12-15\nSIM002,2009-01-01,,2008-12-15\n\
                SIM002,2009-01-01,2015-06-30,2015-06-15\nSIM003,2015-07-01,,2015-06-15\n";
    std::fs::write(&file, rows).unwrap();
    let first = run(root, &ingest);
    assert_eq!(first.exit, 0, "{}", first.stderr);
    assert_eq!((&first.json()["rows_added"], &first.json()["rows_restated"]), (&3.into(), &1.into()));
    assert_eq!(run(root, &ingest).json()["rows_known"], 4, "a second time it adds nothing");
    let members = |on: &str| universe(on).json()["on"]["members"].clone();
    let (before, after) = (members("2015-06-30"), members("2015-07-01"));
    assert_eq!(before, serde_json::json!(["SIM001", "SIM002"]));
    assert_eq!(after, serde_json::json!(["SIM001", "SIM003"]));

    // A correction that arrives today changes what no earlier date knew, whatever it says of itself.
    let rows = "symbol,start,end,known_at\nSIM001,2009-01-01,2010-01-31,2010-01-15\n";
    std::fs::write(root.join("late.csv"), rows).unwrap();
    let late = run(root, &["ingest", "membership", "late.csv", "--index", "SIMTOP", "--json"]);
    assert_eq!(late.json()["rows_restated"], 1, "{}", late.stderr);
    assert_eq!((members("2015-06-30"), members("2015-07-01")), (before, after));
}
