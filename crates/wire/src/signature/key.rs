//! Keys, read once and used often.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;

use super::digest::BASE64;

/// Bytes of a key's text.
const TEXT_MAX: usize = 8 * 1024;
/// What stands before the bytes of a key in multibase. Source: github.com/multiformats/multicodec
const MULTICODEC_ED25519: [u8; 2] = [0xed, 0x01];
const MULTICODEC_RSA: [u8; 2] = [0x85, 0x24];
/// Characters of a key in multibase: decoding takes the square of it. An RSA key of 8192 bits has 1,450.
const MULTIBASE_MAX: usize = 1_600;
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Why a key is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unusable(pub &'static str);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unusable {}

/// The private half, which signs. `Debug` shows nothing of it.
pub enum SigningKey {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// Reads an RSA key of 2048 bits or more from PKCS#8 in DER.
    pub fn rsa(pkcs8: &[u8]) -> Result<SigningKey, Unusable> {
        RsaKeyPair::from_pkcs8(pkcs8).map(|pair| SigningKey::Rsa(Box::new(pair))).map_err(|_| Unusable("not an RSA key in PKCS#8"))
    }

    /// Reads an Ed25519 key from PKCS#8 in DER.
    pub fn ed25519(pkcs8: &[u8]) -> Result<SigningKey, Unusable> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8);
        pair.map(|pair| SigningKey::Ed25519(Box::new(pair))).map_err(|_| Unusable("not an Ed25519 key in PKCS#8"))
    }

    /// The signature of `message`: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unusable> {
        match self {
            SigningKey::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
                signed.map(|()| signature).map_err(|_| Unusable("the key does not sign"))
            }
            SigningKey::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

/// The public half, which verifies.
pub enum PublicKey {
    Rsa(ParsedPublicKey),
    Ed25519(ParsedPublicKey),
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PublicKey::Rsa(_) => "PublicKey(RSA)",
            PublicKey::Ed25519(_) => "PublicKey(Ed25519)",
        })
    }
}

impl PublicKey {
    /// Reads a key as actors list it: PEM, or multibase as a Multikey has it. RSA or Ed25519.
    ///
    /// Source: FEP-521a; w3.org/TR/cid-1.0, section 2.2.2
    pub fn read(text: &str) -> Result<PublicKey, Unusable> {
        let text = text.trim();
        if text.len() > TEXT_MAX {
            return Err(Unusable("the key is too long"));
        }
        if text.starts_with('-') { of_der(&pem(text)?) } else { multikey(text) }
    }

    /// Whether `signature` is that of `message`: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519. RSA keys have 2048 to 8192
    /// bits; shorter ones verify nothing.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let (PublicKey::Rsa(key) | PublicKey::Ed25519(key)) = self;
        key.verify_sig(message, signature).is_ok()
    }
}

fn of_der(der: &[u8]) -> Result<PublicKey, Unusable> {
    let rsa = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).map(PublicKey::Rsa);
    rsa.or_else(|_| ParsedPublicKey::new(&ED25519, der).map(PublicKey::Ed25519)).map_err(|_| Unusable("neither an RSA nor an Ed25519 key"))
}

/// What is between the first two lines of dashes.
fn pem(text: &str) -> Result<Vec<u8>, Unusable> {
    let mut parts = text.split("-----");
    let (_, label, body) = (parts.next(), parts.next(), parts.next());
    let (Some("BEGIN PUBLIC KEY" | "BEGIN RSA PUBLIC KEY"), Some(body)) = (label, body) else { return Err(Unusable("not a public key in PEM")) };
    let body: String = body.chars().filter(|char| !char.is_ascii_whitespace()).collect();
    BASE64.decode(body).map_err(|_| Unusable("the PEM is not base64"))
}

fn multikey(text: &str) -> Result<PublicKey, Unusable> {
    let encoded = text.strip_prefix('z').filter(|text| text.len() <= MULTIBASE_MAX).ok_or(Unusable("not a key in multibase"))?;
    let bytes = base58(encoded).ok_or(Unusable("the multibase is not base58"))?;
    let parsed = match bytes.split_first_chunk() {
        Some((&MULTICODEC_ED25519, key)) => ParsedPublicKey::new(&ED25519, key).map(PublicKey::Ed25519),
        Some((&MULTICODEC_RSA, key)) => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).map(PublicKey::Rsa),
        _ => return Err(Unusable("neither an RSA nor an Ed25519 key")),
    };
    parsed.map_err(|_| Unusable("the key in multibase is none"))
}

/// Decodes base58 in Bitcoin's alphabet.
fn base58(text: &str) -> Option<Vec<u8>> {
    // The number so far, least byte first.
    let mut number: Vec<u8> = Vec::new();
    for char in text.bytes() {
        let mut carry = BASE58.iter().position(|known| *known == char)?;
        for byte in &mut number {
            carry += usize::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            number.push((carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    let zeros = text.bytes().take_while(|char| *char == b'1').count();
    number.resize(number.len() + zeros, 0);
    number.reverse();
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base58_reads_what_it_was_made_of() {
        assert_eq!(base58("StV1DL6CwTryKyV").unwrap(), b"hello world");
        assert_eq!(base58("1112").unwrap(), [0, 0, 0, 1]);
        assert_eq!(base58("").unwrap(), b"");
        assert_eq!(base58("0OIl"), None);
    }

    #[test]
    fn keys_are_read_in_the_forms_actors_list_them_in() {
        // Source: w3.org/TR/vc-di-eddsa, an example's Multikey.
        assert!(matches!(PublicKey::read("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"), Ok(PublicKey::Ed25519(_))));
        for text in [
            "",
            "z",
            "z6Mk",
            "u6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----",
        ] {
            assert!(PublicKey::read(text).is_err(), "{text}");
        }
        assert!(PublicKey::read(&"z".repeat(9_000)).is_err());
    }
}
