//! `can_i` as a policy asks it.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use waitwarden_cluster::{Cluster, UNKNOWN, World};

const SERVER: &str = "system:serviceaccount:kubewarden:policy-server";

fn cluster(world: World) -> Cluster {
    let mut cluster = Cluster::new(world);
    cluster.identity(SERVER);
    for object in [
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "slices"},
            "rules": [{"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]}],
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "waits"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "slices"},
            "subjects": [{"kind": "ServiceAccount", "name": "web"}],
        }),
    ] {
        cluster.insert(object, "shop").unwrap();
    }
    cluster
}

fn can_i(world: World, user: &str, verb: &str) -> Result<Value, String> {
    let review = json!({
        "user": user,
        "groups": ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
        "resource_attributes": {
            "group": "discovery.k8s.io", "version": "v1", "resource": "endpointslices", "verb": verb,
            "namespace": "shop", "name": null, "subresource": null,
        },
    });
    let question = json!({"subject_access_review": review, "disable_cache": false});
    let answer = cluster(world).answer("can_i", question.to_string().as_bytes())?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

#[test]
fn rights_among_the_manifests_are_rights() {
    let reason = r#"RBAC: allowed by RoleBinding "waits/shop" of Role "slices" to ServiceAccount "web/shop""#;
    let yes = Ok(json!({"allowed": true, "reason": reason}));
    for world in [World::Open, World::Closed] {
        assert_eq!(can_i(world, "system:serviceaccount:shop:web", "list"), yes);
    }
}

#[test]
fn other_rights_are_unknown_or_denied() {
    let reason = r#"RBAC: no rules authorize user "system:serviceaccount:shop:web" with groups ["system:serviceaccounts" "system:serviceaccounts:shop" "system:authenticated"] to "get" resource "endpointslices.discovery.k8s.io" in namespace "shop""#;
    let get = |world| can_i(world, "system:serviceaccount:shop:web", "get");
    assert_eq!(get(World::Closed), Ok(json!({"allowed": false, "reason": reason})));
    assert_eq!(get(World::Open), Err(format!("{UNKNOWN}{reason}, among the manifests")));
}

#[test]
fn policy_server_sees_all_manifests() {
    let yes = Ok(json!({"allowed": true, "reason": "policy-server sees all manifests"}));
    for world in [World::Open, World::Closed] {
        assert_eq!(can_i(world, SERVER, "watch"), yes);
    }
}

#[test]
fn masters_need_no_reason() {
    let question = json!({
        "subject_access_review": {
            "user": "", "groups": ["system:masters"], "resource_attributes": {"resource": "pods", "verb": "get"},
        },
        "disable_cache": true,
    });
    let answer = cluster(World::Open).answer("can_i", question.to_string().as_bytes());
    assert_eq!(answer, Ok(br#"{"allowed":true}"#.to_vec()));
}

#[test]
fn wrong_questions_are_told() {
    let nobody = json!({
        "subject_access_review": {"user": "", "resource_attributes": {"resource": "pods", "verb": "get"}},
        "disable_cache": true,
    });
    for (question, problem) in [
        (
            nobody.to_string(),
            "Callback evaluation failure: subject_access_review: at least one of `user` and `groups` must be given",
        ),
        (
            "{}".to_owned(),
            "can_i: missing field `subject_access_review` at line 1 column 2; expected {subject_access_review: {user, \
             groups?, resource_attributes: {verb, resource, group?, version?, subresource?, namespace?, name?}}, \
             disable_cache}",
        ),
    ] {
        assert_eq!(cluster(World::Closed).answer("can_i", question.as_bytes()), Err(problem.to_owned()));
    }
}
