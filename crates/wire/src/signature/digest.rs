//! What a body's digest is, in the header of each dialect.

use aws_lc_rs::digest::{SHA256, digest as hash};
use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::Problem;
use super::fields::{Item, Member, dictionary};

/// Base64 as others write it, with its padding or without.
pub(super) const BASE64: GeneralPurpose =
    GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// The SHA-256 of a body, made once however often that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sha256 {
    base64: String,
}

impl Sha256 {
    pub fn of(body: &[u8]) -> Sha256 {
        Sha256 { base64: STANDARD.encode(hash(&SHA256, body)) }
    }

    /// As the headers below tell it.
    pub fn base64(&self) -> &str {
        &self.base64
    }

    /// The `Digest` header. Source: RFC 3230
    pub fn digest(&self) -> String {
        format!("SHA-256={}", self.base64)
    }

    /// The `Content-Digest` header. Source: RFC 9530
    pub fn content_digest(&self) -> String {
        format!("sha-256=:{}:", self.base64)
    }
}

/// The `Digest` header of a body.
pub fn digest(body: &[u8]) -> String {
    Sha256::of(body).digest()
}

/// The `Content-Digest` header of a body.
pub fn content_digest(body: &[u8]) -> String {
    Sha256::of(body).content_digest()
}

/// Whether a `Digest` header tells the SHA-256 of `body`, among others perhaps.
pub fn check_digest(header: &str, body: &[u8]) -> Result<(), Problem> {
    check(&read_digest(header)?, body)
}

/// Whether a `Content-Digest` header tells the SHA-256 of `body`, among others perhaps.
///
/// Errors: `Malformed` for what is no such header.
pub fn check_content_digest(header: &str, body: &[u8]) -> Result<(), Problem> {
    check(&read_content_digest(header)?, body)
}

/// The SHA-256 that a `Digest` header states.
pub(super) fn read_digest(header: &str) -> Result<Vec<u8>, Problem> {
    let mut told = header.split(',').filter_map(|part| part.trim().split_once('=')).filter(|(name, _)| name.eq_ignore_ascii_case("sha-256"));
    let (_, value) = told.next().ok_or(Problem::Refused("the digest is not one of SHA-256"))?;
    if told.next().is_some() {
        return Err(Problem::Refused("the digest has SHA-256 twice"));
    }
    sized(BASE64.decode(value).map_err(|_| Problem::Refused("the digest is not base64"))?)
}

/// The SHA-256 that a `Content-Digest` header states.
pub(super) fn read_content_digest(header: &str) -> Result<Vec<u8>, Problem> {
    let digests = dictionary(header).ok_or(Problem::Malformed("the content-digest cannot be read"))?;
    let sha256 = digests.into_iter().find(|entry| entry.name == "sha-256").ok_or(Problem::Refused("the content-digest is not one of SHA-256"))?;
    let Member::Item(Item::Bytes(told)) = sha256.member else { return Err(Problem::Malformed("the content-digest has no bytes")) };
    sized(told)
}

/// What has another length is the digest of no body.
fn sized(digest: Vec<u8>) -> Result<Vec<u8>, Problem> {
    if digest.len() == SHA256.output_len() { Ok(digest) } else { Err(Problem::Refused("the digest has not the length of SHA-256")) }
}

/// Whether `digest` is the SHA-256 of `body`, to the last byte.
pub(super) fn check(digest: &[u8], body: &[u8]) -> Result<(), Problem> {
    if digest == hash(&SHA256, body).as_ref() { Ok(()) } else { Err(Problem::Refused("the digest is not that of the body")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_right_sha_256_is_a_digest() {
        let right = digest(b"hello");
        assert_eq!(right, "SHA-256=LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
        for header in
            [right.clone(), right.replace("SHA", "sha"), format!("SHA-512=x==,{right}"), format!("{right}, MD5=abc"), right.replace("CQ=", "CQ")]
        {
            assert_eq!(check_digest(&header, b"hello"), Ok(()), "{header}");
        }
        for header in ["", "SHA-512=x==", "SHA-256=", "SHA-256=LPJN", "SHA-256", &format!("{right},{right}"), &digest(b"other")] {
            assert!(matches!(check_digest(header, b"hello"), Err(Problem::Refused(_))), "{header}");
        }
    }

    #[test]
    fn a_content_digest_is_right_wrong_or_none() {
        let right = content_digest(b"hello");
        assert_eq!(check_content_digest(&right, b"hello"), Ok(()));
        assert_eq!(check_content_digest(&format!("sha-512=:eA==:, {right}"), b"hello"), Ok(()));
        assert!(matches!(check_content_digest(&right, b"other"), Err(Problem::Refused(_))));
        assert!(matches!(check_content_digest("sha-512=:eA==:", b"hello"), Err(Problem::Refused(_))));
        for header in ["sha-256=abc", "sha-256=:!:", "SHA-256=:eA==:", "sha-256=\"x\"", "=,"] {
            assert!(matches!(check_content_digest(header, b"hello"), Err(Problem::Malformed(_))), "{header}");
        }
    }
}
