//! Classes of characters that links, mentions and hashtags are made of. They follow Unicode
//! properties, so that every script can have hashtags.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::char::is_combining_mark;

/// Part of a word: letters, marks, decimal digits and connecting punctuation such as `_`.
pub fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    c.is_alphabetic() || is_combining_mark(c) || is_decimal_digit(c) || is_connector(c)
}

/// A letter or a decimal digit of any script.
pub fn is_alphanumeric(c: char) -> bool {
    c.is_alphabetic() || is_decimal_digit(c)
}

/// A mark that belongs to a letter: vowel signs, viramas, tone marks, accents. Variation selectors and the marks that
/// enclose a sign (keycaps) belong to emojis.
pub fn is_letter_mark(c: char) -> bool {
    is_combining_mark(c) && !matches!(c, '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// A mark that belongs to the spelling of its script, such as a vowel sign, a virama, a nukta or a tone mark; not an accent
/// that any letter can have, nor what belongs to symbols and emoji.
pub fn is_script_mark(c: char) -> bool {
    is_combining_mark(c)
        && !matches!(c,
            '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}' | '\u{E0100}'..='\u{E01EF}')
}

/// The zero-width joiner and non-joiner, which shape letters of Indic scripts and of Persian.
pub fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Joins the parts of a hashtag: underscore, middle dots, both joiners, wave dashes, and the signs inside of Hebrew,
/// Tibetan and Japanese words.
///
/// Source: the special characters of hashtags in twitter-text.
pub fn is_tag_separator(c: char) -> bool {
    is_joiner(c)
        || matches!(
            c,
            '_' | '\u{B7}'
                | '\u{5BE}'
                | '\u{5F3}'
                | '\u{5F4}'
                | '\u{F0B}'
                | '\u{F0C}'
                | '\u{3003}'
                | '\u{301C}'
                | '\u{309B}'
                | '\u{309C}'
                | '\u{30A0}'
                | '\u{30FB}'
                | '\u{FF5E}'
        )
}

/// Ends an address wherever it stands: invisible marks, and the punctuation between sentences of scripts that put no
/// space behind it.
pub fn ends_address(c: char) -> bool {
    matches!(c,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'
        | '。' | '、' | '｡' | '､' | '，' | '．' | '！' | '？' | '：' | '；' | '（' | '）')
}

/// Does not belong to an address at its end, though it may stand inside of one: punctuation of a sentence, quotes and
/// brackets around it.
pub fn may_follow_address(c: char) -> bool {
    matches!(
        c,
        '!' | '*'
            | '"'
            | '\''
            | ';'
            | ':'
            | '='
            | ','
            | '.'
            | '$'
            | '%'
            | '['
            | ']'
            | '~'
            | '&'
            | '|'
            | '「'
            | '」'
            | '『'
            | '』'
            | '【'
            | '】'
            | '《'
            | '》'
            | '〈'
            | '〉'
            | '“'
            | '”'
            | '‘'
            | '’'
            | '«'
            | '»'
            | '،'
            | '؛'
            | '؟'
            | '۔'
            | '।'
            | '॥'
    )
}

/// An accented Latin letter or a combining accent. An ASCII user name that runs straight into one
/// was not meant as a user name.
pub fn is_latin_accent(c: char) -> bool {
    matches!(c,
        '\u{C0}'..='\u{24F}' | '\u{253}' | '\u{254}' | '\u{256}' | '\u{257}' | '\u{259}'
        | '\u{25B}' | '\u{263}' | '\u{268}' | '\u{26F}' | '\u{272}' | '\u{289}' | '\u{28B}'
        | '\u{2BB}' | '\u{300}'..='\u{36F}' | '\u{1E00}'..='\u{1EFF}')
        && !matches!(c, '\u{D7}' | '\u{F7}')
}

/// May stand anywhere in a label of a host name, also of an internationalised one.
pub fn is_host_char(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    !c.is_whitespace() && !c.is_control() && !is_foreign_punctuation(c)
}

/// Punctuation beyond ASCII that ends a host name: quotes, dashes, ideographic and full-width
/// marks, invisible marks and non-characters.
fn is_foreign_punctuation(c: char) -> bool {
    match c {
        '\u{200C}' | '\u{200D}' | '\u{3005}'..='\u{3007}' => false,
        '\u{AB}' | '\u{BB}' | '\u{A1}' | '\u{BF}' => true,
        '\u{2000}'..='\u{206F}' | '\u{3001}'..='\u{303F}' => true,
        '\u{60C}' | '\u{61B}' | '\u{61F}' | '\u{6D4}' => true,
        '\u{FF00}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' => true,
        '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}' => true,
        '\u{FEFF}' | '\u{FFF0}'..='\u{FFFF}' => true,
        _ => false,
    }
}

fn is_decimal_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    // Most characters are not numeric at all; only the few that are need the exact property.
    c.is_numeric() && DECIMAL_DIGIT.as_ref().is_some_and(|re| re.is_match(c.encode_utf8(&mut [0; 4])))
}

static DECIMAL_DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}$").ok());

fn is_connector(c: char) -> bool {
    matches!(c, '\u{203F}' | '\u{2040}' | '\u{2054}' | '\u{FE33}' | '\u{FE34}' | '\u{FE4D}'..='\u{FE4F}' | '\u{FF3F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_marks_digits_and_connectors() {
        for c in "aZ0_äßタ語ب٣ंह＿ᄀ".chars() {
            assert!(is_word(c), "{c:?} is part of a word");
        }
        for c in "-.·・ ²①❤。、\u{200D}\u{200C}#@".chars() {
            assert!(!is_word(c), "{c:?} is not part of a word");
        }
    }

    #[test]
    fn marks_of_letters_are_not_those_of_emojis() {
        for c in "\u{94D}\u{93C}\u{BCD}\u{17D2}\u{103A}\u{E48}\u{302}\u{5B4}".chars() {
            assert!(is_letter_mark(c), "{c:?} belongs to a letter");
        }
        for c in "a\u{FE0F}\u{20E3}\u{E0100}\u{200D}".chars() {
            assert!(!is_letter_mark(c), "{c:?} does not");
        }
    }

    #[test]
    fn host_names_end_at_foreign_punctuation() {
        for c in "a9ä語み❤々".chars() {
            assert!(is_host_char(c), "{c:?} may be in a host name");
        }
        for c in "-_. /。、」（）！“…\u{3000}\u{FEFF}".chars() {
            assert!(!is_host_char(c), "{c:?} may not be in a host name");
        }
    }
}
