//! What is found by what, language by language.

use super::*;

/// Whether a document in `language` is found by `wanted`, as the index would decide it.
fn finds(text: &str, language: &str, wanted: &str) -> bool {
    let document = document(&[text], Some(language));
    let holds = |sequence: &Vec<String>| match &sequence[..] {
        [word] => {
            let any: Vec<String> = [vec![word.clone()], stems(word, &["en", language])].concat();
            any.iter().any(|token| document.words.contains(token) || document.extras.contains(token))
        }
        _ => document.words.windows(sequence.len()).any(|window| window == sequence),
    };
    let sequences = query(wanted);
    !sequences.is_empty() && sequences.iter().all(holds)
}

#[test]
fn words_are_found_in_every_language() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("en", "I'm running with 3 dogs (e-mail me!)", &["run", "Running", "dog", "DOGS", "3", "e-mail", "running with", "i'm"]),
        ("en", "Café crème, naïve Œuvre", &["cafe", "café", "CRÈME", "naive", "oeuvre"]),
        ("de", "Die Größe der Häuser in der Straße", &["grosse", "größe", "GRÖSSE", "haus", "Häuser", "strasse", "straße", "häusern"]),
        ("fr", "l’homme de l'été", &["homme", "été", "ete", "l'homme"]),
        ("ja", "東京タワーへ行きました。ｶﾀｶﾅ と黒猫", &["東京", "タワー", "東京タワー", "行きました", "カタカナ", "猫", "黒猫", "行"]),
        ("ja", "2024年の桜、iPhoneケース", &["2024年", "桜", "iphone", "ケース", "iPhoneケース"]),
        ("zh", "我喜欢喝乌龙茶", &["喜欢", "乌龙茶", "茶", "喝乌龙"]),
        ("zh-TW", "臺灣的夜市很好吃", &["夜市", "臺灣", "好吃"]),
        ("ko", "학교에서 책을 읽었다", &["학교", "학교에서", "책", "읽었다", "책을"]),
        ("th", "ฉันรักภาษาไทยมาก", &["ภาษา", "ภาษาไทย", "ไทย", "รัก"]),
        ("ar", "الكِتَابُ الجَديد في المَدرَسة", &["الكتاب", "الجديد", "المدرسة", "المدرسه", "كتاب"]),
        ("ar", "أحمد إلى آخره مـــرحبا ٢٠٢٤", &["احمد", "أحمد", "الى", "إلى", "اخره", "مرحبا", "2024"]),
        ("fa", "نرم\u{200C}افزار آزاد ۱۲", &["نرم\u{200C}افزار", "نرم افزار", "ازاد", "12"]),
        ("he", "שָׁלוֹם עולם", &["שלום", "עולם"]),
        ("hi", "हिन्दी में लिखना", &["हिन्दी", "लिखना"]),
        ("ru", "Ёлки и книги", &["елки", "ёлки", "книга", "книги"]),
        ("el", "Η οδός της Αθήνας", &["οδος", "ΟΔΟΣ", "αθηνας"]),
        ("tr", "İstanbul'da ılık", &["istanbul", "ilik", "ılık"]),
        ("en", "#GreenTea by @alice@other.example see https://Example.com/a/page", &["greentea", "alice", "@alice@other.example", "example.com/a"]),
        ("en", "ﬁne Ｆｕｌｌ ①", &["fine", "full", "1"]),
    ];
    for (language, text, wanted) in cases {
        for wanted in *wanted {
            assert!(finds(text, language, wanted), "{wanted:?} in {text:?}: {:?}", document(&[text], Some(language)));
        }
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let cases = [
        ("en", "running with dogs", "cat"),
        ("en", "running with dogs", "dogs running"),
        ("en", "one two", "one-three"),
        ("ja", "東京タワー", "京都"),
        ("ja", "東京と京都", "東京都"),
        ("zh", "我喜欢喝茶", "咖啡"),
        ("ko", "학교에서", "대학"),
        ("th", "ภาษาไทย", "ลาว"),
        ("ar", "الكتاب", "مدرسة"),
        ("en", "see https://example.com", "https"),
        ("en", "...", "..."),
        ("en", "🦀 😀", "🦀"),
        ("en", "", ""),
    ];
    for (language, text, wanted) in cases {
        assert!(!finds(text, language, wanted), "{wanted:?} in {text:?}");
    }
}

#[test]
fn tokens_are_these() {
    let check = |text: &str, words: &[&str], extras: &[&str]| {
        let document = document(&[text], Some("en"));
        assert_eq!((document.words, document.extras), (words.iter().map(|w| (*w).into()).collect(), extras.iter().map(|w| (*w).into()).collect()));
    };
    check("Two dogs, two DOGS", &["two", "dogs", "two", "dogs"], &["dog"]);
    check("黒猫 a", &["黒猫", "a"], &["黒", "猫"]);
    check("猫", &["猫"], &[]);
    check("책을 책", &["책을", "책"], &[]);
    check("ไป", &["ไป"], &[]);
    check("snake_case lines", &["snake", "case", "lines"], &["line"]);
}

#[test]
fn a_phrase_does_not_reach_from_one_part_into_the_next() {
    let document = document(&["", "warning here", "then text"], None);
    assert_eq!(document.words, ["warning", "here", "", "then", "text"]);
}

#[test]
fn a_document_has_a_greatest_size() {
    let text: String = (0..100_000).map(|n| format!("word{n} 黒{} ", char::from_u32(0x4E00 + n % 5000).unwrap())).collect();
    let found = document(&[&text, &text], Some("en"));
    assert_eq!(found.words.len(), WORDS_MAX);
    assert!(found.extras.len() <= EXTRAS_MAX);
    let long = "ä".repeat(1000);
    assert_eq!(document(&[&long], None).words, ["a".repeat(WORD_BYTES_MAX)]);
    let stacked = format!("ก{}", "\u{E48}".repeat(1000));
    assert!(document(&[&stacked], None).words[0].len() <= WORD_BYTES_MAX);
    assert_eq!(query(&long), query(&"ä".repeat(2000)), "cut alike");
}
