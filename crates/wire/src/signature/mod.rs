//! HTTP signatures: who says a request. Two dialects are spoken: that of an old draft ([`cavage`]), which
//! everybody understands, and the standard ([`rfc9421`]).
//!
//! Source: datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12; RFC 9421

pub mod cavage;
pub mod digest;
mod fields;
pub mod key;
pub mod rfc9421;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use url::Url;

pub use digest::Sha256;
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
    /// Of its body, which is sent as [`ACTIVITY_TYPE`].
    pub body: Option<&'a Sha256>,
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

/// A request that came.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// In capitals.
    pub method: &'a str,
    /// Scheme and host that the world knows us by, such as `https://here.test`: a proxy may have changed both.
    pub base: &'a str,
    /// Path and query, as they came.
    pub target: &'a str,
    /// Names in lower case; one that came twice is there twice.
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
    /// Milliseconds UTC.
    pub now_ms: i64,
}

impl Incoming<'_> {
    /// A header's value, those of one that came several times joined; `None` if it did not come.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self.headers.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.trim()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Whether there is something whose digest must be signed.
    fn has_body(&self) -> bool {
        !self.body.is_empty() || !matches!(self.method, "GET" | "HEAD")
    }
}

/// Why a request does not say who sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not signed.
    Missing,
    /// Its headers cannot be read.
    Malformed(&'static str),
    /// Its signature proves nothing, for this reason.
    Refused(&'static str),
}

/// Algorithms a signature can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Rsa,
    Ed25519,
    /// The key decides.
    OfKey,
}

/// A signature that is good if the key says so: what it covers is enough, and is so, and it is of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub key_id: String,
    algorithm: Algorithm,
    signature: Vec<u8>,
    /// What may have been signed, by how the signer understood the rules.
    texts: Vec<String>,
    /// The SHA-256 that the headers state, if it is signed.
    digest: Option<Vec<u8>>,
}

impl Claim {
    /// Whether the body is the one that was signed. A request whose body must be signed has no claim without its digest.
    pub fn check_body(&self, body: &[u8]) -> Result<(), Problem> {
        self.digest.as_ref().map_or(Ok(()), |digest| digest::check(digest, body))
    }

    /// Whether the holder of `key` signed.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        let fits = match key {
            PublicKey::Rsa(_) => self.algorithm != Algorithm::Ed25519,
            PublicKey::Ed25519(_) => self.algorithm != Algorithm::Rsa,
        };
        fits && self.texts.iter().any(|text| key.verifies(text.as_bytes(), &self.signature))
    }
}

/// Bytes of a signature's headers, and of a key's address.
const HEADER_MAX: usize = 8 * 1024;
const KEY_ID_MAX: usize = 2 * 1024;
const HOUR_MS: i64 = 3_600_000;
/// How far the clocks of two servers may differ.
const SKEW_MS: i64 = HOUR_MS;
/// How long a signature is good that does not say so, and how long it can be at most.
const LIFE_MS: i64 = 5 * 60_000;
const LIFE_MAX_MS: i64 = 12 * HOUR_MS;

/// Reads who says a request, in either dialect. All is checked but the signature itself, which wants the key:
/// [`Claim::is_by`].
pub fn read(request: &Incoming<'_>) -> Result<Claim, Problem> {
    let claim = read_headers(request)?;
    claim.check_body(request.body)?;
    Ok(claim)
}

/// As [`read`], before the body is there: whether a signature is present and well-formed, of now, and covers what it
/// must. Only [`Claim::check_body`] remains to be asked.
pub fn read_headers(request: &Incoming<'_>) -> Result<Claim, Problem> {
    let is_long = |name: &str| request.headers.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.len()).sum::<usize>() > HEADER_MAX;
    if is_long("signature") || is_long("signature-input") {
        return Err(Problem::Refused("the signature is too long"));
    }
    match (request.header("signature-input"), request.header("signature")) {
        (Some(input), Some(signature)) => rfc9421::read(request, &input, &signature),
        (Some(_), None) => Err(Problem::Malformed("there is no signature")),
        (None, Some(signature)) => cavage::read(request, &signature),
        (None, None) => Err(Problem::Missing),
    }
}

/// Whether a signature made at `created` is one of now. All in milliseconds UTC.
fn check_time(created: i64, expires: Option<i64>, now: i64) -> Result<(), Problem> {
    if created > now.saturating_add(SKEW_MS) {
        return Err(Problem::Refused("it was signed in the future"));
    }
    let expires = expires.unwrap_or(created.saturating_add(LIFE_MS)).min(created.saturating_add(LIFE_MAX_MS));
    if now > expires.saturating_add(SKEW_MS) {
        return Err(Problem::Refused("it was signed too long ago"));
    }
    Ok(())
}

fn check_key_id(key_id: &str) -> Result<(), Problem> {
    let reads = !key_id.is_empty() && key_id.len() <= KEY_ID_MAX;
    if reads { Ok(()) } else { Err(Problem::Refused("the key's address is empty or too long")) }
}

#[cfg(test)]
mod tests;
