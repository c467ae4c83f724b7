//! Tells code from prose and from tests, as far as the rules need: a scanner, not a parser.

use super::tree::Tree;

/// The Rust text with comments and the contents of strings and characters blanked. Lines stay where they are.
pub fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"//") {
            let end = at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            blank(&mut out, at, end);
            at = end;
        } else if rest.starts_with(b"/*") {
            let end = at + block_comment_length(rest);
            blank(&mut out, at, end);
            at = end;
        } else if let Some((inside, length)) = raw_string(bytes, at) {
            blank(&mut out, at + inside, at + length);
            at += length;
        } else if bytes[at] == b'"' {
            let end = at + quoted_length(rest, b'"');
            blank(&mut out, at + 1, end.saturating_sub(1).max(at + 1));
            at = end;
        } else if bytes[at] == b'\'' && is_character(&text[at..]) {
            let end = at + quoted_length(rest, b'\'');
            blank(&mut out, at + 1, end.saturating_sub(1).max(at + 1));
            at = end;
        } else {
            at += 1;
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Code with the items blanked that only tests see: under `#[cfg(test)]`, `#[test]` and the like.
pub fn without_tests(code: &str) -> String {
    if code.contains("#![cfg(test)]") {
        return String::new();
    }
    let mut out = code.as_bytes().to_vec();
    let mut at = 0;
    while let Some(found) = code[at..].find("#[") {
        let start = at + found;
        let attribute_end = start + 1 + balanced_length(&code.as_bytes()[start + 1..]);
        at = attribute_end;
        if is_for_tests(&code[start..attribute_end]) {
            at += item_length(&code.as_bytes()[attribute_end..]);
            blank(&mut out, start, at);
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Whether a file holds nothing but tests: by its name, or because its parent declares it under `#[cfg(test)]`.
pub fn is_test_file(tree: &Tree, path: &str) -> bool {
    let names: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    let by_name = names.iter().any(|name| ["tests", "testing", "benches", "examples"].contains(name));
    by_name || (1..=names.len()).any(|length| is_declared_for_tests(tree, &names[..length]))
}

fn is_declared_for_tests(tree: &Tree, names: &[&str]) -> bool {
    let Some((name, parents)) = names.split_last() else { return false };
    let directory = parents.join("/");
    let declares = [format!("mod {name};"), format!("mod {name} ;")];
    ["/mod.rs", "/lib.rs", "/main.rs", ".rs"].iter().any(|end| {
        let Some(parent) = tree.files.iter().find(|file| file.path == format!("{directory}{end}")) else { return false };
        let code = code_of(&parent.text);
        let declared = |code: &str| declares.iter().any(|declaration| code.contains(declaration));
        declared(&code) && !declared(&without_tests(&code))
    })
}

/// Lines (from 1) that hold the word, where it is not part of a longer one.
pub fn lines_with(text: &str, word: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let stands_alone = line.match_indices(word).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + word.len()..].chars().next();
            let longer_before = word.starts_with(is_part) && before.is_some_and(is_part);
            let longer_after = word.ends_with(is_part) && after.is_some_and(is_part);
            !longer_before && !longer_after
        });
        if stands_alone {
            lines.push(number + 1);
        }
    }
    lines
}

/// What stands after each `=>` of the calls of a macro such as `counter!(`, with its line.
pub fn labels(code: &str, name: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(name) {
        let inside = at + name.len();
        let end = inside - 1 + balanced_length(&code.as_bytes()[inside - 1..]);
        for (arrow, _) in code[inside..end].match_indices("=>") {
            let value = inside + arrow + 2;
            let line = code[..value].matches('\n').count() + 1;
            let value = code[value..end - 1].trim_start();
            let length = value.bytes().scan(0_i32, |depth, byte| {
                *depth += match byte {
                    b'(' | b'[' | b'{' => 1,
                    b')' | b']' | b'}' => -1,
                    _ => 0,
                };
                (byte != b',' || *depth > 0).then_some(())
            });
            found.push((line, value[..length.count()].trim_end().to_owned()));
        }
    }
    found
}

fn is_for_tests(attribute: &str) -> bool {
    !lines_with(attribute, "test").is_empty() && !attribute.contains("not(test") && !attribute.contains("cfg_attr")
}

fn blank(out: &mut [u8], from: usize, to: usize) {
    for byte in &mut out[from..to] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn block_comment_length(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// `r"…"`, `br#"…"#` and the like at `at`: where its contents begin, and its length.
fn raw_string(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    if at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_') {
        return None;
    }
    let rest = &bytes[at..];
    let r = match rest {
        [b'r', ..] => 0,
        [b'b' | b'c', b'r', ..] => 1,
        _ => return None,
    };
    let hashes = rest[r + 1..].iter().take_while(|b| **b == b'#').count();
    let inside = r + 1 + hashes + 1;
    if rest.get(inside - 1) != Some(&b'"') {
        return None;
    }
    let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    let length = rest[inside..].windows(close.len()).position(|window| window == close);
    Some((inside, length.map_or(rest.len(), |length| inside + length + close.len())))
}

fn quoted_length(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// A character literal, as against a lifetime.
fn is_character(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

/// From an opening bracket through its closing one.
fn balanced_length(code: &[u8]) -> usize {
    let mut depth = 0;
    for (at, byte) in code.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// From the end of an attribute through the end of its item: a `;` or a closing brace of its own.
fn item_length(code: &[u8]) -> usize {
    let mut at = 0;
    while at < code.len() {
        match code[at] {
            b';' => return at + 1,
            b'{' => return at + balanced_length(&code[at..]),
            b'(' | b'[' => at += balanced_length(&code[at..]),
            b'}' | b')' | b']' => return at,
            _ => at += 1,
        }
    }
    code.len()
}
