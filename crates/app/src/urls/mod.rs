//! Every URL the server makes. Those of local accounts and statuses never change once made.

pub(crate) mod place;
pub mod remote;

use store::{AccountId, ConversationId, EmojiId, StatusId};
use url::Url;
use wire::webfinger::domain_name;

use self::remote::{Variant, What};

/// The base of all URLs, without a trailing slash, and the two domains.
#[derive(Clone, Debug)]
pub struct Urls {
    /// `https://web_domain`
    pub base: String,
    /// The domain of handles.
    pub account_domain: String,
    /// The domain of URLs.
    pub web_domain: String,
}

impl Urls {
    pub fn account_uri(&self, id: AccountId) -> String {
        format!("{}/ap/users/{id}", self.base)
    }

    /// The address that stands for a local name, whether an account has it or had it.
    pub fn name_uri(&self, username: &str) -> String {
        format!("{}/users/{}", self.base, username.to_lowercase())
    }

    /// The inbox that all accounts share.
    pub fn shared_inbox(&self) -> String {
        format!("{}/inbox", self.base)
    }

    /// A conversation that began here.
    pub fn context_uri(&self, id: ConversationId) -> String {
        format!("{}/contexts/{id}", self.base)
    }

    pub fn emoji_uri(&self, id: EmojiId) -> String {
        format!("{}/emojis/{id}", self.base)
    }

    pub fn instance_actor_uri(&self) -> String {
        format!("{}/actor", self.base)
    }

    /// The page of the instance actor, where it is in Mastodon, too.
    pub fn instance_actor_url(&self) -> String {
        format!("{}/about/more?instance_actor=true", self.base)
    }

    pub fn account_url(&self, username: &str) -> String {
        format!("{}/@{username}", self.base)
    }

    /// Where WebFinger tells of a local account.
    pub fn webfinger_url(&self, username: &str) -> String {
        let resource = format!("acct:{username}@{}", self.account_domain);
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("resource", &resource).finish();
        format!("{}/.well-known/webfinger?{query}", self.base)
    }

    pub fn status_uri(&self, account: AccountId, id: StatusId) -> String {
        format!("{}/ap/users/{account}/statuses/{id}", self.base)
    }

    /// The address of a reblog's activity, which is also its `url`.
    pub fn reblog_uri(&self, account: AccountId, id: StatusId) -> String {
        format!("{}/activity", self.status_uri(account, id))
    }

    pub fn status_url(&self, username: &str, id: StatusId) -> String {
        format!("{}/@{username}/{id}", self.base)
    }

    pub fn tag_url(&self, name: &str) -> String {
        let url = format!("{}/tags/{name}", self.base);
        // Percent-encodes what is not ASCII.
        url::Url::parse(&url).map_or(url, String::from)
    }

    pub fn media_url(&self, key: &str) -> String {
        format!("{}/media/{key}", self.base)
    }

    /// Where something of another server is shown by us; `remote_url` is where it is.
    pub fn remote_media(&self, what: What, id: i64, remote_url: &str, variant: Variant) -> String {
        format!("{}/media/remote/{}/{id}/{}/{}", self.base, what.word(), remote::tag(remote_url), variant.word())
    }

    /// The picture of another server's emoji, and its still form.
    pub fn remote_emoji(&self, id: EmojiId) -> (String, String) {
        let of = |variant: Variant| format!("{}/media/remote/{}/{id}/{}", self.base, What::Emoji.word(), variant.word());
        (of(Variant::Original), of(Variant::Static))
    }

    pub fn missing_avatar(&self) -> String {
        format!("{}/avatars/original/missing.png", self.base)
    }

    pub fn missing_header(&self) -> String {
        format!("{}/headers/original/missing.png", self.base)
    }

    pub fn streaming(&self) -> String {
        self.base.replacen("http", "ws", 1)
    }

    /// Whether a handle's domain is ours: the domain of handles or of addresses, or none, in any spelling that leads here
    /// (upper case, a final dot, another form of an international name, the port we listen on).
    pub fn is_local_domain(&self, domain: &str) -> bool {
        if domain.is_empty() || self.is_ours(domain) {
            return true;
        }
        domain_name(domain).is_some_and(|name| self.is_ours(&name) || self.without_own_port(&name).is_some_and(|name| self.is_ours(name)))
    }

    fn is_ours(&self, domain: &str) -> bool {
        domain.eq_ignore_ascii_case(&self.account_domain) || domain.eq_ignore_ascii_case(&self.web_domain)
    }

    /// The name without its port, if that is the one in our addresses.
    fn without_own_port<'a>(&self, domain: &'a str) -> Option<&'a str> {
        let (name, port) = domain.split_once(':')?;
        let own = url::Url::parse(&self.base).ok()?.port_or_known_default()?;
        (port.parse() == Ok(own)).then_some(name)
    }

    /// The domain of a handle as accounts are stored by it: empty for ours, else an A-label in lower case.
    pub fn domain_key(&self, domain: Option<&str>) -> String {
        match domain {
            Some(domain) if !self.is_local_domain(domain) => domain_name(domain).unwrap_or_else(|| domain.to_lowercase()),
            _ => String::new(),
        }
    }
}

/// The domain of an address as accounts and domain blocks know it: lower case, an A-label, with its port if that is
/// not its scheme's own. `None` if the address has no host or is not http(s).
pub fn domain_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.trim_end_matches('.').to_owned();
    Some(url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

/// Whether a name is one that nobody can have on the Internet: of this machine, its neighbours, or a test.
/// Source: RFC 6761, RFC 9476
pub(crate) fn is_private_name(domain: &str) -> bool {
    let host = domain.split(':').next().unwrap_or(domain);
    matches!(host.rsplit('.').next(), Some("localhost" | "test" | "internal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_an_address_is_normalised() {
        assert_eq!(domain_of("https://BÜCHER.test./x").as_deref(), Some("xn--bcher-kva.test"));
        assert_eq!(domain_of("https://a.test:8443/x").as_deref(), Some("a.test:8443"));
        assert_eq!(domain_of("ftp://a.test"), None);
    }
}
