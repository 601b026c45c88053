//! One look at the page: its manifests, its settings, its policy. The same steps as those of `waitwarden lint`, `diff`,
//! `render` and `graph`.

use crate::admission::Admission;
use crate::answer::{Outcome, Review};
use crate::cluster::Manifests;
use crate::guest::Policy;
use crate::settings;
use serde_json::{Map, Value};
use std::rc::Rc;
use waitwarden_graph::{Graph, Timeouts, render as picture};
use waitwarden_review::check::{Checked, Source, Want, check_text};
use waitwarden_review::evaluate::{Circumstances, Evaluator};
use waitwarden_review::host_calls::HostCalls;
use waitwarden_review::request::DEFAULT_NAMESPACE;
use waitwarden_review::rules::Rules;
use waitwarden_review::settings::{alone, for_templates};
use waitwarden_review::understood::Plans;
use waitwarden_review::{fixes, patch, render, suppress};

/// What the manifests are called where a name is needed.
const NAME: &str = "manifests.yaml";

/// More waits than this are not drawn with every keystroke.
const MOST_EDGES: usize = 1000;

/// A policy of the page.
pub(crate) struct Chosen {
    pub(crate) policy: Rc<Policy>,
    pub(crate) built_in: bool,
    pub(crate) rules: Rules,
}

/// One look.
pub(crate) struct Session {
    evaluator: Evaluator<Admission>,
    policy: Rc<Policy>,
    manifests: Rc<Manifests>,
    text: String,
    settings: Value,
    built_in: bool,
    plans: Plans,
}

impl Session {
    /// Looks at the page; what is said about it. There is no session where the settings are not valid.
    pub(crate) fn begin(chosen: &Chosen, text: &str, written: &str) -> (Option<Self>, Review) {
        let read = if written.trim().is_empty() && chosen.built_in {
            // The defaults are valid.
            Ok(Value::Object(Map::new()))
        } else {
            settings::read(written, &chosen.policy)
        };
        let settings = match read {
            Ok(settings) => settings,
            Err(complaints) => return (None, Review { settings: complaints, ..Review::default() }),
        };
        let manifests = Rc::new(Manifests::of(text, &settings));
        let admission = Admission {
            policy: Rc::clone(&chosen.policy),
            built_in: chosen.built_in,
            settings: settings.clone(),
            rules: chosen.rules.clone(),
            host: Rc::clone(&manifests) as Rc<dyn HostCalls>,
        };
        let circumstances = Circumstances { namespace: DEFAULT_NAMESPACE.to_owned(), ..Circumstances::default() };
        let mut session = Self {
            evaluator: Evaluator::new(admission, circumstances),
            policy: Rc::clone(&chosen.policy),
            manifests,
            text: text.to_owned(),
            settings,
            built_in: chosen.built_in,
            plans: Plans::default(),
        };
        let mut checked = session.check(&session.evaluator, Want::Findings);
        let writer = session.evaluator.with_settings(|settings| alone(&for_templates(settings)));
        fixes::attach(&mut checked, &session.evaluator.with_settings(alone), &writer);
        suppress::apply(&mut checked);
        for (identity, plan) in checked.plans.drain(..) {
            session.plans.insert(identity, plan);
        }
        let review = Review::of(&checked);
        (Some(session), review)
    }

    fn check(&self, evaluator: &Evaluator<Admission>, want: Want) -> Checked {
        check_text(Source { name: NAME.to_owned(), text: self.text.clone() }, evaluator, want)
    }

    /// What would change, and who waits for whom.
    pub(crate) fn outcome(self) -> Outcome {
        let mut outcome = Outcome::default();
        let in_templates = if self.built_in { for_templates(&self.settings) } else { self.settings.clone() };
        match settings::valid(&in_templates, &self.policy) {
            Ok(()) => {
                let checked = self.check(&self.evaluator.with_settings(for_templates), Want::Text);
                outcome.diff = patch::plain(NAME, &checked.text, &checked.edited());
                if checked.counts.errors == 0 && checked.counts.failed == 0 {
                    outcome.manifests = Some(render::rendered(&checked));
                }
            }
            Err(problem) => outcome.problem = Some(problem),
        }
        let (workloads, objects) = self.plans.among(self.manifests.cluster());
        let graph = Graph::build(&workloads, &objects, Timeouts::default());
        let edges = graph.edges().len();
        outcome.notes = graph.problems().to_vec();
        if edges > 0 {
            self.policy.beat();
            outcome.words = picture::text(&graph);
        }
        if edges > MOST_EDGES {
            outcome.notes.push(format!(
                "{edges} waits are too many to draw while you type; `waitwarden graph --format svg` draws them"
            ));
        } else if edges > 0 {
            outcome.picture = Some(picture::svg(&graph));
        }
        outcome
    }
}
