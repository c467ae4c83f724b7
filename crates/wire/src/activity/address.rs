//! Addresses in documents of others.

use serde_json::Value;
use url::Url;

use super::document::ids;

/// Bytes of an address; longer ones are none.
pub const ADDRESS_MAX: usize = 2048;
/// Links within links that are followed to find an address.
pub(super) const NESTED_MAX: usize = 3;
/// Characters that need no encoding, beside letters and digits. Source: RFC 3986, section 2
const PLAIN: &[u8] = b"-._~:/?#[]@!$&'()*+,;=%";
/// Links of one list that are looked at.
pub(super) const LINKS_MAX: usize = 50;

/// Reads an address that may be asked for: http(s) with a host, without a user, a backslash or white space.
///
/// Source: url.spec.whatwg.org; what browsers repair is refused here, since others repair it otherwise
pub fn read(address: &str) -> Option<Url> {
    if address.len() > ADDRESS_MAX || address.bytes().any(|byte| byte <= b' ' || byte == b'\\') {
        return None;
    }
    let url = Url::parse(address).ok()?;
    let is_fine = matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none();
    is_fine.then_some(url)
}

pub fn is_address(text: &str) -> bool {
    read(text).is_some()
}

/// The first address among a property's values, as it is written; empty if there is none.
pub fn of<'a>(document: &'a Value, key: &str) -> &'a str {
    ids(document, key).find(|text| is_address(text)).unwrap_or_default()
}

/// The address of something that is only shown or fetched (a file, a page) and is nobody's id: one with spaces or other
/// characters that want encoding is encoded as browsers do. An id stays as it is written: see [`read`].
pub fn resource(text: &str) -> Option<String> {
    if text.len() > ADDRESS_MAX {
        return None;
    }
    let is_encoded = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte));
    if is_encoded && is_address(text) {
        return Some(text.to_owned());
    }
    Url::parse(text).ok().map(String::from).filter(|encoded| is_address(encoded))
}

/// Where a link leads: itself, or the `href` or `url` of the object, or the first address of the list that stands in its
/// place.
pub fn link(value: &Value) -> Option<&str> {
    within(value, NESTED_MAX, &mut |text| is_address(text).then_some(text))
}

/// As [`link`], of a page: as it is written if it can be asked for like that, since mentions name people by their pages,
/// else as a [`resource`].
pub fn page(value: &Value) -> Option<String> {
    link(value).map(str::to_owned).or_else(|| within(value, NESTED_MAX, &mut resource))
}

/// The first text, at most `depth` levels within a link, that `read` takes.
fn within<'a, T>(value: &'a Value, depth: usize, read: &mut impl FnMut(&'a str) -> Option<T>) -> Option<T> {
    match value {
        Value::String(text) => read(text),
        _ if depth == 0 => None,
        Value::Array(values) => values.iter().take(LINKS_MAX).find_map(|value| within(value, depth - 1, read)),
        Value::Object(object) => ["href", "url"].iter().find_map(|key| within(object.get(*key)?, depth - 1, read)),
        _ => None,
    }
}

/// Whether two addresses have host and port in common, whatever their schemes.
pub fn same_host(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.has_host() && one.host_str() == other.host_str() && one.port() == other.port(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_plain_web_addresses_are_addresses() {
        for fine in ["https://a.test/x", "http://a.test:8080/", "https://a.test/x?y#z", "https://bücher.test/ü"] {
            assert!(is_address(fine), "{fine}");
        }
        let long = format!("https://a.test/{}", "x".repeat(ADDRESS_MAX));
        for none in [
            "",
            "a.test",
            "ftp://a.test/",
            "https://",
            "#key",
            "https://u@a.test/",
            "https://u:p@a.test/",
            "https:\\\\a.test/",
            "https://a.test\\@b.test/",
            " https://a.test/",
            "https://a.test/x y",
            "javascript:alert(1)",
            &long,
        ] {
            assert!(!is_address(none), "{none}");
        }
    }

    #[test]
    fn an_address_has_a_length() {
        let long = |bytes: usize| format!("https://a.test/{}", "x".repeat(bytes - "https://a.test/".len()));
        assert!(is_address(&long(ADDRESS_MAX)) && !is_address(&long(ADDRESS_MAX + 1)));
        assert_eq!(resource(&long(ADDRESS_MAX)), Some(long(ADDRESS_MAX)));
        // What is read of it is short.
        let winding = |bytes: usize| format!("https://a.test/{}x y", "./".repeat((bytes - "https://a.test/x y".len()) / 2));
        assert_eq!(winding(ADDRESS_MAX).len(), ADDRESS_MAX);
        assert_eq!(resource(&winding(ADDRESS_MAX)).as_deref(), Some("https://a.test/x%20y"));
        assert_eq!(resource(&winding(ADDRESS_MAX + 2)), None);
    }

    #[test]
    fn a_link_is_found_in_all_its_forms() {
        let target = "https://a.test/x";
        for form in [
            json!(target),
            json!([target, "y"]),
            json!({"href": target}),
            json!({"type": "Link", "href": target}),
            json!([{"url": {"href": target}}]),
        ] {
            assert_eq!(link(&form), Some(target), "{form}");
        }
        let too_deep = json!({"href": {"url": {"href": {"url": target}}}});
        for form in [json!(null), json!(7), json!([]), json!({}), json!("x"), json!([[[[target]]]]), too_deep] {
            assert_eq!(link(&form), None, "{form}");
        }
    }

    #[test]
    fn empty_and_broken_links_hide_no_good_one() {
        let target = "https://a.test/x";
        for form in [
            json!(["", target]),
            json!([null, {}, { "href": "x" }, { "href": target }]),
            json!({ "href": "", "url": target }),
            json!({ "href": null, "url": [{ "href": "" }, target] }),
        ] {
            assert_eq!((link(&form), page(&form).as_deref()), (Some(target), Some(target)), "{form}");
        }
        assert_eq!(of(&json!({ "inbox": ["", "not one", { "id": target }] }), "inbox"), target);
    }

    #[test]
    fn resources_are_encoded_and_ids_are_not() {
        let cases = [
            ("https://a.test/m/a b.png", Some("https://a.test/m/a%20b.png")),
            (" https://a.test/1.png\n", Some("https://a.test/1.png")),
            ("https://a.test/ü/日本.png", Some("https://a.test/%C3%BC/%E6%97%A5%E6%9C%AC.png")),
            ("https://bücher.test/1.png", Some("https://xn--bcher-kva.test/1.png")),
            ("https://a.test/\"<x>`{y}.png?q=a b'", Some("https://a.test/%22%3Cx%3E%60%7By%7D.png?q=a%20b%27")),
            ("https://a.test/a%20b.png", Some("https://a.test/a%20b.png")),
            ("https://a.test/a\"b'.png", Some("https://a.test/a%22b'.png")),
            ("https://a.test/{x}.png", Some("https://a.test/%7Bx%7D.png")),
            ("https://a.test/(1)[2]!.png", Some("https://a.test/(1)[2]!.png")),
            ("https://a.test/100%.png", Some("https://a.test/100%.png")),
            ("https://a.test", Some("https://a.test")),
            ("https://a.test:443/x", Some("https://a.test:443/x")),
            ("javascript:alert(1)", None),
            ("data:image/png;base64,AAAA", None),
            ("/relative.png", None),
            ("https://u:p@a.test/x y", None),
            ("https://a b.test/x", None),
            ("", None),
        ];
        for (written, expected) in cases {
            assert_eq!(resource(written).as_deref(), expected, "{written}");
        }
        assert_eq!(link(&json!("https://a.test/m/a b.png")), None, "an id is not repaired");
        assert_eq!(page(&json!("https://a.test/@a b")).as_deref(), Some("https://a.test/@a%20b"));
        assert_eq!(page(&json!("https://a.test/@ü")).as_deref(), Some("https://a.test/@ü"));
        let grows = format!("https://a.test/{}", "ü".repeat(ADDRESS_MAX / 4));
        assert!(grows.len() < ADDRESS_MAX && resource(&grows).is_none(), "longer than an address may be once it is encoded");
    }

    #[test]
    fn ports_count_and_schemes_do_not() {
        assert!(same_host("https://a.test/x", "http://A.test/y"));
        assert!(!same_host("https://a.test:8443/x", "https://a.test/x"));
        assert!(!same_host("https://a.test", "https://b.a.test"));
    }
}
