//! What a body's digest is, in the header of each dialect.

use aws_lc_rs::digest::{SHA256, digest as hash};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The `Digest` header. Source: RFC 3230
pub fn digest(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(hash(&SHA256, body)))
}

/// The `Content-Digest` header. Source: RFC 9530
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(hash(&SHA256, body)))
}
