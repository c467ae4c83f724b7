//! NodeInfo: what a server of the fediverse says of itself to crawlers. Source: nodeinfo.diaspora.software

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::activity::address;

/// Begins the names of the formats; the version follows.
const SCHEMA: &str = "http://nodeinfo.diaspora.software/ns/schema/";
/// Links of another server's discovery document that are looked at.
const LINKS_MAX: usize = 32;
/// Characters of a program's name and of its version, all of them ASCII.
const NAME_MAX: usize = 64;
const VERSION_MAX: usize = 128;

/// The document of version 2.0 or 2.1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo {
    pub version: String,
    pub software: Software,
    pub protocols: Vec<String>,
    pub services: Services,
    pub usage: Usage,
    pub open_registrations: bool,
    pub metadata: Metadata,
}

/// `repository` and `homepage` are in version 2.1 only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Software {
    pub name: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
}

/// Other networks that posts come from and go to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Services {
    pub outbound: Vec<String>,
    pub inbound: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    pub users: Users,
    pub local_posts: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Users {
    pub total: i64,
    pub active_month: i64,
    #[serde(rename = "activeHalfyear")]
    pub active_half_year: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    pub node_name: String,
    pub node_description: String,
}

/// Where the documents are: `/.well-known/nodeinfo`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Discovery {
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub rel: String,
    pub href: String,
}

impl Discovery {
    /// Names the documents `{base}/nodeinfo/{version}`.
    pub fn of(base: &str, versions: &[&str]) -> Discovery {
        let link = |version: &&str| Link { rel: format!("{SCHEMA}{version}"), href: format!("{base}/nodeinfo/{version}") };
        Discovery { links: versions.iter().map(link).collect() }
    }
}

/// Where another server's discovery document says that its description is: the newest of version 2, whatever the order of
/// the links, at an address that `is_asked` accepts. `None` if there is none.
/// Source: nodeinfo.diaspora.software/protocol
pub fn newest(discovery: &[u8], is_asked: impl Fn(&Url) -> bool) -> Option<Url> {
    let discovery: Value = serde_json::from_slice(discovery).ok()?;
    let of_link = |link: &Value| {
        let minor: u32 = link.get("rel")?.as_str()?.strip_prefix(SCHEMA)?.strip_prefix("2.")?.parse().ok()?;
        let url = address::read(link.get("href")?.as_str()?).filter(&is_asked)?;
        Some((minor, url))
    };
    let links = discovery.get("links")?.as_array()?.iter().take(LINKS_MAX).filter_map(of_link);
    links.max_by_key(|(minor, _)| *minor).map(|(_, url)| url)
}

/// What another server runs, as its description says: a name of a-z, 0-9 and hyphens, as the schema has it (capitals become
/// small letters), and a version of printable ASCII, empty if it says none that can be shown. `None` if there is no such name.
/// Source: nodeinfo.diaspora.software/schema
pub fn software(description: &[u8]) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Description {
        software: Named,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
        version: Option<Value>,
    }
    let software = serde_json::from_slice::<Description>(description).ok()?.software;
    let name = software.name.to_ascii_lowercase();
    let is_name = (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let version = software.version.as_ref().and_then(Value::as_str).unwrap_or_default().trim();
    let is_shown = version.len() <= VERSION_MAX && version.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    is_name.then(|| (name, if is_shown { version.to_owned() } else { String::new() }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_is_described_in_the_words_of_the_schema() {
        let info = NodeInfo { version: "2.0".into(), protocols: vec!["activitypub".into()], ..NodeInfo::default() };
        assert_eq!(
            serde_json::to_value(&info).unwrap(),
            json!({
                "version": "2.0",
                "software": { "name": "", "version": "" },
                "protocols": ["activitypub"],
                "services": { "outbound": [], "inbound": [] },
                "usage": { "users": { "total": 0, "activeMonth": 0, "activeHalfyear": 0 }, "localPosts": 0 },
                "openRegistrations": false,
                "metadata": { "nodeName": "", "nodeDescription": "" },
            })
        );
        assert_eq!(serde_json::from_value::<NodeInfo>(serde_json::to_value(&info).unwrap()).unwrap(), info);
    }

    #[test]
    fn the_documents_are_found_by_their_schemas() {
        let found = serde_json::to_value(Discovery::of("https://a.test", &["2.0"])).unwrap();
        let link = json!({ "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": "https://a.test/nodeinfo/2.0" });
        assert_eq!(found, json!({ "links": [link] }));
    }

    fn newest_of(links: &Value) -> Option<String> {
        newest(json!({ "links": links }).to_string().as_bytes(), |url| url.host_str() == Some("a.test")).map(String::from)
    }

    fn link(version: &str, href: &str) -> Value {
        json!({ "rel": format!("{SCHEMA}{version}"), "href": href })
    }

    #[test]
    fn the_newest_description_is_taken_in_any_order_of_the_links() {
        let at = |path: &str| format!("https://a.test{path}");
        let (old, new, newer) = (link("2.0", &at("/2.0")), link("2.1", &at("/2.1")), link("2.10", &at("/2.10")));
        let first_format = link("1.0", &at("/1.0"));
        let application = json!({ "rel": "https://www.w3.org/ns/activitystreams#Application", "href": at("/actor") });
        for (links, expected) in [
            (json!([old]), Some("/2.0")),
            (json!([old, new]), Some("/2.1")),
            (json!([newer, first_format, old, new, application]), Some("/2.10")),
            (json!([link("2.1", "https://b.test/2.1"), old]), Some("/2.0")),
            (json!([link("2.1", "/2.1"), link("2.1", "https://u:p@a.test/2.1"), link("2.1", "ftp://a.test/2.1"), old]), Some("/2.0")),
            (json!([null, 5, {}, { "rel": 5, "href": [] }, { "rel": format!("{SCHEMA}2.1") }, old]), Some("/2.0")),
            (json!([first_format, link("3.0", &at("/3.0")), link("2.x", &at("/x")), application]), None),
            (json!([]), None),
            (json!({}), None),
        ] {
            assert_eq!(newest_of(&links), expected.map(at), "{links}");
        }
        for broken in ["", "{", "[]", "{}", "null", "<html>"] {
            assert_eq!(newest(broken.as_bytes(), |_| true), None, "{broken}");
        }
    }

    #[test]
    fn links_beyond_the_limit_are_not_looked_at() {
        let mut links = vec![json!({}); LINKS_MAX - 1];
        links.extend([link("2.0", "https://a.test/2.0"), link("2.1", "https://a.test/2.1")]);
        assert_eq!(newest_of(&json!(links)).as_deref(), Some("https://a.test/2.0"));
    }

    #[test]
    fn a_name_is_as_the_schema_says_and_a_version_can_be_shown() {
        let read = |name: Value, version: Value| software(json!({ "software": { "name": name, "version": version } }).to_string().as_bytes());
        let kept = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        let (long_name, long_version) = ("n".repeat(NAME_MAX), "9".repeat(VERSION_MAX));
        assert_eq!(read(json!("mastodon"), json!("4.3.1+glitch")), kept("mastodon", "4.3.1+glitch"));
        assert_eq!(read(json!("Mobilizon"), json!(" 5.1.0 (abc) ")), kept("mobilizon", "5.1.0 (abc)"));
        assert_eq!(read(json!(long_name), json!(long_version)), kept(&long_name, &long_version));
        for version in [
            json!(null),
            json!(4),
            json!(["4"]),
            json!(""),
            json!("4\n5"),
            json!("4\u{1b}[31m"),
            json!("4\u{202e}5"),
            json!("4\u{200b}"),
            json!("4\0"),
            json!("é"),
            json!("9".repeat(VERSION_MAX + 1)),
        ] {
            assert_eq!(read(json!("lemmy"), version.clone()), kept("lemmy", ""), "{version}");
        }
        for name in [
            json!(null),
            json!(5),
            json!(["mastodon"]),
            json!(""),
            json!(" mastodon"),
            json!("a_b"),
            json!("<b>mastodon</b>"),
            json!("mast\u{1b}[0modon"),
            json!("mast\u{202e}odon"),
            json!("mastodon\0"),
            json!("m\u{430}stodon"),
            json!("n".repeat(NAME_MAX + 1)),
        ] {
            assert_eq!(read(name.clone(), json!("1")), None, "{name}");
        }
        assert_eq!(software(br#"{"software":{"name":"snac"}}"#), kept("snac", ""));
        for broken in ["", "[]", "{}", r#"{"software":"mastodon"}"#, r#"{"software":{"version":"1"}}"#, r#"{"software":{"name":"a""#] {
            assert_eq!(software(broken.as_bytes()), None, "{broken}");
        }
    }
}
