//! Who asks: logins of Docker's configuration, certificates, and several processes with one cache.

use crate::place::{Outcome, Place, impatient, module};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use waitwarden_registry::{Cache, Credentials, Digest, Error, Login, Problem, Reference, Registries};
use waitwarden_test_registry::{Between, Registry};

/// The user `waitwarden` with the password `correct horse`, by bcrypt.
const ACCOUNTS: &str = "waitwarden:$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n";

/// That, and a wrong one, as Docker writes it: base64 of user and password.
const RIGHT: &str = "d2FpdHdhcmRlbjpjb3JyZWN0IGhvcnNl";
const WRONG: &str = "d2FpdHdhcmRlbjp3cm9uZyBob3JzZQ==";

/// A configuration with a login for a registry.
fn config(folder: &Path, registry: &str, login: &str) -> Outcome<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join("config.json");
    fs::write(&path, format!("{{\"auths\": {{\"{registry}\": {{\"auth\": \"{login}\"}}}}}}"))?;
    Ok(path)
}

/// The example `pull`, which takes logins and certificates from an environment of its own.
fn example(reference: &Reference, cache: &Path) -> Outcome<Command> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).ok_or("no target folder")?;
    let mut command = Command::new(folder.join("examples/pull"));
    command.arg(reference.to_string()).arg(cache).env_clear().stdin(Stdio::null());
    Ok(command)
}

fn shown(output: &Output) -> (bool, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_registry_with_accounts_takes_the_right_password_only() -> Outcome {
    let folder = tempfile::tempdir()?;
    let cache = Cache::at(folder.path().join("cache"));
    let registry = Registry::guarded(ACCOUNTS)?;
    let reference: Reference = format!("{}/mine:v1", registry.address()).parse()?;
    let wasm = module(b'a', 1000);
    let by = |credentials| Registries { credentials, ..impatient() };
    let file = |name: &str, login| config(&folder.path().join(name), &registry.address(), login);
    let (right, wrong) = (file("right", RIGHT)?, file("wrong", WRONG)?);
    let other = config(&folder.path().join("other"), "ghcr.io", RIGHT)?;
    let missing = folder.path().join("missing.json");
    for (credentials, login) in [
        (Credentials::Nobody, Login::Nobody),
        (Credentials::File(missing.clone()), Login::None(missing)),
        (Credentials::File(other.clone()), Login::None(other)),
        (Credentials::File(wrong.clone()), Login::Password(wrong)),
    ] {
        let client = by(credentials);
        let expected = Error { reference: reference.to_string(), problem: Problem::Unauthorized(login) };
        let pulled = client.pull_policy(&reference, &cache, false).expect_err("nobody may");
        assert_eq!(pulled, expected);
        let pushed = client.push_policy(&reference, &wasm, &BTreeMap::new()).expect_err("nobody may");
        assert_eq!(pushed, expected);
        for text in [format!("{pulled}"), format!("{pulled:?}")] {
            assert!(!text.contains("horse") && !text.contains(WRONG), "{text}");
        }
    }
    let client = by(Credentials::File(right));
    let pushed = client.push_policy(&reference, &wasm, &BTreeMap::new())?;
    let pulled = client.pull_policy(&reference, &cache, false)?;
    assert_eq!((pulled.bytes, pulled.digest), (wasm, pushed.digest.clone()));
    assert_eq!(client.manifest_digest(&reference.to_string())?, pushed.digest.to_string());
    assert!(!format!("{client:?}").contains("horse"));
    Ok(())
}

#[test]
fn logins_are_the_users() -> Outcome {
    let folder = tempfile::tempdir()?;
    let registry = Registry::guarded(ACCOUNTS)?;
    let reference: Reference = format!("{}/mine:v1", registry.address()).parse()?;
    let wasm = module(b'a', 1000);
    let address = registry.address();
    let right = config(&folder.path().join("right/.docker"), &address, RIGHT)?;
    let wrong = config(&folder.path().join("wrong/.docker"), &address, WRONG)?;
    let client = Registries { credentials: Credentials::File(right.clone()), ..impatient() };
    let digest = client.push_policy(&reference, &wasm, &BTreeMap::new())?.digest;
    let got = (true, format!("{digest} 1000 registry"), String::new());
    let refused = |path: &Path| {
        let login = Login::Password(path.to_owned());
        let error = Error { reference: reference.to_string(), problem: Problem::Unauthorized(login) };
        (false, String::new(), error.to_string())
    };
    let pull = |pairs: &[(&str, &Path)]| -> Outcome<(bool, String, String)> {
        Ok(shown(&example(&reference, &folder.path().join("cache"))?.envs(pairs.iter().copied()).output()?))
    };
    let (home, bad_home) = (folder.path().join("right"), folder.path().join("wrong"));
    assert_eq!(pull(&[("HOME", &home)])?, got);
    assert_eq!(pull(&[("HOME", &bad_home)])?, refused(&wrong));
    assert_eq!(pull(&[("HOME", &bad_home), ("DOCKER_CONFIG", &home.join(".docker"))])?, got);
    assert_eq!(pull(&[("HOME", &home), ("DOCKER_CONFIG", &bad_home.join(".docker"))])?, refused(&wrong));
    assert_eq!(pull(&[("DOCKER_CONFIG", &bad_home.join(".docker")), ("REGISTRY_AUTH_FILE", &right)])?, got);
    Ok(())
}

#[test]
fn credential_helpers_are_asked() -> Outcome {
    let folder = tempfile::tempdir()?;
    let registry = Registry::guarded(ACCOUNTS)?;
    let reference: Reference = format!("{}/mine:v1", registry.address()).parse()?;
    let right = config(&folder.path().join("right"), &registry.address(), RIGHT)?;
    let client = Registries { credentials: Credentials::File(right), ..impatient() };
    let digest = client.push_policy(&reference, &module(b'a', 1000), &BTreeMap::new())?.digest;
    // A helper gets the name of the registry on stdin.
    let helper = folder.path().join("docker-credential-test");
    let script = format!(
        "#!/bin/sh\nread -r name\n[ \"$name\" = {} ] || {{ echo credentials not found in native keychain; exit 1; }}\n\
         echo '{{\"Username\": \"waitwarden\", \"Secret\": \"correct horse\"}}'\n",
        registry.address()
    );
    fs::write(&helper, script)?;
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755))?;
    let path = folder.path().join("config.json");
    let missing: Reference = format!("localhost:{}/other:v1", registry.port()).parse()?;
    for text in [
        format!(
            "{{\"credHelpers\": {{\"{}\": \"test\", \"localhost:{}\": \"test\"}}}}",
            registry.address(),
            registry.port()
        ),
        "{\"credsStore\": \"test\"}".to_owned(),
    ] {
        fs::write(&path, text)?;
        let pull = |reference: &Reference| -> Outcome<(bool, String, String)> {
            let mut command = example(reference, &folder.path().join("cache"))?;
            Ok(shown(&command.env("DOCKER_CONFIG", folder.path()).env("PATH", folder.path()).output()?))
        };
        assert_eq!(pull(&reference)?, (true, format!("{digest} 1000 registry"), String::new()));
        let error = Error { reference: missing.to_string(), problem: Problem::Unauthorized(Login::None(path.clone())) };
        assert_eq!(pull(&missing)?, (false, String::new(), error.to_string()));
    }
    // One that fails is an error, and what it says stays with it.
    fs::write(&helper, "#!/bin/sh\nread -r name\necho correct horse; echo correct horse >&2; exit 1\n")?;
    let output = example(&reference, &folder.path().join("cache"))?
        .env("DOCKER_CONFIG", folder.path())
        .env("PATH", folder.path())
        .output()?;
    let reason = "the credential helper `docker-credential-test` fails; run it by hand to see why".to_owned();
    let error = Error { reference: reference.to_string(), problem: Problem::Credentials { path, reason } };
    assert_eq!(shown(&output), (false, String::new(), error.to_string()));
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn certificates_are_those_of_the_system_or_of_a_file_that_is_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    // Linux takes this address for its own, and it is none of loopback: so HTTPS is spoken.
    let own = rcgen::generate_simple_self_signed(vec!["0.0.0.0".to_owned()])?;
    let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
    let registry = Registry::secured(&certificate, &key)?;
    let reference: Reference = format!("0.0.0.0:{}/mine:v1", registry.port()).parse()?;
    let file = folder.path().join("ca.pem");
    fs::write(&file, &certificate)?;
    let pull = |path: &Path| -> Outcome<(bool, String, String)> {
        let mut command = example(&reference, &folder.path().join("cache"))?;
        Ok(shown(&command.env("SSL_CERT_FILE", path).output()?))
    };
    // Trusted: the registry answers, that it has no such policy.
    let missing =
        Error { reference: reference.to_string(), problem: Problem::NotFound { what: "the manifest".to_owned() } };
    assert_eq!(pull(&file)?, (false, String::new(), missing.to_string()));
    // Another is trusted: no.
    let other = rcgen::generate_simple_self_signed(vec!["0.0.0.0".to_owned()])?;
    fs::write(&file, other.cert.pem())?;
    let (success, _, error) = pull(&file)?;
    assert!(!success && error.contains("cannot be reached") && error.contains("certificate"), "{error}");
    // None at all: no client can be made.
    let (success, _, error) = pull(Path::new("/dev/null"))?;
    assert!(
        !success
            && error.contains("No CA certificates were loaded")
            && error.contains("name a file of them in SSL_CERT_FILE"),
        "{error}"
    );
    Ok(())
}

#[test]
fn several_processes_share_a_cache() -> Outcome {
    let place = Place::new()?;
    let wasm = module(b'a', 3_000_000);
    let pushed = place.push("mine:v1", &wasm)?;
    let reference = place.reference("mine:v1")?;
    let start =
        || Ok(example(&reference, place.cache.folder())?.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?);
    let children: Vec<_> = (0..8).map(|_| start()).collect::<Outcome<_>>()?;
    for child in children {
        let output = child.wait_with_output()?;
        assert_eq!(shown(&output), (true, format!("{} 3000000 registry", pushed.digest), String::new()));
    }
    let pulled = place.registries.pull_policy(&reference.pinned(&pushed.digest), &place.cache, true)?;
    assert_eq!(pulled.bytes, wasm);
    let folder = place.cache.folder().join("blobs/sha256");
    let mut files: Vec<String> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Outcome<_>>()?;
    files.sort();
    let mut expected = [Digest::of(&wasm).hex().to_owned(), pushed.digest.hex().to_owned()];
    expected.sort();
    assert_eq!(files, expected, "no draft is left");
    Ok(())
}

/// A registry with a server for tokens, as the large public ones have: the login is shown to that server alone, and the
/// registry takes the token.
fn with_tokens(manifest: &str) -> Outcome<Between> {
    let manifest = manifest.to_owned();
    Ok(Between::alone(move |head, client| {
        let line = head.lines().next().unwrap_or_default();
        let sent = |value: &str| head.lines().any(|line| line.eq_ignore_ascii_case(&format!("authorization: {value}")));
        let host = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let (status, body) = match () {
            () if line.contains("/token?scope=repository%3Amine%3Apull") && sent(&format!("Basic {RIGHT}")) => {
                ("200 OK", "{\"token\": \"ticket\"}")
            }
            () if line.contains("/token") => ("401 Unauthorized", "correct horse is wrong"),
            () if line.contains("/manifests/") && sent("Bearer ticket") => ("200 OK", manifest.as_str()),
            () => ("401 Unauthorized", ""),
        };
        write!(
            client,
            "HTTP/1.1 {status}\r\nwww-authenticate: Bearer realm=\"http://{host}/token\"\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
    })?)
}

#[test]
fn a_token_is_fetched_where_one_is_wanted() -> Outcome {
    let folder = tempfile::tempdir()?;
    let manifest = "{\"schemaVersion\": 2, \"manifests\": []}";
    let server = with_tokens(manifest)?;
    let image = format!("{}/mine:v1", server.address());
    let right = config(&folder.path().join("right"), &server.address(), RIGHT)?;
    let wrong = config(&folder.path().join("wrong"), &server.address(), WRONG)?;
    let by = |credentials| Registries { credentials, ..impatient() };
    let found = by(Credentials::File(right)).manifest(&image)?;
    assert_eq!(found, serde_json::from_str::<serde_json::Value>(manifest)?);
    for (credentials, login) in
        [(Credentials::Nobody, Login::Nobody), (Credentials::File(wrong.clone()), Login::Password(wrong))]
    {
        let error = by(credentials).manifest(&image).expect_err("nobody may");
        assert_eq!(error, Error { reference: image.clone(), problem: Problem::Unauthorized(login) });
        assert!(!format!("{error} {error:?}").contains("horse"), "{error}");
    }
    Ok(())
}
