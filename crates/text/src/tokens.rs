//! The words of a text as the search index knows them: one tokeniser for what is indexed and for
//! what is looked for, in every script.
//!
//! Compatibility forms are unified, case and accents folded. Scripts that write words apart give
//! words; those that do not (Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan) and Korean, whose
//! words carry their particles, give overlapping pairs of characters, so that any part of a run of
//! two characters or more is a sequence of pairs. Hashtags, mentions and addresses come apart into
//! the words in them.
//!
//! A token has letters, digits and marks only: never a space, a quote or an underscore, so that the
//! index may use those for itself.

mod fold;

use std::collections::HashSet;
use std::iter::Peekable;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::char::is_combining_mark;

use fold::{fold, hides_scheme};

/// No more of a text is looked at.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// Words kept of one document.
pub const WORDS_MAX: usize = 4_000;
/// Further tokens of one document: word stems and single characters.
pub const EXTRAS_MAX: usize = 2_000;
/// A longer word is cut, alike in the index and in a query.
pub const WORD_BYTES_MAX: usize = 64;
/// Shorter words have no stem.
const STEM_CHARS_MIN: usize = 3;

/// What a document is found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// In the order of the text. An empty one is a gap that no phrase reaches across.
    pub words: Vec<String>,
    /// Tokens without a place, each once, none of them among the words.
    pub extras: Vec<String>,
}

/// Tokens of the parts of a document (its warning, its text, descriptions of its pictures, …) in a
/// language, if one is known: it adds the stems of the words.
pub fn document(parts: &[&str], language: Option<&str>) -> Document {
    let (mut words, mut extras) = (Vec::new(), Vec::new());
    for part in parts {
        if !words.is_empty() {
            words.push(String::new());
        }
        for run in runs(part) {
            extras.extend(run.singles());
            words.extend(run.tokens());
            if words.len() >= WORDS_MAX {
                break;
            }
        }
        words.truncate(WORDS_MAX);
    }
    let algorithm = language.and_then(algorithm);
    extras.extend(words.iter().filter_map(|word| stem(word, algorithm?)));
    let mut seen: HashSet<&str> = words.iter().map(String::as_str).collect();
    let kept: Vec<bool> = extras.iter().map(|extra| seen.insert(extra)).collect();
    let mut kept = kept.into_iter();
    extras.retain(|_| kept.next().unwrap_or(false));
    extras.truncate(EXTRAS_MAX);
    Document { words, extras }
}

/// What a document must hold to be found by `text`: all of these sequences, each unbroken. A word
/// of several parts (`e-mail`, `alice@host.example`) or a run of pairs is one sequence; a single
/// character of a script without spaces stands alone, since the index has pairs in its place.
pub fn query(text: &str) -> Vec<Vec<String>> {
    let (mut sequences, mut current): (Vec<Vec<String>>, Vec<String>) = (Vec::new(), Vec::new());
    for run in runs(text) {
        if run.kind != Kind::Word && run.clusters.len() == 1 {
            sequences.extend((!current.is_empty()).then(|| std::mem::take(&mut current)));
            sequences.push(run.tokens());
        } else {
            current.extend(run.tokens());
        }
        if current.len() >= WORDS_MAX {
            break;
        }
    }
    sequences.extend((!current.is_empty()).then_some(current));
    sequences
}

/// The stems of a token in these languages that are not the token itself, each once.
pub fn stems(word: &str, languages: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for stem in languages.iter().filter_map(|language| stem(word, algorithm(language)?)) {
        if !found.contains(&stem) {
            found.push(stem);
        }
    }
    found
}

fn stem(word: &str, algorithm: Algorithm) -> Option<String> {
    if word.chars().count() < STEM_CHARS_MIN || !word.chars().all(char::is_alphabetic) {
        return None;
    }
    let stem = Stemmer::create(algorithm).stem(word);
    (!stem.is_empty() && stem != word && stem.chars().all(char::is_alphabetic)).then(|| stem.into_owned())
}

fn algorithm(language: &str) -> Option<Algorithm> {
    Some(match language.split(['-', '_']).next()? {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "en" => Algorithm::English,
        "es" => Algorithm::Spanish,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "nl" => Algorithm::Dutch,
        "nb" | "nn" | "no" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Scripts with spaces between words.
    Word,
    /// Chinese and Japanese.
    East,
    /// Korean.
    Hangul,
    /// Thai, Lao, Khmer, Burmese, Tibetan.
    South,
}

fn kind(c: char) -> Option<Kind> {
    match c {
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309F}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' => {
            Some(Kind::East)
        }
        '\u{31F0}'..='\u{31FF}' => Some(Kind::East),
        c if is_han(c) => Some(Kind::East),
        '\u{1100}'..='\u{11FF}' | '\u{AC00}'..='\u{D7FF}' => Some(Kind::Hangul),
        '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E4E}' | '\u{0E81}'..='\u{0ECE}' | '\u{0F40}'..='\u{0FBC}' => Some(Kind::South),
        '\u{1000}'..='\u{103F}' | '\u{1780}'..='\u{17D3}' => Some(Kind::South),
        c if c.is_alphanumeric() || is_combining_mark(c) => Some(Kind::Word),
        _ => None,
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// Neighbouring characters of one kind.
struct Run {
    kind: Kind,
    /// Characters with the marks that belong to them; a word is one.
    clusters: Vec<String>,
}

impl Run {
    fn tokens(&self) -> Vec<String> {
        if self.kind == Kind::Word || self.clusters.len() == 1 {
            return self.clusters.iter().map(|cluster| cut(cluster).to_owned()).collect();
        }
        self.clusters.windows(2).map(|pair| cut(&pair.concat()).to_owned()).collect()
    }

    /// Characters that are looked for alone: each Chinese one, and the first of a Korean word.
    fn singles(&self) -> Vec<String> {
        let single = |(place, cluster): &(usize, &String)| match self.kind {
            Kind::East => cluster.chars().next().is_some_and(is_han),
            Kind::Hangul => *place == 0,
            Kind::Word | Kind::South => false,
        };
        self.clusters.iter().enumerate().filter(single).map(|(_, cluster)| cut(cluster).to_owned()).collect()
    }
}

fn cut(word: &str) -> &str {
    let mut end = word.len().min(WORD_BYTES_MAX);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    &word[..end]
}

fn runs(text: &str) -> impl Iterator<Item = Run> {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = hides_scheme(&text[..end]);
    let folded: Vec<char> = fold(&text).collect();
    let mut chars = folded.into_iter().peekable();
    std::iter::from_fn(move || next_run(&mut chars))
}

fn next_run(chars: &mut Peekable<impl Iterator<Item = char>>) -> Option<Run> {
    // A mark without a letter before it is no word.
    while chars.next_if(|c| kind(*c).is_none() || is_combining_mark(*c)).is_some() {}
    let of = kind(*chars.peek()?)?;
    let mut clusters: Vec<String> = Vec::new();
    while let Some(c) = chars.next_if(|c| kind(*c) == Some(of) || is_combining_mark(*c)) {
        match clusters.last_mut() {
            Some(last) if of == Kind::Word || is_combining_mark(c) => last.push(c),
            _ => clusters.push(c.into()),
        }
    }
    Some(Run { kind: of, clusters })
}

#[cfg(test)]
mod tests;
