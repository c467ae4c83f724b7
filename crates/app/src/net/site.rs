//! A host and the domain somebody registered to have it: what limits per peer are counted by.

use url::Url;

/// A host of the network. Ports and trailing dots make no other host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    pub host: String,
    /// See [`registrable`].
    pub domain: String,
}

impl Site {
    /// The site of a URL; one without a host is the site of the empty name.
    pub fn of(url: &Url) -> Site {
        let host = url.host_str().unwrap_or_default();
        Site::new(host.trim_end_matches('.').to_owned())
    }

    /// The site of a domain as accounts have it, with or without a port.
    pub fn of_domain(domain: &str) -> Site {
        Site::new(without_port(domain).to_lowercase())
    }

    fn new(host: String) -> Site {
        Site { domain: registrable(&host).to_owned(), host }
    }
}

/// The part of a host's name that somebody registered, as far as its labels tell: the last two, or three where the last but
/// one is one of those below which countries register.
pub fn registrable(host: &str) -> &str {
    const SECOND_LEVELS: [&str; 16] = ["ac", "co", "com", "edu", "gob", "gouv", "gov", "ltd", "me", "mil", "ne", "net", "nom", "or", "org", "sch"];
    let host = without_port(host);
    if host.starts_with('[') {
        return host;
    }
    let labels: Vec<&str> = host.rsplit('.').take(3).collect();
    let kept = match labels[..] {
        [last, second, _] if last.len() == 2 && SECOND_LEVELS.contains(&second) => 3,
        _ => 2,
    };
    let length = labels.iter().take(kept).map(|label| label.len() + 1).sum::<usize>().saturating_sub(1);
    &host[host.len() - length..]
}

/// A domain without its port; the brackets of an IPv6 address stay.
fn without_port(domain: &str) -> &str {
    let end = match domain.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(bracket) => bracket + 2,
        None => domain.find(':').unwrap_or(domain.len()),
    };
    domain[..end].trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registered_part_of_a_name_is_guessed_by_its_labels() {
        for (host, expected) in [
            ("a.test", "a.test"),
            ("x.y.a.test", "a.test"),
            ("x.a.co.uk", "a.co.uk"),
            ("co.uk", "co.uk"),
            ("test", "test"),
            ("x.a.test:8443", "a.test"),
            ("x.a.test.", "a.test"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("[2001:db8::1]:8443", "[2001:db8::1]"),
            ("", ""),
        ] {
            assert_eq!(registrable(host), expected, "{host}");
        }
    }

    #[test]
    fn ports_case_and_trailing_dots_make_no_other_site() {
        let site = Site::of_domain("x.a.test");
        for same in ["X.A.test", "x.a.test:8443", "x.a.test.", "x.a.test.:1"] {
            assert_eq!(Site::of_domain(same), site, "{same}");
        }
        for same in ["https://x.a.test/1", "http://X.a.test:81/2?3", "https://x.a.test./"] {
            assert_eq!(Site::of(&Url::parse(same).unwrap()), site, "{same}");
        }
        assert_eq!(Site::of(&Url::parse("data:,x").unwrap()).host, "");
    }
}
