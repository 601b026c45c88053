//! The playground, open in a tab.

use crate::devtools::Browser;
use crate::origin;
use base64::Engine as _;
use serde_json::{Value, json};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What takes longer does not happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often one looks.
const LOOK: Duration = Duration::from_millis(15);

/// What the tests ask of the page, beside the page's own. The editors live in shadow roots.
const TOOLS: &str = r"
    window.editorOf = (id) => document.getElementById(id).shadowRoot;
    window.viewOf = (id) => editorOf(id).querySelector('.cm-content').cmTile.root.view;
    window.textOf = (id) => viewOf(id).state.doc.toString();
    window.marks = (id, severity) => [...editorOf(id).querySelectorAll(`.cm-lintRange-${severity}`)].map((mark) => mark.textContent);
    window.seen = (id) => document.getElementById(id).textContent;
    navigator.clipboard.writeText = async (text) => { window.copied = text; };
";

/// The page in a tab of its own.
#[derive(Debug)]
pub struct Page<'b> {
    browser: &'b mut Browser,
    session: String,
    /// Where its events begin.
    began: usize,
}

impl<'b> Page<'b> {
    /// Opens it, with what stands behind the `#`, and waits until all of it is there.
    pub fn open(browser: &'b mut Browser, fragment: &str) -> Self {
        let mut page = Self::blank(browser);
        page.go(fragment);
        page
    }

    /// A tab with nothing in it.
    pub fn blank(browser: &'b mut Browser) -> Self {
        let began = browser.events().len();
        let target = browser.call(None, "Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.call(None, "Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        let mut page = Self { browser, session, began };
        for domain in ["Page", "Runtime", "Network", "Log", "DOM"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.call(
            "Target.setAutoAttach",
            &json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true }),
        );
        page.size(1440, 900, false);
        page
    }

    /// Goes to the page, and waits until all of it is there.
    pub fn go(&mut self, fragment: &str) {
        // The same page with another fragment would not be loaded anew.
        self.call("Page.navigate", &json!({ "url": "about:blank" }));
        self.call("Page.navigate", &json!({ "url": format!("{}#{fragment}", origin()) }));
        self.until("document.documentElement?.dataset.shown", "the page shows an answer");
        self.run(TOOLS);
    }

    /// Does something in the tab.
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.browser.call(Some(&self.session), method, parameters)
    }

    /// The value of an expression in the page.
    pub fn run(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// The text that an expression gives.
    pub fn text(&mut self, expression: &str) -> String {
        self.run(expression).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    pub fn until(&mut self, expression: &str, what: &str) {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if self.run(&format!("Boolean({expression})")) == json!(true) {
                return;
            }
            sleep(LOOK);
        }
        let shown = self.run("document.body?.innerText");
        panic!("it never came about that {what} (`{expression}`); the page shows:\n{shown}\n{:#?}", self.complaints());
    }

    /// Does something, and waits for the answer about what the page looks like then.
    pub fn after(&mut self, action: impl FnOnce(&mut Self)) {
        let before = self.run("Number(document.documentElement.dataset.shown)");
        action(self);
        self.until(&format!("Number(document.documentElement.dataset.shown) > {before}"), "another answer is shown");
    }

    /// Chooses an example, as somebody does with the list.
    pub fn example(&mut self, id: &str) {
        self.after(|page| {
            page.run(&format!(
                "(() => {{ const list = document.getElementById('example'); list.value = {id:?}; list.dispatchEvent(new Event('change')); }})()"
            ));
        });
    }

    /// Puts the cursor somewhere in an editor, or selects from there to somewhere.
    pub fn select(&mut self, editor: &str, from: usize, to: usize) {
        self.run(&format!(
            "(viewOf('{editor}').focus(), viewOf('{editor}').dispatch({{ selection: {{ anchor: {from}, head: {to} }} }}))"
        ));
    }

    /// Types a text where the cursor is.
    pub fn write(&mut self, text: &str) {
        self.call("Input.insertText", &json!({ "text": text }));
    }

    /// Presses a key, by its name and code, with the keys that are held (1 Alt, 2 Control, 8 Shift).
    pub fn press(&mut self, key: &str, code: &str, held: u8) {
        // What a key does by itself is told by a number.
        let number = match code {
            "Escape" => 27,
            "Tab" => 9,
            "Enter" => 13,
            "F8" => 119,
            "Space" => 32,
            "Backspace" => 8,
            "ArrowRight" => 39,
            "ArrowLeft" => 37,
            _ => 0,
        };
        for kind in ["rawKeyDown", "keyUp"] {
            let event =
                json!({ "type": kind, "key": key, "code": code, "modifiers": held, "windowsVirtualKeyCode": number });
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Chooses a policy's file.
    pub fn choose(&mut self, file: &Path) {
        let document = self.call("DOM.getDocument", &json!({}))["root"]["nodeId"].clone();
        let found = self.call("DOM.querySelector", &json!({ "nodeId": document, "selector": "#policy-file" }));
        self.call("DOM.setFileInputFiles", &json!({ "files": [file], "nodeId": found["nodeId"] }));
    }

    /// What the button `Copy` gives in a tab.
    pub fn copied(&mut self, tab: &str) -> Option<String> {
        self.run(&format!("document.getElementById('tab-{tab}').click()"));
        if self.run("document.getElementById('copy').disabled") == json!(true) {
            return None;
        }
        self.run("(window.copied = null, document.getElementById('copy').click())");
        self.until("window.copied !== null", "something is copied");
        Some(self.text("window.copied"))
    }

    /// The size of the window, in pixels of the page.
    pub fn size(&mut self, width: u32, height: u32, mobile: bool) {
        let scale = if mobile { 2 } else { 1 };
        let parameters = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile });
        self.call("Emulation.setDeviceMetricsOverride", &parameters);
    }

    /// Is the system dark?
    pub fn dark(&mut self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.call("Emulation.setEmulatedMedia", &features);
    }

    /// A picture of what is seen, into a file.
    pub fn picture(&mut self, file: &Path) {
        // Colours that are on their way arrive first.
        self.run(
            "Promise.allSettled(document.getAnimations().map((animation) => animation.finished)).then(() => null)",
        );
        let shot = self.call("Page.captureScreenshot", &json!({ "format": "png" }));
        let bytes = base64::engine::general_purpose::STANDARD.decode(shot["data"].as_str().unwrap_or_default());
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, bytes.expect("a picture")).expect("a file");
    }

    /// What happened since the tab was opened, here and in its workers.
    pub fn events(&self) -> &[Value] {
        self.browser.events().get(self.began..).unwrap_or_default()
    }

    /// Errors and warnings of the console, and requests that leave the origin.
    pub fn complaints(&self) -> Vec<String> {
        self.events().iter().filter_map(complaint).collect()
    }

    /// Closes the tab; nothing may have gone wrong in it.
    pub fn close(mut self) {
        // All that happened is told before the answer.
        self.run("new Promise((resolve) => setTimeout(resolve, 50))");
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{complaints:#?}");
        self.call("Page.close", &json!({}));
    }
}

fn complaint(event: &Value) -> Option<String> {
    let parameters = &event["params"];
    let text = |pointer: &str| parameters.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(parameters["exceptionDetails"].to_string()),
        "Runtime.consoleAPICalled" if ["error", "warning", "assert"].contains(&text("/type").as_str()) => {
            Some(parameters["args"].to_string())
        }
        "Log.entryAdded" if ["error", "warning"].contains(&text("/entry/level").as_str()) => {
            Some(format!("{} {}", text("/entry/text"), text("/entry/url")))
        }
        "Network.requestWillBeSent" => {
            let url = text("/request/url");
            let ours = url.starts_with(origin()) || url.starts_with("data:") || url.starts_with("blob:");
            (!ours && url != "about:blank").then(|| format!("a request leaves the origin: {url}"))
        }
        _ => None,
    }
}
