//! What discovery would say of a kind: whether its objects live in namespaces.

use serde_json::Value;

/// Where objects of a kind live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Namespaced,
    Cluster,
}

/// Kinds that Kubernetes 1.37 serves and Kubewarden defines; nothing is known of others. Kinds that can only be created,
/// such as `SubjectAccessReview`, are left out: nobody can get or list one.
pub(crate) fn well_known(group: &str, kind: &str) -> Option<Scope> {
    let (namespaced, cluster): (&[&str], &[&str]) = match group {
        "" => (
            &[
                "ConfigMap",
                "Endpoints",
                "Event",
                "LimitRange",
                "PersistentVolumeClaim",
                "Pod",
                "PodTemplate",
                "ReplicationController",
                "ResourceQuota",
                "Secret",
                "Service",
                "ServiceAccount",
            ],
            &["ComponentStatus", "Namespace", "Node", "PersistentVolume"],
        ),
        "admissionregistration.k8s.io" => (
            &[],
            &[
                "MutatingAdmissionPolicy",
                "MutatingAdmissionPolicyBinding",
                "MutatingWebhookConfiguration",
                "ValidatingAdmissionPolicy",
                "ValidatingAdmissionPolicyBinding",
                "ValidatingWebhookConfiguration",
            ],
        ),
        "apiextensions.k8s.io" => (&[], &["CustomResourceDefinition"]),
        "apiregistration.k8s.io" => (&[], &["APIService"]),
        "apps" => (&["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], &[]),
        "autoscaling" => (&["HorizontalPodAutoscaler"], &[]),
        "batch" => (&["CronJob", "Job"], &[]),
        "certificates.k8s.io" => (&["PodCertificateRequest"], &["CertificateSigningRequest", "ClusterTrustBundle"]),
        "coordination.k8s.io" => (&["Lease", "LeaseCandidate"], &[]),
        "discovery.k8s.io" => (&["EndpointSlice"], &[]),
        "events.k8s.io" => (&["Event"], &[]),
        "flowcontrol.apiserver.k8s.io" => (&[], &["FlowSchema", "PriorityLevelConfiguration"]),
        "internal.apiserver.k8s.io" => (&[], &["StorageVersion"]),
        "lifecycle.k8s.io" => (&["Eviction", "EvictionRequest"], &[]),
        "networking.k8s.io" => (&["Ingress", "NetworkPolicy"], &["IPAddress", "IngressClass", "ServiceCIDR"]),
        "node.k8s.io" => (&[], &["RuntimeClass"]),
        "policies.kubewarden.io" => (
            &["AdmissionPolicy", "AdmissionPolicyGroup"],
            &["ClusterAdmissionPolicy", "ClusterAdmissionPolicyGroup", "PolicyServer"],
        ),
        "policy" => (&["PodDisruptionBudget"], &[]),
        "rbac.authorization.k8s.io" => (&["Role", "RoleBinding"], &["ClusterRole", "ClusterRoleBinding"]),
        "resource.k8s.io" => (
            &["ResourceClaim", "ResourceClaimTemplate"],
            &["DeviceClass", "DeviceTaintRule", "ResourcePoolStatusRequest", "ResourceSlice"],
        ),
        "scheduling.k8s.io" => (&["CompositePodGroup", "PodGroup", "Workload"], &["PriorityClass"]),
        "storage.k8s.io" => (
            &["CSIStorageCapacity"],
            &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
        ),
        "storagemigration.k8s.io" => (&[], &["StorageVersionMigration"]),
        _ => (&[], &[]),
    };
    if namespaced.contains(&kind) {
        Some(Scope::Namespaced)
    } else if cluster.contains(&kind) {
        Some(Scope::Cluster)
    } else {
        None
    }
}

/// The group, the kind and the scope that a `CustomResourceDefinition` defines.
pub(crate) fn defined(definition: &Value) -> Option<(String, String, Scope)> {
    let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str);
    let scope = match text("/spec/scope")? {
        "Namespaced" => Scope::Namespaced,
        "Cluster" => Scope::Cluster,
        _ => return None,
    };
    Some((text("/spec/group")?.to_owned(), text("/spec/names/kind")?.to_owned(), scope))
}
