//! What holds for every text whatsoever, tried on random ones made of the pieces that matter.

use proptest::prelude::*;
use text::links::{EntityKind, MentionRef, scan};
use text::{Links, Locale, MentionTarget, TagRef, compose, count, language, message, plain, tags, tokens};

/// Texts in which entities, markup and strange characters meet often.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("https://"),
        Just("http://"),
        Just("xmpp:"),
        Just("magnet:?"),
        Just("example.com"),
        Just("@alice"),
        Just("@alice@b.test"),
        Just("@"),
        Just("#tag"),
        Just("#"),
        Just("＃"),
        Just("/"),
        Just("("),
        Just(")"),
        Just("?"),
        Just("&"),
        Just("<script>"),
        Just("</p>"),
        Just("\""),
        Just("'"),
        Just("&amp;"),
        Just(" "),
        Just("\n"),
        Just("\n\n"),
        Just("\r\n"),
        Just("."),
        Just("-"),
        Just("_"),
        Just("·"),
        Just("ä"),
        Just("日本語"),
        Just("العربية"),
        Just("😀"),
        Just("👩‍👩‍👧"),
        Just("\u{301}"),
        Just("\u{200C}"),
        Just("\u{202E}"),
        Just("\u{0}"),
        Just("javascript:"),
        Just("a"),
        Just("1"),
        Just(":"),
        Just("="),
        Just("é"),
    ];
    prop_oneof![prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()), any::<String>(), ".{0,200}",]
}

fn compose_all(text: &str) -> [String; 3] {
    let mention = |m: &MentionRef| {
        (m.username != "nobody").then(|| MentionTarget {
            username: m.username.clone(),
            domain: m.domain.clone(),
            url: format!("https://a.test/@{}", m.username),
        })
    };
    let tag = |t: &TagRef| format!("https://a.test/tags/{}", t.written);
    let links = Links { mention: &mention, tag: &tag, author: None };
    [compose::status_html, compose::bio_html, compose::field_html].map(|f| f(text, &links))
}

/// Checks that the tags of `html` are only those we write, well nested, and nothing else has
/// an angle bracket.
fn assert_well_formed(html: &str) -> Result<(), TestCaseError> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '>']) {
        prop_assert!(rest[at..].starts_with('<'), "a loose > in {html:?}");
        let end = rest[at..].find('>').map(|e| at + e);
        prop_assert!(end.is_some(), "a loose < in {html:?}");
        let tag = &rest[at + 1..end.unwrap_or(at + 1)];
        rest = &rest[end.unwrap_or(at) + 1..];
        if tag == "br /" {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            prop_assert_eq!(open.pop(), Some(name), "{:?}", html);
            continue;
        }
        let name = tag.split(' ').next().unwrap_or("");
        prop_assert!(["p", "a", "span"].contains(&name), "<{tag}> in {html:?}");
        prop_assert!(tag.matches('"').count().is_multiple_of(2), "quotes of <{tag}>");
        if let Some(href) = tag.strip_prefix("a href=\"") {
            let lower = href.to_lowercase();
            let allowed = ["http://", "https://", "xmpp:", "magnet:"];
            prop_assert!(allowed.iter().any(|scheme| lower.starts_with(scheme)), "<{tag}>");
        }
        open.push(name);
    }
    prop_assert!(open.is_empty(), "{open:?} left open in {html:?}");
    Ok(())
}

proptest! {
    #[test]
    fn entities_lie_in_order_without_overlap(text in texts()) {
        let mut end = 0;
        for entity in scan(&text) {
            prop_assert!(end <= entity.start && entity.start < entity.end);
            let source = text.get(entity.start..entity.end);
            prop_assert!(source.is_some(), "the ends lie between characters");
            let source = source.unwrap_or_default();
            match entity.kind {
                EntityKind::Url => prop_assert!(!source.contains(char::is_whitespace)),
                EntityKind::Mention(m) => {
                    prop_assert_eq!(source.get(1..=m.username.len()), Some(m.username.as_str()));
                }
                EntityKind::Hashtag(name) => {
                    prop_assert!(source.ends_with(&name));
                    prop_assert!(tags::is_valid(&name), "{name:?}");
                }
            }
            end = entity.end;
        }
    }

    #[test]
    fn html_is_well_formed_and_holds_no_markup_of_the_author(text in texts()) {
        let [status, bio, field] = compose_all(&text);
        for html in [&status, &bio, &field] {
            assert_well_formed(html)?;
            prop_assert!(!html.contains("<script"));
        }
        prop_assert!(!status.contains('\n') && !field.contains('\n'));
        prop_assert_eq!(status.is_empty(), text.trim().is_empty());
    }

    #[test]
    fn plain_text_of_our_html_has_the_words_of_the_author(words in "[a-z<>&\"' äß日本]{1,60}") {
        let [status, ..] = compose_all(&words);
        let read = plain::from_html(&status);
        prop_assert_eq!(read.trim(), words.trim());
    }

    #[test]
    fn nothing_panics(text in texts(), other in texts()) {
        plain::from_html(&text);
        count::fits(&text, &other, 500);
        language::normalize(&text);
        tags::display(&text);
        Locale::negotiate(Some(&text), Some(&other), Some(&text));
        message(Locale::ENGLISH, &text, &[("what", &other)]);
    }

    #[test]
    fn a_normalised_name_stays_as_it_is(text in texts()) {
        let name = tags::normalize(&text);
        let again = tags::normalize(&name);
        prop_assert_eq!(tags::normalize(&again), again.clone());
        prop_assert!(!name.contains(|c: char| c.is_whitespace() || "<>&\"'#@/?".contains(c)));
    }

    #[test]
    fn a_status_is_never_longer_than_its_characters_or_addresses(text in texts()) {
        let addresses = scan(&text).iter().filter(|e| e.kind == EntityKind::Url).count();
        prop_assert!(count::fits("", &text, text.chars().count() + addresses * count::URL_CHARS));
    }

    #[test]
    fn arguments_stand_in_a_message_untouched(what in prop_oneof![texts(), "[0-9+.-]{0,20}"]) {
        for locale in Locale::all() {
            prop_assert!(message(locale, "error-validation", &[("what", &what)]).contains(&what));
        }
    }

    #[test]
    fn every_text_has_bounded_tokens_and_is_found_by_itself(text in texts(), language in prop_oneof![Just("en"), Just("de"), Just("ar"), Just("ru"), Just("xx")]) {
        let document = tokens::document(&[&text, &text], Some(language));
        prop_assert!(document.words.len() <= tokens::WORDS_MAX && document.extras.len() <= tokens::EXTRAS_MAX);
        for token in document.words.iter().chain(&document.extras) {
            prop_assert!(token.len() <= tokens::WORD_BYTES_MAX);
            prop_assert!(!token.contains([' ', '"', '\'', '\\', '_', '*', ':', '(', ')', '\0']), "{token:?}");
        }
        for sequence in tokens::query(&text) {
            let there = document.words.windows(sequence.len()).any(|window| window == sequence);
            prop_assert!(there, "{sequence:?} is not in {:?}", document.words);
        }
    }
}
