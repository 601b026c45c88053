//! Files that nobody means well with: each ends in an error with exit code 3, soon, and the files beside it are checked.

#[path = "support/command.rs"]
mod command;

use command::{Folder, Run, run_in};
use std::time::Duration;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";
const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

/// Longer than any of these files takes, also on a busy machine.
const SOON: Duration = Duration::from_mins(5);

#[track_caller]
fn lint(folder: &Folder, args: &[&str]) -> Run {
    let args: Vec<&str> = ["lint", "--color", "never"].iter().chain(args).copied().collect();
    run_in(&folder.path(""), &args, "", SOON)
}

/// A file with this text is refused with these words, and the one beside it is checked.
#[track_caller]
fn check(text: impl AsRef<[u8]>, words: &str) {
    let folder = Folder::new(&[("service.yaml", SERVICE)]);
    folder.write("hostile.yaml", text);
    let run = lint(&folder, &["hostile.yaml", "service.yaml"]);
    let head: String = run.out.chars().take(500).collect();
    assert!(run.out.starts_with("error[unreadable]: ") && run.out.contains(words), "{head}");
    assert!(run.out.contains("Checked 1 object in "), "{head}");
    assert_eq!((run.err.as_str(), run.code), ("", 3), "{head}");
}

#[test]
fn deep_nesting() {
    check(format!("{HEAD}data: {}", "[".repeat(100_000)), "nested");
    check("- ".repeat(100_000), "nested");
    check(format!("{{\"a\": {}", "{\"a\":".repeat(100_000)), "nested");
    let stairs: String = (0..2000).flat_map(|depth| [" ".repeat(depth), "a:\n".to_owned()]).collect();
    check(stairs, "nested");
}

#[test]
fn aliases_that_multiply() {
    let mut bomb = format!("{HEAD}data:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let users = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.extend(["  a", &level.to_string(), ": &a", &level.to_string(), " [", &users, "]\n"]);
    }
    check(bomb, "aliases expand");
    check(format!("{HEAD}data: &a [*a]\n"), "contains itself");
    // A long text, many times.
    let text = "x".repeat(1 << 20);
    let many = vec!["*t"; 900].join(", ");
    check(format!("{HEAD}t: &t {text}\ndata: [{many}]\n"), "aliases expand");
}

#[test]
fn large_files() {
    let folder = Folder::new(&[("service.yaml", SERVICE)]);
    folder.write("large.yaml", "");
    std::fs::OpenOptions::new().write(true).open(folder.path("large.yaml")).unwrap().set_len(100 << 20).unwrap();
    let run = lint(&folder, &["large.yaml", "service.yaml"]);
    assert!(run.out.starts_with("error[unreadable]: it is larger than 64 MiB"), "{run:?}");
    assert_eq!(run.code, 3);
}

#[test]
fn many_values() {
    check(format!("{HEAD}data:\n{}", "- a\n".repeat(4_100_000)), "holds more than 4000000 values");
    check("---\na\n".repeat(600_000), "holds more than 4000000 values");
}

#[test]
fn bytes_that_are_no_text() {
    check(b"a: \x00b\n", "");
    check(b"apiVersion: v1\nkind: \xff\n", "it is not UTF-8: line 2");
    check(b"\xff\xfea\x00:\x00", "it is UTF-16");
    check(vec![0_u8; 100_000], "");
}

#[test]
fn paths_that_lead_nowhere() {
    let folder = Folder::new(&[("service.yaml", SERVICE), ("dir/a.yaml", SERVICE)]);
    let run = lint(&folder, &["gone/a.yaml", "gone", "service.yaml"]);
    assert_eq!(run.out.matches("error[unreadable]: there is no such file\n").count(), 2, "{run:?}");
    assert!(run.out.contains("Checked 1 object in 1 file: 2 errors"), "{run:?}");
    assert_eq!(run.code, 3);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    #[test]
    fn links_in_a_circle() {
        let folder = Folder::new(&[("dir/service.yaml", SERVICE)]);
        symlink("loop.yaml", folder.path("loop.yaml")).unwrap();
        let run = lint(&folder, &["loop.yaml", "dir"]);
        assert!(run.out.starts_with("error[unreadable]: Too many levels of symbolic links\n"), "{run:?}");
        assert!(run.out.contains("Checked 1 object in 1 file: 1 error"), "{run:?}");
        assert_eq!(run.code, 3);
        // A folder that holds a link to itself is walked once.
        std::fs::remove_file(folder.path("loop.yaml")).unwrap();
        symlink(".", folder.path("dir/again")).unwrap();
        let run = lint(&folder, &["."]);
        assert_eq!((run.out.as_str(), run.code), ("Checked 1 object in 1 file: no findings.\n", 0));
    }

    #[test]
    fn pipes_sockets_and_devices() {
        let folder = Folder::new(&[("service.yaml", SERVICE)]);
        let pipe = folder.path("pipe.yaml");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = UnixListener::bind(folder.path("socket.yaml")).unwrap();
        symlink("/dev/zero", folder.path("zero.yaml")).unwrap();
        let run = lint(&folder, &["pipe.yaml", "socket.yaml", "zero.yaml", "/dev/zero", "service.yaml"]);
        assert_eq!(run.out.matches("error[unreadable]: it is no regular file").count(), 4, "{run:?}");
        assert!(run.out.contains("Checked 1 object in 1 file: 4 errors"), "{run:?}");
        assert_eq!(run.code, 3);
        // In a folder they are not manifests.
        let run = lint(&folder, &["."]);
        assert_eq!((run.out.as_str(), run.code), ("Checked 1 object in 1 file: no findings.\n", 0));
        let run = run_in(&folder.path(""), &["fix", "-q", "pipe.yaml"], "", SOON);
        assert_eq!(run.code, 3, "{run:?}");
    }

    #[test]
    fn what_may_not_be_read() {
        let folder = Folder::new(&[("secret.yaml", SERVICE), ("closed/a.yaml", SERVICE), ("service.yaml", SERVICE)]);
        for name in ["secret.yaml", "closed"] {
            std::fs::set_permissions(folder.path(name), std::fs::Permissions::from_mode(0o0)).unwrap();
        }
        let root = std::fs::read(folder.path("secret.yaml")).is_ok();
        let run = lint(&folder, &["."]);
        std::fs::set_permissions(folder.path("closed"), std::fs::Permissions::from_mode(0o700)).unwrap();
        if root {
            // Root may read everything.
            assert_eq!(run.code, 0, "{run:?}");
            return;
        }
        assert_eq!(run.out.matches("error[unreadable]: it may not be read").count(), 2, "{run:?}");
        assert!(run.out.contains("Checked 1 object in 1 file"), "{run:?}");
        assert_eq!(run.code, 3);
    }

    #[test]
    fn a_pipe_that_a_shell_hands_over_is_read() {
        let folder = Folder::new(&[("service.yaml", SERVICE)]);
        let script = format!("cat service.yaml | {} lint /dev/stdin", env!("CARGO_BIN_EXE_waitwarden"));
        let output = Command::new("sh").arg("-c").arg(script).current_dir(folder.path("")).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "Checked 1 object in 1 file: no findings.\n");
        assert_eq!(output.status.code(), Some(0));
    }
}
