//! The commands, from arguments to exit code.

mod diff;
mod explain;
mod fix;
mod graph;
mod inspect;
mod lint;
mod progress;
mod registry;
mod render;
mod shell;
mod test;

use crate::admission::{self, Loaded, Namespaces, Surroundings};
use crate::args::{Cli, Color, Command, Common, Diff, Fix, Graph, Lint, Rbac, Render};
use crate::check::{Checked, Counts};
use crate::context::Context;
use crate::engine::Engine;
use crate::evaluate::{Circumstances, Evaluator};
use crate::exit::Exit;
use crate::old;
use crate::request::{Operation, UserInfo};
use crate::source::{self, Input};
use crate::{pool, settings};
use anstream::AutoStream;
use progress::Progress;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Does what the command line says. The runtime must have threads for blocking work.
pub async fn run(cli: Cli) -> Exit {
    let (color, quiet) = match &cli.command {
        Command::Lint(Lint { common, .. })
        | Command::Diff(Diff { common, .. })
        | Command::Fix(Fix { common, .. })
        | Command::Graph(Graph { common, .. })
        | Command::Rbac(Rbac { common, .. })
        | Command::Render(Render { common, .. }) => (common.color, common.quiet),
        Command::Explain(explain) => (explain.color, false),
        Command::Completions(_) | Command::Inspect(_) | Command::Man(_) | Command::Pull(_) | Command::Push(_) => {
            (Color::Auto, false)
        }
        Command::Test(test) => (test.color, test.quiet),
    };
    let mut terminal = Terminal::new(color, quiet);
    let done = match &cli.command {
        Command::Lint(command) => lint::run(command, &mut terminal).await,
        Command::Diff(command) => diff::run(command, &mut terminal).await,
        Command::Fix(command) => fix::run(command, &mut terminal).await,
        Command::Render(command) => render::run(command, &mut terminal).await,
        Command::Graph(command) => graph::graph(command, &mut terminal).await,
        Command::Rbac(command) => graph::rbac(command, &mut terminal).await,
        Command::Explain(command) => explain::run(command, &mut terminal),
        Command::Inspect(command) => inspect::run(command, &mut terminal),
        Command::Push(command) => registry::push(command, &mut terminal),
        Command::Pull(command) => registry::pull(command, &mut terminal),
        Command::Completions(command) => Ok(shell::completions(command, &mut terminal)),
        Command::Man(command) => shell::man(command),
        Command::Test(command) => test::run(command, &mut terminal),
    };
    let exit = match done {
        Ok(exit) => exit,
        Err(Stop { exit, message }) => {
            terminal.complain("error", &message);
            exit
        }
    };
    match terminal.broken.take() {
        // Half of the output is no output.
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            terminal.complain("error", &format!("the output cannot be written: {error}"));
            Exit::NotEvaluated
        }
        _ => exit,
    }
}

/// What ends a run before there is anything to say about manifests.
#[derive(Debug)]
struct Stop {
    exit: Exit,
    message: String,
}

impl Stop {
    fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }
}

/// The two streams. Nothing else prints.
struct Terminal {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    quiet: bool,
    /// Somebody looks at standard output.
    watched: bool,
    /// Why standard output takes nothing more.
    broken: Option<io::Error>,
}

impl Terminal {
    fn new(color: Color, quiet: bool) -> Self {
        Self {
            out: AutoStream::new(io::stdout(), color.into()),
            err: AutoStream::new(io::stderr(), color.into()),
            quiet,
            watched: io::stdout().is_terminal(),
            broken: None,
        }
    }

    /// Prints to standard output; breaks where nobody reads it any more, as in `waitwarden lint | head`.
    fn print(&mut self, text: &str) -> ControlFlow<()> {
        if self.broken.is_none() && !text.is_empty() {
            self.broken = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).err();
        }
        if self.broken.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn print_err(&mut self, text: &str) {
        // There is nowhere left to say that this failed.
        let _ = self.err.write_all(text.as_bytes());
    }

    fn complain(&mut self, what: &str, message: &str) {
        self.print_err(&format!("{what}: {message}\n"));
    }

    fn note(&mut self, message: &str) {
        if !self.quiet {
            self.complain("note", message);
        }
    }
}

/// What the manifests are held against.
struct Setup {
    evaluator: Evaluator,
    /// The rest of the cluster, as far as manifests tell.
    context: Arc<Context>,
    /// The same policy, made to write its plan into manifests, where it is not made so already.
    writer: Option<Evaluator>,
    built_in: bool,
}

/// Loads the policies and the settings. In templates the built-in policy shows its plan; other policies are asked as they
/// are.
fn set_up(common: &Common, in_templates: bool, terminal: &mut Terminal) -> Result<Setup, Stop> {
    let settings =
        settings::read(common.settings.as_deref()).map_err(|error| Stop::usage(format!("--settings {error}")))?;
    let asking = &common.asking;
    if !asking.old.is_empty() && asking.operation != Operation::Update {
        return Err(Stop::usage("--old is for --operation update: what is created or deleted replaces nothing"));
    }
    let old = old::read(&asking.old, &common.namespace).map_err(|error| Stop::usage(format!("--old {error}")))?;
    let around = &common.around;
    let context = Context::read(&around.context, &common.namespace)
        .map_err(|error| Stop::usage(format!("--context {error}")))?
        .inputs(&named(common))
        .with(old.objects().cloned())
        .closed(around.closed_world)
        .network(around.allow_network);
    let mut known = Namespaces::default();
    context.objects().iter().for_each(|object| known.add(object));
    let context = Arc::new(context);
    let around = Surroundings { known, context: Arc::clone(&context), fetch: (&common.fetching).into() };
    let policies = (common.policy.as_slice(), (&settings, common.settings.as_deref()));
    let engine = Engine::new().map_err(|error| Stop::usage(error.to_string()))?;
    let Loaded { admissions, notes } = admission::load(&engine, policies.0, policies.1, in_templates, &around)
        .map_err(|error| Stop::usage(error.to_string()))?;
    for note in notes {
        terminal.note(&note);
    }
    let built_in = admissions.built_in();
    if in_templates && built_in {
        terminal
            .note("a manifest holds no Pods, so the plan is shown in the templates (mode: mutate, inject: templates)");
    }
    let circumstances = Circumstances {
        operation: asking.operation,
        old,
        user: asking.user.as_deref().map(|name| UserInfo::new(name, &asking.group)),
        namespace: common.namespace.clone(),
    };
    let evaluator = Evaluator::new(admissions, circumstances);
    // Settings that are refused in this form write nothing.
    let writer = (!in_templates).then(|| evaluator.with_settings(settings::for_templates));
    Ok(Setup { evaluator, context, writer, built_in })
}

/// What to read: the arguments, else standard input.
fn named(common: &Common) -> Vec<PathBuf> {
    if common.paths.is_empty() { vec![PathBuf::from(source::STDIN)] } else { common.paths.clone() }
}

/// The same, where somebody feeds standard input.
fn paths(common: &Common) -> Result<Vec<PathBuf>, Stop> {
    if common.paths.is_empty() && io::stdin().is_terminal() {
        return Err(Stop::usage("nothing to look at: name files or folders, or pipe manifests in (see --help)"));
    }
    Ok(named(common))
}

/// Checks all inputs, and hands over what `show` makes of each, in order.
async fn each_file<T: Send + 'static>(
    common: &Common,
    evaluator: Evaluator,
    check: impl Fn(&Input, &Evaluator) -> Checked + Send + Sync + 'static,
    show: impl Fn(Checked) -> T + Send + Sync + 'static,
    mut each: impl FnMut(T) -> ControlFlow<()>,
) -> Result<Counts, Stop> {
    let paths = paths(common)?;
    let mut counts = Counts::default();
    let work = move |input: Input| {
        let checked = check(&input, &evaluator);
        (checked.counts, show(checked))
    };
    let mut progress = Progress::new(common.quiet);
    let done = pool::in_order(source::inputs(&paths), work, |(more, shown)| {
        counts.add(more);
        progress.file(|| each(shown))
    });
    done.await
        .map_err(|error| Stop { exit: Exit::NotEvaluated, message: format!("this is a bug of waitwarden: {error}") })?;
    Ok(counts)
}

/// The exit code of a run that went through, and a word where there was nothing to look at.
fn finish(counts: &Counts, complaints: usize, common: &Common, terminal: &mut Terminal) -> Exit {
    if counts.failed > 0 {
        return Exit::NotEvaluated;
    }
    if counts.documents == 0 && !common.allow_empty && terminal.broken.is_none() {
        let files = match counts.files {
            1 => "the file".to_owned(),
            files => format!("{files} files"),
        };
        terminal.complain("error", &format!("no Kubernetes object found in {files} (--allow-empty takes that)"));
        return Exit::NotEvaluated;
    }
    if complaints > 0 { Exit::Findings } else { Exit::Clean }
}
