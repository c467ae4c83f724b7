//! Keys, read once and used often.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, ParsedPublicKey, RSA_PKCS1_SHA256, RsaKeyPair};

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
