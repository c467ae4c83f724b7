//! Addresses in documents of others.

use serde_json::Value;
use url::Url;

use super::document::{id, one};

/// Bytes of an address; longer ones are none.
pub const ADDRESS_MAX: usize = 2048;
/// Links within links that are followed to find an address.
const NESTED_MAX: usize = 3;

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

/// The address a property's first value names, as it is written; empty if it names none.
pub fn of<'a>(document: &'a Value, key: &str) -> &'a str {
    one(document, key).and_then(id).filter(|text| is_address(text)).unwrap_or_default()
}

/// Where a link leads: itself, or the `href` or `url` of the object (or the first in the list) that stands in its place.
pub fn link(value: &Value) -> Option<&str> {
    let mut value = value;
    for _ in 0..NESTED_MAX {
        value = match value {
            Value::String(text) => return Some(text.as_str()).filter(|text| is_address(text)),
            Value::Array(values) => values.first()?,
            Value::Object(object) => object.get("href").or_else(|| object.get("url"))?,
            _ => return None,
        };
    }
    value.as_str().filter(|text| is_address(text))
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
        for form in [json!(null), json!(7), json!([]), json!({}), json!("x"), json!([[[[target]]]])] {
            assert_eq!(link(&form), None, "{form}");
        }
    }

    #[test]
    fn ports_count_and_schemes_do_not() {
        assert!(same_host("https://a.test/x", "http://A.test/y"));
        assert!(!same_host("https://a.test:8443/x", "https://a.test/x"));
        assert!(!same_host("https://a.test", "https://b.a.test"));
    }
}
