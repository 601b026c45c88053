//! Rules about the object that is named, and who may look at it.

use crate::fake::{Fake, check, db, deployment, job, said, service, with, workload};
use serde_json::{Value, json};
use waitwarden_core::finding::Severity;

#[test]
fn unknown_dependency() {
    check(
        &deployment("shop/web", "service/db"),
        Fake::default(),
        &[said(
            "unknown-dependency",
            Severity::Warning,
            "service/db",
            0,
            "there is no Service shop/db",
            "the wait goes on until there is one; correct the name, or create it",
        )],
        Fake::of(db()),
    );
    // In another namespace, and by labels.
    let object = deployment("shop/web", "data/job/seed-1, pods/app=cache");
    check(
        &object,
        Fake::default(),
        &[
            said(
                "unknown-dependency",
                Severity::Warning,
                "data/job/seed-1",
                0,
                "there is no Job data/seed-1",
                "the wait goes on until there is one; correct the name, or create it",
            ),
            said(
                "unknown-dependency",
                Severity::Warning,
                "pods/app=cache",
                17,
                "there are no Pods for `pods/app=cache`",
                "the wait goes on until there are some; correct the labels, or create them",
            ),
        ],
        Fake::of([job("data/seed-1"), workload("DaemonSet", "shop/cache", "")]),
    );
}

#[test]
fn missing_permission() {
    let object = deployment("shop/web", "service/db:80\nservice/cache\njob/seed-1");
    let objects =
        || [db().to_vec(), vec![job("shop/seed-1"), service("shop/cache"), deployment("shop/cache", "")]].concat();
    let mut wrong = Fake::of(objects());
    wrong.forbidden = vec![("list", "endpointslices"), ("watch", "endpointslices"), ("get", "services")];
    wrong.forbidden.push(("watch", "jobs"));
    check(
        &object,
        wrong,
        &[
            said(
                "missing-permission",
                Severity::Warning,
                "service/db:80",
                0,
                "the service account `default` may not list, watch endpointslices, get services in namespace `shop`",
                "give it a Role there with {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]} \
                 and {apiGroups: [\"\"], resources: [services], verbs: [get]}; until then a connection to port 80 is all \
                 that is waited for",
            ),
            said(
                "missing-permission",
                Severity::Warning,
                "job/seed-1",
                28,
                "the service account `default` may not watch jobs in namespace `shop`",
                "give it a Role there with {apiGroups: [batch], resources: [jobs], verbs: [watch]}",
            ),
        ],
        Fake::of(objects()),
    );
    let object =
        with(deployment("shop/web", "data/service/db"), "/spec/template/spec/serviceAccountName", json!("robot"));
    let mut wrong = Fake { open: false, ..Fake::of([service("data/db"), deployment("data/db", "")]) };
    wrong.forbidden = vec![("list", "endpointslices")];
    assert_eq!(
        wrong.findings(&object),
        [said(
            "missing-permission",
            Severity::Warning,
            "data/service/db",
            0,
            "the service account `robot` may not list endpointslices in namespace `data`",
            "give it a Role there with {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list]}; or write \
             `service/db:PORT`, which falls back to a connection",
        )]
    );
    assert!(wrong.asked().contains("whether system:serviceaccount:shop:robot may list endpointslices in data"));
    let nobody = with(object, "/spec/template/spec/serviceAccountName", json!(""));
    let mut wrong = Fake::of([service("data/db"), deployment("data/db", "")]);
    assert_eq!(wrong.findings(&nobody), vec![]);
    assert!(wrong.asked().contains("whether system:serviceaccount:shop:default may list endpointslices in data"));
}

#[test]
fn jobs() {
    let object = deployment("shop/web", "job/seed-1");
    check(
        &object,
        Fake::of([with(job("shop/seed-1"), "/spec/ttlSecondsAfterFinished", json!(100))]),
        &[said(
            "job-expires",
            Severity::Warning,
            "job/seed-1",
            0,
            "Job shop/seed-1 is deleted 100s after it finishes, and Pods that start later wait for ever for it",
            "remove `ttlSecondsAfterFinished`, or wait for what the Job leaves behind",
        )],
        Fake::of([job("shop/seed-1")]),
    );
    let hook = |name: &str| with(job("shop/migrate"), "/metadata/annotations", json!({ "helm.sh/hook": name }));
    check(
        &deployment("shop/web", "job/migrate"),
        Fake::of([job("shop/migrate")]),
        &[said(
            "job-stale",
            Severity::Note,
            "job/migrate",
            0,
            "Job shop/migrate has no version in its name: the Job of the last release satisfies this one's Pods",
            "name it after the release, such as `migrate-42`, or make it a hook that is created anew",
        )],
        Fake::of([hook("pre-install,pre-upgrade")]),
    );
}

#[test]
fn hook_deadlock() {
    let object = deployment("shop/web", "job/migrate");
    let hook = |key: &str, name: &str| with(job("shop/migrate"), "/metadata/annotations", json!({ key: name }));
    let expected = |name: &str| {
        [said(
            "hook-deadlock",
            Severity::Error,
            "job/migrate",
            0,
            &format!(
                "Job shop/migrate is a {name} hook: it is created when these Pods are ready, and they wait for it"
            ),
            "make it a hook that runs before, an object of the release, or the dependency `required=false`",
        )]
    };
    let right = || Fake::of([hook("helm.sh/hook", "pre-install")]);
    let helm = hook("helm.sh/hook", "pre-rollback, post-upgrade");
    check(&object, Fake::of([helm.clone()]), &expected("post-upgrade"), right());
    check(&object, Fake::of([hook("argocd.argoproj.io/hook", "PostSync")]), &expected("PostSync"), right());
    // One hook may wait for another.
    let test = with(object, "/metadata/annotations", json!({ "helm.sh/hook": "post-install" }));
    assert_eq!(Fake::of([helm]).findings(&test), vec![]);
}

#[test]
fn dependency_renamed() {
    let expected = |there: &str| {
        [said(
            "dependency-renamed",
            Severity::Note,
            "service/db",
            0,
            &format!("there may be no Service `db`, and there is `{there}`, named as this object is"),
            &format!("write `{there}`: prefixes and suffixes are not added to annotations; lint what is rendered"),
        )]
    };
    let open = |objects: &[Value]| Fake { open: true, ..Fake::of(objects.to_vec()) };
    let web = deployment("shop/prod-web", "service/db");
    check(&web, open(&[service("shop/prod-db")]), &expected("prod-db"), open(&[service("shop/stage-db")]));
    let web = deployment("shop/web-v2", "service/db");
    check(&web, open(&[service("shop/db-v2")]), &expected("db-v2"), open(&[service("shop/db"), service("shop/db-v2")]));
}
