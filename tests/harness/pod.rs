//! Runs a wait container as the kubelet would: its command and arguments, a root that holds the program alone and cannot
//! be written, a user that is not root, its volumes.

use crate::root;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs, io};

/// May namespaces be made here? Some machines forbid it; there the program runs without them, and says so.
static ISOLATED: LazyLock<bool> = LazyLock::new(|| {
    let tried = Command::new("bwrap").args(["--unshare-all", "--ro-bind", "/", "/", "true"]).output();
    tried.is_ok_and(|output| output.status.success())
});

/// The static program, as it stands in the image.
pub fn program() -> PathBuf {
    let built = "target/x86_64-unknown-linux-musl/release-wait/waitwarden-wait";
    env::var_os("WAITWARDEN_WAIT").map_or_else(|| root().join(built), PathBuf::from)
}

/// A folder that becomes the root of a container.
#[derive(Debug)]
pub struct Sandbox {
    folder: tempfile::TempDir,
    mount: String,
}

impl Sandbox {
    /// Lays the folder out; `volume` is the content of the projected volume at `mount`.
    ///
    /// # Errors
    /// Where the disk, or the program, is missing.
    pub fn new(mount: &str, volume: &[(&str, &str)]) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let at = |path: &str| folder.path().join("root").join(path.trim_start_matches('/'));
        for path in ["dev", "proc", "etc", mount] {
            fs::create_dir_all(at(path))?;
        }
        fs::copy(program(), at("waitwarden-wait"))?;
        for file in ["/etc/hosts", "/etc/resolv.conf"] {
            fs::write(at(file), fs::read(file).unwrap_or_default())?;
        }
        for (name, text) in volume {
            fs::write(at(mount).join(name), text)?;
        }
        fs::write(folder.path().join("termination-log"), "")?;
        Ok(Self { folder, mount: mount.to_owned() })
    }

    /// What the container will run, with these variables.
    pub fn command(&self, container: &Value, variables: &[(&str, String)]) -> Command {
        let words = |key: &str| {
            let list = container.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(expanded).collect::<Vec<_>>()
        };
        if !*ISOLATED {
            return self.bare(&words("args"), variables);
        }
        let mut command = Command::new("bwrap");
        command.args(["--unshare-all", "--share-net", "--die-with-parent", "--new-session", "--clearenv"]);
        command.args(["--uid", "65532", "--gid", "65532", "--ro-bind"]).arg(self.path("root")).arg("/");
        command
            .args(["--dev", "/dev", "--proc", "/proc", "--bind"])
            .arg(self.path("termination-log"))
            .arg("/dev/termination-log");
        for (name, value) in variables {
            command.args(["--setenv", name, value]);
        }
        command.arg("--").args(words("command")).args(words("args"));
        command
    }

    /// The same program and arguments, on a machine where nothing can be unshared.
    fn bare(&self, arguments: &[String], variables: &[(&str, String)]) -> Command {
        let _ = writeln!(io::stderr(), "note: bwrap can make no namespaces here: the wait program runs without them");
        let mut command = Command::new(self.path("root/waitwarden-wait"));
        command.args(arguments).env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        command.env("WAITWARDEN_SERVICE_ACCOUNT_DIR", self.path("root").join(self.mount.trim_start_matches('/')));
        command.env("WAITWARDEN_TERMINATION_LOG", self.path("termination-log"));
        command
    }

    /// The container's last words.
    pub fn termination_message(&self) -> String {
        fs::read_to_string(self.path("termination-log")).unwrap_or_default()
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.folder.path()).join(name)
    }
}

/// Kubernetes turns `$$` into `$` (and `$(NAME)` into a variable's value, which the policy never writes).
fn expanded(argument: &str) -> String {
    argument.replace("$$", "$")
}
