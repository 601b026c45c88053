//! The node: the Pod's containers, and the rounds of a second.
//!
//! In a second the events happen first, then the programs go on, then probes are asked, then the kubelet acts
//! (`node/sync.rs`), then the Pod's status is reported. So the kubelet sees an exit in the second in which it happens
//! (`pkg/kubelet/pleg/generic.go`: it lists containers once a second).

mod backoff;
mod stop;
mod sync;

use crate::Seconds;
use crate::pod::{Container, Error, Kind, Pod};
use crate::probe::Worker;
use crate::program::{Process, Step, Volume};
use crate::scenario::{Application, Event, Scenario};
use crate::timeline::{Entry, Moment, State, Timeline};
use crate::world::World;
use backoff::Backoff;
use stop::Stopping;

/// The kubelet's name in a timeline.
const KUBELET: &str = "kubelet";
/// How long the node controller hears nothing from a node before it says that its Pods are not Ready
/// (`--node-monitor-grace-period`; `pkg/controller/util/node/controller_utils.go`: `MarkPodsNotReady`).
const NODE_SILENT: Seconds = 50;
/// The exit code of a container that a reboot ended, as containerd tells it.
const UNKNOWN: i32 = 255;

/// A container and what became of it.
#[derive(Debug)]
struct Unit {
    spec: Container,
    behaviour: Application,
    record: Record,
    worker: Worker,
    backoff: Backoff,
    /// How often it has been started.
    starts: u32,
    /// Whether its backoff was spoken of.
    backs_off: bool,
}

/// What the container runtime knows of a container.
#[derive(Debug)]
enum Record {
    Missing,
    Running(Run),
    Exited { code: i32, at: Seconds },
}

/// A container that runs.
#[derive(Debug)]
struct Run {
    since: Seconds,
    process: Process,
    stop: Option<Stop>,
}

/// A container that was told to stop: it ends by itself with `code`, or is killed.
#[derive(Debug, Clone, Copy)]
struct Stop {
    ends: Seconds,
    code: i32,
    killed: Seconds,
}

/// The Pod's sandbox: its network, which containers live in (`pkg/kubelet/kuberuntime/util/util.go`: `PodSandboxChanged`).
#[derive(Debug, Default)]
struct Sandbox {
    ready: bool,
    attempts: u32,
}

/// A node with one Pod.
#[derive(Debug)]
pub(crate) struct Node {
    pod: Pod,
    units: Vec<Unit>,
    events: Vec<(Seconds, Event)>,
    world: World,
    volume: Volume,
    sandbox: Sandbox,
    /// Since when the node is down, and until when.
    down: Option<(Seconds, Seconds)>,
    /// Whether all containers are being restarted: the condition `AllContainersRestarting`.
    resetting: bool,
    deleted: bool,
    stopping: Option<Stopping>,
    over: bool,
    reported: State,
    log: Vec<Entry>,
    moments: Vec<Moment>,
}

impl Node {
    pub(crate) fn new(mut pod: Pod, scenario: &Scenario) -> Result<Self, Error> {
        let known = |name: &str| pod.containers.iter().any(|container| container.name == name);
        if let Some(name) = scenario.containers().find(|name| !known(name)) {
            let message = format!("`{name}`: the Pod has no such container");
            return Err(Error::new(format!("scenario `{}`", scenario.name), message));
        }
        let unit = |spec: Container| {
            let given = scenario.applications.iter().find(|application| application.container == spec.name);
            let ends = (spec.kind == Kind::Init).then_some((1, 0));
            let behaviour = given.cloned().unwrap_or_else(|| Application { ends, ..Application::new(&spec.name) });
            Unit {
                spec,
                behaviour,
                record: Record::Missing,
                worker: Worker::default(),
                backoff: Backoff::default(),
                starts: 0,
                backs_off: false,
            }
        };
        let units = std::mem::take(&mut pod.containers).into_iter().map(unit).collect();
        let mut events = scenario.events.clone();
        events.sort_by_key(|(at, _)| *at);
        Ok(Self {
            pod,
            units,
            events,
            world: World::default(),
            volume: Volume::default(),
            sandbox: Sandbox::default(),
            down: None,
            resetting: false,
            deleted: false,
            stopping: None,
            over: false,
            reported: State::default(),
            log: Vec::new(),
            moments: Vec::new(),
        })
    }

    pub(crate) fn timeline(self) -> Timeline {
        Timeline { moments: self.moments }
    }

    /// A second passes.
    pub(crate) fn second(&mut self, now: Seconds) {
        self.world.now = now;
        let later = self.events.partition_point(|(at, _)| *at <= now);
        for (_, event) in self.events.drain(..later).collect::<Vec<_>>() {
            self.happen(event);
        }
        if let Some((_, until)) = self.down {
            if now < until {
                return self.report();
            }
            self.down = None;
            self.outside("node", "is up again");
        }
        self.run();
        self.probe();
        self.sync();
        self.report();
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::ApiServerAway if !std::mem::replace(&mut self.world.api_away, true) => {
                self.outside("API server", "goes away");
            }
            Event::ApiServerBack if std::mem::replace(&mut self.world.api_away, false) => {
                self.outside("API server", "is back");
            }
            Event::Away(name) => {
                let what = if self.world.now == 0 { "is not there yet" } else { "goes away" };
                if self.world.away.insert(name.clone()) {
                    self.outside(&name, what);
                }
            }
            Event::Back(name) => {
                if self.world.away.remove(&name) {
                    self.outside(&name, "is there");
                }
            }
            Event::Delete if !self.deleted && self.world.api_away => {
                self.outside("user", "cannot delete the Pod: the API server is away");
            }
            Event::Delete if !std::mem::replace(&mut self.deleted, true) => self.outside("user", "deletes the Pod"),
            Event::Exits { container, code } => self.exit(&container, code),
            Event::Reboot(seconds) => self.reboot(seconds),
            // It is as it says already.
            Event::ApiServerAway | Event::ApiServerBack | Event::Delete => {}
        }
    }

    fn exit(&mut self, name: &str, code: i32) {
        let now = self.world.now;
        let Some(unit) = self.units.iter_mut().find(|unit| unit.spec.name == name) else { return };
        let runs = unit.runs();
        if runs {
            unit.exited(code, now);
        }
        self.inside(name, &if runs { format!("exits with {code}") } else { "would exit, and does not run".to_owned() });
    }

    /// Power is lost. Processes, memory and so memory-backed volumes are gone, and with the kubelet its backoff; the
    /// records of containers stay, and the sandbox is not ready any more.
    fn reboot(&mut self, seconds: Seconds) {
        let now = self.world.now;
        self.outside("node", "reboots");
        for unit in &mut self.units {
            if unit.runs() {
                unit.exited(UNKNOWN, now);
            }
            unit.backoff = Backoff::default();
        }
        self.volume = Volume::default();
        self.sandbox.ready = false;
        self.resetting = false;
        self.stopping = None;
        let since = self.down.map_or(now, |(since, _)| since);
        self.down = Some((since, now.saturating_add(seconds.max(1))));
    }

    /// The programs go on.
    fn run(&mut self) {
        let now = self.world.now;
        for index in 0..self.units.len() {
            let Some(unit) = self.units.get_mut(index) else { continue };
            let Record::Running(run) = &mut unit.record else { continue };
            let age = now.saturating_sub(run.since);
            if age == 0 {
                continue;
            }
            let Step { said, exit } = match run.stop {
                Some(stop) if now >= stop.ends => Step { said: Vec::new(), exit: Some(stop.code) },
                Some(stop) if now >= stop.killed => Step { said: vec!["is killed".to_owned()], exit: Some(137) },
                Some(_) => Step::default(),
                None => run.process.step(age, &self.world, &mut self.volume),
            };
            if let Some(code) = exit {
                unit.exited(code, now);
            }
            let name = unit.spec.name.clone();
            for line in said {
                self.inside(&name, &line);
            }
            match exit {
                Some(0) => self.inside(&name, "ends with 0"),
                Some(code) => self.inside(&name, &format!("exits with {code}")),
                None => {}
            }
        }
    }

    /// Readiness probes are asked and answer.
    fn probe(&mut self) {
        for index in 0..self.units.len() {
            let now = self.world.now;
            let Some(unit) = self.units.get_mut(index) else { continue };
            let (Record::Running(run), Some(probe)) = (&unit.record, unit.spec.readiness) else { continue };
            let age = now.saturating_sub(run.since);
            let was = unit.worker.ready;
            if Worker::due(probe, age) {
                unit.worker.answered(probe, run.process.ready(age));
            }
            let name = unit.spec.name.clone();
            match (was, unit.worker.ready) {
                (false, true) => self.inside(&name, "is ready"),
                (true, false) => self.inside(&name, "is not ready"),
                _ => {}
            }
        }
    }

    /// What the API shows. The Pod is Ready when all its regular containers and sidecars are
    /// (`pkg/kubelet/status/generate.go`: `GenerateContainersReadyCondition`, `GeneratePodReadyCondition`; KEP-753), and in
    /// its Services while it is Ready and not being deleted (`k8s.io/endpointslice/utils.go`: `podToEndpoint`). Without the API
    /// server nobody learns of a change (`pkg/kubelet/status/status_manager.go`: `syncPod`).
    fn report(&mut self) {
        let now = self.world.now;
        let before = self.reported.clone();
        let runs = self.units.iter().filter(|unit| unit.runs());
        self.reported.running = runs.map(|unit| unit.spec.name.clone()).collect();
        let counts = |unit: &&Unit| unit.spec.kind != Kind::Init;
        let ready = !self.over && self.units.iter().filter(counts).all(|unit| unit.worker.ready);
        let silent = self.down.map(|(since, _)| now.saturating_sub(since));
        match (self.world.api_away, silent) {
            (false, None) => self.reported.ready = ready,
            (false, Some(silent)) if silent >= NODE_SILENT => {
                if std::mem::replace(&mut self.reported.ready, false) {
                    self.outside("node controller", "has heard nothing from the node for 50s");
                }
            }
            (true, _) | (false, Some(_)) => {}
        }
        if !self.world.api_away {
            self.reported.in_service = self.reported.ready && !self.deleted;
        }
        let entries = std::mem::take(&mut self.log);
        if !entries.is_empty() || before != self.reported {
            self.moments.push(Moment { at: now, entries, pod: self.reported.clone() });
        }
    }

    fn outside(&mut self, who: &str, what: &str) {
        self.log.push(Entry { who: who.to_owned(), what: what.to_owned(), outside: true });
    }

    fn inside(&mut self, who: &str, what: &str) {
        self.log.push(Entry { who: who.to_owned(), what: what.to_owned(), outside: false });
    }
}

impl Unit {
    fn runs(&self) -> bool {
        matches!(self.record, Record::Running(_))
    }

    fn exit_code(&self) -> Option<i32> {
        if let Record::Exited { code, .. } = self.record { Some(code) } else { None }
    }

    fn exited(&mut self, code: i32, at: Seconds) {
        self.record = Record::Exited { code, at };
        self.worker.stopped();
    }
}
