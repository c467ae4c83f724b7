//! Tests of `locales`.

#![allow(clippy::unwrap_used, clippy::type_complexity)]

use std::collections::{BTreeMap, BTreeSet};

use super::*;

#[test]
fn the_language_is_the_parameter_then_the_setting_then_the_header() {
    let cases: &[(Option<&str>, Option<&str>, Option<&str>, &str)] = &[
        (None, None, None, "en"),
        (Some("ja"), Some("ar"), Some("en"), "ja"),
        (None, Some("ar"), Some("ja"), "ar"),
        (None, None, Some("ja"), "ja"),
        (Some("tlh"), Some("ar"), None, "ar"),
        (Some(""), None, Some("ar"), "ar"),
        (Some("JA-jp"), None, None, "ja"),
        (Some("ar_EG"), None, None, "ar"),
        (None, None, Some("de-DE,de;q=0.9,ja-JP;q=0.8,en;q=0.7"), "ja"),
        (None, None, Some("en;q=0.5, ar;q=0.9"), "ar"),
        (None, None, Some("ar; q=0.5,ja ;q=0.5"), "ar"),
        (None, None, Some("ja;q=0,ar;q=0.1"), "ar"),
        (None, None, Some("ja;q=2,ar;q=x,en;q=NaN"), "en"),
        (None, None, Some("*"), "en"),
        (None, None, Some(",,;q=1;;-,"), "en"),
        (None, None, Some("java"), "en"),
    ];
    for (param, setting, header, expected) in cases {
        let locale = Locale::negotiate(*param, *setting, *header);
        assert_eq!(locale.code(), *expected, "{param:?} {setting:?} {header:?}");
    }
    let long = format!("{}ja", "é,".repeat(MAX_ACCEPT_LANGUAGE_BYTES));
    assert_eq!(Locale::negotiate(None, None, Some(&long)), Locale::ENGLISH);
}

#[test]
fn arabic_alone_is_written_from_right_to_left() {
    let rtl: Vec<_> = Locale::all().filter(|l| l.is_rtl()).map(Locale::code).collect();
    assert_eq!(rtl, ["ar"]);
}

#[test]
fn messages_are_words_of_the_language_with_arguments_in_place() {
    let ja = Locale::find("ja").unwrap();
    let ar = Locale::find("ar").unwrap();
    let cases: &[(Locale, &str, &[(&str, &str)], &str)] = &[
        (Locale::ENGLISH, "error-not-found", &[], "Record not found"),
        (Locale::ENGLISH, "error-unauthorized", &[], "The access token is invalid"),
        (Locale::ENGLISH, "error-validation", &[("what", "Text can't be blank")], "Validation failed: Text can't be blank"),
        (Locale::ENGLISH, "invalid-text-too-long", &[("max", "500")], "Text character limit of 500 exceeded"),
        (Locale::ENGLISH, "error-malformed", &[("detail", "<b> {\u{2068}")], "The request could not be read: <b> {\u{2068}"),
        (ja, "error-not-found", &[], "記録が見つかりません"),
        (ar, "error-media-dimensions", &[("width", "9"), ("height", "8")], "الصور ذات الأبعاد 9x8 غير مدعومة"),
        (ja, "no-such-message", &[], "no-such-message"),
        (ja, "", &[], ""),
    ];
    for (locale, id, args, expected) in cases {
        assert_eq!(message(*locale, id, args), *expected, "{} {id}", locale.code());
    }
}

#[test]
fn whole_numbers_choose_the_plural_and_all_else_is_text() {
    let file = "n = { $n ->\n    [one] one\n   *[other] many { $n }\n }".to_owned();
    let mut bundle = FluentBundle::new_concurrent(vec!["en".parse().unwrap()]);
    bundle.set_use_isolating(false);
    bundle.add_resource(FluentResource::try_new(file).unwrap()).unwrap();
    let pattern = bundle.get_message("n").unwrap().value().unwrap();
    let cases = ["1", "2", "0", "999999999999999", "01", "+1", "1.0", "1e3", "", "-1", "١"];
    for given in cases {
        let args: FluentArgs = [("n", value(given))].into_iter().collect();
        let told = bundle.format_pattern(pattern, Some(&args), &mut Vec::new());
        let expected = if given == "1" { "one".into() } else { format!("many {given}") };
        assert_eq!(told, expected, "{given:?}");
    }
}

#[test]
fn plural_forms_follow_the_language() {
    let forms = |locale: Locale| {
        let told = ["1", "2", "3", "11"].map(|n| message(locale, "page-status-replies", &[("count", n)]));
        told.map(|words| words.replace(|c: char| c.is_ascii_digit(), "").trim().to_owned())
    };
    let [one, two, few, many] = forms(Locale::find("ar").unwrap());
    assert!(one != two && two != few && few != many, "{one} {two} {few} {many}");
    let [one, two, few, many] = forms(Locale::ENGLISH);
    assert!(one != two && two == few && few == many, "{one} {two} {few} {many}");
}

#[test]
fn several_problems_are_told_in_one_sentence() {
    let problems = ["invalid-text-blank", "invalid-visibility"];
    let told = |locale| validation(locale, &problems.map(|id| message(locale, id, &[])));
    assert_eq!(told(Locale::ENGLISH), "Validation failed: Text can't be blank, Visibility is not included in the list");
    assert_eq!(told(Locale::find("ja").unwrap()), "入力内容に誤りがあります: 本文を入力してください、公開範囲の値が正しくありません");
    assert_eq!(validation(Locale::ENGLISH, &[]), "Validation failed: ");
    let many = vec!["x".to_owned(); MAX_PROBLEMS + 5];
    assert_eq!(validation(Locale::ENGLISH, &many).matches('x').count(), MAX_PROBLEMS);
}

#[test]
fn every_language_file_can_be_read_whole() {
    for source in &LOCALES {
        for file in source.files {
            let errors = FluentResource::try_new(file.to_owned()).err().map(|(_, errors)| errors);
            assert_eq!(errors, None, "{}", source.code);
        }
    }
}

#[test]
fn every_language_has_the_messages_and_arguments_of_english() {
    let english = messages(&LOCALES[0]);
    assert!(english.len() > 50);
    for source in &LOCALES[1..] {
        let theirs = messages(source);
        let keys = |m: &BTreeMap<String, _>| m.keys().cloned().collect::<BTreeSet<_>>();
        let missing: Vec<_> = keys(&english).difference(&keys(&theirs)).cloned().collect();
        let surplus: Vec<_> = keys(&theirs).difference(&keys(&english)).cloned().collect();
        assert!(missing.is_empty() && surplus.is_empty(), "{}: lacks {missing:?}, has {surplus:?} too much", source.code);
        for (id, variables) in &english {
            assert_eq!(&theirs[id], variables, "arguments of {id} in {}", source.code);
        }
    }
}

#[test]
fn no_message_is_told_twice_in_a_language() {
    for source in &LOCALES {
        let mut seen = BTreeSet::new();
        for line in source.files.iter().flat_map(|f| f.lines()) {
            if let Some((id, _)) = line.split_once(" =").filter(|(id, _)| !id.starts_with([' ', '#', '}'])) {
                assert!(seen.insert(id), "{id} stands twice in {}", source.code);
            }
        }
    }
}

/// Every message of a language with the names of its arguments, read from the text of the files:
/// a message starts at the first column, its continuations are indented.
fn messages(source: &Source) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for line in source.files.iter().flat_map(|f| f.lines()).filter(|l| !l.starts_with('#')) {
        if let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with([' ', '}'])) {
            id = name.trim().to_owned();
            found.entry(id.clone()).or_default();
        }
        for part in line.split('$').skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
            let name = part[..end.unwrap_or(part.len())].to_owned();
            found.entry(id.clone()).or_default().insert(name);
        }
    }
    found
}
