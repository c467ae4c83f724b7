//! Names of hashtags: the one form a hashtag is stored and found by, the form it is shown in, and
//! what is a name at all. Where hashtags stand in a text is the business of `links`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

use crate::chars::{is_alphanumeric, is_joiner, is_letter_mark, is_script_mark, is_tag_separator};
use crate::links::{MAX_TAG_CHARS, hashtag_prefix_len};

/// The form in which hashtags are equal: compatibility forms unified (full-width letters,
/// half-width katakana, wave dashes), lower case, accents of Latin letters dropped, then everything but
/// letters with their marks, digits and separators left out. `#BLÅHAJ` and `blahaj` are one hashtag.
pub fn normalize(name: &str) -> String {
    // The full-width tilde is how some systems write the wave dash; its compatibility form is no letter's neighbour.
    let unified = name.chars().map(|c| if c == '\u{FF5E}' { '\u{301C}' } else { c });
    // Letter by letter: a final sigma must not depend on where in the word it stands.
    let normal: String = unified.nfkc().map(without_accent).flat_map(char::to_lowercase).map(without_accent).filter(|c| is_allowed(*c)).collect();
    without_loose_joiners(normal)
}

/// The form in which a hashtag is shown: as written, without what cannot be in a hashtag.
pub fn display(name: &str) -> String {
    without_loose_joiners(name.chars().filter(|c| is_allowed(*c) || is_letter_mark(*c)).collect())
}

/// Joiners at either end join nothing: they are what is left of an emoji.
fn without_loose_joiners(name: String) -> String {
    let trimmed = name.trim_matches(is_joiner);
    if trimmed.len() == name.len() { name } else { trimmed.to_owned() }
}

/// Whether the whole of `name`, without a `#`, is a hashtag of at most [`MAX_TAG_CHARS`].
pub fn is_valid(name: &str) -> bool {
    hashtag_prefix_len(name) == Some(name.len()) && name.chars().count() <= MAX_TAG_CHARS
}

/// The name and the shown form of what another server calls a hashtag: as with Mastodon, what cannot be in one is left
/// out, so that `#with-dash`, `#two words` and `#C++` are `withdash`, `twowords` and `C`. `None` if no hashtag is left.
pub fn salvage(written: &str) -> Option<(String, String)> {
    let (name, shown) = (normalize(written), display(written));
    let (name, shown) = (name.trim_matches(is_joint), shown.trim_matches(is_joint));
    if !is_valid(name) {
        return None;
    }
    Some((name.to_owned(), if is_valid(shown) { shown } else { name }.to_owned()))
}

/// Stands between the parts of a name, never at its ends.
fn is_joint(c: char) -> bool {
    is_tag_separator(c) && c != '_'
}

fn is_allowed(c: char) -> bool {
    is_alphanumeric(c) || is_tag_separator(c) || is_script_mark(c)
}

/// The base letter of an accented letter of western and central European languages.
fn without_accent(c: char) -> char {
    match c {
        'ð' | 'đ' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        'ĸ' => 'k',
        'ł' => 'l',
        'ŋ' => 'n',
        'ø' => 'o',
        'ŧ' => 't',
        '\u{C0}'..='\u{17F}' => {
            let mut base = c;
            decompose_canonical(c, |part| {
                if part.is_ascii_alphabetic() {
                    base = part;
                }
            });
            base
        }
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_hashtag_have_one_name() {
        let cases = [
            ("Ferrodon", "ferrodon"),
            ("#foo", "foo"),
            ("hello world", "helloworld"),
            (".abcdef123", "abcdef123"),
            ("Ｓｙｎｔｈｗａｖｅ", "synthwave"),
            ("ｼｰｻｲﾄﾞﾗｲﾅｰ", "シーサイドライナー"),
            ("BLÅHAJ", "blahaj"),
            ("bla\u{30A}haj", "blahaj"),
            ("Café", "cafe"),
            ("Łódź", "lodz"),
            ("Straße", "straße"),
            ("GRÖSSE", "grosse"),
            ("İstanbul", "istanbul"),
            ("Æsir", "æsir"),
            ("ΟΔΟΣ", "οδοσ"),
            ("a·b", "a·b"),
            ("ぼっち・ざ・ろっく", "ぼっち・ざ・ろっく"),
            ("日本語", "日本語"),
            ("نرم\u{200C}افزار", "نرم\u{200C}افزار"),
            ("ไทย่", "ไทย่"),
            ("विज्ञान", "विज्ञान"),
            ("तरक्की", "तरक्की"),
            ("हिन्दी", "हिन्दी"),
            ("தமிழ்", "தமிழ்"),
            ("മലയാണ്മ", "മലയാണ്മ"),
            ("ಕನ್ನಡ", "ಕನ್ನಡ"),
            ("မြန်မာ", "မြန်မာ"),
            ("ខ្មែរ", "ខ្មែរ"),
            ("বাংলা", "বাংলা"),
            ("ශ්\u{200D}රී", "ශ්\u{200D}රී"),
            ("עִבְרִית", "עִבְרִית"),
            ("トロピカル～ジュ", "トロピカル〜ジュ"),
            ("トロピカル〜ジュ", "トロピカル〜ジュ"),
            ("Kiss❤️\u{200D}🔥", "kiss"),
            ("\u{916}\u{93C}ुश", "\u{916}\u{93C}ुश"),
            ("\u{959}ुश", "\u{916}\u{93C}ुश"),
            ("за\u{301}мок", "замок"),
            ("1\u{FE0F}\u{20E3}st", "1st"),
            ("Hello❤️World", "helloworld"),
            ("한국어", "한국어"),
            ("", ""),
        ];
        for (written, name) in cases {
            assert_eq!(normalize(written), name, "{written:?}");
        }
    }

    #[test]
    fn marks_tell_hashtags_apart() {
        assert_ne!(normalize("ख़ुश"), normalize("खुश"));
        assert_eq!(normalize("\u{959}ुश"), normalize("ख\u{93C}ुश"), "composed and decomposed are one");
    }

    #[test]
    fn a_hashtag_is_shown_as_written_without_strange_signs() {
        assert_eq!(display("#HelloWorld"), "HelloWorld");
        assert_eq!(display("Hello❤️World"), "HelloWorld");
        assert_eq!(display("BLÅHAJ"), "BLÅHAJ");
        assert_eq!(display("Cafe\u{301}"), "Cafe\u{301}");
    }

    #[test]
    fn what_cannot_be_in_a_hashtag_is_taken_out_of_those_of_others() {
        for (written, name, shown) in [
            ("#with-dash", "withdash", "withdash"),
            ("#two words", "twowords", "twowords"),
            ("#C++", "c", "C"),
            ("C#", "c", "C"),
            ("#Node.js", "nodejs", "Nodejs"),
            ("#R&D", "rd", "RD"),
            ("#a/b", "ab", "ab"),
            ("#café!", "cafe", "café"),
            ("##double", "double", "double"),
            ("＃全角", "全角", "全角"),
            ("#\u{200B}zero", "zero", "zero"),
            ("#❤love❤", "love", "love"),
            ("#\u{B7}dot\u{B7}", "dot", "dot"),
            ("#तरक्की!", "तरक्की", "तरक्की"),
            ("#🏳️‍🌈Pride", "pride", "Pride"),
            ("㍿", "株式会社", "株式会社"),
        ] {
            assert_eq!(salvage(written), Some((name.to_owned(), shown.to_owned())), "{written}");
        }
        for none in ["", "#", "#123", "#2024-2025", "#❤", "#++", "#-", "#\u{B7}", " "] {
            assert_eq!(salvage(none), None, "{none}");
        }
        assert!(salvage(&"a-".repeat(MAX_TAG_CHARS)).is_some());
        assert_eq!(salvage(&"a-".repeat(MAX_TAG_CHARS + 1)), None);
    }

    #[test]
    fn names_have_something_that_is_no_digit() {
        for name in ["a", "3d", "1_2", "_test", "one·two", "日本", "ａｂｃ", "٣ب"] {
            assert!(is_valid(name), "{name:?} is a hashtag");
        }
        for name in ["", "1", "2024", "2024_", "·a", "a·", "hello world", "#a", "a.b", "a-b", "❤", "١٢٣"] {
            assert!(!is_valid(name), "{name:?} is no hashtag");
        }
        assert!(is_valid(&"a".repeat(MAX_TAG_CHARS)));
        assert!(!is_valid(&"a".repeat(MAX_TAG_CHARS + 1)));
    }
}
