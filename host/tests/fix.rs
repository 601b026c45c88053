//! `fix`: what it writes, what it leaves alone, and what it says.

#[path = "support/command.rs"]
mod command;

use command::Folder;

const WEB: &str = "\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      annotations:
        waitwarden.io/depends-on: tcp://db:5432   # the database
        waitwarden.io/readiness: http://:8080/ready
    spec:
      containers:
      - name: web   # the only one
        image: 'web:1'
        ports: [{containerPort: 8080}]
";

const FIXED: &str = "\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      annotations:
        waitwarden.io/depends-on: tcp://db:5432   # the database
        waitwarden.io/readiness: http://:8080/ready
        waitwarden.io/injected: '{\"probes\":[\"web\"],\"v\":1}'
    spec:
      initContainers:
      - name: wait-for-dependencies
        image: ghcr.io/waitwarden/wait:0.1.0
        command:
        - /waitwarden-wait
        args:
        - --timeout=11m
        - --
        - tcp://db:5432
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop:
            - ALL
          readOnlyRootFilesystem: true
          runAsNonRoot: true
          seccompProfile:
            type: RuntimeDefault
        terminationMessagePolicy: FallbackToLogsOnError
      containers:
      - name: web   # the only one
        image: 'web:1'
        ports: [{containerPort: 8080}]
        readinessProbe:
          httpGet:
            path: /ready
            port: 8080
          periodSeconds: 5
          timeoutSeconds: 2
          failureThreshold: 3
";

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";

/// A target that nobody knows.
fn wrong() -> String {
    WEB.replace("tcp://db:5432", "svc/db")
}

#[test]
fn a_file_is_written_and_then_it_is_right() {
    let folder = Folder::new(&[("web.yaml", WEB), ("service.yaml", SERVICE)]);
    let run = folder.run(&["fix", "."]);
    assert_eq!(run.out, "Fixed web.yaml\nFixed 1 file of 2; 1 right already.\n");
    assert!(run.err.starts_with("note: a manifest holds no Pods"), "{run:?}");
    assert_eq!((run.err.lines().count(), run.code), (1, 0));
    assert_eq!(folder.read("web.yaml"), FIXED);
    assert_eq!(folder.read("service.yaml"), SERVICE);
    let run = folder.run(&["fix", "-q", "."]);
    assert_eq!((run.out.as_str(), run.err.as_str(), run.code), ("", "", 0));
    assert_eq!(folder.read("web.yaml"), FIXED);
    assert_eq!(folder.names(), ["service.yaml", "web.yaml"]);
}

#[test]
fn it_writes_what_diff_shows() {
    let folder = Folder::new(&[("web.yaml", WEB)]);
    let shown = folder.run(&["diff", "-q", "web.yaml"]);
    let would = folder.run(&["fix", "-q", "--diff", "web.yaml"]);
    assert_eq!((&would.out, would.err.as_str(), would.code), (&shown.out, "", 0));
    assert_eq!(folder.read("web.yaml"), WEB);
    let rendered = folder.run(&["render", "-q", "web.yaml"]);
    assert_eq!(rendered.out, FIXED);
}

#[test]
fn check_says_what_would_be_written() {
    let folder = Folder::new(&[("web.yaml", WEB)]);
    let run = folder.run(&["fix", "--check", "web.yaml"]);
    assert_eq!((run.out.as_str(), run.code), ("Would fix web.yaml\nWould fix 1 file of 1.\n", 1));
    let run = folder.run(&["fix", "--check", "--diff", "web.yaml"]);
    assert!(run.out.starts_with("--- a/web.yaml\n"), "{run:?}");
    assert_eq!(run.code, 1);
    assert_eq!(folder.read("web.yaml"), WEB);
    folder.run(&["fix", "web.yaml"]);
    let run = folder.run(&["fix", "--check", "web.yaml"]);
    assert_eq!((run.out.as_str(), run.code), ("Would fix 0 files of 1; 1 right already.\n", 0));
}

#[test]
fn nothing_is_written_where_anything_is_refused() {
    let text = format!("{WEB}---\n{}", wrong());
    let folder = Folder::new(&[("both.yaml", &text), ("web.yaml", WEB)]);
    let run = folder.run(&["fix", "."]);
    assert_eq!(run.out, "Fixed web.yaml\nFixed 1 file of 2; 1 left alone; 1 error.\n");
    assert!(run.err.contains("error[invalid-dependency]: unknown kind `svc`\n  --> both.yaml:27:35\n"), "{run:?}");
    assert!(run.err.ends_with("left alone: both.yaml\n"), "{run:?}");
    assert_eq!(run.code, 1);
    assert_eq!(folder.read("both.yaml"), text);
    assert_eq!(folder.read("web.yaml"), FIXED);
}

#[test]
fn nothing_is_written_where_anything_cannot_be_read() {
    let text = format!("{WEB}---\na: b: c\n");
    let folder = Folder::new(&[("broken.yaml", &text)]);
    let run = folder.run(&["fix", "broken.yaml"]);
    assert_eq!((run.out.as_str(), run.code), ("Fixed 0 files of 1; 1 left alone; 1 error.\n", 3));
    assert_eq!(folder.read("broken.yaml"), text);
}

#[test]
fn line_ends_and_other_documents_stay() {
    let text = format!("\u{feff}# top\n{SERVICE}---\n# no object\na: yes\n---\n{WEB}...\n").replace('\n', "\r\n");
    let folder = Folder::new(&[("all.yaml", &text)]);
    let run = folder.run(&["fix", "-q", "all.yaml"]);
    assert_eq!((run.err.as_str(), run.code), ("", 0));
    let expected = format!("\u{feff}# top\n{SERVICE}---\n# no object\na: yes\n---\n{FIXED}...\n").replace('\n', "\r\n");
    assert_eq!(folder.read("all.yaml"), expected);
}

#[test]
fn json_stays_json() {
    let text = "\
{
    \"kind\": \"Pod\", \"apiVersion\": \"v1\",
    \"metadata\": {\"name\": \"a\", \"annotations\": {\"waitwarden.io/depends-on\": \"tcp://db:1\", \"waitwarden.io/readiness\": \"none\"}},
    \"spec\": {
        \"containers\": [
            {\"name\": \"a\", \"image\": \"a\"}
        ]
    }
}
";
    let folder = Folder::new(&[("pod.json", text)]);
    let run = folder.run(&["fix", "-q", "pod.json"]);
    assert_eq!((run.err.as_str(), run.code), ("", 0));
    let fixed = folder.read("pod.json");
    let value: serde_json::Value = serde_json::from_str(&fixed).unwrap();
    assert_eq!(value["spec"]["initContainers"][0]["args"][2], "tcp://db:1");
    // All lines are there, in order, and commas apart as they were.
    let mut lines = fixed.lines();
    for line in text.lines() {
        let line = line.trim_end_matches(',');
        assert!(lines.any(|new| new.trim_end_matches(',') == line), "{line}\n{fixed}");
    }
    assert_eq!(folder.run(&["fix", "--check", "pod.json"]).code, 0);
}

#[test]
fn an_anchor_with_several_users_is_left_to_people() {
    let text = WEB
        .replace("metadata:\n  name: web\n", "metadata:\n  name: web\n  annotations: *shared\n")
        .replace("# The shop.\n", "x-shared: &shared {a: b} # everywhere\n");
    let text = text.replace(
        "      annotations:\n        waitwarden.io/depends-on: tcp://db:5432   # the database\n        waitwarden.io/readiness: http://:8080/ready\n",
        "      annotations: *shared\n",
    );
    let text = text.replace("{a: b}", "{waitwarden.io/depends-on: tcp://db:5432, waitwarden.io/readiness: none}");
    let folder = Folder::new(&[("web.yaml", &text)]);
    // The alias is written out where it changes; the anchor and its other user stay.
    let run = folder.run(&["fix", "-q", "web.yaml"]);
    assert_eq!((run.err.as_str(), run.code), ("", 0));
    assert!(folder.read("web.yaml").starts_with("x-shared: &shared {waitwarden.io/depends-on: tcp://db:5432,"));
    // Where the anchor itself changes, its users would too.
    let text = WEB.replace("      annotations:\n", "      annotations: &notes\n") + "x-notes: *notes # kept\n";
    folder.write("web.yaml", &text);
    let run = folder.run(&["fix", "web.yaml"]);
    assert!(run.err.contains("error[not-edited]: the change cannot be made piece by piece"), "{run:?}");
    assert!(run.out.starts_with("--- a/web.yaml\n+++ b/web.yaml\n"), "{run:?}");
    assert!(run.out.ends_with("\nFixed 0 files of 1; 1 left alone; 1 error.\n"), "{run:?}");
    assert_eq!(run.code, 1);
    assert_eq!(folder.read("web.yaml"), text);
}

#[test]
fn what_remains_is_said() {
    let text = WEB.replace("        waitwarden.io/readiness: http://:8080/ready\n", "");
    let folder = Folder::new(&[("web.yaml", &text)]);
    // A derived probe is a guess, also when it is written.
    let run = folder.run(&["fix", "web.yaml"]);
    assert_eq!((run.out.as_str(), run.code), ("Fixed web.yaml\nFixed 1 file of 1; 1 warning.\n", 0));
    let line = 1 + folder.read("web.yaml").lines().position(|line| line.contains("name: web   #")).unwrap();
    assert!(run.err.contains(&format!("--> web.yaml:{line}:")), "the place is that in the new text: {run:?}");
}

#[test]
fn a_request_is_judged_and_not_edited() {
    let object = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"shop","annotations":{"waitwarden.io/depends-on":"tcp://db:1","waitwarden.io/readiness":"none"}},"spec":{"containers":[{"name":"a","image":"a"}]}}"#;
    let request = format!(
        r#"{{"uid":"1","kind":{{"group":"","version":"v1","kind":"Pod"}},"resource":{{"group":"","version":"v1","resource":"pods"}},"namespace":"shop","operation":"CREATE","userInfo":{{"username":"me"}},"object":{object}}}"#
    );
    let review = format!(r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{request}}}"#);
    let wrong = review.replace("tcp://db:1", "svc/db");
    let folder = Folder::new(&[("request.json", &request), ("review.json", &review), ("wrong.yaml", &wrong)]);
    let run = folder.run(&["fix", "request.json", "review.json"]);
    assert_eq!((run.out.as_str(), run.code), ("Fixed 0 files of 2; 2 right already; 2 notes.\n", 0));
    assert!(run.err.contains("note[not-edited]: the policy changes the object of this request"), "{run:?}");
    assert_eq!(folder.read("review.json"), review);
    let run = folder.run(&["lint", "wrong.yaml"]);
    let column = wrong.find("svc/db").unwrap() + 1;
    assert!(run.out.starts_with("error[invalid-dependency]: unknown kind `svc`\n"), "{run:?}");
    assert!(run.out.contains(&format!("--> wrong.yaml:1:{column}\n")), "{run:?}");
    assert!(run.out.contains("= in: Pod shop/a\n"), "{run:?}");
    assert_eq!(run.code, 1);
}

#[test]
fn standard_input_is_no_file() {
    let folder = Folder::new(&[("web.yaml", WEB)]);
    for (args, word) in [(&["fix", "-"] as &[&str], "waitwarden render -"), (&["fix"], "nothing to fix")] {
        let run = folder.feed(args, WEB);
        assert_eq!((run.out.as_str(), run.code), ("", 2), "{run:?}");
        assert!(run.err.contains(word), "{run:?}");
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn the_mode_stays_and_so_do_links() {
        let folder = Folder::new(&[("real/web.yaml", WEB)]);
        let real = folder.path("real/web.yaml");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o604)).unwrap();
        symlink("real/web.yaml", folder.path("link.yaml")).unwrap();
        let run = folder.run(&["fix", "-q", "link.yaml"]);
        assert_eq!((run.err.as_str(), run.code), ("", 0));
        assert_eq!(fs::read_link(folder.path("link.yaml")).unwrap().to_string_lossy(), "real/web.yaml");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o7777, 0o604);
        assert_eq!(fs::read_to_string(&real).unwrap(), FIXED);
        assert_eq!(fs::read_dir(folder.path("real")).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_is_left_alone() {
        let folder = Folder::new(&[("web.yaml", WEB)]);
        let path = folder.path("web.yaml");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        if fs::OpenOptions::new().write(true).open(&path).is_ok() {
            // Root may write everything.
            return;
        }
        let run = folder.run(&["fix", "web.yaml"]);
        assert!(run.err.contains("error[not-edited]: it cannot be written"), "{run:?}");
        assert_eq!(run.code, 3);
        assert_eq!(folder.read("web.yaml"), WEB);
    }
}
