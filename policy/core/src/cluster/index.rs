//! Where something stands in a list, by what it is called.

/// Chains; four thousand entries make chains of four.
const CHAINS: usize = 1024;

/// Numbers by the hash of a text. Texts may share a hash: who asks compares. (A map of the standard library is 4 KiB of
/// wasm, and its hash is made against strangers who flood a server; here a list is at most slow to search.)
#[derive(Debug)]
pub(crate) struct Index {
    /// Each chain's last entry, from 1; 0 where there is none.
    last: Vec<usize>,
    /// A number, and the entry before it in its chain.
    entries: Vec<(usize, usize)>,
}

impl Default for Index {
    fn default() -> Self {
        Self { last: vec![0; CHAINS], entries: Vec::new() }
    }
}

impl Index {
    /// Notes a number under a text of two parts.
    pub(crate) fn add(&mut self, text: (&str, &str), number: usize) {
        if let Some(last) = self.last.get_mut(chain(text)) {
            self.entries.push((number, *last));
            *last = self.entries.len();
        }
    }

    /// The numbers that may be those of a text, the last one first.
    pub(crate) fn find(&self, text: (&str, &str)) -> impl Iterator<Item = usize> {
        let mut next = self.last.get(chain(text)).copied().unwrap_or_default();
        std::iter::from_fn(move || {
            let (number, before) = *self.entries.get(next.checked_sub(1)?)?;
            next = before;
            Some(number)
        })
    }
}

/// FNV-1a.
fn chain((one, two): (&str, &str)) -> usize {
    let mut hash = 0x811c_9dc5_u32;
    for byte in one.bytes().chain([b'=']).chain(two.bytes()) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    // The upper bits are the better mixed ones.
    usize::try_from(hash >> 16 ^ hash & 0xffff).unwrap_or_default() % CHAINS
}
