//! WebFinger as others answer it: which actor a handle names.
//!
//! Source: RFC 7033; RFC 6415 for host-meta

use std::borrow::Cow;

use serde_json::Value;
use url::{Host, Url};

use crate::activity::actor::is_username;
use crate::activity::document::{self, many, text};
use crate::activity::{CONTEXT, Unreadable, address};

/// What we ask for.
pub const ACCEPT: &str = "application/jrd+json, application/json";
/// What we ask a host for that answers WebFinger elsewhere.
pub const HOST_META_ACCEPT: &str = "application/xrd+xml, application/xml, text/xml";
/// Links of an answer that are looked at.
const LINKS_MAX: usize = 100;
/// Bytes of a domain as it is written, and tags of a host-meta that are looked at.
const DOMAIN_MAX: usize = 512;
const TAGS_MAX: usize = 200;
const ATTRIBUTES_MAX: usize = 20;

/// `name@domain`; the domain is an A-label in lower case, with its port if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    pub username: String,
    pub domain: String,
}

impl Handle {
    /// Reads `name@domain`, perhaps with `acct:` or `@` before it. Nothing is repaired: a second `@`, a name that is no
    /// username, and letters that a host name only seems to have make it none.
    pub fn read(text: &str) -> Option<Handle> {
        let text = text.strip_prefix("acct:").unwrap_or(text);
        let (username, domain) = text.strip_prefix('@').unwrap_or(text).split_once('@')?;
        Handle::of(username, domain)
    }

    pub fn of(username: &str, domain: &str) -> Option<Handle> {
        Some(Handle { username: is_username(username).then(|| username.to_owned())?, domain: domain_name(domain)? })
    }

    /// Whether both name the same account: letters may be large or small.
    pub fn is_same(&self, other: &Handle) -> bool {
        self.username.eq_ignore_ascii_case(&other.username) && self.domain == other.domain
    }

    /// `acct:name@domain`
    pub fn resource(&self) -> String {
        format!("acct:{}@{}", self.username, self.domain)
    }
}

/// A handle or an address without the white space and the invisible marks around it that come along when it is copied:
/// marks of direction, of width zero, and byte order marks. Those within a handle go, too; in an address they may belong.
pub fn without_invisible_marks(text: &str) -> Cow<'_, str> {
    let bare = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let is_handle = bare.contains('@') && !bare.contains("://") && !bare.contains(char::is_whitespace);
    if is_handle && bare.contains(is_invisible) { bare.replace(is_invisible, "").into() } else { bare.into() }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A domain in the form it is kept in: an A-label in lower case, with a port that is not 443, without a final dot.
/// `None` for what is no name of a host, and for letters that become others when it is asked for.
pub fn domain_name(written: &str) -> Option<String> {
    let written = written.strip_suffix('.').unwrap_or(written);
    let is_letter = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if written.is_empty() || written.len() > DOMAIN_MAX || !written.chars().all(is_letter) {
        return None;
    }
    let url = Url::parse(&format!("https://{written}/")).ok()?;
    let Some(Host::Domain(host)) = url.host() else { return None };
    let (name, port) = written.split_once(':').map_or((written, None), |(name, port)| (name, Some(port)));
    if port.is_some_and(|port| port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    if !name.is_ascii() && idna::domain_to_unicode(host).0 != name.to_lowercase() {
        return None;
    }
    if host.split('.').any(str::is_empty) {
        return None;
    }
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whom it is about, in the form its server prefers.
    pub subject: Handle,
    /// The id of the actor.
    pub actor: String,
}

/// Reads an answer.
///
/// Errors: what it lacks.
pub fn read(bytes: &[u8]) -> Result<Answer, Unreadable> {
    let document = document::read(bytes)?;
    let lacking = |what: &str| Unreadable(format!("the WebFinger answer has no {what}"));
    let subject = text(&document, "subject").and_then(Handle::read).ok_or_else(|| lacking("subject that is an account"))?;
    let is_self = |link: &&Value| text(link, "rel") == Some("self") && text(link, "type").is_some_and(is_activity_type);
    let actor = many(&document, "links").take(LINKS_MAX).find(is_self).and_then(|link| text(link, "href"));
    let actor = actor.filter(|actor| address::is_address(actor)).ok_or_else(|| lacking("link to an actor"))?.to_owned();
    Ok(Answer { subject, actor })
}

/// Whether a media type is that of ActivityPub documents: `application/activity+json`, or `application/ld+json` with
/// the vocabulary among its profiles. Anything else might be a file that somebody uploaded.
///
/// Source: www.w3.org/TR/activitypub/#retrieving-objects
pub fn is_activity_type(kind: &str) -> bool {
    let mut parts = kind.split(';');
    let essence = parts.next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/activity+json") {
        return true;
    }
    let is_profile = |part: &str| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches('"');
        Some(name.trim().eq_ignore_ascii_case("profile") && value.split_ascii_whitespace().any(|profile| profile == CONTEXT))
    };
    essence.eq_ignore_ascii_case("application/ld+json") && parts.any(|part| is_profile(part) == Some(true))
}

/// Where a host-meta says that WebFinger is answered, with `{uri}` for what is asked about. XML with a document type
/// is not read: it could define entities.
pub fn host_meta(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    if text.contains("<!") && !text.contains("<!--") || text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
        return None;
    }
    let tags = text.split('<').skip(1).take(TAGS_MAX).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
    let links = tags.filter_map(|tag| tag.strip_prefix("Link").filter(|rest| rest.starts_with(|c: char| c.is_whitespace())));
    let of = |attributes: &[(&str, String)], name: &str| attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let template = links.map(attributes).find(|found| of(found, "rel").as_deref() == Some("lrdd")).and_then(|found| of(&found, "template"))?;
    (template.contains("{uri}") && address::is_address(&template.replace("{uri}", "x"))).then_some(template)
}

/// The attributes of a tag: name and value.
fn attributes(mut rest: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    while found.len() < ATTRIBUTES_MAX {
        let Some((name, after)) = rest.split_once('=') else { break };
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some((value, next)) = after[1..].split_once(quote) else { break };
        found.push((name.trim(), value.replace("&amp;", "&")));
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn handle(text: &str) -> Option<(String, String)> {
        Handle::read(text).map(|handle| (handle.username, handle.domain))
    }

    #[test]
    fn a_handle_is_a_name_and_a_host_and_nothing_else() {
        for (written, name, domain) in [
            ("bob@a.test", "bob", "a.test"),
            ("acct:Bob@A.Test", "Bob", "a.test"),
            ("@bob@a.test.", "bob", "a.test"),
            ("b.o-b_@a.test:8443", "b.o-b_", "a.test:8443"),
            ("bob@a.test:443", "bob", "a.test"),
            ("bob@BÜCHER.test", "bob", "xn--bcher-kva.test"),
            ("bob@例え.test", "bob", "xn--r8jz45g.test"),
            ("bob@xn--bcher-kva.test", "bob", "xn--bcher-kva.test"),
            // Cyrillic: another host than the one it looks like.
            ("bob@аpple.test", "bob", "xn--pple-43d.test"),
        ] {
            assert_eq!(handle(written), Some((name.into(), domain.into())), "{written}");
        }
        for none in [
            "",
            "bob",
            "bob@",
            "@a.test",
            "bob@evil.test@a.test",
            "bob@a.test/path",
            "bob@a.test?x",
            "bob@a.test#x",
            "bob@u:p@a.test",
            "bob@a..test",
            "bob@127.0.0.1",
            "bob@[::1]",
            "bob@0x7f.1",
            "bob@a%2etest",
            "bob@a.test:x",
            "bob@a.test:",
            "bob@a.test:99999",
            "bob@ａ.test",
            "bob@a。test",
            "bob@ⓐ.test",
            "bob@a.test／x",
            "bob@a\u{ad}.test",
            "bo b@a.test",
            ".bob@a.test",
            "bob.@a.test",
            "böb@a.test",
            "bob@a.test\n",
        ] {
            assert_eq!(handle(none), None, "{none:?}");
        }
    }

    #[test]
    fn an_answer_needs_a_subject_and_a_link_to_an_actor() {
        let link = json!({ "rel": "self", "type": "application/activity+json", "href": "https://a.test/users/bob" });
        let read = |document: &Value| read(document.to_string().as_bytes());
        let page = json!({ "rel": "self", "type": "text/html", "href": "https://a.test/@bob" });
        let good = json!({ "subject": "acct:Bob@A.test", "links": [page, link] });
        let subject = Handle { username: "Bob".into(), domain: "a.test".into() };
        assert_eq!(read(&good).unwrap(), Answer { subject, actor: "https://a.test/users/bob".into() });
        for bad in [
            json!({ "links": [link] }),
            json!({ "subject": "https://a.test/@bob", "links": [link] }),
            json!({ "subject": "acct:bob@a.test" }),
            json!({ "subject": "acct:bob@a.test", "links": [page] }),
            json!({ "subject": "acct:bob@a.test", "links": [{ "rel": "self", "type": "application/json", "href": "https://a.test/x" }] }),
            json!({ "subject": "acct:bob@a.test", "links": [{ "rel": "self", "type": "application/activity+json", "href": "https://u@a.test/x" }] }),
            json!({ "subject": 7, "links": 7 }),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_types_of_activitypub_are_its_types() {
        for good in [
            "application/activity+json",
            "Application/Activity+JSON; charset=utf-8",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/ld+json;charset=utf-8;profile=\"https://w3id.org/x https://www.w3.org/ns/activitystreams\"",
            "application/ld+json; profile=https://www.w3.org/ns/activitystreams",
        ] {
            assert!(is_activity_type(good), "{good}");
        }
        for bad in [
            "",
            "application/json",
            "text/html",
            "image/png",
            "application/ld+json",
            "application/ld+json; profile=\"https://w3id.org/x\"",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreamsx\"",
            "text/plain; x=application/activity+json",
        ] {
            assert!(!is_activity_type(bad), "{bad}");
        }
    }

    #[test]
    fn host_meta_is_read_without_entities() {
        let xml = |inner: &str| format!("<?xml version=\"1.0\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">{inner}</XRD>");
        let template = "https://a.test/wf?a=1&resource={uri}";
        for good in [
            xml("<Link rel=\"lrdd\" template=\"https://a.test/wf?a=1&amp;resource={uri}\"/>"),
            xml("<Link rel='x' template='y'/>\n<Link type='application/xrd+xml' template='https://a.test/wf?a=1&amp;resource={uri}' rel='lrdd' />"),
        ] {
            assert_eq!(host_meta(good.as_bytes()).as_deref(), Some(template), "{good}");
        }
        for bad in [
            format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{}", xml("<Link rel=\"lrdd\" template=\"https://a.test/{uri}\"/>")),
            xml("<Link rel=\"lrdd\" template=\"https://a.test/\"/>"),
            xml("<Link rel=\"lrdd\" template=\"ftp://a.test/{uri}\"/>"),
            xml("<Link rel=\"lrdd\" template=\"https://a.test/{uri}"),
            xml(""),
            String::new(),
        ] {
            assert_eq!(host_meta(bad.as_bytes()), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_fail_otherwise_than_by_saying_so(bytes in prop::collection::vec(any::<u8>(), 0..400), text in "\\PC{0,80}") {
            let _ = (read(&bytes), host_meta(&bytes), Handle::read(&text), is_activity_type(&text));
            let _ = host_meta(format!("<Link {text}>").as_bytes());
            let _ = host_meta(format!("<Link rel=\"lrdd\" template=\"{text}\">").as_bytes());
            let _ = read(json!({ "subject": text, "links": [{ "rel": "self", "type": text, "href": text }] }).to_string().as_bytes());
        }

        #[test]
        fn a_handle_that_was_read_reads_as_itself(name in "[a-z0-9_]{1,8}", domain in "\\PC{1,20}") {
            if let Some(handle) = Handle::of(&name, &domain) {
                prop_assert_eq!(Handle::read(&handle.resource()), Some(handle));
            }
        }
    }
}
