//! The page says what the command line says, byte for byte.

use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use waitwarden_playground_build::examples::examples;
use waitwarden_test_browser::{Browser, Page, folder, plain, root, said};

#[test]
fn every_example_is_judged_as_by_the_command_line() {
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    for example in examples(&root()).expect("the examples") {
        let word = |key: &str| example[key].as_str().expect(key).to_owned();
        let (id, manifests, settings) = (word("id"), word("manifests"), word("settings"));
        if page.text("document.getElementById('example').value") != id {
            page.example(&id);
        }
        assert_eq!(page.text("textOf('manifests')"), manifests, "{id}");
        let said = said(&manifests, &settings, None);
        let copied: Value = serde_json::from_str(&page.copied("findings").expect("findings")).expect("JSON");
        let shown: Value = copied.as_array().expect("a list").iter().map(plain).collect();
        assert_eq!(shown, said.findings, "{id}");
        assert_eq!(page.copied("result"), said.rendered, "{id}");
        assert_eq!(page.copied("changes"), said.diff, "{id}");
        assert_eq!(page.copied("graph"), said.graph, "{id}");
        let errors = said.findings.as_array().expect("a list").iter().filter(|finding| finding["severity"] == "error");
        let state = page.text("document.getElementById('verdict').dataset.state");
        assert_eq!(state == "refused", errors.count() > 0, "{id}: {state}");
    }
    page.close();
}

#[test]
fn the_page_runs_the_policy_of_the_release() {
    let release = std::env::var_os("WAITWARDEN_POLICY_WASM").map_or_else(|| root().join("policy.wasm"), PathBuf::from);
    let names = fs::read_dir(folder()).expect("the page").filter_map(Result::ok);
    let own = names.map(|file| file.path()).find(|path| path.to_string_lossy().contains("/policy-"));
    let release = fs::read(release).expect("policy.wasm, which `make` builds");
    assert!(fs::read(own.expect("a policy")).expect("a policy") == release, "run `make playground`");
}

#[test]
fn a_mistake_is_marked_where_the_command_line_points() {
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "shop");
    assert_eq!(page.run("marks('manifests', 'error')"), json!([]));
    let text = page.text("textOf('manifests')");
    // In JavaScript's units, as the text has only such letters before it.
    let at = text.find("service/postgres:5432").expect("a dependency") + "service".len();
    assert!(text.is_ascii(), "units and bytes are the same");
    page.select("manifests", at, at);
    page.after(|page| page.write("s"));
    let wrong = page.text("textOf('manifests')");
    assert!(wrong.contains("services/postgres:5432"));
    let finding = &said(&wrong, "", None).findings[0];
    assert_eq!(finding["severity"], "error");
    let number = |key: &str| usize::try_from(finding[key].as_u64().expect(key)).expect(key);
    let line = wrong.lines().nth(number("line") - 1).expect("the line");
    let marked = line.get(number("column") - 1..number("endColumn") - 1).expect("the place");
    assert_eq!(page.run("marks('manifests', 'error')"), json!([marked]));
    // And at the very place, not at another one with the same text.
    let place = "(() => { const view = viewOf('manifests'); const mark = editorOf('manifests').querySelector('.cm-lintRange-error'); \
        const at = view.posAtDOM(mark); const line = view.state.doc.lineAt(at); return [line.number, at - line.from + 1]; })()";
    assert_eq!(page.run(place), json!([finding["line"], finding["column"]]));
    // Who clicks the finding goes to the place.
    page.run("document.querySelector('#findings .place').click()");
    let selected = "(() => { const { state } = viewOf('manifests'); const { from, to } = state.selection.main; return state.sliceDoc(from, to); })()";
    assert_eq!(page.text(selected), marked);
    assert_eq!(page.text("document.activeElement.id"), "manifests");
    page.close();
}
