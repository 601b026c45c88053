//! The two messages of `grpc.health.v1`, in protocol buffers' encoding:
//!
//! ```text
//! message HealthCheckRequest  { string service = 1; }
//! message HealthCheckResponse { enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
//!                               ServingStatus status = 1; }
//! ```

/// What a health service says of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// 0; also where the field is absent.
    Unknown,
    /// 1
    Serving,
    /// 2
    NotServing,
    /// 3
    ServiceUnknown,
    /// A number that the protocol does not know yet.
    Other(u64),
}

/// A `HealthCheckRequest`; the empty name is the server as a whole.
pub(super) fn request(service: &str) -> Vec<u8> {
    let mut message = Vec::new();
    // A field that has its default is left out.
    if !service.is_empty() {
        message.push(1 << 3 | 2);
        let mut length = service.len();
        while length > 0x7f {
            message.push(low_bits(length) | 0x80);
            length >>= 7;
        }
        message.push(low_bits(length));
        message.extend_from_slice(service.as_bytes());
    }
    message
}

/// Seven bits.
fn low_bits(number: usize) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

/// Reads a `HealthCheckResponse`; none where it is none. Fields that later versions add are passed over.
pub(super) fn read(mut message: &[u8]) -> Option<Health> {
    let mut status = 0;
    while !message.is_empty() {
        let key = varint(&mut message)?;
        match (key >> 3, key & 7) {
            (1, 0) => status = varint(&mut message)?,
            (0 | 1, _) => return None,
            (_, 0) => {
                varint(&mut message)?;
            }
            (_, 1) => skip(&mut message, 8)?,
            (_, 2) => {
                let length = varint(&mut message)?;
                skip(&mut message, usize::try_from(length).ok()?)?;
            }
            (_, 5) => skip(&mut message, 4)?,
            // Groups: nobody writes them any more.
            _ => return None,
        }
    }
    Some(match status {
        0 => Health::Unknown,
        1 => Health::Serving,
        2 => Health::NotServing,
        3 => Health::ServiceUnknown,
        other => Health::Other(other),
    })
}

/// Takes a number of at most ten bytes, seven bits each, the lowest first.
fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..70).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Takes bytes.
fn skip(message: &mut &[u8], length: usize) -> Option<()> {
    *message = message.split_at_checked(length)?.1;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_name_the_service() {
        assert_eq!(request(""), b"");
        assert_eq!(request("auth.v1.Login"), b"\x0a\x0dauth.v1.Login");
        let long = "s".repeat(300);
        let message = request(&long);
        assert_eq!(message.split_at(3), (&b"\x0a\xac\x02"[..], long.as_bytes()));
    }

    #[test]
    fn responses_are_read() {
        for (message, expected) in [
            (&b""[..], Some(Health::Unknown)),
            (b"\x08\x00", Some(Health::Unknown)),
            (b"\x08\x01", Some(Health::Serving)),
            (b"\x08\x02", Some(Health::NotServing)),
            (b"\x08\x03", Some(Health::ServiceUnknown)),
            (b"\x08\xac\x02", Some(Health::Other(300))),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Some(Health::Other(u64::MAX))),
            // The last one counts.
            (b"\x08\x02\x08\x01", Some(Health::Serving)),
            // Fields 2 to 5 of every kind that there is.
            (b"\x10\x07\x08\x01\x1a\x02hi\x21\0\0\0\0\0\0\0\0\x2d\0\0\0\0", Some(Health::Serving)),
            // Cut off, too long, another type, field 0, a group.
            (b"\x08", None),
            (b"\x08\x81", None),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", None),
            (b"\x0a\x01\x01", None),
            (b"\x00\x01", None),
            (b"\x1b\x1c", None),
            (b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", None),
            (b"\x21\0", None),
            (b"<html>", None),
        ] {
            assert_eq!(read(message), expected, "{message:?}");
        }
    }
}
