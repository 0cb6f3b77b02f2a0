use proofmark_sources::fetch::FlawRule;
use proofmark_sources::net::FetchError;
use proofmark_sources::vendors::HttpSource;
use proofmark_testkit::{Reply, Server, bar, days};
use proofmark_units::Date;

use super::desk::Desk;

/// Serves `/json/CODE/FROM/TO` and `/csv/...` for the key `http-key-1`.
fn vendor() -> Server {
    Server::start(|seen| {
        if seen.header("authorization") != "Bearer http-key-1" {
            return Reply::status(401, format!("no such key: {}", seen.header("authorization")));
        }
        let parts: Vec<&str> = seen.path.split('/').skip(1).collect();
        let [form, _code, from, to] = parts[..] else { return Reply::status(404, "") };
        let rows: Vec<(Date, [f64; 5])> = days(from, to).into_iter().map(|day| (day, bar(day, 0))).collect();
        if form == "csv" {
            let mut text = "When, O, H, L, C\n".to_owned();
            for (day, [o, h, l, c, _]) in rows {
                text.push_str(&format!(
                    "{:02}/{:02}/{}, {o}, {h}, {l}, {c}\n",
                    day.day(),
                    day.month(),
                    day.year()
                ));
            }
            return Reply::ok(text.replace("03/01/2024, ", "03/01/2024, x"));
        }
        let list: Vec<String> = rows
            .iter()
            .map(|(day, [o, h, l, c, v])| format!("[{}, \"{o}\", {h}, {l}, {c}, {v}]", day.days() * 86_400))
            .collect();
        Reply::ok(format!("{{\"data\": {{\"bars\": [{}]}}}}", list.join(",")))
    })
}

fn config(server: &Server, form: &str) -> String {
    let (rows, fields, date) = match form {
        "json" => ("rows = \"data.bars\"", ["0", "1", "2", "3", "4"], "unix_s"),
        _ => ("", ["When", "O", "H", "L", "C"], "%d/%m/%Y"),
    };
    let volume = if form == "json" { "volume = \"5\"" } else { "" };
    let [d, o, h, l, c] = fields;
    format!(
        "name = \"test-{form}\"\nurl = \"{}/{form}/{{code}}/{{start}}/{{end}}\"\nformat = \"{form}\"\n{rows}\n\
         date_format = \"{date}\"\nkey_header = \"Authorization\"\nkey_prefix = \"Bearer \"\nrows_per_request = 20\n\
         [fields]\ndate = \"{d}\"\nopen = \"{o}\"\nhigh = \"{h}\"\nlow = \"{l}\"\nclose = \"{c}\"\n{volume}\n",
        server.base()
    )
}

#[test]
fn json_and_csv_by_configuration() {
    let (server, desk) = (vendor(), Desk::new("2024-06-20", 1_440));
    let asked = days("2024-01-01", "2024-01-31");
    for (form, rows) in [("json", 31), ("csv", 30)] {
        let source = HttpSource::from_toml(&config(&server, form)).unwrap();
        assert!(source.wants_key());
        let outcome = desk.fetch(&source, &["http-key-1"], &["GOLD=XAU USD"], &asked);
        assert_eq!((outcome.rows, outcome.counts.requests, outcome.failures.len()), (rows, 2, 0));
        let stored = desk.read(&source, "GOLD=XAU USD", &asked);
        assert_eq!(stored.rows[0].close, bar(asked[0], 0)[3]);
        assert_eq!(stored.rows[0].volume.is_some(), form == "json");
        if form == "csv" {
            assert_eq!(stored.flaws[0].1.rule, FlawRule::BadNumber);
        }
    }
    let source = HttpSource::from_toml(&config(&server, "csv").replace("\"When\"", "\"Then\"")).unwrap();
    let outcome = desk.fetch(&source, &["http-key-1"], &["SILVER"], &asked);
    assert!(outcome.failures[0].error.to_string().contains("no `Then` among When, O"));
    let source = HttpSource::from_toml(&config(&server, "json")).unwrap();
    let outcome = desk.fetch(&source, &["http-wrong-2"], &["SILVER"], &asked);
    let error = format!("{} {:?}", outcome.failures[0].error, outcome.failures[0].error);
    assert!(
        matches!(outcome.failures[0].error, FetchError::NotAllowed { .. }) && !error.contains("http-wrong")
    );
}

#[test]
fn a_bad_configuration_is_told_in_words() {
    let server = vendor();
    let good = config(&server, "json");
    for (from, to, want) in [
        ("{code}", "fixed", "no `{code}`"),
        ("test-json", "../up", "not 1 to 24"),
        ("= 20", "= 0", "at least 1"),
        ("\"Authorization\"", "\"Cookie\"", "none of Authorization"),
        ("rows_per_request", "rows_per_requests", "unknown field"),
        ("close =", "# close =", "missing field `close`"),
    ] {
        let error = HttpSource::from_toml(&good.replace(from, to)).unwrap_err();
        assert!(error.contains(want), "{error}");
    }
}
