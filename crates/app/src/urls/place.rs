//! What an address of this server is of, in all the forms that there have been.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use store::{AccountId, StatusId};
use wire::webfinger::Handle;

/// Longer addresses lead nowhere.
pub(crate) const ADDRESS_MAX: usize = 2048;

/// What an address is of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A local account by its name.
    Name(String),
    /// An account of another server, which has a page here.
    Handle(Handle),
    Account(AccountId),
    Status(StatusId),
}

/// What `address` is of; `None` if it is not of this server.
pub(crate) fn place(web_domain: &str, account_domain: &str, address: &str) -> Option<Place> {
    if address.len() > ADDRESS_MAX {
        return None;
    }
    let url = url::Url::parse(address).ok()?;
    let host = crate::urls::domain_of(address)?;
    if host != web_domain && host != account_domain {
        return None;
    }
    let parts = url.path_segments()?.filter(|part| !part.is_empty()).map(|part| percent_decode_str(part).decode_utf8().ok());
    let parts: Vec<Cow<str>> = parts.collect::<Option<_>>()?;
    let parts: Vec<&str> = parts.iter().map(|part| &**part).collect();
    let status = |id: &str| Some(Place::Status(StatusId(id.parse().ok()?)));
    let page = parts.first().and_then(|part| part.strip_prefix('@'));
    match (page, &parts[..]) {
        (Some(name), [_]) if name.contains('@') => Handle::read(name).map(Place::Handle),
        (Some(name), [_]) => Some(Place::Name(name.to_owned())),
        (Some(_), [_, id]) => status(id),
        (None, parts) => of_actor(parts, status),
        _ => None,
    }
}

/// What an address below `/users` is of, or below `/ap/users`.
fn of_actor(parts: &[&str], status: impl Fn(&str) -> Option<Place>) -> Option<Place> {
    match *parts {
        ["users", name] => Some(Place::Name(name.to_owned())),
        ["users", _, "statuses", id] | ["ap", "users", _, "statuses", id] => status(id),
        ["ap", "users", id] => Some(Place::Account(AccountId(id.parse().ok()?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ours_are_known_in_every_form() {
        let check = |address: &str, expected: Option<Place>| assert_eq!(place("web.test", "here.test", address), expected, "{address}");
        check("https://web.test/@alice", Some(Place::Name("alice".into())));
        check("https://here.test/users/alice", Some(Place::Name("alice".into())));
        check("https://web.test/ap/users/7", Some(Place::Account(AccountId(7))));
        check("https://web.test/@bob@there.test", Some(Place::Handle(Handle::read("bob@there.test").unwrap())));
        check("https://web.test/%40bob%40there.test%3A80", Some(Place::Handle(Handle::read("bob@there.test:80").unwrap())));
        check("HTTPS://WEB.TEST/%40alice", Some(Place::Name("alice".into())));
        check("https://web.test/%75sers/alice", Some(Place::Name("alice".into())));
        check("https://web.test/@alice/8?x=1", Some(Place::Status(StatusId(8))));
        check("https://web.test/users/alice/statuses/8", Some(Place::Status(StatusId(8))));
        check("https://web.test/ap/users/7/statuses/8#a", Some(Place::Status(StatusId(8))));
        for other in [
            "https://other.test/@alice",
            "https://web.test:8/@alice",
            "https://web.test/@alice/x",
            "https://web.test/",
            "https://",
            "https://web.test/a/b/c",
            "https://web.test/%FF",
            "https://web.test/%E7%8C%AB",
        ] {
            check(other, None);
        }
    }
}
