//! Names of hosts.

const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// The name of a host as it is stored and compared: lowercase, ASCII, without a final dot. `None` for what
/// cannot be one.
pub fn normalize(written: &str) -> Option<String> {
    let written = written.trim().trim_end_matches('.');
    if written.is_empty() || written.len() > NAME_MAX * 4 {
        return None;
    }
    let ascii = idna::domain_to_ascii(written).ok()?.to_ascii_lowercase();
    let label_is_fine =
        |label: &str| !label.is_empty() && label.len() <= LABEL_MAX && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (ascii.len() <= NAME_MAX && ascii.split('.').all(label_is_fine)).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn hosts_are_compared_in_lowercase_and_ascii() {
        for (written, expected) in [
            ("Far.Test", "far.test"),
            (" far.test. ", "far.test"),
            ("b\u{fc}cher.test", "xn--bcher-kva.test"),
            ("\u{4f8b}\u{3048}.test", "xn--r8jz45g.test"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(normalize(written).as_deref(), Some(expected), "{written}");
        }
        for none in ["", " ", "a b.test", "a..test", "https://far.test", "far.test/path", "far_test.x", &"a".repeat(64), &"a.".repeat(2_000)] {
            assert_eq!(normalize(none), None, "{none}");
        }
    }
}
