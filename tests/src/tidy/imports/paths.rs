//! The paths that a Rust file names, from its code with comments, strings and tests blanked: use trees expanded,
//! `crate`, `super` and `self` resolved against the module the path stands in. A scanner, not a parser.

/// A path from the root of its crate, and the line it stands on.
#[derive(Debug, PartialEq)]
pub struct Named {
    pub line: usize,
    /// `crate::db::Db` is `["db", "Db"]`; the last one is `*` for a glob.
    pub path: Vec<String>,
    /// What a use brings in under another name than the last of the path.
    pub alias: Option<String>,
    /// Whether it stands in a `use`, so that other modules may name it by way of this one.
    pub is_use: bool,
}

/// All paths within the crate that `code`, the text of `module`, names. A path that begins with neither `crate`, `super`
/// nor `self` counts if `is_child` says that its first name is a module directly below the one it stands in.
pub fn paths(code: &str, module: &[String], is_child: &dyn Fn(&[String], &str) -> bool) -> Vec<Named> {
    let words = words(code);
    let mut found = Vec::new();
    // Modules written out inside the file, innermost last: the depth of braces at which each began.
    let mut inside: Vec<(usize, String)> = Vec::new();
    let (mut depth, mut at) = (0, 0);
    while at < words.len() {
        let here = || module.iter().cloned().chain(inside.iter().map(|(_, name)| name.clone())).collect::<Vec<_>>();
        match words[at].text {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inside.pop_if(|(began, _)| *began == depth);
            }
            "mod" if at + 2 < words.len() && words[at + 2].text == "{" => {
                inside.push((depth, words[at + 1].text.to_owned()));
                at += 2;
                continue;
            }
            "use" if words.get(at + 1).is_some_and(|word| word.text != "<") => {
                let mut leaves = Vec::new();
                at = use_tree(&words, at + 1, &[], &mut leaves);
                for Leaf { line, path, alias } in leaves {
                    if let Some(path) = resolve(&path, &here(), is_child) {
                        found.push(Named { line, path, alias, is_use: true });
                    }
                }
                continue;
            }
            "in" if at > 1 && words[at - 1].text == "(" && words[at - 2].text == "pub" => at = chain(&words, at + 1).1 - 1,
            text if is_name(text) => {
                let follows = at > 0 && ["::", "."].contains(&words[at - 1].text);
                let (path, end) = chain(&words, at);
                if !follows && path.len() > 1 {
                    if let Some(path) = resolve(&path, &here(), is_child) {
                        found.push(Named { line: words[at].line, path, alias: None, is_use: false });
                    }
                    at = end;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Names declared by `word NAME` in the code: those of `struct`, `fn`, `macro_rules!` and the like.
pub fn declared(code: &str) -> Vec<String> {
    const KINDS: [&str; 9] = ["struct", "enum", "trait", "type", "fn", "const", "static", "union", "macro_rules"];
    let words = words(code);
    let name_after = |at: usize| words[at + 1..].iter().find(|word| word.text != "!").map(|word| word.text.to_owned());
    (0..words.len()).filter(|at| KINDS.contains(&words[*at].text)).filter_map(name_after).collect()
}

struct Word<'a> {
    text: &'a str,
    line: usize,
}

struct Leaf {
    line: usize,
    path: Vec<String>,
    alias: Option<String>,
}

/// Names, `::`, and each other character by itself. Raw names lose their `r#`.
fn words(code: &str) -> Vec<Word<'_>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let (mut words, mut line, mut rest) = (Vec::new(), 1, code);
    while let Some(first) = rest.chars().next() {
        let length = if is_part(first) {
            rest.find(|c| !is_part(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (text, after) = rest.split_at(length);
        rest = after;
        line += usize::from(text == "\n");
        let is_raw = text == "r" && after.starts_with('#') && after[1..].starts_with(is_part);
        if is_raw {
            rest = &after[1..];
        } else if !first.is_whitespace() {
            words.push(Word { text, line });
        }
    }
    words
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// `a::b::c` at `at`, and where it ends. Generic arguments end it.
fn chain(words: &[Word], mut at: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    while at < words.len() && is_name(words[at].text) {
        path.push(words[at].text.to_owned());
        at += 1;
        match words.get(at + 1) {
            Some(next) if words[at].text == "::" && is_name(next.text) => at += 1,
            _ => break,
        }
    }
    (path, at)
}

/// Reads a use tree at `at` and returns where it ends; each leaf has the whole path to it.
fn use_tree(words: &[Word], mut at: usize, before: &[String], leaves: &mut Vec<Leaf>) -> usize {
    let mut path = before.to_vec();
    let mut line = words.get(at).map_or(0, |word| word.line);
    while at < words.len() {
        match words[at].text {
            "{" => {
                at += 1;
                while at < words.len() && words[at].text != "}" {
                    at = use_tree(words, at, &path, leaves);
                    at += usize::from(words.get(at).is_some_and(|word| word.text == ","));
                }
                return at + 1;
            }
            "as" => {
                let alias = words.get(at + 1).map(|word| word.text.to_owned());
                leaves.push(Leaf { line, path, alias });
                return at + 2;
            }
            "," | "}" | ";" => break,
            "::" => {}
            "self" if !path.is_empty() => {}
            text => {
                path.push(text.to_owned());
                line = words[at].line;
            }
        }
        at += 1;
    }
    leaves.push(Leaf { line, path, alias: None });
    at
}

fn resolve(path: &[String], here: &[String], is_child: &dyn Fn(&[String], &str) -> bool) -> Option<Vec<String>> {
    let first = path.first()?;
    let mut base = here.to_vec();
    let mut rest = path;
    match first.as_str() {
        "crate" => {
            base.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            base.truncate(here.len().saturating_sub(ups));
            rest = &path[ups..];
        }
        name if is_child(here, name) => {}
        _ => return None,
    }
    base.extend(rest.iter().cloned());
    Some(base)
}
