//! The page, as people use it.

use serde_json::json;
use waitwarden_test_browser::{Browser, Page, root};

#[test]
fn settings_are_checked_where_they_are_typed() {
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    page.select("settings", 0, 0);
    page.after(|page| page.write("mode: mutat\nwait:\n  timeout: 5minutes\nwaits: {}\n"));
    assert_eq!(page.text("document.getElementById('verdict').dataset.state"), "settings");
    assert_eq!(page.run("marks('settings', 'error')"), json!(["mutat", "5minutes", "waits"]));
    assert_eq!(page.run("marks('manifests', 'error')"), json!([]));
    page.run("viewOf('settings').dispatch({ changes: { from: 0, to: viewOf('settings').state.doc.length, insert: 'mode: [' } })");
    page.until("seen('verdict-title') === 'The settings are not valid'", "it is said");
    page.until("marks('settings', 'error').length === 1", "it is marked");
    page.close();
}

#[test]
fn settings_are_completed() {
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    let offered =
        "[...editorOf('settings').querySelectorAll('.cm-completionLabel')].map((option) => option.textContent)";
    let some = format!("{offered}.length > 0");
    page.select("settings", 0, 0);
    page.write("mo");
    page.until(&some, "keys are offered");
    assert_eq!(page.run(&format!("{offered}[0]")), json!("mode"));
    // What is taken too soon was not meant.
    page.run("new Promise((resolve) => setTimeout(resolve, 100))");
    page.press("Enter", "Enter", 0);
    page.until("textOf('settings') === 'mode: '", "the key is written");
    page.press(" ", "Space", 2);
    page.until(&some, "values are offered");
    assert_eq!(page.run(offered), json!(["mutate", "validate"]));
    page.press("Escape", "Escape", 0);
    page.until(&format!("{offered}.length === 0"), "Escape closes the list first");
    assert_eq!(page.text("document.activeElement.id"), "settings");
    page.write("validate\nwait:\n  fallb");
    page.until(&some, "keys of a key are offered");
    assert_eq!(page.run(&format!("{offered}[0]")), json!("fallback"));
    page.picture(&root().join("target/playground/completion.png"));
    page.close();
}

#[test]
fn a_change_that_ends_a_finding_is_made_with_a_click() {
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "shop-validate");
    let errors = "document.querySelectorAll('.finding.error').length";
    let before = page.run(errors).as_u64().expect("a number");
    assert!(before > 0, "the policy only checks, and nobody has written the wait");
    page.after(|page| {
        page.run("document.querySelector('.fix').click()");
    });
    assert!(page.run(errors).as_u64().expect("a number") < before);
    assert!(page.text("textOf('manifests')").contains("wait-for-dependencies"));
    page.close();
}

#[test]
fn nothing_else_may_be_asked() {
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; worker-src 'self'; \
        connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";
    let written = "document.querySelector('meta[http-equiv=Content-Security-Policy]').content";
    assert_eq!(page.text(written), policy);
    for (forbidden, kind) in [
        ("fetch('http://127.0.0.1:9/').catch(() => {})", "connect-src"),
        (
            "document.head.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))",
            "script-src-elem",
        ),
        (
            "document.head.append(Object.assign(document.createElement('style'), { textContent: 'p {}' }))",
            "style-src-elem",
        ),
        ("document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/' }))", "img-src"),
    ] {
        let violated = page.text(&format!(
            "new Promise((resolve) => {{ document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), {{ once: true }}); {forbidden}; }})"
        ));
        assert_eq!(violated, kind, "{forbidden}");
    }
}

#[test]
fn a_link_carries_the_whole_page() {
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    page.select("manifests", 0, 0);
    page.after(|page| page.write("# ä, 🚀 and \"quotes\"\n"));
    page.select("settings", 0, 0);
    page.after(|page| page.write("mode: validate\n"));
    page.until("location.hash.startsWith('#1.')", "the address holds it");
    page.run("document.getElementById('share').click()");
    page.until("window.copied", "the link is copied");
    let link = page.text("window.copied");
    let written = (page.text("textOf('manifests')"), page.text("textOf('settings')"));
    page.close();
    let (_, fragment) = link.split_once('#').expect("a fragment");
    let mut other = Page::open(&mut browser, fragment);
    assert_eq!((other.text("textOf('manifests')"), other.text("textOf('settings')")), written);
    assert_eq!(written.1, "mode: validate\n");
    other.close();
    // One that is broken, and one that unpacks to far more than it is: both are said, and the page is there.
    let mut other = Page::open(&mut browser, "1.AAAA");
    let bomb = "new Response(new Blob([new Uint8Array(1 << 24)]).stream().pipeThrough(new CompressionStream('deflate-raw')))\
        .bytes().then((bytes) => '1.' + bytes.toBase64({ alphabet: 'base64url', omitPadding: true }))";
    let bomb = other.text(bomb);
    for (fragment, why) in [
        ("1.AAAA", ""),
        ("2.AAAA", "this link is of another release of the page"),
        (&bomb, "this link carries more than the page takes"),
    ] {
        other.go(fragment);
        other.until("seen('toast')", "it is said");
        let said = other.text("seen('toast')");
        assert!(said.strip_prefix("The link cannot be read: ").is_some_and(|said| said.starts_with(why)), "{said}");
        assert_eq!(other.text("document.getElementById('example').value"), "grafana");
    }
    other.close();
}

#[test]
fn files_are_dropped_onto_the_page() {
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    let drop = "(() => { const data = new DataTransfer(); \
        data.items.add(new File(['kind: Pod\\napiVersion: v1\\n'], 'a.yaml')); \
        data.items.add(new File(['kind: Service\\napiVersion: v1\\n'], 'b.yaml')); \
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })); })()";
    page.after(|page| {
        page.run(drop);
    });
    assert_eq!(page.text("textOf('manifests')"), "kind: Pod\napiVersion: v1\n\n---\nkind: Service\napiVersion: v1\n");
    assert_eq!(page.text("document.getElementById('example').value"), "");
    page.close();
}

#[test]
fn more_waits_than_can_be_drawn_are_told_in_words() {
    let waits = (0..30).fold(String::new(), |waits, at| format!("{waits}          job/d{at}\n"));
    let job = |at: usize| {
        format!(
            "---\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j{at}\nspec:\n  template:\n    metadata:\n      \
             annotations:\n        waitwarden.io/depends-on: |\n{waits}    spec:\n      restartPolicy: Never\n      \
             containers:\n        - name: a\n          image: a:1\n"
        )
    };
    let text: String = (0..40).map(job).collect();
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "grafana");
    let all = "viewOf('manifests').state.doc.length";
    page.after(|page| {
        let change = format!("{{ from: 0, to: {all}, insert: {} }}", json!(text));
        page.run(&format!("viewOf('manifests').dispatch({{ changes: {change} }})"));
    });
    assert_eq!(page.copied("graph"), None);
    assert!(page.text("seen('panel-graph')").starts_with("1200 waits are too many to draw while you type; "));
    assert!(page.text("document.querySelector('.words').textContent").contains("j39"));
    page.close();
}

#[test]
fn the_page_is_used_with_the_keyboard_alone() {
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "wrong-api");
    page.press("m", "KeyM", 1);
    assert_eq!(page.text("document.activeElement.id"), "manifests");
    page.press("F8", "F8", 0);
    let line = "(() => { const { state } = viewOf('manifests'); return state.doc.lineAt(state.selection.main.head).number; })()";
    let first = page.run(line);
    page.press("F8", "F8", 0);
    assert!(page.run(line).as_u64() > first.as_u64(), "F8 goes on to the next finding");
    page.press("Escape", "Escape", 0);
    assert_eq!(page.text("document.activeElement.id"), "verdict");
    page.press("1", "Digit1", 1);
    assert_eq!(page.text("document.activeElement.id"), "tab-findings");
    page.press("ArrowRight", "ArrowRight", 0);
    assert_eq!(page.text("document.activeElement.id"), "tab-changes");
    assert_eq!(page.run("document.getElementById('panel-changes').hidden"), json!(false));
    page.press("ArrowLeft", "ArrowLeft", 0);
    // What a rule means, and back to where one was.
    page.run("document.querySelector('button.rule').focus()");
    page.run("document.querySelector('button.rule').click()");
    page.until("document.getElementById('rule-dialog').open", "the page about the rule is shown");
    assert!(page.text("seen('rule-text')").contains("Wrong"));
    page.press("Escape", "Escape", 0);
    page.until("!document.getElementById('rule-dialog').open", "it is closed");
    assert_eq!(page.text("document.activeElement.className"), "rule");
    // Everything that can be used has a name.
    let nameless = "[...document.querySelectorAll('button, select, input:not([hidden]), [role=tabpanel], section')].filter((element) => \
        !(element.textContent.trim() || element.getAttribute('aria-label') || element.labels?.length)).map((element) => element.outerHTML)";
    assert_eq!(page.run(nameless), json!([]));
    page.close();
}

#[test]
fn the_page_is_looked_at() {
    let pictures = root().join("target/playground");
    let mut browser = Browser::start();
    let mut page = Page::open(&mut browser, "shop");
    page.run("document.getElementById('tab-graph').click()");
    page.picture(&pictures.join("light.png"));
    page.dark(true);
    page.example("wrong-api");
    page.run("document.getElementById('tab-findings').click()");
    page.until("document.documentElement.dataset.theme === 'dark'", "the page is dark where the system is");
    page.picture(&pictures.join("dark.png"));
    page.example("shop");
    page.run("document.getElementById('tab-graph').click()");
    page.picture(&pictures.join("dark-graph.png"));
    page.run("document.getElementById('theme').click()");
    assert_eq!(page.text("document.documentElement.dataset.theme"), "light");
    page.run("document.getElementById('tab-changes').click()");
    page.picture(&pictures.join("light-changes.png"));
    page.example("wrong-api");
    page.run("document.getElementById('tab-findings').click()");
    page.picture(&pictures.join("light-findings.png"));
    page.size(390, 844, true);
    page.until("innerWidth === 390", "the window is narrow");
    assert_eq!(page.run("document.documentElement.scrollWidth <= innerWidth"), json!(true), "nothing is cut off");
    page.picture(&pictures.join("phone.png"));
    page.run("scrollTo(0, document.body.scrollHeight)");
    page.picture(&pictures.join("phone-below.png"));
    page.run("localStorage.clear()");
    page.close();
}
