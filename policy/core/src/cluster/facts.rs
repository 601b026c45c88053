//! What is known, and what would have to be: the same code reads facts and notes questions, so the two cannot drift.

use super::list::{self, List};
use super::{Kind, Question};
use serde_json::Value;
use std::cell::RefCell;

/// What a host says to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The JSON, as it came.
    Found(Vec<u8>),
    /// There is no such object.
    Absent,
    /// The policy was not granted access to this.
    Denied(String),
    /// It could not be looked up.
    Failed(String),
    /// Nobody can know: it is not among the manifests that the host has.
    Unknown,
}

/// An answer as it was understood.
#[derive(Debug)]
pub(crate) enum Known {
    Object(Value),
    List(List),
    Absent,
    Denied(String),
    Failed(String),
    Unknown,
}

/// Everything that is known while a request is decided.
#[derive(Debug, Default)]
pub struct Facts {
    // A request asks a few dozen questions; a map for them would be larger than everything else here.
    known: Vec<(Question, Known)>,
    open: RefCell<Vec<Question>>,
    off: bool,
}

impl Facts {
    /// Nothing is known, and nothing will be asked.
    pub(crate) fn off() -> Self {
        Self { off: true, ..Self::default() }
    }

    /// Notes an answer; of lists only annotations under the prefix are kept.
    pub(crate) fn note(&mut self, question: Question, answer: Answer, prefix: &str) {
        let unreadable = || Known::Failed("the answer cannot be read".to_owned());
        let known = match (answer, &question) {
            (Answer::Found(json), Question::List { kind, .. }) => {
                list::read(&json, *kind, prefix).map_or_else(unreadable, Known::List)
            }
            (Answer::Found(json), _) => serde_json::from_slice(&json).map_or_else(|_| unreadable(), Known::Object),
            (Answer::Absent, _) => Known::Absent,
            (Answer::Denied(why), _) => Known::Denied(why),
            (Answer::Failed(why), _) => Known::Failed(why),
            (Answer::Unknown, _) => Known::Unknown,
        };
        self.known.push((question, known));
    }

    /// The first questions that nobody answered yet.
    pub(crate) fn take_open(&mut self, most: usize) -> Vec<Question> {
        let mut open = std::mem::take(self.open.get_mut());
        open.truncate(most);
        open
    }

    /// What is known, in the order in which it was asked.
    pub(crate) fn known(&self) -> &[(Question, Known)] {
        &self.known
    }

    /// The answer to a question; none where it is not answered yet, and then it will be asked.
    pub(crate) fn answer(&self, question: Question) -> &Known {
        if let Some((_, known)) = self.known.iter().find(|(known, _)| *known == question) {
            return known;
        }
        let mut open = self.open.borrow_mut();
        if !self.off && !open.contains(&question) {
            open.push(question);
        }
        &Known::Unknown
    }

    /// One object.
    pub(crate) fn object(&self, kind: Kind, namespace: &str, name: &str) -> &Known {
        self.answer(Question::Get { kind, namespace: namespace.to_owned(), name: name.to_owned() })
    }

    /// Everything of a kind in a namespace, where `identity` may list and watch it: policy-server never answers a list that
    /// is forbidden.
    pub(crate) fn list(&self, kind: Kind, namespace: &str, identity: &str) -> Option<&List> {
        let may = |verb| {
            self.answer(Question::Can {
                user: identity.to_owned(),
                namespace: namespace.to_owned(),
                group: kind.group().to_owned(),
                resource: kind.resource().to_owned(),
                name: None,
                verb,
            })
            .allowed()
        };
        // Both are asked at once.
        if (may("list"), may("watch")) != (Some(true), Some(true)) {
            return None;
        }
        match self.answer(Question::List { kind, namespace: namespace.to_owned() }) {
            Known::List(list) => Some(list),
            _ => None,
        }
    }
}

impl Known {
    /// The object, where it is one.
    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Self::Object(value) => Some(value),
            _ => None,
        }
    }

    /// What a `SubjectAccessReview` says, where there is an answer.
    pub(crate) fn allowed(&self) -> Option<bool> {
        self.value()?.get("allowed")?.as_bool()
    }
}
