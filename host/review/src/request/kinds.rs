//! What discovery would say of a kind: its plural, and whether it lives in a namespace.

/// The resource of a kind. The API server's own kinds follow one rule with few exceptions; for others it is a guess.
pub(super) fn plural(group: &str, kind: &str) -> String {
    let word = kind.to_lowercase();
    if (group, kind) == ("", "Endpoints") {
        return word;
    }
    if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) {
        return format!("{word}es");
    }
    match word.strip_suffix('y') {
        // `networkpolicies`, and `gateways`.
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{word}s"),
    }
}

/// Kinds of Kubernetes itself that live in no namespace. For kinds that are not known here, most do.
pub(super) fn is_cluster_scoped(group: &str, kind: &str) -> bool {
    let kinds: &[&str] = match group {
        "" => &["Namespace", "Node", "PersistentVolume"],
        "admissionregistration.k8s.io" | "flowcontrol.apiserver.k8s.io" => return true,
        "apiextensions.k8s.io" => &["CustomResourceDefinition"],
        "apiregistration.k8s.io" => &["APIService"],
        "certificates.k8s.io" => &["CertificateSigningRequest", "ClusterTrustBundle"],
        "networking.k8s.io" => &["IngressClass", "IPAddress", "ServiceCIDR"],
        "node.k8s.io" => &["RuntimeClass"],
        "policies.kubewarden.io" => &["ClusterAdmissionPolicy", "ClusterAdmissionPolicyGroup", "PolicyServer"],
        "rbac.authorization.k8s.io" => &["ClusterRole", "ClusterRoleBinding"],
        "resource.k8s.io" => &["DeviceClass", "ResourceSlice"],
        "scheduling.k8s.io" => &["PriorityClass"],
        "storage.k8s.io" => &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
        _ => &[],
    };
    kinds.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn plurals_are_those_of_the_api_server() {
        for (group, kind, expected) in [
            ("", "Pod", "pods"),
            ("", "ReplicationController", "replicationcontrollers"),
            ("", "PodTemplate", "podtemplates"),
            ("", "Endpoints", "endpoints"),
            ("apps", "Deployment", "deployments"),
            ("apps", "StatefulSet", "statefulsets"),
            ("apps", "DaemonSet", "daemonsets"),
            ("apps", "ReplicaSet", "replicasets"),
            ("batch", "Job", "jobs"),
            ("batch", "CronJob", "cronjobs"),
            ("networking.k8s.io", "Ingress", "ingresses"),
            ("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
            ("gateway.networking.k8s.io", "Gateway", "gateways"),
            ("storage.k8s.io", "StorageClass", "storageclasses"),
        ] {
            assert_eq!(plural(group, kind), expected, "{group} {kind}");
        }
    }
}
