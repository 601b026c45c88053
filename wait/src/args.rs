//! The command line: what the policy writes, and what a person may.

use crate::log::Format;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration as Time;
use waitwarden_core::dependency::{Dependency, parse_one};
use waitwarden_core::duration::{self, Duration};

/// What `--help` prints.
const HELP: &str = "\
Ends when every dependency is ready.

Usage: waitwarden-wait [OPTION...] -- TARGET...

Options:
  --timeout=DURATION   the whole wait, such as 5m (default: for ever)
  --interval=DURATION  between two looks at a dependency (default: 2s)
  --fallback=tcp|none  where the API server cannot be asked about a Service with a port number (default: tcp)
  --ca-file=FILE       PEM certificates to trust in https and grpcs targets, beside the well-known ones
  --log=text|json      how to say it (default: text)
  --version            print the version
  --help               print this

Targets, one an argument, with options behind them in the same argument:
  [NAMESPACE/]service/NAME[:PORT]   an endpoint of the Service is ready
  [NAMESPACE/]job/NAME              the Job is complete
  [NAMESPACE/]deployment/NAME       it is available; also statefulset/NAME, daemonset/NAME: a replica is ready
  [NAMESPACE/]pods/KEY=VALUE[&...]  a Pod with these labels is ready
  [NAMESPACE/]PLURAL.VERSION.GROUP/NAME
                                    the condition Ready of a custom resource is True, or condition=
  tcp://HOST:PORT                   a connection opens
  http[s]://HOST[:PORT][/PATH]      GET answers 200-299, or status=
  grpc[s]://HOST:PORT[/SERVICE]     the gRPC health service says SERVING
  dns://NAME                        the name resolves

Options of a target: timeout=DURATION, required=false, stable=DURATION, status=200-299|301, replicas=all,
  condition=NAME

Exit codes: 0 ready, 64 wrong arguments, 69 timed out, 70 failed for good, 130 SIGINT, 143 SIGTERM
";

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// Print this, and nothing else.
    Say(String),
    /// Wait.
    Wait(Args),
}

/// How to wait, and for what.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    /// The whole wait; zero: for ever.
    pub(crate) timeout: Duration,
    /// Between two looks.
    pub(crate) interval: Time,
    /// Is a TCP connection enough where EndpointSlices cannot be read?
    pub(crate) fallback: bool,
    /// Certificates beside the well-known ones.
    pub(crate) ca_file: Option<PathBuf>,
    /// How to say it.
    pub(crate) format: Format,
    /// What for.
    pub(crate) dependencies: Vec<Dependency>,
}

/// Everything that is wrong with the command line.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    /// How to say it, where that much was understood.
    pub(crate) format: Format,
    /// One line each.
    pub(crate) messages: Vec<String>,
}

/// Reads the arguments behind the program's name.
pub(crate) fn read(arguments: impl Iterator<Item = OsString>) -> Result<Command, Wrong> {
    let mut args = Args {
        timeout: Duration::default(),
        interval: Time::from_secs(2),
        fallback: true,
        ca_file: None,
        format: Format::Text,
        dependencies: Vec::new(),
    };
    let mut messages = Vec::new();
    let mut behind = false;
    for argument in arguments {
        let Ok(argument) = argument.into_string() else {
            messages.push("an argument is not UTF-8".to_owned());
            continue;
        };
        match argument.as_str() {
            "--" if !behind => behind = true,
            "--help" | "-h" if !behind => return Ok(Command::Say(HELP.to_owned())),
            "--version" | "-V" if !behind => {
                return Ok(Command::Say(format!("waitwarden-wait {}\n", env!("CARGO_PKG_VERSION"))));
            }
            text if behind => target(text, &mut args.dependencies, &mut messages),
            text => {
                if let Err(message) = option(text, &mut args) {
                    messages.push(message);
                }
            }
        }
    }
    if args.dependencies.is_empty() && messages.is_empty() {
        messages.push("nothing to wait for; write targets behind `--`, such as `-- service/postgres:5432`".to_owned());
    }
    if messages.is_empty() { Ok(Command::Wait(args)) } else { Err(Wrong { format: args.format, messages }) }
}

/// Reads one option in front of `--`.
fn option(text: &str, args: &mut Args) -> Result<(), String> {
    if !text.starts_with("--") {
        return Err(format!("`{text}` is no option; targets stand behind `--`"));
    }
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let needed = || value.ok_or_else(|| format!("`{name}` has no value; write `{name}=VALUE`"));
    let time = || needed().and_then(|value| duration::parse(value).map_err(|error| format!("`{name}`: {error}")));
    match name {
        "--timeout" => args.timeout = time()?,
        "--interval" => match time()? {
            interval if interval.is_forever() => return Err("`--interval` must be longer than zero".to_owned()),
            interval => args.interval = Time::from_millis(interval.millis),
        },
        "--fallback" => match needed()? {
            "tcp" => args.fallback = true,
            "none" => args.fallback = false,
            other => return Err(format!("`{other}` is not a value of `--fallback`; expected `tcp` or `none`")),
        },
        "--ca-file" => match needed()? {
            "" => return Err("`--ca-file` names no file".to_owned()),
            file => args.ca_file = Some(PathBuf::from(file)),
        },
        "--log" => match needed()? {
            "text" => args.format = Format::Text,
            "json" => args.format = Format::Json,
            other => return Err(format!("`{other}` is not a value of `--log`; expected `text` or `json`")),
        },
        _ => return Err(format!("there is no option `{name}`; `--help` shows them")),
    }
    Ok(())
}

/// Reads one argument behind `--`.
fn target(text: &str, dependencies: &mut Vec<Dependency>, messages: &mut Vec<String>) {
    match parse_one(text) {
        Err(errors) => {
            messages.extend(errors.iter().map(|error| format!("`{text}`: {}; {}", error.message, error.help)));
        }
        Ok(Dependency { target, .. }) if dependencies.iter().any(|known| known.target == target) => {
            messages.push(format!("`{target}` is given twice; write it once"));
        }
        Ok(dependency) => dependencies.push(dependency),
    }
}
