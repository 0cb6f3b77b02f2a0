//! The page of the language against the table of operators.

use proofmark_features::expr::operators;

#[test]
fn every_operator_is_on_its_page_in_its_words() {
    let page = include_str!("../../../../../docs/EXPRESSIONS.md");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = words(page);
    let (mut missing, mut count) = (Vec::new(), 0);
    for operator in operators() {
        let sign = match (operator.sign, operator.params.len()) {
            (Some(sign), 2) => format!(", `x {sign} y`"),
            (Some(sign), _) => format!(", `{sign}x`"),
            (None, _) => String::new(),
        };
        let line = words(&format!("- `{}`{sign}: {}", operator.usage(), operator.doc));
        if !page.contains(&line) {
            missing.push(line);
        }
        count += 1;
    }
    assert!(missing.is_empty(), "docs/EXPRESSIONS.md lacks\n{}", missing.join("\n"));
    let (_, list) = page.split_once("## Operators").unwrap();
    assert_eq!(list.matches(" - `").count(), count, "the page has an operator that does not exist");
}
