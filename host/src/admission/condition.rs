//! `matchConditions`: CEL, as far as it can be evaluated here.

use crate::request::Request;
use cel::objects::{Key, Map};
use cel::{Context, Env, ExecutionError, Program, Value as Cel};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

/// What expressions may use: the standard functions, and optional values (`.?`), as the API server has them.
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib().with_optional_support(true)));

/// A condition of a policy's manifest.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    name: String,
    expression: String,
    #[serde(skip)]
    program: Option<Arc<Result<Program, String>>>,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({}: {})", self.name, self.expression)
    }
}

/// Do conditions hold?
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Yes,
    No,
    /// An expression fails, in the cluster too: what it reads is not there.
    Failed(String),
    /// What the cluster would make of it is not known here.
    Unknown(String),
}

impl Condition {
    /// Compiles the expression. One that cannot be read here may still be right in the cluster.
    pub(super) fn compile(&mut self) {
        let expression = self.expression.clone();
        // The parser is not ours, and a run over ten thousand manifests must not end with it.
        let program = catch_unwind(AssertUnwindSafe(|| ENVIRONMENT.compile(&expression)));
        self.program = Some(Arc::new(match program {
            Ok(Ok(program)) => Ok(program),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the expression cannot be read".to_owned()),
        }));
    }

    fn holds(&self, context: &Context<'_, '_>) -> Held {
        let unknown = |why: &str| {
            Held::Unknown(format!("its condition `{}` cannot be evaluated here: {}", self.name, first(why)))
        };
        let program = match self.program.as_deref() {
            Some(Ok(program)) => program,
            Some(Err(error)) => return unknown(error),
            None => return unknown("it was not compiled"),
        };
        match catch_unwind(AssertUnwindSafe(|| program.execute(context))) {
            Ok(Ok(Cel::Bool(true))) => Held::Yes,
            Ok(Ok(Cel::Bool(false))) => Held::No,
            Ok(Ok(_)) => unknown("it gives something else than true and false"),
            Ok(Err(ExecutionError::NoSuchKey(key))) => {
                Held::Failed(format!("its condition `{}` fails: no such key: {key}", self.name))
            }
            Ok(Err(error)) => unknown(&error.to_string()),
            Err(_) => unknown("the expression cannot be evaluated"),
        }
    }
}

fn first(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim()
}

/// All of them: one that does not hold decides, whatever the others do.
pub(super) fn all(conditions: &[Condition], request: &Request<'_>) -> Held {
    if conditions.is_empty() {
        return Held::Yes;
    }
    let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
    let null = Value::Null;
    context.add_variable_from_value("object", cel_value(request.object().unwrap_or(&null)));
    context.add_variable_from_value("oldObject", cel_value(request.old_object().unwrap_or(&null)));
    let whole = request.to_json();
    context.add_variable_from_value("request", cel_value(&whole));
    let mut held = Held::Yes;
    for condition in conditions {
        match condition.holds(&context) {
            Held::No => return Held::No,
            Held::Yes => {}
            // What nobody knows is worse than what fails.
            Held::Failed(_) if matches!(held, Held::Unknown(_)) => {}
            other => held = other,
        }
    }
    held
}

/// Whole numbers are `int`, as the API server has them.
fn cel_value(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(bool) => Cel::Bool(*bool),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Cel::Float(number.as_f64().unwrap_or_default()), Cel::Int)
        }
        Value::String(text) => Cel::String(Arc::new(text.clone())),
        Value::Array(items) => Cel::List(Arc::new(items.iter().map(cel_value).collect())),
        Value::Object(map) => {
            let map: HashMap<Key, Cel> =
                map.iter().map(|(key, value)| (Key::from(key.clone()), cel_value(value))).collect();
            Cel::Map(Map { map: Arc::new(map) })
        }
    }
}
