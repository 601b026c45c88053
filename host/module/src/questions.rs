//! `questions-ui.yml`: the form in which Rancher asks for a policy's settings, made from their JSON Schema.
//!
//! Source: rancher/kubewarden-ui, `components/Questions` (which types there are, how `show_if` is read, that a question's
//! default is written into the settings when it is shown) and `components/Policies/Create.vue` (what is left empty is
//! taken out before the policy is saved). So an empty field is a setting that is not there, and:
//!
//! - a setting whose default is nothing has a question without a default;
//! - a default that changes with every release (`x-follows-release` in the schema) is not put into the form, or the old
//!   one would stay for ever;
//! - `map[` is not used: its fields do not work inside of other settings;
//! - a condition compares with `=` only: the form reads `A!=B` as `A! = B`.
//!
//! In the schema `title` is the label and, of a mapping, the group; the first sentence of `description` stands beside the
//! field and the rest is its tooltip; `x-show-if` is Rancher's `show_if`.

use crate::Mistake;
use serde_json::{Map, Value, json};

mod schema;
use schema::{Resolver, Shape};

/// The group of what is in no mapping.
const GENERAL: &str = "General";
/// Mappings inside each other; a schema with more refers to itself.
const DEPTH: usize = 6;

/// A form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// What the file holds: `{questions: […]}`.
    pub questions: Value,
    /// Settings that can only be given as YAML.
    pub left_out: Vec<String>,
}

/// The form for settings with this JSON Schema: one's own, since it follows every alternative.
///
/// # Errors
/// Everything in the schema that no question can be made of: a setting without a title, a reference to nothing.
pub fn questions(schema: &Value) -> Result<Form, Vec<Mistake>> {
    let mut builder =
        Builder { resolver: Resolver::new(schema), questions: Vec::new(), left_out: Vec::new(), mistakes: Vec::new() };
    builder.properties(schema, &Place { path: "", group: GENERAL, show_if: None });
    let Builder { questions, left_out, mistakes, .. } = builder;
    if mistakes.is_empty() {
        Ok(Form { questions: json!({ "questions": questions }), left_out })
    } else {
        Err(mistakes)
    }
}

impl Form {
    /// The text of `questions-ui.yml`.
    pub fn text(&self) -> String {
        let mut text =
            "# Rancher's form for the settings, made from their schema (host/schema/settings.schema.json); `make \
                        bless` writes it.\n"
                .to_owned();
        if !self.left_out.is_empty() {
            text.extend(["# Not in the form, and possible as YAML: ", &self.left_out.join(", "), ".\n"]);
        }
        text + &waitwarden_manifest::print(&self.questions)
    }
}

/// Where a setting stands.
#[derive(Clone, Copy, Debug)]
struct Place<'s> {
    path: &'s str,
    group: &'s str,
    show_if: Option<&'s str>,
}

struct Builder<'s> {
    resolver: Resolver<'s>,
    questions: Vec<Value>,
    left_out: Vec<String>,
    mistakes: Vec<Mistake>,
}

impl Builder<'_> {
    fn properties(&mut self, schema: &Value, place: &Place<'_>) {
        if place.path.split('.').count() > DEPTH {
            self.mistakes.push(Mistake::new(place.path, format!("more than {DEPTH} mappings inside each other")));
            return;
        }
        for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let dot = if place.path.is_empty() { "" } else { "." };
            let path = format!("{}{dot}{name}", place.path);
            let whole = self.resolver.resolve(schema);
            let shapes = whole.and_then(|whole| Ok((self.resolver.shapes(&whole)?, whole)));
            match shapes {
                Ok((shapes, whole)) => {
                    let show_if = whole.get("x-show-if").and_then(Value::as_str).or(place.show_if);
                    self.setting(&whole, &shapes, &Place { path: &path, show_if, ..*place });
                }
                Err(message) => self.mistakes.push(Mistake::new(path, message)),
            }
        }
    }

    fn setting(&mut self, schema: &Map<String, Value>, shapes: &[Shape], place: &Place<'_>) {
        let words: Vec<&str> = shapes.iter().filter_map(Shape::word).collect();
        let mappings = shapes.iter().filter_map(Shape::mapping);
        if words.is_empty() {
            let mut inside = mappings.clone().peekable();
            if inside.peek().is_some() {
                // The top mapping of several inside each other is the group.
                let title = schema.get("title").and_then(Value::as_str);
                let group = if place.group == GENERAL { title.unwrap_or(GENERAL) } else { place.group };
                for mapping in inside {
                    self.properties(mapping, &Place { group, ..*place });
                }
                return;
            }
        }
        let Some(kind) = Kind::of(shapes, &words) else {
            self.left_out.push(place.path.to_owned());
            return;
        };
        if mappings.count() > 0 {
            self.left_out.push(format!("{} as a mapping", place.path));
        }
        let Some(label) = schema.get("title").and_then(Value::as_str) else {
            self.mistakes.push(Mistake::new(place.path, "it has no title; expected the label of its field"));
            return;
        };
        let default = schema.get("default").filter(|default| kind.fits(default));
        let default = default.filter(|_| schema.get("x-follows-release") != Some(&json!(true)));
        let description = schema.get("description").and_then(Value::as_str).map(sentences);
        let (description, tooltip) = description.map_or((None, None), |(first, rest)| (Some(first), rest));
        let (minimum, maximum) = kind.bounds();
        let fields = [
            ("variable", Some(json!(place.path))),
            ("label", Some(json!(label))),
            ("description", description.map(Value::from)),
            ("tooltip", tooltip.map(Value::from)),
            ("group", Some(json!(place.group))),
            ("type", Some(json!(kind.name()))),
            ("options", kind.options()),
            ("default", default.cloned()),
            ("min", minimum),
            ("max", maximum),
            ("show_if", place.show_if.map(Value::from)),
        ];
        let fields = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        self.questions.push(Value::Object(fields.collect()));
    }
}

/// What a question asks for.
enum Kind<'s> {
    Enum(Vec<&'s str>),
    Text,
    Number { minimum: Option<&'s Value>, maximum: Option<&'s Value> },
    Boolean,
    List,
}

impl<'s> Kind<'s> {
    /// The question that takes most of the shapes; none where there is nothing to choose, or nothing that fits a field.
    fn of(shapes: &'s [Shape], words: &[&'s str]) -> Option<Self> {
        for shape in shapes {
            match shape {
                Shape::List { choices: 1 } => return None,
                Shape::List { .. } => return Some(Self::List),
                Shape::Text => return Some(Self::Text),
                Shape::Integer { minimum, maximum } => {
                    return Some(Self::Number { minimum: minimum.as_ref(), maximum: maximum.as_ref() });
                }
                Shape::Boolean => return Some(Self::Boolean),
                Shape::Word(_) | Shape::Mapping(_) | Shape::Other => {}
            }
        }
        (words.len() > 1).then(|| Self::Enum(words.to_vec()))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Enum(_) => "enum",
            Self::Text => "string",
            Self::Number { .. } => "int",
            Self::Boolean => "boolean",
            Self::List => "array[",
        }
    }

    fn options(&self) -> Option<Value> {
        if let Self::Enum(words) = self { Some(json!(words)) } else { None }
    }

    fn bounds(&self) -> (Option<Value>, Option<Value>) {
        if let Self::Number { minimum, maximum } = self { (minimum.cloned(), maximum.cloned()) } else { (None, None) }
    }

    fn fits(&self, default: &Value) -> bool {
        match self {
            Self::Enum(words) => default.as_str().is_some_and(|default| words.contains(&default)),
            Self::Text => default.is_string(),
            Self::Number { .. } => default.is_number(),
            Self::Boolean => default.is_boolean(),
            Self::List => default.is_array(),
        }
    }
}

/// The first sentence, and what follows.
fn sentences(text: &str) -> (&str, Option<&str>) {
    match text.split_once(". ") {
        Some((first, rest)) => (text.get(..=first.len()).unwrap_or(text), Some(rest)),
        None => (text, None),
    }
}
