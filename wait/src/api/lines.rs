//! The lines of an answer that does not end: a watch sends one event a line.

use http_body_util::BodyExt;
use kube::client::Body;

/// Bytes that a line may have: an object in etcd has at most 1.5 MiB.
const MOST: usize = 4 << 20;

/// The lines of an answer, as they come.
pub(super) struct Lines {
    body: Body,
    read: Vec<u8>,
    /// How much of `read` is known to hold no line end.
    searched: usize,
}

impl Lines {
    /// Of this answer.
    pub(super) const fn new(body: Body) -> Self {
        Self { body, read: Vec::new(), searched: 0 }
    }

    /// The next line without its end; none: the answer ended. Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        loop {
            let new = self.read.iter().skip(self.searched).position(|byte| *byte == b'\n');
            if let Some(at) = new {
                let rest = self.read.split_off(self.searched + at + 1);
                let mut line = std::mem::replace(&mut self.read, rest);
                self.searched = 0;
                line.pop();
                return Ok(Some(line));
            }
            self.searched = self.read.len();
            if self.read.len() > MOST {
                return Err(format!("a line of more than {} MiB", MOST >> 20));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        self.read.extend_from_slice(data);
                    }
                }
                Some(Err(error)) => return Err(error.to_string()),
                None => return Ok(None),
            }
        }
    }
}
