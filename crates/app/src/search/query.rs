//! Reading what a person typed: words, "phrases", +must, -not, #tags and prefixes such as `from:me`.
//!
//! Pure: handles and time zones are looked up by the caller.
//! Source: docs.joinmastodon.org/user/network/#search

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use store::search::{All, Term};

use crate::effects::index::{LANGUAGE, PROPERTY, TAG, mark};

/// The rest of a longer query is not read.
const QUERY_CHARS_MAX: usize = 1_000;
/// The clauses that count.
const CLAUSES_MAX: usize = 32;

/// One thing that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// Tokens that must, or must not, be there.
    Tokens { not: bool, all: All },
    /// `from:`, with `me` or a handle.
    From { not: bool, who: String },
    /// `before:`, `after:`, `during:`, with a date as it was written.
    Time { not: bool, when: When, date: String },
    /// `in:`
    In(Place),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Before,
    After,
    During,
}

/// Where statuses are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// What one wrote, was mentioned in or marked.
    Library,
    /// Public statuses of those who let them be searched.
    Public,
    #[default]
    All,
}

/// The clauses of a query. Words are looked for with their stems in `languages`, too.
pub fn read(query: &str, languages: &[&str]) -> Vec<Clause> {
    let query: String = query.chars().take(QUERY_CHARS_MAX).map(straight).collect();
    let mut rest = query.as_str();
    let mut clauses = Vec::new();
    while clauses.len() < CLAUSES_MAX {
        rest = rest.trim_start();
        let Some((raw, after)) = next(rest) else { break };
        rest = after;
        clauses.extend(clause(&raw, languages));
    }
    clauses
}

/// Typographic quotation marks mean what straight ones do.
fn straight(c: char) -> char {
    match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '「' | '」' | '『' | '』' | '《' | '》' | '〝' | '〞' | '＂' => '"',
        c => c,
    }
}

/// A clause as it is written.
#[derive(Debug, Default)]
struct Raw<'a> {
    not: bool,
    prefix: Option<&'a str>,
    quoted: bool,
    text: &'a str,
}

/// The first clause of `rest`, and what comes after it.
fn next(rest: &str) -> Option<(Raw<'_>, &str)> {
    if rest.is_empty() {
        return None;
    }
    let mut raw = Raw { not: rest.starts_with('-'), ..Raw::default() };
    let mut rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let word = &rest[..rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len())];
    if let Some((prefix, _)) = word.split_once(':').filter(|(prefix, text)| is_prefix(prefix) && !text.starts_with("//")) {
        raw.prefix = Some(prefix);
        rest = &rest[prefix.len() + 1..];
    }
    if let Some(quoted) = rest.strip_prefix('"') {
        // A quote that is not closed reaches to the end.
        let (text, after) = quoted.split_once('"').unwrap_or((quoted, ""));
        return Some((Raw { quoted: true, text, ..raw }, after));
    }
    let (text, after) = rest.split_at(rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len()));
    Some((Raw { text, ..raw }, after))
}

fn is_prefix(prefix: &str) -> bool {
    !prefix.is_empty() && prefix.chars().all(|c| c.is_ascii_alphabetic())
}

fn clause(raw: &Raw<'_>, languages: &[&str]) -> Vec<Clause> {
    let Raw { not, text, .. } = *raw;
    let marked = |kind: &str, name: &str| vec![Clause::Tokens { not, all: vec![vec![Term::Token(mark(kind, name))]] }];
    match raw.prefix {
        Some("has" | "is") => marked(PROPERTY, text),
        Some("language") => marked(LANGUAGE, text::language::normalize(text).unwrap_or(text)),
        Some("from") => vec![Clause::From { not, who: text.trim_start_matches('@').to_owned() }],
        Some("before") => vec![Clause::Time { not, when: When::Before, date: text.to_owned() }],
        Some("after") => vec![Clause::Time { not, when: When::After, date: text.to_owned() }],
        Some("during") => vec![Clause::Time { not, when: When::During, date: text.to_owned() }],
        Some("in") => vec![Clause::In(match text {
            "library" => Place::Library,
            "public" => Place::Public,
            _ => Place::All,
        })],
        // Any other prefix is a word like the one behind it.
        Some(word) => [word, text].into_iter().flat_map(|word| words(not, word, false, languages)).collect(),
        None => match text.strip_prefix('#').map(text::tags::normalize) {
            Some(name) if !name.is_empty() && !raw.quoted => marked(TAG, &name),
            _ => words(not, text, raw.quoted, languages),
        },
    }
}

fn words(not: bool, text: &str, exact: bool, languages: &[&str]) -> Vec<Clause> {
    let sequences = text::tokens::query(text);
    if sequences.is_empty() {
        return Vec::new();
    }
    let any = |mut sequence: Vec<String>| match (sequence.len(), sequence.pop()) {
        (1, Some(word)) => {
            let stems = if exact { Vec::new() } else { text::tokens::stems(&word, languages) };
            [word].into_iter().chain(stems).map(Term::Token).collect()
        }
        (_, last) => vec![Term::Phrase(sequence.into_iter().chain(last).collect())],
    };
    vec![Clause::Tokens { not, all: sequences.into_iter().map(any).collect() }]
}

/// The milliseconds a date covers in a time zone, `[from, to)`: a year, a month, a day or a moment of
/// ISO 8601, or milliseconds since 1970. `None` for what is no date.
pub fn range(date: &str, zone: &TimeZone) -> Option<(i64, i64)> {
    let digits = date.chars().all(|c| c.is_ascii_digit());
    let parsed = |text: String| text.parse::<DateTime>().ok();
    let (start, length) = match date.len() {
        4 if digits => (parsed(format!("{date}-01-01"))?, Span::new().years(1)),
        5.. if digits => return date.parse().ok().filter(|ms| Timestamp::from_millisecond(*ms).is_ok()).map(|ms: i64| (ms, ms + 1)),
        7 => (parsed(format!("{date}-01"))?, Span::new().months(1)),
        10 => (parsed(date.to_owned())?, Span::new().days(1)),
        _ => {
            let moment = match date.parse::<Timestamp>() {
                Ok(moment) => moment,
                Err(_) => parsed(date.to_owned())?.to_zoned(zone.clone()).ok()?.timestamp(),
            };
            return Some((moment.as_millisecond(), moment.as_millisecond() + 1));
        }
    };
    let at = |when: DateTime| Some(when.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond());
    Some((at(start)?, at(start.checked_add(length).ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(word: &str) -> Term {
        Term::Token(word.into())
    }

    fn phrase(words: &str) -> Term {
        Term::Phrase(words.split(' ').map(str::to_owned).collect())
    }

    fn all(not: bool, terms: &[&[Term]]) -> Clause {
        Clause::Tokens { not, all: terms.iter().map(|any| any.to_vec()).collect() }
    }

    #[test]
    fn what_is_typed_is_read() {
        let from = |not: bool, who: &str| Clause::From { not, who: who.into() };
        let time = |when: When, date: &str| Clause::Time { not: false, when, date: date.into() };
        let cases: &[(&str, &[Clause])] = &[
            ("", &[]),
            ("  \"\" - + 🦀 -\"\" ", &[]),
            ("Green teas", &[all(false, &[&[token("green")]]), all(false, &[&[token("teas"), token("tea")]])]),
            ("+tea -milk", &[all(false, &[&[token("tea")]]), all(true, &[&[token("milk")]])]),
            ("\"Green Teas\" -\"with milk\"", &[all(false, &[&[phrase("green teas")]]), all(true, &[&[phrase("with milk")]])]),
            ("“green tea” „grüner Tee“", &[all(false, &[&[phrase("green tea")]]), all(false, &[&[phrase("gruner tee")]])]),
            ("「緑茶」", &[all(false, &[&[token("緑茶")]])]),
            ("\"teas\"", &[all(false, &[&[token("teas")]])]),
            ("open\"ended tea", &[all(false, &[&[token("open")]]), all(false, &[&[phrase("ended tea")]])]),
            ("e-mail", &[all(false, &[&[phrase("e mail")]])]),
            ("2024年", &[all(false, &[&[token("2024")], &[token("年")]])]),
            ("#GreenTea -#Café", &[all(false, &[&[token("_tgreentea")]]), all(true, &[&[token("_tcafe")]])]),
            ("#", &[]),
            (
                "has:media -is:reply has:Poll",
                &[all(false, &[&[token("_hmedia")]]), all(true, &[&[token("_hreply")]]), all(false, &[&[token("_hpoll")]])],
            ),
            ("language:DE language:zh-tw", &[all(false, &[&[token("_lde")]]), all(false, &[&[token("_lzh_tw")]])]),
            ("from:me -from:@bob@other.test", &[from(false, "me"), from(true, "bob@other.test")]),
            ("before:2024-01-02 during:\"2024\"", &[time(When::Before, "2024-01-02"), time(When::During, "2024")]),
            ("in:library in:public in:all", &[Clause::In(Place::Library), Clause::In(Place::Public), Clause::In(Place::All)]),
            ("foo:bar", &[all(false, &[&[token("foo")]]), all(false, &[&[token("bar")]])]),
            ("https://example.com", &[all(false, &[&[phrase("example com")]])]),
        ];
        for (typed, expected) in cases {
            assert_eq!(read(typed, &["en"]), *expected, "{typed:?}");
        }
    }

    #[test]
    fn a_query_has_a_greatest_size() {
        assert_eq!(read(&"a ".repeat(10_000), &[]).len(), CLAUSES_MAX);
        let long = read(&"a".repeat(10_000), &["en", "de"]);
        assert_eq!(long.len(), 1);
    }

    #[test]
    fn dates_are_read_in_a_time_zone() {
        const DAY: i64 = 86_400_000;
        let utc = TimeZone::UTC;
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(range("2024-02-28", &utc), Some((1_709_078_400_000, 1_709_078_400_000 + DAY)));
        assert_eq!(range("2024-02-28", &tokyo), Some((1_709_046_000_000, 1_709_046_000_000 + DAY)));
        assert_eq!(range("2024-02", &utc), Some((1_706_745_600_000, 1_706_745_600_000 + 29 * DAY)));
        assert_eq!(range("2024", &utc), Some((1_704_067_200_000, 1_704_067_200_000 + 366 * DAY)));
        assert_eq!(range("1709078400000", &tokyo), Some((1_709_078_400_000, 1_709_078_400_001)));
        assert_eq!(range("2024-02-28T00:00:00Z", &tokyo), Some((1_709_078_400_000, 1_709_078_400_001)));
        assert_eq!(range("2024-02-28T09:00:00", &tokyo), Some((1_709_078_400_000, 1_709_078_400_001)));
        for wrong in ["", "yesterday", "2024-13-01", "2024-02-30", "0", "99999999999999999999", "2024-2-3", "日本語の日付です"] {
            assert_eq!(range(wrong, &utc), None, "{wrong:?}");
        }
    }
}
