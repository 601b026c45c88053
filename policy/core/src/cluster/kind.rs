//! The kinds that are looked up, and how little of them is asked for.

/// A kind that is looked up. `metadata.yml` names the same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `v1`
    Service,
    /// `apps/v1`
    Deployment,
    /// `apps/v1`
    StatefulSet,
    /// `apps/v1`
    DaemonSet,
    /// `batch/v1`; never listed.
    Job,
    /// `v1`
    Pod,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Service, Self::Deployment, Self::StatefulSet, Self::DaemonSet, Self::Job, Self::Pod];

    /// As in a manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Job => "Job",
            Self::Pod => "Pod",
        }
    }

    /// As in a URL of the API server.
    pub const fn resource(self) -> &'static str {
        match self {
            Self::Service => "services",
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
            Self::Job => "jobs",
            Self::Pod => "pods",
        }
    }

    /// The API group.
    pub const fn group(self) -> &'static str {
        match self {
            Self::Service | Self::Pod => "",
            Self::Deployment | Self::StatefulSet | Self::DaemonSet => "apps",
            Self::Job => "batch",
        }
    }

    /// Group and version.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::Service | Self::Pod => "v1",
            Self::Deployment | Self::StatefulSet | Self::DaemonSet => "apps/v1",
            Self::Job => "batch/v1",
        }
    }

    /// Where the Pod stands in an object of this kind.
    pub(crate) const fn template(self) -> &'static str {
        match self {
            Self::Service | Self::Pod => "",
            Self::Deployment | Self::StatefulSet | Self::DaemonSet | Self::Job => "/spec/template",
        }
    }

    /// What is asked for of one object.
    pub const fn object_mask(self) -> &'static [&'static str] {
        match self {
            Self::Service => &[
                "metadata.annotations",
                "metadata.name",
                "spec.externalName",
                "spec.ports.name",
                "spec.ports.port",
                "spec.publishNotReadyAddresses",
                "spec.selector",
                "spec.type",
            ],
            Self::Deployment | Self::StatefulSet | Self::DaemonSet => &[
                "metadata.annotations",
                "metadata.name",
                "spec.template.metadata.annotations",
                "spec.template.metadata.labels",
                "spec.template.spec.containers.name",
                "spec.template.spec.containers.ports",
                "spec.template.spec.containers.readinessProbe",
                "spec.template.spec.hostNetwork",
                "spec.template.spec.initContainers.name",
                "spec.template.spec.initContainers.ports",
                "spec.template.spec.initContainers.readinessProbe",
                "spec.template.spec.initContainers.restartPolicy",
            ],
            Self::Job => &[
                "metadata.annotations",
                "metadata.name",
                "spec.template.metadata.annotations",
                "spec.ttlSecondsAfterFinished",
            ],
            Self::Pod => &[
                "metadata.annotations",
                "metadata.name",
                "spec.containers.name",
                "spec.containers.ports",
                "spec.containers.readinessProbe",
                "spec.hostNetwork",
                "spec.initContainers.name",
                "spec.initContainers.ports",
                "spec.initContainers.readinessProbe",
                "spec.initContainers.restartPolicy",
                "spec.restartPolicy",
            ],
        }
    }

    /// What is asked for of each object of a list; empty where the kind is never listed.
    pub const fn list_mask(self) -> &'static [&'static str] {
        match self {
            Self::Service => &["metadata.name", "spec.selector"],
            Self::Deployment | Self::StatefulSet | Self::DaemonSet => &[
                "metadata.annotations",
                "metadata.name",
                "spec.template.metadata.annotations",
                "spec.template.metadata.labels",
            ],
            Self::Job => &[],
            Self::Pod => &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.ownerReferences"],
        }
    }
}
