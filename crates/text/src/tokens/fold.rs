//! Folding: the one spelling under which spellings of a word are the same to the search.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// The characters of `text` in their folded form.
pub fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    text.nfkc().flat_map(char::to_lowercase).flat_map(|c| folded(c).into_iter().flatten())
}

/// Without the schemes of addresses, which nobody looks for.
pub fn hides_scheme(text: &str) -> Cow<'_, str> {
    if text.contains("://") { text.replace("https://", " ").replace("http://", " ").into() } else { text.into() }
}

/// At most two characters stand for one.
fn folded(c: char) -> [Option<char>; 2] {
    let one = |c: char| [Some(c), None];
    match c {
        'a'..='z' | '0'..='9' | ' ' => one(c),
        'ß' => [Some('s'), Some('s')],
        'æ' => [Some('a'), Some('e')],
        'œ' => [Some('o'), Some('e')],
        'þ' => [Some('t'), Some('h')],
        'ð' | 'đ' => one('d'),
        'ħ' => one('h'),
        'ı' => one('i'),
        'ł' => one('l'),
        'ŋ' => one('n'),
        'ø' => one('o'),
        'ŧ' => one('t'),
        'ς' => one('σ'),
        // Accents by themselves, soft hyphen, zero-width joiner.
        '\u{300}'..='\u{36F}' | '\u{AD}' | '\u{200D}' => [None, None],
        // Hebrew points; the other signs of the block are punctuation.
        '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}' => [None, None],
        // Arabic vowel signs and tatweel.
        '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E8}' => [None, None],
        'آ' | 'أ' | 'إ' | 'ٱ' => one('ا'),
        'ؤ' => one('و'),
        'ى' | 'ئ' | 'ی' => one('ي'),
        'ة' => one('ه'),
        'ک' => one('ك'),
        '\u{660}'..='\u{669}' => one(digit(c, '\u{660}')),
        '\u{6F0}'..='\u{6F9}' => one(digit(c, '\u{6F0}')),
        // Latin, Greek and Cyrillic letters with accents.
        '\u{C0}'..='\u{24F}' | '\u{370}'..='\u{52F}' | '\u{1E00}'..='\u{1FFF}' => one(base(c)),
        _ => one(c),
    }
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).unwrap_or(c)
}

fn base(c: char) -> char {
    let mut base = None;
    decompose_canonical(c, |part| {
        if base.is_none() && !is_combining_mark(part) {
            base = Some(part);
        }
    });
    base.unwrap_or(c)
}
