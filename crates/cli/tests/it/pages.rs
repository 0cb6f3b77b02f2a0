//! The HTML pages in a real browser. Chromium is used where it is installed; where it is not, the test says so.

use std::path::Path;
use std::process::Command;

use crate::proofmark::demo;

/// Names under which Chromium is installed.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

fn rendered(browser: &str, page: &Path) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        // Nothing outside the file may be needed: every host fails to resolve.
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn a_browser_shows_the_briefing_with_its_pictures_and_fetches_nothing() {
    let works = |name: &&&str| Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success());
    let Some(browser) = BROWSERS.iter().find(works) else {
        eprintln!("SKIPPED: no Chromium here, the pages were not looked at (Debian package `chromium`)");
        return;
    };
    let (folder, json) = demo();
    for world in ["edge", "null"] {
        let page = folder.join(json["runs"][world]["briefing"].as_str().unwrap());
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(
            !text.contains("http://") && !text.contains("src=\"http"),
            "{world}: the page points outside"
        );
        let (dom, log) = rendered(browser, &page);
        assert!(!log.contains("CONSOLE"), "{world}: the page complains: {log}");
        assert!(dom.contains("</html>") && dom.contains("<h1"), "{world}: {dom}");
        let pictures = dom.matches("<svg").count();
        assert!(pictures >= 3, "{world}: {pictures} pictures");
        assert!(!dom.contains("NaN") && !dom.contains("undefined"), "{world}: a figure is not a number");
    }
}
