//! Label selectors, as a text (`k8s.io/apimachinery/pkg/labels/selector.go`) and as an object
//! (`LabelSelectorAsSelector` of `meta/v1`).

use super::token::{Token, tokens};
use serde_json::Value;
use std::collections::BTreeSet;
use std::iter::Peekable;

/// Requirements that all must hold. None at all selects everything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelSelector(Vec<Requirement>);

#[derive(Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, PartialEq, Eq)]
enum Test {
    In(BTreeSet<String>),
    /// Or there is no such label.
    NotIn(BTreeSet<String>),
    Exists,
    Missing,
    Greater(i64),
    Less(i64),
}

impl LabelSelector {
    /// `app=web,tier in (front, back),!canary`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let told = |problem| format!("invalid label selector `{text}`: {problem}");
        Parser { rest: tokens(text).into_iter().peekable() }.selector().map_err(told)
    }

    /// `{matchLabels: …, matchExpressions: …}`; none when the API server would refuse it.
    pub(crate) fn from_json(selector: &Value) -> Option<Self> {
        let mut requirements = Vec::new();
        match selector.get("matchLabels") {
            None | Some(Value::Null) => {}
            Some(labels) => {
                for (key, value) in labels.as_object()? {
                    requirements.push(Requirement::new(key, Test::In(value_set(&[value.as_str()?])?)).ok()?);
                }
            }
        }
        match selector.get("matchExpressions") {
            None | Some(Value::Null) => {}
            Some(expressions) => {
                for expression in expressions.as_array()? {
                    requirements.push(requirement(expression)?);
                }
            }
        }
        selector.is_object().then_some(Self(requirements))
    }

    /// How much there is to compare.
    pub(crate) fn size(&self) -> usize {
        self.0.len().saturating_add(1)
    }

    /// Whether an object with these `metadata.labels` is wanted. What is not a text is no label.
    pub(crate) fn selects(&self, labels: Option<&Value>) -> bool {
        self.0.iter().all(|requirement| {
            let label = labels.and_then(|labels| labels.get(&requirement.key)?.as_str());
            match &requirement.test {
                Test::In(values) => label.is_some_and(|label| values.contains(label)),
                Test::NotIn(values) => label.is_none_or(|label| !values.contains(label)),
                Test::Exists => label.is_some(),
                Test::Missing => label.is_none(),
                Test::Greater(bound) => number(label).is_some_and(|label| label > *bound),
                Test::Less(bound) => number(label).is_some_and(|label| label < *bound),
            }
        })
    }
}

fn number(label: Option<&str>) -> Option<i64> {
    label?.parse().ok()
}

/// An item of `matchExpressions`.
fn requirement(expression: &Value) -> Option<Requirement> {
    let values = match expression.get("values") {
        None | Some(Value::Null) => Vec::new(),
        Some(values) => values.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?,
    };
    let test = match (expression.get("operator")?.as_str()?, values.is_empty()) {
        ("In", false) => Test::In(value_set(&values)?),
        ("NotIn", false) => Test::NotIn(value_set(&values)?),
        ("Exists", true) => Test::Exists,
        ("DoesNotExist", true) => Test::Missing,
        _ => return None,
    };
    Requirement::new(expression.get("key")?.as_str()?, test).ok()
}

fn value_set(values: &[&str]) -> Option<BTreeSet<String>> {
    values.iter().map(|value| is_value(value).then(|| (*value).to_owned())).collect()
}

impl Requirement {
    fn new(key: &str, test: Test) -> Result<Self, String> {
        let name = match key.split_once('/') {
            Some((prefix, name)) if is_domain(prefix) => name,
            Some(_) => "",
            None => key,
        };
        if name.is_empty() || !is_value(name) {
            return Err(format!("`{key}` is no label key, expected NAME or PREFIX/NAME"));
        }
        if let Test::In(values) | Test::NotIn(values) = &test
            && let Some(value) = values.iter().find(|value| !is_value(value))
        {
            return Err(format!("`{value}` is no label value"));
        }
        Ok(Self { key: key.to_owned(), test })
    }
}

/// `IsValidLabelValue`; a name is a value that is not empty.
fn is_value(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let ends = [text.bytes().next(), text.bytes().last()];
    text.len() <= 63 && text.bytes().all(inner) && ends.into_iter().flatten().all(|byte| byte.is_ascii_alphanumeric())
}

/// `IsDNS1123Subdomain`.
fn is_domain(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 253
        && text.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
        })
}

struct Parser<'a, Tokens: Iterator<Item = Token<'a>>> {
    rest: Peekable<Tokens>,
}

impl<'a, Tokens: Iterator<Item = Token<'a>>> Parser<'a, Tokens> {
    fn selector(mut self) -> Result<LabelSelector, String> {
        let mut requirements = Vec::new();
        if self.rest.peek().is_none() {
            return Ok(LabelSelector(requirements));
        }
        loop {
            requirements.push(self.requirement()?);
            match self.rest.next() {
                None => return Ok(LabelSelector(requirements)),
                Some(Token::Sign(",")) => {}
                other => return Err(expected("`,` or the end", other)),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let missing = self.rest.next_if_eq(&Token::Sign("!")).is_some();
        let key = match self.rest.next() {
            Some(Token::Word(key)) => key,
            other => return Err(expected(if missing { "a key" } else { "a key or `!`" }, other)),
        };
        if missing {
            return Requirement::new(key, Test::Missing);
        }
        if matches!(self.rest.peek(), None | Some(Token::Sign(","))) {
            return Requirement::new(key, Test::Exists);
        }
        let one = |value: &str| BTreeSet::from([value.to_owned()]);
        let test = match self.rest.next() {
            Some(Token::Sign("=" | "==")) => Test::In(one(self.value()?)),
            Some(Token::Sign("!=")) => Test::NotIn(one(self.value()?)),
            Some(Token::Word("in")) => Test::In(self.values()?),
            Some(Token::Word("notin")) => Test::NotIn(self.values()?),
            Some(Token::Sign(">")) => Test::Greater(self.bound()?),
            Some(Token::Sign("<")) => Test::Less(self.bound()?),
            other => return Err(expected("`=`, `!=`, `==`, `in`, `notin`, `>` or `<`", other)),
        };
        Requirement::new(key, test)
    }

    /// What is behind `=`: a word, or nothing for the empty value.
    fn value(&mut self) -> Result<&'a str, String> {
        if matches!(self.rest.peek(), None | Some(Token::Sign(","))) {
            return Ok("");
        }
        match self.rest.next() {
            Some(Token::Word(value)) => Ok(value),
            other => Err(expected("a value", other)),
        }
    }

    fn bound(&mut self) -> Result<i64, String> {
        let value = self.value()?;
        value.parse().map_err(|_| format!("found `{value}`, expected an integer"))
    }

    /// `(a, b)`. Between two commas, or a comma and a bracket, is the empty value; `()` alone is no set.
    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        let mut values = BTreeSet::new();
        let opening = self.rest.next();
        if opening != Some(Token::Sign("(")) {
            return Err(expected("`(`", opening));
        }
        if self.rest.next_if_eq(&Token::Sign(")")).is_some() {
            return Err("the set of values behind `in` or `notin` is empty".to_owned());
        }
        loop {
            let value = match self.rest.peek() {
                Some(Token::Word(value)) => value,
                Some(Token::Sign("," | ")")) => "",
                other => return Err(expected("a value, `,` or `)`", other.copied())),
            };
            values.insert(value.to_owned());
            if !value.is_empty() {
                self.rest.next();
            }
            match self.rest.next() {
                Some(Token::Sign(",")) => {}
                Some(Token::Sign(")")) => return Ok(values),
                other => return Err(expected("`,` or `)`", other)),
            }
        }
    }
}

fn expected(what: &str, found: Option<Token<'_>>) -> String {
    match found {
        Some(Token::Word(text) | Token::Sign(text)) => format!("found `{text}`, expected {what}"),
        None => format!("found the end, expected {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::LabelSelector;
    use serde_json::json;

    #[test]
    fn texts_select() {
        let labels =
            json!({"app": "web", "tier": "front", "empty": "", "in": "x", "size": "12", "a.b/c": "d", "odd": 1});
        for (selector, selects) in [
            ("", true),
            ("  ", true),
            ("app", true),
            ("other", false),
            ("!other", true),
            ("! app", false),
            ("app=web", true),
            ("app == web , tier!=back", true),
            ("app=api", false),
            ("app!=web", false),
            ("other!=web", true),
            ("empty=", true),
            ("empty=,app", true),
            ("other=", false),
            ("tier in (front,back)", true),
            ("tier in (back)", false),
            ("tier notin (back)", true),
            ("other notin (back)", true),
            ("tier notin (front , back)", false),
            ("empty in (,x)", true),
            ("empty in (x,)", true),
            ("empty in (x,,y)", true),
            ("in in (x)", true),
            ("in=x", true),
            ("tier in (in,front)", true),
            ("size>11", true),
            ("size<12", false),
            ("app>1", false),
            ("a.b/c=d", true),
            // The API server would not have taken this label.
            ("odd", false),
        ] {
            assert_eq!(LabelSelector::parse(selector).unwrap().selects(Some(&labels)), selects, "{selector}");
        }
        assert!(LabelSelector::parse("!app,b!=c,d notin (e)").unwrap().selects(None));
    }

    #[test]
    fn nonsense_is_told() {
        for (selector, problem) in [
            (",", "found `,`, expected a key or `!`"),
            ("a,", "found the end, expected a key or `!`"),
            ("a b", "found `b`, expected `=`, `!=`, `==`, `in`, `notin`, `>` or `<`"),
            ("a=b c", "found `c`, expected `,` or the end"),
            ("!a=b", "found `=`, expected `,` or the end"),
            ("!", "found the end, expected a key"),
            ("a=(b)", "found `(`, expected a value"),
            ("a in b", "found `b`, expected `(`"),
            ("a in (b", "found the end, expected `,` or `)`"),
            ("a in (b c)", "found `c`, expected `,` or `)`"),
            ("a in (=)", "found `=`, expected a value, `,` or `)`"),
            ("a in ()", "the set of values behind `in` or `notin` is empty"),
            ("a>b", "found `b`, expected an integer"),
            ("-a=b", "`-a` is no label key, expected NAME or PREFIX/NAME"),
            ("a=b_", "`b_` is no label value"),
            ("A/b/c=d", "`A/b/c` is no label key, expected NAME or PREFIX/NAME"),
        ] {
            assert_eq!(
                LabelSelector::parse(selector).unwrap_err(),
                format!("invalid label selector `{selector}`: {problem}")
            );
        }
    }

    #[test]
    fn objects_select() {
        let labels = json!({"app": "web", "tier": "front"});
        for (selector, selects) in [
            (json!({}), Some(true)),
            (json!({"matchLabels": {"app": "web"}}), Some(true)),
            (json!({"matchLabels": {"app": "api"}}), Some(false)),
            (json!({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]}), Some(true)),
            (json!({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}), Some(false)),
            (json!({"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["front"]}]}), Some(true)),
            (json!({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}), Some(true)),
            (json!({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist", "values": []}]}), Some(false)),
            (
                json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]}),
                Some(false),
            ),
            (json!({"matchExpressions": [{"key": "tier", "operator": "In", "values": []}]}), None),
            (json!({"matchExpressions": [{"key": "tier", "operator": "Exists", "values": ["a"]}]}), None),
            (json!({"matchExpressions": [{"key": "tier", "operator": "Like", "values": ["a"]}]}), None),
            (json!({"matchLabels": {"app": 1}}), None),
            (json!([]), None),
        ] {
            let selector_read = LabelSelector::from_json(&selector);
            assert_eq!(selector_read.map(|read| read.selects(Some(&labels))), selects, "{selector}");
        }
    }
}
