//! `job/NAME`.

use crate::data::{data, status};
use crate::program::Program;
use waitwarden_test_servers::Server;

const JOB: &str = "/apis/batch/v1/namespaces/rec/jobs/migrate";

#[test]
fn a_complete_job_ends_the_wait() {
    let server = Server::api(&[(JOB, &[data("job-running.json"), data("job-complete.json")])]);
    Program::with_api(&server).wait_for(&["job/migrate"]).is(
        0,
        &[
            "waiting, without a time limit, for job/migrate",
            "job/migrate: not ready yet: 0 of 1 completions, 1 Pods active, 0 failed",
            "job/migrate: ready after Ns",
            "ready after Ns: job/migrate",
        ],
    );
    let server = Server::api(&[(JOB, &[data("job-complete-compact.json")])]);
    assert_eq!(Program::with_api(&server).wait_for(&["job/migrate"]).code, Some(0));
}

#[test]
fn a_failed_job_fails_at_once() {
    let server = Server::api(&[(JOB, &[data("job-failed.json")])]);
    let outcome = Program::with_api(&server).wait_for(&["job/migrate", "tcp://127.0.0.1:1"]);
    let why = "the Job failed: BackoffLimitExceeded: Job has reached the specified backoff limit; look at its Pods' logs, \
               delete it and run it again";
    let refused = "tcp://127.0.0.1:1: connection refused: 127.0.0.1:1: nobody listens there yet";
    outcome.is(
        70,
        &[
            "waiting, without a time limit, for job/migrate, tcp://127.0.0.1:1",
            refused,
            &format!("job/migrate: failed for good after Ns: {why}"),
            "failed for good after Ns: job/migrate (the Job failed); still waiting for tcp://127.0.0.1:1 (connection refused)",
        ],
    );
    assert_eq!(outcome.termination, format!("failed for good after Ns\njob/migrate: {why}\n{refused}"));
}

#[test]
fn a_running_job_times_out() {
    let server = Server::api(&[(JOB, &[data("job-running.json")])]);
    let outcome = Program::with_api(&server).wait_for(&["job/migrate timeout=200ms"]);
    outcome.is(
        69,
        &[
            "waiting, without a time limit, for job/migrate timeout=200ms",
            "job/migrate: not ready yet: 0 of 1 completions, 1 Pods active, 0 failed",
            "job/migrate: timed out after Ns: not ready yet: 0 of 1 completions, 1 Pods active, 0 failed",
            "timed out after Ns: job/migrate (not ready yet)",
        ],
    );
    assert_eq!(
        outcome.termination,
        "timed out after Ns\njob/migrate: not ready yet: 0 of 1 completions, 1 Pods active, 0 failed"
    );
}

#[test]
fn a_missing_job_is_waited_for() {
    let server = Server::api(&[(JOB, &[status(404, "error-404-object.json"), data("job-complete.json")])]);
    Program::with_api(&server).wait_for(&["job/migrate"]).is(
        0,
        &[
            "waiting, without a time limit, for job/migrate",
            "job/migrate: no such object: there is no Job `migrate` in the namespace `rec`",
            "job/migrate: ready after Ns",
            "ready after Ns: job/migrate",
        ],
    );
}

#[test]
fn a_failed_job_that_is_not_required_is_passed_over() {
    let server = Server::api(&[(JOB, &[data("job-failed.json")])]);
    Program::with_api(&server).wait_for(&["job/migrate required=false"]).is(
        0,
        &[
            "waiting, without a time limit, for job/migrate required=false",
            "job/migrate: failed for good after Ns: the Job failed: BackoffLimitExceeded: Job has reached the specified backoff \
             limit; look at its Pods' logs, delete it and run it again; it is not required, so the wait goes on without it",
            "ready after Ns: given up, not required: job/migrate (the Job failed)",
        ],
    );
}
