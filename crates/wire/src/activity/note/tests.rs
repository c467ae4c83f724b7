//! Statuses in the shapes of many servers.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::media::Kind;

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
const ID: &str = "https://a.test/n/1";
const AUTHOR: &str = "https://a.test/u/bob";
const FOLLOWERS: &str = "https://a.test/u/bob/followers";

/// A note with these properties besides its id and author.
fn note(properties: Value) -> Note {
    let mut object = json!({ "id": ID, "type": "Note", "attributedTo": AUTHOR });
    object.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
    read(&object).unwrap()
}

#[test]
fn a_minimal_note_in_collapsed_form_is_read() {
    let read = note(json!({
        "type": ["Note", "x:Thing"], "content": "<p>hi</p>", "to": PUBLIC, "cc": FOLLOWERS,
        "tag": { "type": "Hashtag", "name": "#Cats" }, "attachment": { "type": "Document", "url": "https://a.test/x.png" },
    }));
    assert_eq!((read.content.as_str(), read.kind), ("<p>hi</p>", "Note"));
    assert_eq!(read.hashtags, ["Cats"]);
    assert_eq!(read.attachments.len(), 1);
    assert_eq!(read.audience.visibility(FOLLOWERS, |_| false), Visibility::Public);
}

#[test]
fn what_is_no_status_or_has_no_address_is_not_read() {
    for object in [
        json!({ "id": ID, "type": "ChatMessage" }),
        json!({ "id": ID, "type": "Person" }),
        json!({ "type": "Note" }),
        json!({ "id": "javascript:x", "type": "Note" }),
        json!({ "id": 7, "type": "Note" }),
        json!({}),
    ] {
        assert_eq!(read(&object), None, "{object}");
    }
}

#[test]
fn addresses_say_who_may_see_it() {
    let (named, other) = ("https://b.test/u/x", "https://c.test/u/y");
    let cases = [
        (json!({ "to": PUBLIC }), Visibility::Public),
        (json!({ "to": ["as:Public"] }), Visibility::Public),
        (json!({ "to": "Public", "cc": [FOLLOWERS] }), Visibility::Public),
        (json!({ "to": FOLLOWERS, "cc": "as:Public" }), Visibility::Unlisted),
        (json!({ "to": [FOLLOWERS, named] }), Visibility::Private),
        (json!({ "to": [named], "cc": [FOLLOWERS] }), Visibility::Private),
        (json!({ "to": { "type": "Collection", "id": FOLLOWERS } }), Visibility::Private),
        (json!({ "to": named }), Visibility::Direct),
        (json!({ "to": [named, other] }), Visibility::Limited),
        (json!({ "to": [named, other], "directMessage": true }), Visibility::Direct),
        (json!({ "to": [named], "directMessage": false }), Visibility::Limited),
        (json!({ "to": ["https://a.test/u/bob/followers2"] }), Visibility::Limited),
    ];
    for (properties, expected) in cases {
        let audience = note(properties.clone()).audience;
        assert_eq!(audience.visibility(FOLLOWERS, |address| address == named), expected, "{properties}");
    }
    assert!(note(json!({ "to": [], "cc": null })).audience.is_empty());
    // A server without a collection of followers addresses nobody with an empty address.
    assert_eq!(note(json!({ "to": [""] })).audience.visibility("", |_| false), Visibility::Direct);
}

#[test]
fn the_language_is_that_of_the_only_or_the_same_text() {
    let cases = [
        (json!({ "content": "hallo", "contentMap": { "en": "hello", "DE": "hallo" } }), "hallo", Some("de")),
        (json!({ "contentMap": { "ja": "やあ", "en": "hi" } }), "やあ", Some("ja")),
        (json!({ "content": "x", "contentMap": { "en": "the whole x" } }), "the whole x", Some("en")),
        (json!({ "content": "x", "contentMap": { "en": "" } }), "x", Some("en")),
        (json!({ "content": "x", "contentMap": { "en": "y", "de": "z" } }), "x", None),
        (json!({ "content": "", "contentMap": { "en": "y" } }), "y", Some("en")),
        (json!({ "content": "x", "contentMap": {}, "nameMap": { "nl": "y" } }), "x", Some("nl")),
        (json!({ "content": "x", "contentMap": { "en": 7, "de": "z" } }), "z", Some("de")),
        (json!({ "content": "x" }), "x", None),
        (json!({ "content": "x", "contentMap": { "und": "x" } }), "x", None),
        (json!({ "content": "x", "contentMap": 7 }), "x", None),
        (json!({ "content": "x", "summaryMap": { "fr": "y" } }), "x", Some("fr")),
        (json!({ "content": ["x", "y"] }), "x", None),
        (json!({ "content": 7 }), "", None),
    ];
    for (properties, content, language) in cases {
        let read = note(properties.clone());
        assert_eq!((read.content.as_str(), read.language.as_deref()), (content, language), "{properties}");
    }
}

#[test]
fn a_warning_without_words_hides_and_says_nothing() {
    let cases = [
        (json!({ "summary": "\u{200b}" }), "", true),
        (json!({ "summary": " ", "sensitive": false }), "", false),
        (json!({ "summary": "cw", "sensitive": true }), "cw", true),
        (json!({ "summaryMap": { "en": "cw" } }), "cw", false),
        (json!({ "summary": null, "sensitive": "yes" }), "", false),
        (json!({ "summary": null, "sensitive": "true" }), "", true),
        (json!({ "summary": null, "sensitive": "false" }), "", false),
        (json!({ "summary": null, "sensitive": 1 }), "", true),
        (json!({ "summary": null, "sensitive": [true] }), "", true),
    ];
    for (properties, summary, sensitive) in cases {
        let read = note(properties.clone());
        assert_eq!((read.summary.as_str(), read.sensitive), (summary, sensitive), "{properties}");
    }
}

#[test]
fn times_that_cannot_be_are_not_read() {
    for published in [json!("10000-01-01T00:00:00Z"), json!("+010000-01-01T00:00:00Z"), json!("yesterday"), json!(7), json!(null)] {
        assert_eq!(note(json!({ "published": published })).published, None, "{published}");
    }
    assert_eq!(note(json!({ "published": "2024-02-15 17:15:00", "updated": "Thu, 15 Feb 2024 17:15:00 GMT" })).published, Some(1_708_017_300_000));
    assert_eq!(note(json!({ "published": "2026-01-01T12:00:00Z", "updated": "2026-01-01T13:00:00+01:00" })).updated, Some(1_767_268_800_000));
}

#[test]
fn the_page_is_html_if_there_is_a_choice_and_perhaps_elsewhere() {
    let page = |url: Value| note(json!({ "url": url })).url;
    let html = |href: &str| json!({ "type": "Link", "mimeType": "text/html", "href": href });
    let video = |href: &str| json!({ "type": "Link", "mediaType": "video/mp4", "href": href });
    for (url, expected) in [
        (json!("https://a.test/@bob/1"), "https://a.test/@bob/1"),
        (json!("https://www.a.test/1"), "https://www.a.test/1"),
        (json!("https://a.test:8443/1"), "https://a.test:8443/1"),
        (json!([video("https://a.test/v.mp4"), html("https://www.a.test/w/1")]), "https://www.a.test/w/1"),
        (json!([video("https://cdn.test/v.mp4"), video("https://a.test/v.mp4")]), "https://a.test/v.mp4"),
        (json!([html("javascript:alert(1)"), video("magnet:?xt=1"), "https://b.test/1"]), "https://b.test/1"),
        (json!(["", {}, null, "https://a.test/2"]), "https://a.test/2"),
        (json!("https://b.test/a b"), "https://b.test/a%20b"),
    ] {
        assert_eq!(page(url.clone()).as_deref(), Some(expected), "{url}");
    }
    for none in ["javascript:alert(1)", "data:text/html,x", "https://u:p@b.test/", "//b.test/1", "gemini://b.test/1"] {
        assert_eq!(page(json!(none)), None, "{none}");
    }
    for none in [json!(null), json!([]), json!(7), json!({})] {
        assert_eq!(page(none.clone()), None, "{none}");
    }
}

#[test]
fn what_its_server_counts_is_read_within_limits() {
    let counts = |likes: Value, shares: Value| {
        let read = note(json!({ "likes": likes, "shares": shares }));
        (read.favourites, read.reblogs)
    };
    let of = |total: Value| json!({ "id": "https://a.test/n/1/likes", "type": "Collection", "totalItems": total });
    assert_eq!(counts(of(json!(7)), of(json!(3))), (Some(7), Some(3)));
    assert_eq!(counts(of(json!(0)), json!([of(json!("12"))])), (Some(0), Some(12)));
    assert_eq!(counts(of(json!(-1)), of(json!(-1e300))), (Some(0), Some(0)));
    assert_eq!(counts(of(json!(TOTAL_MAX)), of(json!(TOTAL_MAX + 1))), (Some(TOTAL_MAX), Some(TOTAL_MAX)));
    assert_eq!(counts(of(json!(u64::MAX)), of(json!(2.9))), (Some(TOTAL_MAX), Some(2)));
    for none in [json!(null), json!("https://a.test/n/1/likes"), json!(7), json!({}), json!([]), of(json!(null)), of(json!("many")), of(json!(true))]
    {
        assert_eq!(counts(none.clone(), none.clone()), (None, None), "{none}");
    }
}

#[test]
fn bad_tags_are_passed_over_and_the_rest_stays() {
    let read = note(json!({ "tag": [
        { "type": "Mention", "href": "https://b.test/u/x", "name": "@x@b.test" },
        { "type": "Mention", "href": "https://b.test/u/x", "name": "@x@b.test" },
        { "type": "Mention", "name": "@y@c.test" },
        { "type": "Mention", "name": "@z" },
        { "type": "Mention", "href": 7 },
        { "type": "Hashtag", "name": "music" },
        { "type": "Hashtag", "name": "#two words" },
        { "type": "Hashtag" },
        { "type": "Emoji", "id": null, "name": "cat", "icon": { "url": "https://a.test/c.png" } },
        { "type": "Emoji", "name": ":dog:" },
        { "type": "FeaturedCollection", "href": "https://a.test/c" },
        7, null, "x", [],
    ] }));
    assert_eq!(read.mentions.len(), 2);
    assert_eq!(read.mentions[1], Mention { href: None, name: Some("y@c.test".into()) });
    assert_eq!(read.hashtags, ["music", "two words"]);
    assert_eq!(read.emojis.iter().map(|emoji| emoji.shortcode.as_str()).collect::<Vec<_>>(), ["cat"]);
}

#[test]
fn attachments_are_read_in_all_their_forms() {
    let read = note(json!({ "attachment": [
        { "type": "Document", "mediaType": "image/png", "url": "https://a.test/1", "name": "alt", "focalPoint": [0.5, -2], "width": 10, "height": 20 },
        { "type": "Image", "url": [{ "type": "Link", "href": "https://a.test/2.jpg", "mediaType": "image/jpeg" }], "summary": "better", "name": "worse" },
        { "type": "Video", "url": { "href": "https://a.test/3" }, "icon": { "type": "Image", "url": "https://a.test/3.png" }, "duration": "PT1M2.5S" },
        { "type": "Document", "url": "https://a.test/4.ogg" },
        { "type": "Document", "mediaType": "application/pdf", "url": "https://a.test/5.pdf", "name": "x".repeat(100_000) },
        { "type": "Document", "name": "no address" },
        { "type": "Link", "href": "https://news.test/story" },
        { "type": "Image", "url": "https://a.test/6.png", "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH" },
        { "type": "Image", "url": "https://a.test/7.png", "blurhash": "not one" },
        { "type": "Image", "url": "https://a.test/8.png", "blurhash": format!("~{}", "0".repeat(165)) },
        { "type": "Image", "url": "https://a.test/8.png" },
    ] }));
    let kinds: Vec<Kind> = read.attachments.iter().map(|file| file.kind.unwrap()).collect();
    assert_eq!(kinds, [Kind::Image, Kind::Image, Kind::Video, Kind::Audio, Kind::Unknown, Kind::Image, Kind::Image, Kind::Image]);
    let first = &read.attachments[0];
    assert_eq!((first.description.as_deref(), first.focus), (Some("alt"), Some((500_000, -1_000_000))));
    assert_eq!((first.size, first.duration), (Some((10, 20)), None));
    assert_eq!(read.attachments[1].description.as_deref(), Some("better"));
    assert_eq!(read.attachments[2].thumbnail.as_deref(), Some("https://a.test/3.png"));
    assert_eq!((read.attachments[2].size, read.attachments[2].duration), (None, Some(62.5)));
    let hashes: Vec<bool> = read.attachments[5..].iter().map(|file| file.blurhash.is_some()).collect();
    assert_eq!(hashes, [true, false, false]);
    assert_eq!(read.links, ["https://news.test/story"]);
}

/// The one attachment of a note.
fn attached(properties: Value) -> Option<Attachment> {
    note(json!({ "attachment": [properties] })).attachments.pop()
}

#[test]
fn the_type_of_an_attachment_is_what_first_tells_something() {
    let file = |kind: &str, media_type: Value, name: &str| {
        attached(json!({ "type": kind, "mediaType": media_type, "url": format!("https://a.test/{name}") })).unwrap().kind
    };
    let cases = [
        ("Document", json!(""), "48.png", Some(Kind::Image)),
        ("Document", json!(null), "48.png", Some(Kind::Image)),
        ("Document", json!([null, " "]), "1.mp4", Some(Kind::Video)),
        ("Document", json!("application/octet-stream"), "1.mp3", Some(Kind::Audio)),
        ("Document", json!("image/*"), "1", None),
        ("Document", json!(null), "media/123", None),
        ("Image", json!(""), "media/123", Some(Kind::Image)),
        ("Video", json!(null), "media/123", Some(Kind::Video)),
        ("Image", json!("image/bmp"), "1.bmp", Some(Kind::Unknown)),
        ("Image", json!("image/tiff"), "1.png", Some(Kind::Unknown)),
        ("Image", json!("image/svg+xml"), "1", Some(Kind::Unknown)),
        ("Image", json!(""), "1.tiff", Some(Kind::Unknown)),
        ("Document", json!(null), "1.eps", Some(Kind::Unknown)),
        ("Document", json!("image/heic"), "1.heic", Some(Kind::Unknown)),
        ("Document", json!("application/pdf"), "1.pdf", Some(Kind::Unknown)),
        ("Document", json!("IMAGE/PNG"), "1.bmp", Some(Kind::Image)),
    ];
    for (kind, media_type, name, expected) in cases {
        assert_eq!(file(kind, media_type.clone(), name), expected, "{kind} {media_type} {name}");
    }
}

#[test]
fn descriptions_are_the_first_that_are_not_empty() {
    let described = |mut properties: Value| {
        properties["url"] = json!("https://a.test/1.png");
        attached(properties).unwrap().description
    };
    let cases = [
        (json!({ "name": "n", "summary": "" }), Some("n")),
        (json!({ "name": "n", "summary": " \n" }), Some("n")),
        (json!({ "name": "n", "summary": null }), Some("n")),
        (json!({ "name": "n", "summary": "s" }), Some("s")),
        (json!({ "name": "", "nameMap": { "en": "", "de": "d" } }), Some("d")),
        (json!({ "summary": [], "summaryMap": { "en": "m" }, "name": "n" }), Some("m")),
        (json!({ "name": ["", "n"] }), Some("n")),
        (json!({ "name": "", "nameMap": {} }), None),
    ];
    for (properties, expected) in cases {
        assert_eq!(described(properties.clone()).as_deref(), expected, "{properties}");
    }
}

#[test]
fn addresses_of_attachments_are_the_first_usable_and_encoded() {
    let cases = [
        (json!({ "url": "https://a.test/m/a b.png" }), Some("https://a.test/m/a%20b.png")),
        (json!({ "url": "https://a.test/ü.png" }), Some("https://a.test/%C3%BC.png")),
        (json!({ "url": "https://a.test/1.png", "href": "" }), Some("https://a.test/1.png")),
        (json!({ "url": "https://a.test/1.png", "href": "https://a.test/page" }), Some("https://a.test/1.png")),
        (json!({ "url": ["", "https://a.test/1.png"] }), Some("https://a.test/1.png")),
        (json!({ "url": [{ "href": "" }, { "href": "https://a.test/1.png" }] }), Some("https://a.test/1.png")),
        (json!({ "url": [{ "href": "https://a.test/1.tiff" }, { "href": "https://a.test/1.png" }] }), Some("https://a.test/1.png")),
        (json!({ "url": { "href": "", "url": "https://a.test/1.png" } }), Some("https://a.test/1.png")),
        (json!({ "url": "", "href": "https://a.test/page" }), None),
        (json!({ "url": "ftp://a.test/1.png" }), None),
    ];
    for (properties, expected) in cases {
        assert_eq!(attached(properties.clone()).map(|file| file.url).as_deref(), expected, "{properties}");
    }
    assert_eq!(note(json!({ "attachment": { "type": "Link", "url": "", "href": "https://a.test/a b" } })).links, ["https://a.test/a%20b"]);
}

#[test]
fn sizes_and_durations_are_read_where_they_stand() {
    let measures = |properties: Value| attached(properties).map(|file| (file.size, file.duration)).unwrap();
    let link = json!([{ "href": "https://a.test/1.mp4", "width": 640, "height": 360 }]);
    assert_eq!(measures(json!({ "url": link, "duration": "PT1M5.5S" })), (Some((640, 360)), Some(65.5)));
    assert_eq!(measures(json!({ "url": "https://a.test/1.png", "width": "300", "height": 200.0, "duration": 7 })), (Some((300, 200)), Some(7.0)));
    for bad in [json!(0), json!(-1), json!("x"), json!(1e9), json!(null)] {
        assert_eq!(measures(json!({ "url": "https://a.test/1.png", "width": 300, "height": bad, "duration": "long" })), (None, None), "{bad}");
    }
}

#[test]
fn empty_lists_and_maps_hide_nothing() {
    let read = note(json!({
        "summary": "", "summaryMap": { "en": "cw" }, "inReplyTo": ["", "https://b.test/n/2"],
        "tag": [
            { "type": "Mention", "href": ["", "https://b.test/u/x"], "name": "" },
            { "type": "Hashtag", "name": ["", "#cats"] },
            { "type": "Emoji", "name": "cat", "icon": [{}, { "url": "" }, { "url": "https://a.test/a cat.png" }] },
        ],
        "url": ["", { "href": "https://a.test/@bob/1" }],
        "replies": { "items": [], "orderedItems": ["https://a.test/n/2"] },
    }));
    assert_eq!((read.summary.as_str(), read.in_reply_to.as_deref()), ("cw", Some("https://b.test/n/2")));
    assert_eq!(read.mentions, [Mention { href: Some("https://b.test/u/x".into()), name: None }]);
    assert_eq!((read.hashtags, read.emojis[0].image_url.as_str()), (vec!["cats".to_owned()], "https://a.test/a%20cat.png"));
    assert_eq!((read.url.as_deref(), read.replies), (Some("https://a.test/@bob/1"), vec!["https://a.test/n/2".to_owned()]));
    let poll = |object: Value| super::read(&object).unwrap().poll.unwrap();
    let read = poll(json!({ "id": ID, "type": "Question", "anyOf": [{}, { "name": "" }], "oneOf": [{ "name": "", "nameMap": { "en": "a" } }] }));
    assert_eq!((read.options, read.multiple), (vec![("a".to_owned(), 0)], false));
}

#[test]
fn polls_are_read_with_what_is_counted() {
    let poll = |properties: Value| {
        let mut object = json!({ "id": ID, "type": "Question", "attributedTo": AUTHOR });
        object.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
        read(&object).unwrap().poll
    };
    let option = |name: &str, votes: i64| json!({ "type": "Note", "name": name, "replies": { "type": "Collection", "totalItems": votes } });
    let one = poll(json!({ "oneOf": [option("a", 2), option("b", -1)], "endTime": "2026-01-02T00:00:00Z", "votersCount": 2 })).unwrap();
    assert_eq!(one.options, [("a".to_owned(), 2), ("b".to_owned(), 0)]);
    assert_eq!((one.multiple, one.expires_at, one.closed, one.voters), (false, Some(1_767_312_000_000), false, Some(2)));
    let any = poll(json!({ "anyOf": { "type": "Note", "content": "only", "_misskey_votes": 3 }, "closed": "2026-01-01T12:00:00Z" })).unwrap();
    assert_eq!((any.options, any.multiple, any.closed), (vec![("only".to_owned(), 3)], true, true));
    assert_eq!(any.expires_at, Some(1_767_268_800_000));
    assert!(poll(json!({ "oneOf": [option("a", 0)], "closed": true })).unwrap().closed);
    let many: Vec<Value> = (0..600).map(|n| option(&n.to_string(), 0)).collect();
    assert_eq!(poll(json!({ "oneOf": many })).unwrap().options.len(), OPTIONS_MAX);
    assert_eq!(poll(json!({ "oneOf": [] })), None);
}

#[test]
fn an_answer_is_one_even_if_nobody_knows_to_what() {
    assert_eq!(note(json!({ "inReplyTo": { "id": "https://b.test/n/2", "type": "Note" } })).in_reply_to.as_deref(), Some("https://b.test/n/2"));
    let odd = note(json!({ "inReplyTo": null, "inReplyToAtomUri": "tag:b.test,2020:x" }));
    assert_eq!((odd.in_reply_to, odd.is_reply), (None, true));
    assert!(!note(json!({ "inReplyTo": [] })).is_reply);
}

#[test]
fn some_answers_of_the_same_host_are_named() {
    let items: Vec<Value> = (2..20).map(|n| json!(format!("https://a.test/n/{n}"))).collect();
    let paged = json!({ "replies": { "type": "Collection", "first": { "type": "CollectionPage", "items": items } } });
    assert_eq!(note(paged).replies.len(), REPLIES_MAX);
    let mixed = json!({ "replies": { "items": ["https://b.test/n/1", ID, { "id": "https://a.test/n/2" }, 7] } });
    assert_eq!(note(mixed).replies, ["https://a.test/n/2"]);
    let named = |replies: Value| note(json!({ "replies": replies })).replies_at;
    let at = "https://a.test/n/1/replies";
    assert!(note(json!({ "replies": at })).replies.is_empty());
    assert_eq!(named(json!(at)).as_deref(), Some(at));
    assert_eq!(named(json!({ "id": at, "type": "Collection", "first": format!("{at}?page=1") })), Some(format!("{at}?page=1")));
    for none in [
        json!("https://b.test/n/1/replies"),
        json!("javascript:x"),
        json!({ "id": at, "type": "Collection", "totalItems": 0 }),
        json!({ "id": at, "first": { "items": [], "next": at } }),
        json!({ "first": at, "items": ["https://a.test/n/2"] }),
        json!(null),
    ] {
        assert_eq!(named(none.clone()), None, "{none}");
    }
}

#[test]
fn markdown_is_not_taken_for_html() {
    let video = read(&json!({
        "id": "https://tube.test/videos/1", "type": "Video", "name": "A film", "mediaType": "text/markdown", "content": "**bold** <b>",
        "attributedTo": [{ "type": "Person", "id": "https://tube.test/accounts/x" }, { "type": "Group", "id": "https://tube.test/c/y" }],
        "duration": "PT300S", "tag": [{ "type": "Hashtag", "name": "music" }],
    }))
    .unwrap();
    assert_eq!((video.markup, video.name.as_deref()), (Markup::Plain, Some("A film")));
    assert_eq!(video.attributed_to, ["https://tube.test/accounts/x", "https://tube.test/c/y"]);
    assert_eq!(note(json!({ "content": "x" })).markup, Markup::Html);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!("https://a.test/x")),
        Just(json!("2026-01-01T00:00:00Z")),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(
                prop_oneof![Just("id"), Just("type"), Just("url"), Just("href"), Just("name"), Just("items"), Just("first"), Just("totalItems")]
                    .prop_map(str::to_owned),
                inner,
                0..5
            )
            .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_in_a_note_can_break_its_reader(values in prop::collection::vec(any_json(), 17)) {
        let keys = [
            "content", "contentMap", "summary", "published", "to", "cc", "tag", "attachment", "oneOf", "replies", "inReplyTo", "url", "closed", "attributedTo",
            "likes", "shares", "sensitive",
        ];
        let mut object = json!({ "id": ID, "type": ["Question"] });
        for (key, value) in keys.iter().zip(values) {
            object[*key] = value;
        }
        prop_assert!(read(&object).is_some());
    }
}
