//! Who asks: the `userInfo` of a request.

use super::uid;
use serde::Serialize;
use std::borrow::Cow;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User<'a> {
    /// Somebody with kubectl.
    Person,
    /// A controller of kube-system, by the name of its service account.
    Controller(&'static str),
    /// Somebody in particular.
    Known(&'a UserInfo),
}

/// A user as the API server has authenticated it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    uid: String,
    groups: Vec<String>,
}

impl UserInfo {
    /// A user of that name. The groups that the API server adds by itself are there too: `system:authenticated`, and
    /// those of a service account (`system:serviceaccount:NAMESPACE:NAME`).
    pub fn new(name: &str, groups: &[String]) -> Self {
        let mut all: Vec<String> = groups.to_vec();
        let mut add = |group: String| {
            if !all.contains(&group) {
                all.push(group);
            }
        };
        let account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
        if let Some((namespace, _)) = account {
            add("system:serviceaccounts".to_owned());
            add(format!("system:serviceaccounts:{namespace}"));
        }
        add(if name == "system:anonymous" { "system:unauthenticated" } else { "system:authenticated" }.to_owned());
        let uid = if account.is_some() { uid(name) } else { String::new() };
        Self { username: name.to_owned(), uid, groups: all }
    }
}

impl<'a> User<'a> {
    pub(super) fn info(self) -> Cow<'a, UserInfo> {
        match self {
            Self::Person => Cow::Owned(UserInfo::new("kubernetes-admin", &["system:masters".to_owned()])),
            Self::Controller(name) => {
                Cow::Owned(UserInfo::new(&format!("system:serviceaccount:kube-system:{name}"), &[]))
            }
            Self::Known(info) => Cow::Borrowed(info),
        }
    }
}
