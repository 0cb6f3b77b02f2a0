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
