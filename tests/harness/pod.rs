//! Runs a wait container as the kubelet would: its command and arguments, the root of its image, which cannot be
//! written, a user that is not root, its volumes, and the files that the kubelet puts into every container.

use crate::image::{self, Unpacked};
use serde_json::Value;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{fs, io};

/// What keeps the container apart from the machine. Some machines forbid the better ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Namespaces, made by bubblewrap.
    Namespaces,
    /// Another root and user, by root.
    Root,
    /// Nothing: the program runs from the unpacked image, and is told where its files are.
    Nothing,
}

impl Isolation {
    /// The best one that works here; what is missing is said once.
    pub fn here() -> Self {
        static HERE: LazyLock<Isolation> = LazyLock::new(|| {
            let works = |program: &str, arguments: &[&str]| {
                Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
            };
            if works("bwrap", &["--unshare-all", "--ro-bind", "/", "/", "true"]) {
                return Isolation::Namespaces;
            }
            let found = if works("setpriv", &[&CAGE[..], &[CHROOT, USER, "--groups=", "/", "true"]].concat()) {
                Isolation::Root
            } else {
                Isolation::Nothing
            };
            let _ = writeln!(io::stderr(), "note: bwrap can make no namespaces here; the wait container has {}", {
                if found == Isolation::Root { "another root and user only" } else { "no isolation at all" }
            });
            found
        });
        *HERE
    }
}

/// No way to more rights than are needed to change root and user, and those are lost with the user.
pub const CAGE: [&str; 3] = ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all,+sys_chroot,+setuid,+setgid"];

/// With its path: containers have no PATH to find it in.
pub const CHROOT: &str = "/usr/sbin/chroot";

/// The user of the image, for chroot.
const USER: &str = "--userspec=65532:65532";

/// What the kubelet puts into every container.
const FILES: [&str; 2] = ["/etc/hosts", "/etc/resolv.conf"];

/// A Pod's volumes and files around the image of the wait program.
#[derive(Debug)]
pub struct Sandbox {
    folder: tempfile::TempDir,
    image: &'static Unpacked,
    mounts: Vec<String>,
    /// An `emptyDir`, which can be written.
    scratch: Option<String>,
}

impl Sandbox {
    /// Lays the folders out; `volume` is the content of the projected volume at `mount`. The files `hosts` and
    /// `resolv.conf` are the machine's.
    ///
    /// # Errors
    /// Where the disk, or the program, is missing.
    pub fn new(mount: &str, volume: &[(&str, &str)]) -> io::Result<Self> {
        let sandbox =
            Self { folder: tempfile::tempdir()?, image: image::unpacked()?, mounts: Vec::new(), scratch: None };
        fs::create_dir_all(sandbox.inside("/etc"))?;
        for file in FILES {
            fs::write(sandbox.inside(file), fs::read(file).unwrap_or_default())?;
        }
        fs::write(sandbox.path("termination-log"), "")?;
        // As the kubelet makes it.
        fs::set_permissions(sandbox.path("termination-log"), fs::Permissions::from_mode(0o666))?;
        sandbox.volume(mount, volume)
    }

    /// With another volume, such as one with certificates.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn volume(mut self, mount: &str, files: &[(&str, &str)]) -> io::Result<Self> {
        fs::create_dir_all(self.inside(mount))?;
        self.mounts.push(mount.to_owned());
        for (name, text) in files {
            self.write(mount, name, text)?;
        }
        Ok(self)
    }

    /// With an `emptyDir`, which the kubelet lets everybody in the Pod write.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn empty_dir(self, mount: &str) -> io::Result<Self> {
        let folder = self.inside(mount);
        fs::create_dir_all(&folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777))?;
        Ok(Self { scratch: Some(mount.to_owned()), ..self })
    }

    /// With this `/etc/hosts`.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn hosts(self, text: &str) -> io::Result<Self> {
        fs::write(self.inside("/etc/hosts"), text)?;
        Ok(self)
    }

    /// With this `/etc/resolv.conf`.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn resolv_conf(self, text: &str) -> io::Result<Self> {
        fs::write(self.inside("/etc/resolv.conf"), text)?;
        Ok(self)
    }

    /// Writes a file of a volume, also while the container runs: readers see the old content or the new one.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn write(&self, mount: &str, name: &str, text: &str) -> io::Result<()> {
        let draft = self.path("draft");
        fs::write(&draft, text)?;
        fs::rename(draft, self.inside(mount).join(name))
    }

    /// What the container will run, with these variables.
    pub fn command(&self, container: &Value, variables: &[(&str, String)]) -> Command {
        let words = |key: &str| {
            let list = container.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(expanded).collect::<Vec<_>>()
        };
        self.run(&[words("command"), words("args")].concat(), variables)
    }

    /// What a probe runs in the container: its `exec`.
    pub fn probe(&self, probe: &Value) -> Command {
        let words = probe.pointer("/exec/command").and_then(Value::as_array).into_iter().flatten();
        self.run(&words.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>(), &[])
    }

    fn run(&self, words: &[String], variables: &[(&str, String)]) -> Command {
        match Isolation::here() {
            Isolation::Namespaces => self.namespaces(words, variables),
            Isolation::Root => self.other_root(words, variables),
            Isolation::Nothing => self.bare(words, variables),
        }
    }

    /// The container's last words.
    pub fn termination_message(&self) -> String {
        fs::read_to_string(self.path("termination-log")).unwrap_or_default()
    }

    /// With bubblewrap. As in a runtime the mount points are made above the image, then the root cannot be written.
    fn namespaces(&self, words: &[String], variables: &[(&str, String)]) -> Command {
        let mut command = Command::new("bwrap");
        command.args(["--unshare-all", "--share-net", "--die-with-parent", "--new-session", "--clearenv"]);
        command.args(["--uid", "65532", "--gid", "65532", "--cap-drop", "ALL"]);
        for entry in fs::read_dir(&self.image.root).into_iter().flatten().flatten() {
            command.arg("--ro-bind").arg(entry.path()).arg(Path::new("/").join(entry.file_name()));
        }
        command.args(["--dev", "/dev", "--proc", "/proc"]);
        for mount in &self.mounts {
            command.arg("--ro-bind").arg(self.inside(mount)).arg(mount);
        }
        for file in FILES {
            command.arg("--ro-bind").arg(self.inside(file)).arg(file);
        }
        if let Some(mount) = &self.scratch {
            command.arg("--bind").arg(self.inside(mount)).arg(mount);
        }
        command.arg("--bind").arg(self.path("termination-log")).arg("/dev/termination-log");
        command.args(["--remount-ro", "/", "--chdir", "/"]);
        for (name, value) in variables {
            command.args(["--setenv", name, value]);
        }
        command.arg("--").args(words);
        command
    }

    /// With chroot. Everything belongs to root and stands in the folder itself, so nothing but the log can be written.
    fn other_root(&self, words: &[String], variables: &[(&str, String)]) -> Command {
        let root = self.path("root");
        if let Err(error) = self.furnish() {
            let _ = writeln!(io::stderr(), "note: {}: {error}", root.display());
        }
        let mut command = Command::new("setpriv");
        command.args(CAGE).args([CHROOT, USER, "--groups="]).arg(root).args(words);
        command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Puts the program and the log beside the volumes and files, which stand there already.
    fn furnish(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.image.root)? {
            let entry = entry?;
            fs::copy(entry.path(), self.inside(&entry.file_name().to_string_lossy()))?;
        }
        let log = self.inside("/dev/termination-log");
        if !log.exists() {
            fs::create_dir_all(self.inside("/dev"))?;
            fs::hard_link(self.path("termination-log"), log)?;
        }
        Ok(())
    }

    /// The same program and arguments, on a machine where nothing can be kept apart.
    fn bare(&self, words: &[String], variables: &[(&str, String)]) -> Command {
        let mut words = words.iter();
        let program = words.next().map(|word| word.trim_start_matches('/')).unwrap_or_default();
        let mut command = Command::new(self.image.root.join(program));
        for word in words {
            let here =
                |word: String, mount: &String| word.replace(mount.as_str(), &self.inside(mount).to_string_lossy());
            command.arg(self.mounts.iter().fold(word.clone(), here));
        }
        command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        if let Some(mount) = self.mounts.first() {
            command.env("WAITWARDEN_SERVICE_ACCOUNT_DIR", self.inside(mount));
        }
        if let Some(mount) = &self.scratch {
            command.env("WAITWARDEN_STATE_DIR", self.inside(mount));
        }
        command.env("WAITWARDEN_ETC", self.inside("/etc"));
        command.env("WAITWARDEN_TERMINATION_LOG", self.path("termination-log"));
        command
    }

    /// Where something of the container stands on the machine.
    fn inside(&self, path: &str) -> PathBuf {
        self.path("root").join(path.trim_start_matches('/'))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Kubernetes turns `$$` into `$` (and `$(NAME)` into a variable's value, which the policy never writes).
fn expanded(argument: &str) -> String {
    argument.replace("$$", "$")
}
