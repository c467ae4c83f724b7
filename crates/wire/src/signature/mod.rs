//! HTTP signatures: who says a request. Two dialects are spoken: that of an old draft ([`cavage`]), which
//! everybody understands, and the standard ([`rfc9421`]).
//!
//! Source: datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12; RFC 9421

pub mod cavage;
pub mod digest;
pub mod key;
pub mod rfc9421;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use url::Url;

pub use key::{PublicKey, SigningKey, Unusable};

/// The type that activities are sent as.
pub const ACTIVITY_TYPE: &str = "application/activity+json";

/// A header to be sent.
pub type Header = (&'static str, String);

/// How a request is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    #[default]
    Cavage,
    Rfc9421,
}

/// A request to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// In capitals.
    pub method: &'a str,
    pub url: &'a Url,
    /// Sent as [`ACTIVITY_TYPE`].
    pub body: Option<&'a [u8]>,
    /// Milliseconds UTC.
    pub now_ms: i64,
}

/// The headers that say that the holder of `key`, which others find at `key_id`, sends this request: `date`, for a
/// body its digest and `content-type`, and the signature. All of them are to be sent as they are, and `host` as
/// [`host_of`] has it.
///
/// Errors: a key that cannot sign, which does not happen with one that was read.
pub fn sign(key: &SigningKey, key_id: &str, request: &Outgoing<'_>, dialect: Dialect) -> Result<Vec<Header>, Unusable> {
    match dialect {
        Dialect::Cavage => cavage::sign(key, key_id, request),
        Dialect::Rfc9421 => rfc9421::sign(key, key_id, request),
    }
}

/// What the `Host` header of a request to `url` says: with the port, unless it is the scheme's own.
pub fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A moment as the `Date` header has it, such as `Thu, 01 Jan 2026 12:00:00 GMT`. Source: RFC 9110, section 5.6.7
pub fn http_date(ms: i64) -> String {
    let moment = Timestamp::from_millisecond(ms).unwrap_or_default();
    DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap_or_default()
}
