//! What `--help` prints.

/// Of the wait.
pub(super) const WAIT: &str = "\
Ends when every dependency is ready.

Usage: waitwarden-wait [OPTION...] -- TARGET...
       waitwarden-wait watch --help    follows dependencies while the Pod runs
       waitwarden-wait check --help    says what `watch` knows

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

/// Of `watch`.
pub(super) const WATCH: &str = "\
Follows dependencies while the Pod runs, and keeps what it knows in /run/waitwarden/state.

Usage: waitwarden-wait watch [OPTION...] -- TARGET...

Options:
  --grace=DURATION     so long must a dependency with on-loss=restart be lost until the Pod starts again (default: 30s)
  --interval=DURATION  between two looks at a dependency (default: 2s)
  --fallback=tcp|none  where the API server cannot be asked about a Service with a port number (default: tcp)
  --ca-file=FILE       PEM certificates to trust in https and grpcs targets, beside the well-known ones
  --log=text|json      how to say it (default: text)
  --version            print the version
  --help               print this

Targets are those of `waitwarden-wait --help`, except job/NAME. Behind each stands what its loss leads to:
  on-loss=unready      `waitwarden-wait check` fails, so that the Pod is not ready
  on-loss=restart      the same, and after the grace time the code 75, so that the Pod starts again
Options of a target: stable=DURATION, status=200-299|301, replicas=all, condition=NAME

It is lost when it was seen not to serve three times in a row, over three intervals, and back when it was ready for an
interval, or for stable=. Where nothing is known, as while the API server is away, nothing changes.

Exit codes: 0 SIGTERM or SIGINT, 64 wrong arguments, 70 cannot start, 74 cannot keep what it knows,
  75 the Pod is to start again: at most once in 10m, then 20m, 40m, 1h
";

/// Of `check`.
pub(super) const CHECK: &str = "\
Says what `waitwarden-wait watch` knows: a line for each dependency that is lost. Asks nobody.

Usage: waitwarden-wait check

Options:
  --version            print the version
  --help               print this

Exit codes: 0 nothing is known to be lost, 1 a dependency is lost, 64 wrong arguments
";
