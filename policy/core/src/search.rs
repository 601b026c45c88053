//! Short texts in short texts. The standard library's search is made for long ones, and is 3 KiB of wasm.

/// What stands on both sides of the first place where a text has this part.
pub(crate) fn cut<'t>(text: &'t str, part: &str) -> Option<(&'t str, &'t str)> {
    let at = text.as_bytes().windows(part.len()).position(|window| window == part.as_bytes())?;
    let (left, right) = text.split_at_checked(at)?;
    Some((left, right.strip_prefix(part)?))
}

/// The text with each such part replaced.
pub(crate) fn replace(text: &str, part: &str, with: &str) -> String {
    let (mut rest, mut result) = (text, String::new());
    while let Some((left, right)) = cut(rest, part) {
        result.push_str(left);
        result.push_str(with);
        rest = right;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_replaced() {
        assert_eq!(cut("tcp://a://b", "://"), Some(("tcp", "a://b")));
        assert_eq!(cut("é=ß", "="), Some(("é", "ß")));
        assert_eq!((cut("tcp:/", "://"), cut("", "a")), (None, None));
        assert_eq!(replace("$$$a$$", "$$", "$"), "$$a$");
    }
}
