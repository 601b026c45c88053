//! Reads a list of EndpointSlices. Source: Kubernetes discovery/v1 `EndpointSlice`, whose lists may be null and whose
//! conditions may be absent.

use serde_json::Value;

/// What is in the slices of a Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Slices.
    pub(super) slices: usize,
    /// Endpoints in them.
    pub(super) endpoints: usize,
    /// Those whose slice publishes the wanted port.
    pub(super) published: usize,
    /// Those of them that serve and do not terminate.
    pub(super) ready: usize,
    /// Those of them that terminate.
    pub(super) terminating: usize,
}

impl Count {
    /// Does every endpoint publish the port?
    pub(super) const fn is_published(&self) -> bool {
        self.published == self.endpoints
    }
}

/// Counts; `wanted` are the names of the port, any of which will do. None: no port is asked for.
pub(super) fn count<'v, I>(slices: I, wanted: Option<&[String]>) -> Count
where
    I: IntoIterator<Item = &'v Value>,
{
    let mut count = Count::default();
    for slice in slices {
        count.slices += 1;
        let published = wanted.is_none_or(|wanted| {
            elements(slice, "ports").iter().any(|port| {
                let name = port.get("name").and_then(Value::as_str).unwrap_or_default();
                wanted.iter().any(|wanted| wanted == name)
            })
        });
        for endpoint in elements(slice, "endpoints") {
            count.endpoints += 1;
            if !published {
                continue;
            }
            count.published += 1;
            let condition = |name: &str| endpoint.pointer(&format!("/conditions/{name}")).and_then(Value::as_bool);
            let serving = condition("serving").or_else(|| condition("ready")).unwrap_or(true);
            let terminating = condition("terminating").unwrap_or(false);
            count.terminating += usize::from(terminating);
            count.ready += usize::from(serving && !terminating);
        }
    }
    count
}

/// The elements of a list; none where it is null, absent or no list.
fn elements<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_conditions_mean_serving_and_null_lists_are_empty() {
        for (endpoints, ports, ready) in [
            (json!([{ "addresses": ["192.0.2.1"] }]), json!([{ "port": 1 }]), 1),
            (json!([{ "conditions": { "ready": false } }]), json!([{ "name": "" }]), 0),
            (json!([{ "conditions": { "ready": false, "serving": true } }]), json!([{ "name": null }]), 1),
            (json!([{ "conditions": { "ready": true, "serving": false } }]), json!([{ "name": "" }]), 0),
            (json!([{ "conditions": { "serving": true, "terminating": true } }]), json!([{ "name": "" }]), 0),
            (json!([{ "conditions": { "serving": null, "terminating": null } }]), json!([{ "name": "" }]), 1),
            (json!([{ "conditions": { "ready": true } }]), json!(null), 0),
            (json!([{ "conditions": { "ready": true } }]), json!([{ "name": "other" }]), 0),
            (json!(null), json!([{ "name": "" }]), 0),
        ] {
            let slice = json!({ "endpoints": endpoints, "ports": ports });
            assert_eq!(count([&slice], Some(&[String::new()])).ready, ready, "{slice}");
        }
    }

    #[test]
    fn one_slice_of_several_is_enough() {
        let slice = |name: &str, ready: bool| json!({ "endpoints": [{ "conditions": { "ready": ready } }], "ports": [{ "name": name }] });
        let slices = [slice("a", false), slice("b", true), slice("a", true)];
        let count = count(&slices, Some(&["a".to_owned()]));
        assert_eq!(count, Count { slices: 3, endpoints: 3, published: 2, ready: 1, terminating: 0 });
    }

    /// A slice as a person thinks of it; absent and null are one.
    #[derive(Clone, Debug)]
    struct Slice {
        ports: Option<Vec<Option<&'static str>>>,
        endpoints: Option<Vec<[Option<bool>; 3]>>,
    }

    /// The definition: `serving`, else `ready`, else true; and not `terminating`.
    fn serves([serving, ready, terminating]: [Option<bool>; 3]) -> bool {
        serving.or(ready) != Some(false) && terminating != Some(true)
    }

    impl Slice {
        /// As JSON; where `null`, what is absent is written as null.
        fn json(&self, null: bool) -> Value {
            let put = |map: &mut serde_json::Map<String, Value>, key: &str, value: Value| {
                if null || !value.is_null() {
                    map.insert(key.to_owned(), value);
                }
            };
            let endpoint = |conditions: &[Option<bool>; 3]| {
                let mut map = serde_json::Map::new();
                for (key, value) in ["serving", "ready", "terminating"].into_iter().zip(conditions) {
                    put(&mut map, key, json!(value));
                }
                json!({ "addresses": ["192.0.2.1"], "conditions": map })
            };
            let port = |name: Option<&str>| {
                let mut map = serde_json::Map::new();
                put(&mut map, "name", json!(name));
                Value::Object(map)
            };
            let mut slice = serde_json::Map::new();
            put(
                &mut slice,
                "ports",
                json!(self.ports.as_ref().map(|ports| ports.iter().copied().map(port).collect::<Vec<_>>())),
            );
            let endpoints = self.endpoints.as_ref().map(|all| all.iter().map(endpoint).collect::<Vec<_>>());
            put(&mut slice, "endpoints", json!(endpoints));
            Value::Object(slice)
        }

        fn publishes(&self, wanted: Option<&str>) -> bool {
            let names = self.ports.iter().flatten();
            wanted.is_none_or(|wanted| names.into_iter().any(|name| name.unwrap_or_default() == wanted))
        }
    }

    proptest::proptest! {
        #[test]
        fn the_count_is_that_of_the_definition(slices in slices(), wanted in wanted(), null: bool) {
            let json: Vec<Value> = slices.iter().map(|slice| slice.json(null)).collect();
            let names = wanted.map(|name| vec![name.to_owned()]);
            let all = || slices.iter().flat_map(|slice| slice.endpoints.iter().flatten().map(move |endpoint| (slice, *endpoint)));
            let published = || all().filter(|(slice, _)| slice.publishes(wanted));
            let expected = Count {
                slices: slices.len(),
                endpoints: all().count(),
                published: published().count(),
                ready: published().filter(|(_, endpoint)| serves(*endpoint)).count(),
                terminating: published().filter(|(_, [.., terminating])| *terminating == Some(true)).count(),
            };
            proptest::prop_assert_eq!(count(&json, names.as_deref()), expected);
        }
    }

    fn slices() -> impl proptest::strategy::Strategy<Value = Vec<Slice>> {
        use proptest::collection::vec;
        use proptest::option::of;
        use proptest::prelude::{Strategy, any};
        let name = proptest::sample::select(vec![None, Some(""), Some("http"), Some("admin")]);
        let endpoint = proptest::array::uniform3(of(any::<bool>()));
        let slice = (of(vec(name, 0..3)), of(vec(endpoint, 0..4)));
        vec(slice.prop_map(|(ports, endpoints)| Slice { ports, endpoints }), 0..4)
    }

    fn wanted() -> impl proptest::strategy::Strategy<Value = Option<&'static str>> {
        proptest::sample::select(vec![None, Some(""), Some("http"), Some("metrics")])
    }
}
