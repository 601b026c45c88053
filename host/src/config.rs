//! The command line, completed: every flag has a twin in the environment, and `waitwarden.yaml` says what holds where neither
//! says anything. Both are defaults of the same parser, so a value means the same wherever it stands.

use crate::args::{self, Cli};
use crate::nearest::nearest;
use crate::report::Wanted;
use crate::source::Input;
use crate::suppress::Exceptions;
use clap::builder::BoolishValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use waitwarden_manifest::{Document, Entry};

/// The name of the file.
pub const FILE: &str = "waitwarden.yaml";
/// What the names of the environment's twins begin with.
const PREFIX: &str = "WAITWARDEN_";

/// A key of the file: a flag that says how a project is checked. What a single run is for does not belong in a file.
#[derive(Debug)]
struct Key {
    name: &'static str,
    /// Its values are paths, which are relative to the file.
    path: bool,
}

const KEYS: [Key; 11] = [
    Key { name: "allow-empty", path: false },
    Key { name: "closed-world", path: false },
    Key { name: "color", path: false },
    Key { name: "context", path: true },
    Key { name: "fail-on", path: false },
    Key { name: "format", path: true },
    Key { name: "namespace", path: false },
    Key { name: "no-suppressions", path: false },
    Key { name: "policy", path: true },
    Key { name: "quiet", path: false },
    Key { name: "settings", path: true },
];

/// The key that is no flag: what is suppressed, where nobody can write a comment.
const SUPPRESSIONS: &str = "suppressions";

/// What the file says: the values of each flag.
type Defaults = Vec<(&'static str, Vec<String>)>;

/// Reads the arguments, the environment and the configuration.
///
/// # Errors
/// Wrong usage, a configuration that cannot be read, and help.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let args: Vec<OsString> = args.into_iter().collect();
    let command = with_environment(Cli::command());
    let matches = command.clone().try_get_matches_from(&args)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let reads = matches.subcommand_name().and_then(|name| command.find_subcommand(name)).is_some_and(judges);
    if cli.isolated || !reads {
        return Ok(cli);
    }
    let Some(file) = cli.config.clone().or_else(nearest_file) else { return Ok(cli) };
    let refused = |message| clap::Error::raw(ErrorKind::InvalidValue, format!("{message}\n"));
    let (defaults, exceptions) = read(&file, &command).map_err(refused)?;
    let matches = with_defaults(command, &defaults).try_get_matches_from(&args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let args::Command::Lint(lint) = &mut cli.command {
        lint.exceptions = exceptions;
    }
    Ok(cli)
}

/// Does a command hold manifests against a policy? Others have nothing to do with a project.
fn judges(command: &Command) -> bool {
    command.get_arguments().any(|arg| arg.get_long() == Some("settings"))
}

/// The nearest file, here or above, up to the top of the repository.
fn nearest_file() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    for folder in here.ancestors() {
        let file = folder.join(FILE);
        if file.is_file() {
            return Some(if folder == here { PathBuf::from(FILE) } else { file });
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    None
}

/// The twins that are set. One that is empty is none.
fn with_environment(command: Command) -> Command {
    let twin = |arg: Arg| {
        let Some(name) = arg.get_long().map(twin_of) else { return arg };
        if std::env::var_os(&name).is_none_or(|value| value.is_empty()) {
            return arg;
        }
        let arg = arg.env(name).hide_env(true);
        if matches!(arg.get_action(), ArgAction::SetTrue) { arg.value_parser(BoolishValueParser::new()) } else { arg }
    };
    command.mut_args(twin).mut_subcommands(move |command| command.mut_args(twin))
}

/// The twin of a flag.
pub fn twin_of(flag: &str) -> String {
    format!("{PREFIX}{}", flag.to_ascii_uppercase().replace('-', "_"))
}

fn with_defaults(command: Command, defaults: &Defaults) -> Command {
    command.mut_subcommands(|command| {
        command.mut_args(|arg| {
            let found = defaults.iter().find(|(name, _)| arg.get_long() == Some(name));
            match found {
                Some((_, values)) => arg.default_values(values.clone()),
                None => arg,
            }
        })
    })
}

/// Reads the file; everything that is wrong with it, a line each.
fn read(file: &Path, command: &Command) -> Result<(Defaults, Exceptions), String> {
    let name = file.display().to_string();
    let source = Input::File(file.to_owned()).read().map_err(|error| format!("{name}: {}", error.message))?;
    let mut documents = Vec::new();
    for entry in waitwarden_manifest::read(&source.text) {
        match entry {
            Entry::Document(document) => documents.push(document),
            Entry::Empty { .. } => {}
            Entry::Broken(broken) => {
                return Err(format!("{name}:{}:{}: {}", broken.line, broken.column, broken.message));
            }
        }
    }
    let document = match documents.as_slice() {
        [] => return Ok(Default::default()),
        [document] => document,
        [_, second, ..] => {
            let line = second.place("", None).line;
            return Err(format!("{name}:{line}: a configuration is one document"));
        }
    };
    let map = match &document.value {
        Value::Object(map) => map,
        Value::Null => return Ok(Default::default()),
        _ => return Err(format!("{name}: a configuration is a mapping")),
    };
    let (mut defaults, mut exceptions, mut errors) = (Vec::new(), Exceptions::default(), Vec::new());
    for (key, value) in map {
        if key == SUPPRESSIONS {
            match Exceptions::read(document, &format!("/{SUPPRESSIONS}"), &source, file) {
                Ok(read) => exceptions = read,
                Err(wrong) => errors.extend(
                    wrong
                        .into_iter()
                        .map(|(place, message)| format!("{name}:{}:{}: {message}", place.line, place.column)),
                ),
            }
            continue;
        }
        let read = match known(key, command) {
            Some((known, arg)) => values(known, arg, value, file).map(|values| defaults.push((known.name, values))),
            None => Err(unknown(key)),
        };
        if let Err(message) = read {
            errors.push(format!("{}: {message}", place(&name, document, key)));
        }
    }
    if errors.is_empty() { Ok((defaults, exceptions)) } else { Err(errors.join("\n")) }
}

fn known<'c>(key: &str, command: &'c Command) -> Option<(&'static Key, &'c Arg)> {
    let known = KEYS.iter().find(|known| known.name == key)?;
    Some((known, argument(known.name, command)?))
}

/// The flag of a name, of any command.
fn argument<'c>(name: &str, command: &'c Command) -> Option<&'c Arg> {
    let mut all = command.get_subcommands().flat_map(Command::get_arguments);
    all.find(|arg| arg.get_long() == Some(name))
}

fn unknown(key: &str) -> String {
    let mut names: Vec<&str> = KEYS.iter().map(|key| key.name).chain([SUPPRESSIONS]).collect();
    names.sort_unstable();
    if let Some(near) = nearest(key, names.iter().copied()) {
        format!("there is no key `{key}`; did you mean `{near}`?")
    } else {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("there is no key `{key}`; the keys are {}", names.join(", "))
    }
}

fn place(name: &str, document: &Document, key: &str) -> String {
    let pointer = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
    let place = document.key_place(&pointer);
    format!("{name}:{}:{}", place.line, place.column)
}

/// The values of a key, as the command line would take them.
fn values(key: &Key, arg: &Arg, value: &Value, file: &Path) -> Result<Vec<String>, String> {
    let name = key.name;
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return match value {
            Value::Bool(value) => Ok(vec![value.to_string()]),
            other => Err(format!("`{name}` is {other}; expected `true` or `false`")),
        };
    }
    let list = match (arg.get_action(), value) {
        (ArgAction::Append, Value::Array(list)) => list.iter().collect(),
        (_, one) => vec![one],
    };
    list.into_iter().map(|value| one(key, arg, value, file)).collect()
}

fn one(key: &Key, arg: &Arg, value: &Value, file: &Path) -> Result<String, String> {
    let name = key.name;
    let Value::String(text) = value else { return Err(format!("`{name}` is {value}; expected text")) };
    if text.is_empty() {
        return Err(format!("`{name}` is empty; leave it out, or say what it is"));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let beside = |path: &Path| folder.join(path).to_string_lossy().into_owned();
    if name == "format" {
        let wanted = Wanted::parse(text).map_err(|message| format!("`{name}` is `{text}`: {message}"))?;
        let format = text.split('=').next().unwrap_or_default();
        return Ok(wanted.file.map_or_else(|| text.clone(), |file| format!("{format}={}", beside(&file))));
    }
    if key.path {
        // What has a scheme is no path.
        return Ok(if text.contains("://") { text.clone() } else { beside(Path::new(text)) });
    }
    let possible = arg.get_possible_values();
    if possible.is_empty() || possible.iter().any(|known| known.matches(text, false)) {
        return Ok(text.clone());
    }
    let words: Vec<String> = possible.iter().map(|known| format!("`{}`", known.get_name())).collect();
    Err(format!("`{name}` is `{text}`; expected {}", words.join(", ")))
}

#[cfg(test)]
mod schema;

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Defaults, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, text).unwrap();
        let shown = folder.path().display().to_string();
        read(&file, &Cli::command()).map_err(|message| message.replace(&format!("{shown}/"), "")).map(
            |(defaults, _)| {
                let relative = |text: String| text.replace(&format!("{shown}/"), "…/");
                defaults.into_iter().map(|(name, values)| (name, values.into_iter().map(relative).collect())).collect()
            },
        )
    }

    #[test]
    fn every_key_is_a_flag() {
        let command = Cli::command();
        assert!(KEYS.is_sorted_by_key(|key| key.name));
        for key in &KEYS {
            assert!(argument(key.name, &command).is_some(), "{}", key.name);
        }
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let text =
            "settings: a/b.yaml\nformat: [text, sarif=out.sarif]\npolicy: registry://example.com/x:v1\nquiet: true\n";
        let expected = vec![
            ("settings", vec!["…/a/b.yaml".to_owned()]),
            ("format", vec!["text".to_owned(), "sarif=…/out.sarif".to_owned()]),
            ("policy", vec!["registry://example.com/x:v1".to_owned()]),
            ("quiet", vec!["true".to_owned()]),
        ];
        assert_eq!(read_text(text), Ok(expected));
        assert_eq!(read_text("# nothing\n"), Ok(Vec::new()));
    }

    #[test]
    fn everything_wrong_is_told_with_its_place() {
        let text =
            "fail_on: warning\nquiet: 1\ncolor: blue\n\nformat: xml\nsettings: [a]\nnamespace: ''\nwhatever: 1\n";
        let expected = "\
waitwarden.yaml:1:1: there is no key `fail_on`; did you mean `fail-on`?
waitwarden.yaml:2:1: `quiet` is 1; expected `true` or `false`
waitwarden.yaml:3:1: `color` is `blue`; expected `auto`, `always`, `never`
waitwarden.yaml:5:1: `format` is `xml`: there is no format `xml`; the formats are `text`, `json`, `sarif`, `junit`, `github`, `gitlab`
waitwarden.yaml:6:1: `settings` is [\"a\"]; expected text
waitwarden.yaml:7:1: `namespace` is empty; leave it out, or say what it is
waitwarden.yaml:8:1: there is no key `whatever`; the keys are `allow-empty`, `closed-world`, `color`, `context`, `fail-on`, `format`, `namespace`, `no-suppressions`, `policy`, `quiet`, `settings`, `suppressions`";
        assert_eq!(read_text(text), Err(expected.to_owned()));
        assert_eq!(read_text("- a\n"), Err("waitwarden.yaml: a configuration is a mapping".to_owned()));
        assert_eq!(
            read_text("a: 1\n---\nb: 1\n"),
            Err("waitwarden.yaml:3: a configuration is one document".to_owned())
        );
    }

    #[test]
    fn suppressions_are_read_with_care() {
        let right =
            "suppressions:\n- {rule: a, reason: b, path: 'charts/**', object: Deployment shop/*, until: 2030-01-31}\n";
        assert_eq!(read_text(right), Ok(Vec::new()));
        let wrong = "suppressions:\n- {rule: a, until: soon}\n- {rule: a, reason: b, pat: c}\n- {rule: a, reason: b, path: '['}\n- a\n";
        let expected = "\
waitwarden.yaml:2:3: a suppression has a `reason`
waitwarden.yaml:2:13: `soon` is no day; expected one as 2030-12-31
waitwarden.yaml:3:24: there is no key `pat`; did you mean `path`?
waitwarden.yaml:4:24: error parsing glob '[': unclosed character class; missing ']'
waitwarden.yaml:5:3: a suppression is a mapping";
        assert_eq!(read_text(wrong), Err(expected.to_owned()));
        assert_eq!(read_text("suppressions: a\n"), Err("waitwarden.yaml:1:1: `suppressions` is a list".to_owned()));
    }

    #[test]
    fn flags_have_twins() {
        assert_eq!(twin_of("fail-on"), "WAITWARDEN_FAIL_ON");
    }
}
