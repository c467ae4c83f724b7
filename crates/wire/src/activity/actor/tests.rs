//! Actors as servers write them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn plain() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": "https://a.test/users/bob",
        "type": "Person",
        "preferredUsername": "bob",
        "inbox": "https://a.test/users/bob/inbox",
    })
}

fn with(change: Value) -> Value {
    let mut actor = plain();
    for (key, value) in change.as_object().unwrap() {
        actor[key] = value.clone();
    }
    actor
}

fn of(change: Value) -> Actor {
    read(&with(change)).unwrap()
}

#[test]
fn an_actor_needs_context_type_id_inbox_and_name_and_nothing_else() {
    let actor = read(&plain()).unwrap();
    assert_eq!((actor.kind, actor.username.as_deref(), actor.url.as_str()), (0, Some("bob"), "https://a.test/users/bob"));
    assert_eq!((actor.outbox.as_str(), actor.locked, actor.show_media, actor.icon), ("", false, true, None));
    for change in [
        json!({ "@context": "https://example.org/ns" }),
        json!({ "type": "Note" }),
        json!({ "id": null }),
        json!({ "id": "ftp://a.test/x" }),
        json!({ "id": "https://u:p@a.test/x" }),
        json!({ "inbox": null }),
        json!({ "inbox": "x" }),
        json!({ "preferredUsername": null }),
        json!({ "preferredUsername": "b b" }),
        json!({ "preferredUsername": ".bob" }),
        json!({ "preferredUsername": "x".repeat(USERNAME_MAX + 1) }),
    ] {
        assert!(read(&with(change.clone())).is_err(), "{change}");
    }
    assert_eq!(of(json!({ "type": ["x:Bot", "Service"] })).kind, 1);
    assert_eq!(of(json!({ "preferredUsername": null, "webfinger": "bob@a.test" })).webfinger, Some(("bob".into(), "a.test".into())));
}

#[test]
fn properties_are_taken_in_every_form_and_bad_ones_are_left_out() {
    let actor = of(json!({
        "inbox": [{ "id": "https://a.test/in" }],
        "outbox": { "id": "https://a.test/out", "type": "OrderedCollection" },
        "followers": 7,
        "following": "not an address",
        "sharedInbox": "https://a.test/shared",
        "url": [{ "type": "Link", "href": "https://a.test/feed", "mediaType": "application/rss+xml" }, { "href": "https://a.test/@bob", "mediaType": "text/html" }],
        "icon": [{ "type": "Image", "url": { "type": "Link", "href": "https://a.test/i.png" }, "summary": "me" }, { "url": "https://a.test/2.png" }],
        "image": "https://a.test/h.png",
        "manuallyApprovesFollowers": "true",
        "alsoKnownAs": "https://b.test/users/bob",
        "tag": { "type": "Emoji", "name": ":cat:", "icon": { "url": "https://a.test/cat.png" } },
    }));
    assert_eq!(
        (actor.inbox.as_str(), actor.outbox.as_str(), actor.followers.as_str(), actor.following.as_str()),
        ("https://a.test/in", "https://a.test/out", "", "")
    );
    assert_eq!((actor.shared_inbox.as_str(), actor.url.as_str()), ("https://a.test/shared", "https://a.test/@bob"));
    assert_eq!(actor.icon, Some(Picture { url: "https://a.test/i.png".into(), description: "me".into() }));
    assert_eq!(actor.image.unwrap().url, "https://a.test/h.png");
    assert_eq!((actor.locked, actor.also_known_as, actor.emojis.len()), (true, vec!["https://b.test/users/bob".to_owned()], 1));
    let both = of(json!({ "endpoints": { "sharedInbox": "https://a.test/1" }, "sharedInbox": "https://a.test/2", "url": "https://b.test/@bob" }));
    assert_eq!((both.shared_inbox.as_str(), both.url.as_str()), ("https://a.test/1", "https://a.test/users/bob"));
}

#[test]
fn the_widest_usable_picture_is_taken() {
    let icon = |icon: Value| of(json!({ "icon": icon })).icon.map(|picture| picture.url);
    let sized = |name: &str, width: Value| json!({ "type": "Image", "url": format!("https://a.test/{name}"), "width": width });
    for (value, expected) in [
        (json!([sized("48", json!(48)), sized("120", json!(120)), sized("60", json!(60))]), Some("120")),
        (json!([{ "type": "Image" }, sized("120", json!(null))]), Some("120")),
        (json!([{ "type": "Image", "url": "" , "width": 500 }, { "url": "javascript:x", "width": 400 }, sized("48", json!(48))]), Some("48")),
        (json!([sized("first", json!(null)), sized("second", json!(null))]), Some("first")),
        (json!([sized("a", json!(null)), sized("b", json!(1))]), Some("b")),
        (json!([null, 7, [], "https://a.test/text"]), Some("text")),
        (json!(sized("one", json!(-3))), Some("one")),
        (json!([{ "type": "Image" }]), None),
        (json!([]), None),
    ] {
        assert_eq!(icon(value.clone()), expected.map(|name| format!("https://a.test/{name}")), "{value}");
    }
    let header = of(json!({ "image": [{ "type": "Image" }, sized("h", json!(9))] })).image.unwrap();
    assert_eq!(header.url, "https://a.test/h");
}

#[test]
fn broken_entries_of_a_list_are_passed_over() {
    let actor = of(json!({
        "inbox": ["", null, "https://a.test/in"],
        "url": [{ "href": "https://b.test/@bob", "mediaType": "text/html" }, "javascript:x", "https://a.test/@bob"],
        "featured": [7, { "id": "https://a.test/featured" }],
    }));
    assert_eq!(
        (actor.inbox.as_str(), actor.url.as_str(), actor.featured.as_str()),
        ("https://a.test/in", "https://a.test/@bob", "https://a.test/featured")
    );
}

#[test]
fn an_actor_within_another_document_needs_no_context_of_its_own() {
    let mut bare = plain();
    bare.as_object_mut().unwrap().remove("@context");
    assert!(read(&bare).is_err() && read_embedded(&bare).is_ok());
    for missing in ["id", "type", "inbox", "preferredUsername"] {
        let mut lacking = bare.clone();
        lacking.as_object_mut().unwrap().remove(missing);
        assert!(read_embedded(&lacking).is_err(), "{missing}");
    }
    assert!(is_actor(&bare) && !is_actor(&json!({ "type": "Note" })) && !is_actor(&json!("https://a.test/users/bob")));
}

#[test]
fn lists_are_cut_to_their_limits() {
    let rows = vec![json!({ "type": "PropertyValue", "name": "a", "value": "b" }); 60];
    let actor = of(json!({
        "attachment": rows,
        "alsoKnownAs": vec!["https://b.test/x"; 500],
        "attributionDomains": vec!["b.test"; 500],
        "publicKey": vec!["https://a.test/key"; 50],
        "assertionMethod": vec!["https://a.test/key"; 50],
    }));
    assert_eq!(actor.fields.len(), FIELDS_MAX);
    assert_eq!((actor.also_known_as.len(), actor.attribution_domains.len(), actor.keys.len()), (ALIASES_MAX, ATTRIBUTION_DOMAINS_MAX, 2 * KEYS_MAX));
    assert!(of(json!({ "attachment": { "type": "PropertyValue", "name": "a", "value": "b" } })).fields.is_empty());
}

#[test]
fn empty_values_of_actors_hide_nothing() {
    let actor = of(json!({
        "name": "", "nameMap": { "en": "Bob" }, "summary": ["", "bio"], "url": [{ "mediaType": "text/html", "href": "" }, "https://a.test/@bob"],
        "attachment": [
            { "type": "PropertyValue", "name": "", "nameMap": { "en": "Site" }, "value": "x" },
            { "type": "PropertyValue", "name": "Empty", "value": "" },
            { "type": "PropertyValue", "name": "", "value": "x" },
        ],
        "icon": [{ "type": "Image" }, { "url": "https://a.test/48 px.png", "width": 48, "summary": "", "name": "me" }],
        "image": [{ "url": "https://a.test/h.tiff" }, { "url": "https://a.test/small.png", "width": 10 }, { "url": "https://a.test/ü.png", "width": 20 }],
        "endpoints": [{ "sharedInbox": "" }], "sharedInbox": ["", "https://a.test/shared"],
    }));
    assert_eq!((actor.name.as_str(), actor.summary.as_str(), actor.url.as_str()), ("Bob", "bio", "https://a.test/@bob"));
    let field = |name: &str, value: &str| Field { name: name.into(), value: value.into() };
    assert_eq!(actor.fields, [field("Site", "x"), field("Empty", "")]);
    assert_eq!(actor.icon, Some(Picture { url: "https://a.test/48%20px.png".into(), description: "me".into() }));
    assert_eq!(actor.image.unwrap().url, "https://a.test/%C3%BC.png");
    assert_eq!(actor.shared_inbox, "https://a.test/shared");
}

#[test]
fn a_key_is_the_actors_own_only_within_its_document() {
    let id = "https://a.test/users/bob";
    let pem = |key: &str, owner: &str| json!({ "id": key, "owner": owner, "publicKeyPem": "PEM" });
    let own = |key: Value| match &of(json!({ "publicKey": key })).keys[..] {
        [Key::Inline(key)] => key.is_own(id),
        other => panic!("{other:?}"),
    };
    assert!(own(pem("https://a.test/users/bob#main-key", id)) && own(pem("#main-key", id)));
    assert!(!own(pem("https://a.test/users/bob/main-key", id)));
    assert!(!own(pem("https://b.test/users/bob#main-key", id)));
    assert!(!own(pem("https://a.test/users/bob#main-key", "https://a.test/users/eve")));
    let multikey = json!({ "id": "#ed", "type": "Multikey", "controller": id, "publicKeyMultibase": "z6Mk" });
    let actor = of(json!({ "publicKey": ["https://a.test/key", { "id": "https://a.test/other" }, 7], "assertionMethod": multikey }));
    assert_eq!(actor.keys[..2], [Key::At("https://a.test/key".into()), Key::At("https://a.test/other".into())]);
    assert!(matches!(&actor.keys[2], Key::Inline(key) if key.is_own(id) && key.material == Material::Multibase("z6Mk".into())));
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        Just(json!("https://a.test/ü"))
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = prop::sample::select(vec!["id", "url", "href", "type", "name", "value", "icon", "owner", "publicKeyPem", "sharedInbox"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..4).prop_map(|map| map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

proptest! {
    #[test]
    fn no_value_of_a_property_makes_the_reader_panic(
        key in prop::sample::select(vec![
            "@context", "id", "type", "inbox", "preferredUsername", "webfinger", "name", "summary", "url", "endpoints", "icon", "image", "attachment",
            "tag", "publicKey", "assertionMethod", "alsoKnownAs", "attributionDomains", "published", "movedTo", "suspended",
        ]),
        value in anything(),
    ) {
        let _ = read(&with(json!({ key: value })));
    }
}
