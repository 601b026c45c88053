//! Hostile modules: each file in `guests/` does one thing that no policy should, and its first line says what comes of it.
//! The host survives each, in bounded time and memory, and what it is asked next in the same engine is answered right.
#![expect(clippy::unwrap_used, clippy::panic, clippy::string_slice, reason = "helpers of tests may fail")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use waitwarden::context::Context;
use waitwarden::engine::{Engine, Error, HostCall, HostCalls, Policy};
use waitwarden::verdict::Verdict;

/// What stands before the outcome in the first line.
const EXPECTED: &str = " Expected: ";

/// Two seconds are a guest's own; the rest is for a busy machine.
const MOST_TIME: Duration = Duration::from_mins(1);

/// What the test may hold at once, in KiB: the 256 MiB of a guest, what is copied of them, and what is made of an answer.
const MOST_MEMORY: u64 = 768 * 1024;

/// A Pod that waits, and all that the policy says to it.
const REQUEST: &str = r#"{"request":{"operation":"CREATE","kind":{"group":"","version":"v1","kind":"Pod"},"namespace":"shop","object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","annotations":{"waitwarden.io/depends-on":"tcp://db.example.com:5432"}},"spec":{"restartPolicy":"Never","containers":[{"name":"web","image":"a"}]}}},"settings":{"wait":{"image":"wait:1"}}}"#;
const ANSWER: &str = r#"{"accepted":true,"audit_annotations":{"plan":"{\"workload\":\"Pod shop/web\",\"serviceAccount\":\"default\",\"dependencies\":[{\"target\":\"tcp://db.example.com:5432\",\"namespace\":null,\"options\":\"\",\"span\":[0,25],\"asks\":[]}]}"},"mutated_object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","annotations":{"waitwarden.io/depends-on":"tcp://db.example.com:5432"}},"spec":{"restartPolicy":"Never","initContainers":[{"name":"wait-for-dependencies","image":"wait:1","command":["/waitwarden-wait"],"args":["--timeout=5m","--","tcp://db.example.com:5432"],"securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true,"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},"terminationMessagePolicy":"FallbackToLogsOnError"}],"containers":[{"name":"web","image":"a"}]}}}"#;

#[derive(Debug)]
struct Guest {
    path: PathBuf,
    text: String,
    wasm: Vec<u8>,
}

impl Guest {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let wasm = wat::parse_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text, wasm }
    }

    fn expected(&self) -> &str {
        self.text.lines().next().and_then(|line| line.split_once(EXPECTED)).unwrap_or_default().1
    }

    /// Loads and asks it; what comes of it, in one line.
    fn outcome(&self, engine: &Engine) -> String {
        let begun = Instant::now();
        let outcome = match self.ask(engine) {
            Ok(verdict) => {
                let said = verdict.findings.iter().map(|finding| format!(": {}", finding.message));
                let word = if verdict.accepted { "accepted" } else { "refused" };
                format!("{word}{}", said.collect::<String>())
            }
            Err(error) => error.to_string(),
        };
        let took = begun.elapsed();
        assert!(took < MOST_TIME, "{}: {took:?}", self.path.display());
        assert!(outcome.len() < 1 << 20, "{}: {} bytes", self.path.display(), outcome.len());
        shown(&outcome)
    }

    fn ask(&self, engine: &Engine) -> Result<Verdict, Error> {
        let policy = engine.load(&self.wasm)?.with_host_calls(Arc::new(Context::default()));
        let answer = policy.call("validate", b"{\"accepted\":true}").answer?;
        Verdict::read(&answer).map_err(Error::Answer)
    }
}

/// As it stands in a first line: what is no plain text in escapes, and of what is long the beginning and the length.
fn shown(text: &str) -> String {
    let (head, rest) = text.split_at_checked(text.floor_char_boundary(400)).unwrap_or((text, ""));
    let head = if rest.is_empty() { head } else { &head[..head.floor_char_boundary(40)] };
    let mut shown = String::new();
    for c in head.chars() {
        if c == '\u{fffd}' || c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    if !rest.is_empty() {
        let _ = write!(shown, "… ({} bytes)", text.len());
    }
    shown.trim_end().to_owned()
}

fn guests() -> Vec<Guest> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(Guest::read).collect()
}

/// The most memory that this process held at once, in KiB, since the last [`forget_peak`]; 0 where nobody tells.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

fn forget_peak() {
    // Where it may not be forgotten, it is that of all guests so far.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

#[track_caller]
fn answers_right(policy: &Policy, after: &Guest) {
    let answer = policy.call("validate", REQUEST.as_bytes()).answer;
    assert_eq!(
        answer.map(|bytes| String::from_utf8(bytes).unwrap()),
        Ok(ANSWER.to_owned()),
        "after {}",
        after.path.display()
    );
}

#[test]
fn every_guest_ends_as_its_first_line_says() {
    let engine = Engine::new().unwrap();
    let (policy, note) = engine.built_in().unwrap();
    assert_eq!(note, None);
    let guests = guests();
    assert!(guests.len() > 80, "only {} guests are there", guests.len());
    // Those that go on until they are stopped hold little memory, and go on beside each other.
    let (endless, soon): (Vec<&Guest>, Vec<&Guest>) =
        guests.iter().partition(|guest| guest.path.file_name().unwrap().to_string_lossy().starts_with("loop-"));
    let mut outcomes: Vec<(&Guest, String)> = Vec::new();
    // As many as there is room for, so that none waits for another.
    let together = std::thread::available_parallelism().map_or(2, |processors| processors.get() * 2);
    for some in endless.chunks(together) {
        std::thread::scope(|scope| {
            let threads: Vec<_> = some.iter().map(|guest| scope.spawn(|| guest.outcome(&engine))).collect();
            outcomes.extend(some.iter().copied().zip(threads.into_iter().map(|thread| thread.join().unwrap())));
        });
        for guest in some {
            answers_right(&policy, guest);
        }
    }
    for guest in soon {
        forget_peak();
        outcomes.push((guest, guest.outcome(&engine)));
        let peak = peak();
        assert!(peak < MOST_MEMORY, "{}: {peak} KiB", guest.path.display());
        answers_right(&policy, guest);
    }
    if std::env::var_os("BLESS").is_some() {
        for (guest, outcome) in &outcomes {
            let (first, rest) = guest.text.split_once('\n').unwrap();
            let (what, _) = first.split_once(EXPECTED).unwrap();
            fs::write(&guest.path, format!("{what}{EXPECTED}{outcome}\n{rest}")).unwrap();
        }
    }
    let wrong: Vec<String> = outcomes
        .iter()
        .filter(|(guest, outcome)| guest.expected() != outcome)
        .map(|(guest, outcome)| {
            format!("{}\n  says    {}\n  and is  {outcome}", guest.path.display(), guest.expected())
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Answers and refuses with eight bytes.
#[derive(Debug)]
struct Eight;

impl HostCalls for Eight {
    fn answer(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        if call.binding.is_empty() { Err("12345678".to_owned()) } else { Ok(b"12345678".to_vec()) }
    }
}

/// An import that takes addresses.
struct Import {
    name: &'static str,
    params: &'static str,
    results: &'static str,
    /// The place of each address among the arguments, and how many bytes are meant by it; none where the argument behind it
    /// says so.
    addresses: &'static [(usize, Option<u32>)],
}

/// Name, parameters, addresses and results of an import.
const fn import(
    name: &'static str,
    params: &'static str,
    addresses: &'static [(usize, Option<u32>)],
    results: &'static str,
) -> Import {
    Import { name, params, results, addresses }
}

const IMPORTS: [Import; 9] = [
    import("wapc.__guest_request", "i32 i32", &[(0, Some(8)), (1, Some(2))], ""),
    import("wapc.__guest_response", "i32 i32", &[(0, None)], ""),
    import("wapc.__guest_error", "i32 i32", &[(0, None)], ""),
    import("wapc.__console_log", "i32 i32", &[(0, None)], ""),
    import("wapc.__host_call", "i32 i32 i32 i32 i32 i32 i32 i32", &[(0, None), (2, None), (4, None), (6, None)], "i32"),
    import("wapc.__host_response", "i32", &[(0, Some(8))], ""),
    import("wapc.__host_error", "i32", &[(0, Some(8))], ""),
    import("wasi_snapshot_preview1.random_get", "i32 i32", &[(0, None)], "i32"),
    import("wasi_snapshot_preview1.environ_sizes_get", "i32 i32", &[(0, Some(4)), (1, Some(4))], "i32"),
];

/// A guest that asks twice, so that there is an answer and a refusal, and calls an import with these arguments.
fn calling(Import { name, params, results, .. }: &Import, arguments: &[u32]) -> Vec<u8> {
    let (module, name) = name.split_once('.').unwrap();
    let arguments: Vec<String> = arguments.iter().map(|argument| format!("(i32.const {argument})")).collect();
    let arguments = arguments.join(" ");
    let drop = if results.is_empty() { "" } else { "drop" };
    let zeros = "(i32.const 0) ".repeat(6);
    let text = format!(
        r#"(module
            (import "wapc" "__host_call" (func $ask (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (import "{module}" "{name}" (func $it (param {params}) (result {results})))
            (memory (export "memory") 1)
            (func (export "__guest_call") (param i32 i32) (result i32)
                (drop (call $ask (i32.const 0) (i32.const 0) {zeros}))
                (drop (call $ask (i32.const 0) (i32.const 1) {zeros}))
                (call $it {arguments}) {drop}
                (i32.const 0)))"#
    );
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_address_of_every_import_is_checked() {
    let engine = Engine::new().unwrap();
    let answer = |import: &Import, arguments: &[u32]| {
        let policy = engine.load(&calling(import, arguments)).unwrap();
        policy.with_host_calls(Arc::new(Eight)).call("validate", b"{}").answer
    };
    let end = 65_536;
    for import in &IMPORTS {
        let call = import.name.split_once('.').unwrap().1;
        let fine = vec![0; import.params.split(' ').count()];
        // It complains in vain, or not at all.
        let reason = if call == "__guest_error" { "" } else { "it gives no reason" };
        let well = Err(Error::Guest(reason.to_owned()));
        assert_eq!(answer(import, &fine), well, "{call}");
        for &(at, length) in import.addresses {
            let ranges = match length {
                Some(length) => {
                    [end - length + 1, end, u32::MAX - length, u32::MAX].map(|pointer| (pointer, length)).to_vec()
                }
                None => vec![
                    (end, 1),
                    (end - 1, 2),
                    (0, end + 1),
                    (0, u32::MAX),
                    (1, u32::MAX),
                    (u32::MAX, 0),
                    (u32::MAX, 1),
                    (u32::MAX, u32::MAX),
                    (0x8000_0000, 0x8000_0000),
                    (end - 1, 0x7fff_ffff),
                ],
            };
            for (pointer, meant) in ranges {
                let mut arguments = fine.clone();
                arguments[at] = pointer;
                if length.is_none() {
                    arguments[at + 1] = meant;
                }
                let error = Error::Pointer { call, pointer, length: meant as usize };
                assert_eq!(answer(import, &arguments), Err(error), "{call} {arguments:?}");
            }
            // Up to the last byte the memory is the guest's own, and no byte may stand behind it.
            let mut arguments = fine.clone();
            arguments[at] = end - length.unwrap_or_default();
            assert_eq!(answer(import, &arguments), well, "{call} {arguments:?}");
        }
    }
}
