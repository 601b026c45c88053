//! What JavaScript calls.

use crate::answer::Outcome;
use crate::guest::Policy;
use crate::session::{Chosen, Session};
use serde::Serialize;
use std::fmt;
use std::rc::Rc;
use waitwarden_review::explain;
use waitwarden_review::host_calls::Offline;
use waitwarden_review::rules::Rules;
use wasm_bindgen::JsError;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A policy, and the page that it is asked about.
#[wasm_bindgen]
pub struct Playground {
    chosen: Chosen,
    session: Option<Session>,
}

impl fmt::Debug for Playground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Playground").finish_non_exhaustive()
    }
}

#[wasm_bindgen]
impl Playground {
    /// Takes a policy in. `beat` is called before each call of it; `built_in` is the policy of the release.
    ///
    /// # Errors
    /// Why the file is no policy that can be run.
    #[wasm_bindgen(constructor)]
    pub fn new(wasm: &[u8], built_in: bool, beat: js_sys::Function) -> Result<Self, JsError> {
        let beat = move || {
            let _ = beat.call0(&JsValue::UNDEFINED);
        };
        let policy = Policy::load(wasm, Rc::new(beat))?;
        policy.check_protocol(Rc::new(Offline))?;
        let rules = if built_in { Rules::default() } else { Rules::of(policy.metadata()) };
        Ok(Self { chosen: Chosen { policy: Rc::new(policy), built_in, rules }, session: None })
    }

    /// What is said about the manifests, as JSON.
    pub fn review(&mut self, manifests: &str, settings: &str) -> String {
        let (session, review) = Session::begin(&self.chosen, manifests, settings);
        self.session = session;
        json(&review)
    }

    /// What would change, and who waits for whom, of what was reviewed last; as JSON, once for each review.
    pub fn outcome(&mut self) -> String {
        json(&self.session.take().map_or_else(Outcome::default, Session::outcome))
    }
}

/// The page about a rule, as Markdown.
#[wasm_bindgen]
pub fn explain_rule(rule: &str) -> Option<String> {
    explain::page(rule).map(|page| page.text.to_owned())
}

/// Texts, numbers and lists of them can always be written.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
