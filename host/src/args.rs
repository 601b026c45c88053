//! The command line.

use crate::report::Wanted;
use crate::request::Operation;
use crate::suppress::Exceptions;
use crate::verdict::Severity;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Makes sure that Pods wait for what they depend on: checks Kubernetes manifests with the policy of the cluster, offline.
#[derive(Debug, Parser)]
#[command(name = "waitwarden", version, propagate_version = true, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// The configuration; otherwise the nearest `waitwarden.yaml`, here or in a folder above, up to the repository's
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Read no configuration, whatever --config says
    #[arg(long, global = true)]
    pub isolated: bool,
}

const EXIT_CODES: &str =
    "Exit codes: 0 nothing to complain about; 1 findings, or something is refused; 2 wrong usage, settings or \
configuration; 3 no Kubernetes object to look at, or something could not be read or evaluated.

Every flag has a twin in the environment: WAITWARDEN_FAIL_ON stands for --fail-on. A flag wins over the environment, \
and the environment over waitwarden.yaml.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what is wrong with manifests, as the cluster would
    Lint(Lint),
    /// Show what the policy would change, as a unified diff
    Diff(Diff),
    /// Write what the policy would change into the files
    Fix(Fix),
    /// Print the manifests with the policy's changes in them
    Render(Render),
    /// Draw who waits for whom: the order in which things start, cycles, the longest chain
    Graph(Graph),
    /// Print the Roles and `RoleBindings` that the waits need, for `kubectl apply -f -`
    Rbac(Rbac),
    /// Say what a rule means, with a wrong and a right example; without a rule, list them
    Explain(Explain),
    /// Say what is in a Kubewarden module: its metadata and its sections
    Inspect(Inspect),
    /// Push a policy or an image to a registry, as kwctl and skopeo do
    Push(Push),
    /// Pull a policy from a registry, and keep it for offline use
    Pull(Pull),
    /// Print the completions for a shell
    Completions(Completions),
    /// Write the manual pages
    #[command(hide = true)]
    Man(Man),
    /// Run fixture suites: what the policy is expected to make of objects
    Test(Test),
}

/// `lint`.
#[derive(Debug, Args)]
pub struct Lint {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// How to show findings, and where: FORMAT is for standard output, FORMAT=FILE for a file. May be given several times
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = "text", value_delimiter = ',', value_parser = Wanted::parser())]
    pub format: Vec<Wanted>,
    /// The mildest finding that makes the command fail
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Nothing is suppressed, by comments or by the configuration
    #[arg(long)]
    pub no_suppressions: bool,
    /// What the configuration suppresses.
    #[arg(skip)]
    pub exceptions: Exceptions,
}

/// `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// `fix`.
#[derive(Debug, Args)]
#[command(after_help = FIX_HELP)]
pub struct Fix {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// Write nothing; show what would be written, as a unified diff
    #[arg(long)]
    pub diff: bool,
    /// Write nothing; end with 1 where something would be written
    #[arg(long)]
    pub check: bool,
}

const FIX_HELP: &str = "Comments, order, quotes, indentation, line ends and the file's mode are kept. A file is written as a \
whole or not at all, and not when anything in it is refused or cannot be read. Standard input is no file: `waitwarden render -` \
prints what `fix` would write.

Exit codes: 0 all files are as the policy wants them; 1 something is refused or left alone, or would be written (--check); 2 wrong \
usage, settings or configuration; 3 no Kubernetes object to look at, or something could not be read, evaluated or written.";

/// `render`.
#[derive(Debug, Args)]
pub struct Render {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// Behind each workload, print the Pod that its controller would create
    #[arg(long)]
    pub pods: bool,
}

/// `graph`.
#[derive(Debug, Args)]
pub struct Graph {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// How to draw
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Drawing,
}

/// How `graph` draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Drawing {
    /// For people: layers, the longest chain, cycles
    #[default]
    Text,
    /// For Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// For programs
    Json,
    /// A picture
    Svg,
}

/// `rbac`.
#[derive(Debug, Args)]
pub struct Rbac {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The rule, as it stands in brackets behind `error`, `warning` or `note`
    #[arg(value_name = "RULE")]
    pub rule: Option<String>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

/// `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// The module of any Kubewarden policy, or one in a registry (`registry://HOST/REPOSITORY:TAG`)
    #[arg(value_name = "FILE")]
    pub module: PathBuf,
    /// Where registries are asked.
    #[command(flatten)]
    pub fetching: Fetching,
    /// How to say it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: InspectFormat,
}

/// `push`.
#[derive(Debug, Args)]
pub struct Push {
    /// What is pushed
    #[command(subcommand)]
    pub what: Pushing,
}

/// What `push` pushes.
#[derive(Debug, Subcommand)]
pub enum Pushing {
    /// A Kubewarden module with its metadata, such as annotated-policy.wasm
    Policy {
        /// The module
        #[arg(value_name = "FILE")]
        module: PathBuf,
        /// Where to
        #[command(flatten)]
        to: PushTo,
    },
    /// An image, with all its platforms and what refers to it
    Image {
        /// The folder of its OCI layout, such as dist/wait
        #[arg(value_name = "FOLDER")]
        layout: PathBuf,
        /// Where to
        #[command(flatten)]
        to: PushTo,
    },
}

/// Where something is pushed to.
#[derive(Debug, Args)]
pub struct PushTo {
    /// `registry://HOST/REPOSITORY:TAG`
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    /// A registry that speaks plain HTTP; those on loopback may. May be given several times
    #[arg(long, value_name = "HOST[:PORT]")]
    pub insecure_registry: Vec<String>,
}

/// `pull`.
#[derive(Debug, Args)]
pub struct Pull {
    /// `registry://HOST/REPOSITORY:TAG`, or with `@sha256:…` instead of a tag
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    /// Also write the module to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where registries are asked.
    #[command(flatten)]
    pub fetching: Fetching,
}

/// How `inspect` says it.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum InspectFormat {
    /// For people
    #[default]
    Text,
    /// For programs: size, sections and the metadata as they stand in the module
    Json,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Where to
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
}

/// `test`.
#[derive(Debug, Args)]
pub struct Test {
    /// Suites, and folders with suites; the current folder, where nothing is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write golden files, rather than compare them
    #[arg(long)]
    pub bless: bool,
    /// Run only cases whose name matches
    #[arg(long, value_name = "REGEX")]
    pub run: Option<String>,
    /// How to show what came of them: `text` or `junit`, to standard output or to a file; may be given several times
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = "text", value_delimiter = ',', value_parser = Wanted::parser())]
    pub format: Vec<Wanted>,
    /// The namespace of objects that name none
    #[arg(short, long, value_name = "NS", default_value = crate::request::DEFAULT_NAMESPACE)]
    pub namespace: String,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Only failures
    #[arg(short, long)]
    pub quiet: bool,
}

/// What every command that reads manifests takes.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Files and folders; `-` is standard input, which is also read when nothing is given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The policy's settings, as YAML or JSON
    #[arg(short, long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Another policy than the built-in one: a Kubewarden module (.wasm), one in a registry
    /// (`registry://HOST/REPOSITORY:TAG`), or YAML with the manifests of policies. May be given several times
    #[arg(long, value_name = "FILE")]
    pub policy: Vec<PathBuf>,
    /// Where registries are asked for policies.
    #[command(flatten)]
    pub fetching: Fetching,
    /// What is about to happen, and who does it.
    #[command(flatten)]
    pub asking: Asking,
    /// What else is in the cluster.
    #[command(flatten)]
    pub around: Around,
    /// The namespace of objects that name none
    #[arg(short, long, value_name = "NS", default_value = crate::request::DEFAULT_NAMESPACE)]
    pub namespace: String,
    /// Finding no Kubernetes object is fine
    #[arg(long)]
    pub allow_empty: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// No summary and no notes
    #[arg(short, long)]
    pub quiet: bool,
}

/// How policies come out of registries.
#[derive(Clone, Debug, Default, Args)]
pub struct Fetching {
    /// Take policies of registries from the cache, and never from the network
    #[arg(long)]
    pub offline: bool,
    /// A registry that speaks plain HTTP; those on loopback may. May be given several times
    #[arg(long, value_name = "HOST[:PORT]")]
    pub insecure_registry: Vec<String>,
}

impl From<&Fetching> for crate::fetch::Fetch {
    fn from(fetching: &Fetching) -> Self {
        Self { insecure: fetching.insecure_registry.clone(), offline: fetching.offline }
    }
}

/// What is about to happen to the objects, and who does it.
#[derive(Clone, Debug, Args)]
pub struct Asking {
    /// What is about to happen to the objects
    #[arg(long, value_enum, default_value_t, value_name = "OPERATION")]
    pub operation: Operation,
    /// Files and folders with the objects as they are in the cluster, for `--operation update`
    #[arg(long, value_name = "PATH", required_if_eq("operation", "update"))]
    pub old: Vec<PathBuf>,
    /// Who does it; `system:serviceaccount:NAMESPACE:NAME` is a service account
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// A group of that user. May be given several times
    #[arg(long, value_name = "NAME", requires = "user")]
    pub group: Vec<String>,
}

/// What else is in the cluster, for policies that look around.
#[derive(Clone, Debug, Args)]
pub struct Around {
    /// Files and folders with objects that are already in the cluster. May be given several times
    #[arg(long, value_name = "PATH")]
    pub context: Vec<PathBuf>,
    /// The manifests, with those of --context, are all there is: what is not among them does not exist
    #[arg(long)]
    pub closed_world: bool,
    /// Let policies resolve names and look at images in registries
    #[arg(long)]
    pub allow_network: bool,
}

/// The mildest finding that makes `lint` fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// What the cluster would refuse
    #[default]
    Error,
    /// That, and warnings
    Warning,
    /// Anything
    Note,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Note => Self::Note,
        }
    }
}

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
