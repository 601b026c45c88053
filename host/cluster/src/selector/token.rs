//! The words and signs of a label selector (the lexer of `k8s.io/apimachinery/pkg/labels/selector.go`).

/// A word or a sign. `in` and `notin` are words that the parser takes for operators where one may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Word(&'a str),
    Sign(&'a str),
}

/// Cuts a text at blanks and signs. The longest sign counts: `!=`, not `!`.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let length = match ["!=", "==", "=", "!", "(", ")", ",", ">", "<"].iter().find(|sign| rest.starts_with(**sign))
        {
            Some(sign) => sign.len(),
            None => rest.find([' ', '\t', '\r', '\n', '=', '!', '(', ')', ',', '>', '<']).unwrap_or(rest.len()),
        };
        let Some((token, after)) = rest.split_at_checked(length).filter(|(token, _)| !token.is_empty()) else {
            return tokens;
        };
        let is_sign = token.starts_with(['=', '!', '(', ')', ',', '>', '<']);
        tokens.push(if is_sign { Token::Sign(token) } else { Token::Word(token) });
        rest = after;
    }
}
