//! As much of JSON Schema as settings use: local references, alternatives, and what kind of value fits each.

use serde_json::{Map, Value};

/// References and alternatives inside each other; more is a circle.
const DEPTH: usize = 6;

/// One kind of value that a schema takes. Null is none: it stands for a setting that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Just this string.
    Word(String),
    /// Strings.
    Text,
    /// Whole numbers.
    Integer { minimum: Option<Value>, maximum: Option<Value> },
    /// true and false.
    Boolean,
    /// Lists; how many different values may be in them, 0 where nobody can count them.
    List { choices: usize },
    /// A mapping with these keys.
    Mapping(Value),
    /// Anything that fits no field.
    Other,
}

impl Shape {
    pub(super) fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }

    pub(super) fn mapping(&self) -> Option<&Value> {
        if let Self::Mapping(schema) = self { Some(schema) } else { None }
    }
}

/// Follows references into the schema.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver<'s> {
    root: &'s Value,
}

impl<'s> Resolver<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        Self { root }
    }

    /// The schema with what it refers to; its own words count more.
    pub(super) fn resolve(self, schema: &Value) -> Result<Map<String, Value>, String> {
        let mut whole = schema.as_object().cloned().ok_or("it is no schema; expected a mapping")?;
        for _ in 0..DEPTH {
            let Some(reference) = whole.remove("$ref") else {
                return Ok(whole);
            };
            let target =
                reference.as_str().and_then(|text| text.strip_prefix('#')).and_then(|at| self.root.pointer(at));
            let target = target.and_then(Value::as_object);
            let target = target.ok_or_else(|| format!("{reference} leads to nothing; expected one of `#/$defs`"))?;
            for (key, value) in target {
                whole.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        Err("its references lead in a circle".to_owned())
    }

    /// Everything that a resolved schema takes.
    pub(super) fn shapes(self, schema: &Map<String, Value>) -> Result<Vec<Shape>, String> {
        self.shapes_at(schema, DEPTH)
    }

    fn shapes_at(self, schema: &Map<String, Value>, depth: usize) -> Result<Vec<Shape>, String> {
        let depth = depth.checked_sub(1).ok_or("its alternatives lead in a circle")?;
        let is = |name: &str| schema.get("type").is_some_and(|kind| kind == name || has(kind, name));
        if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
            let mut shapes = Vec::new();
            for alternative in alternatives {
                shapes.append(&mut self.shapes_at(&self.resolve(alternative)?, depth)?);
            }
            if schema.contains_key("type") {
                shapes.retain(|shape| fits(shape, &is));
            }
            return Ok(shapes);
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            return Ok(words.iter().filter_map(constant).collect());
        }
        if let Some(word) = schema.get("const") {
            return Ok(constant(word).into_iter().collect());
        }
        let mut shapes = Vec::new();
        if is("string") {
            shapes.push(Shape::Text);
        }
        if is("integer") {
            shapes.push(Shape::Integer {
                minimum: schema.get("minimum").cloned(),
                maximum: schema.get("maximum").cloned(),
            });
        }
        if is("boolean") {
            shapes.push(Shape::Boolean);
        }
        if is("array") {
            let items = schema.get("items").map(|items| self.shapes_at(&self.resolve(items)?, depth)).transpose()?;
            let items = items.unwrap_or_default();
            let countable = items.iter().all(|shape| shape.word().is_some());
            shapes.push(Shape::List { choices: if countable { items.len() } else { 0 } });
        }
        if is("object") {
            let known = schema.get("properties").and_then(Value::as_object).is_some_and(|keys| !keys.is_empty());
            shapes.push(if known { Shape::Mapping(Value::Object(schema.clone())) } else { Shape::Other });
        }
        Ok(shapes)
    }
}

fn has(list: &Value, word: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|one| one == word))
}

/// A fixed value: a string is a word, null nothing, others fit no field.
fn constant(value: &Value) -> Option<Shape> {
    match value {
        Value::Null => None,
        Value::String(word) => Some(Shape::Word(word.clone())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(Shape::Other),
    }
}

/// Is a shape of this type?
fn fits(shape: &Shape, is: &dyn Fn(&str) -> bool) -> bool {
    match shape {
        Shape::Word(_) | Shape::Text => is("string"),
        Shape::Integer { .. } => is("integer"),
        Shape::Boolean => is("boolean"),
        Shape::List { .. } => is("array"),
        Shape::Mapping(_) => is("object"),
        Shape::Other => true,
    }
}
