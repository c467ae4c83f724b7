//! Encrypting a push so that only the client can read it: *aes128gcm* of RFC 8291, and *aesgcm*, the
//! draft before it, which older clients' push services still expect.
//!
//! Source: RFC 8188, RFC 8291; draft-ietf-webpush-encryption-04, draft-ietf-httpbis-encryption-encoding-03

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::clock::random;
use crate::{Error, Result};

/// An uncompressed point of P-256.
pub const POINT_BYTES: usize = 65;
const POINT_UNCOMPRESSED: u8 = 4;
pub const AUTH_BYTES: usize = 16;
const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 16;
/// The one record that a push is; its body is shorter.
const RECORD_BYTES: u32 = 4096;
/// Ends the last record.
const LAST: u8 = 2;

/// Clients write base64 in either alphabet, with padding or without.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// What a client has given to encrypt for it.
#[derive(Clone)]
pub struct ClientKeys {
    point: [u8; POINT_BYTES],
    auth: [u8; AUTH_BYTES],
}

impl ClientKeys {
    /// Reads both from base64; `None` unless they are a point of the curve and 16 bytes.
    pub fn read(p256dh: &str, auth: &str) -> Option<ClientKeys> {
        let point: [u8; POINT_BYTES] = decode(p256dh)?.try_into().ok()?;
        let keys = ClientKeys { point, auth: decode(auth)?.try_into().ok()? };
        let own = PrivateKey::generate(&ECDH_P256).ok()?;
        (point[0] == POINT_UNCOMPRESSED && keys.shared_secret(&own).is_ok()).then_some(keys)
    }

    fn shared_secret(&self, own: &PrivateKey) -> Result<Vec<u8>> {
        let wrong = || Error::internal("the client's key is no point of the curve");
        agree(own, UnparsedPublicKey::new(&ECDH_P256, self.point), wrong(), |secret| Ok(secret.to_vec()))
    }
}

/// Base64 of either alphabet to bytes.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE.decode(text.trim()).or_else(|_| STANDARD.decode(text.trim())).ok()
}

/// A key and a salt, made for one push.
struct Once {
    key: PrivateKey,
    salt: [u8; SALT_BYTES],
}

impl Once {
    fn fresh() -> Result<Once> {
        let key = PrivateKey::generate(&ECDH_P256).map_err(|_| Error::internal("no key for a push can be made"))?;
        Ok(Once { key, salt: random()? })
    }

    fn point(&self) -> Result<Vec<u8>> {
        let public = self.key.compute_public_key().map_err(|_| Error::internal("a key has no public half"))?;
        Ok(public.as_ref().to_vec())
    }
}

/// The body of an *aes128gcm* push.
pub fn aes128gcm(keys: &ClientKeys, text: &[u8]) -> Result<Vec<u8>> {
    aes128gcm_with(keys, &Once::fresh()?, text)
}

fn aes128gcm_with(keys: &ClientKeys, once: &Once, text: &[u8]) -> Result<Vec<u8>> {
    let (own, secret) = (once.point()?, keys.shared_secret(&once.key)?);
    let input: [u8; 32] = derive(&keys.auth, &secret, &[b"WebPush: info\0", &keys.point, &own])?;
    let key: [u8; KEY_BYTES] = derive(&once.salt, &input, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; NONCE_LEN] = derive(&once.salt, &input, &[b"Content-Encoding: nonce\0"])?;
    let sealed = encrypt(key, nonce, [text, &[LAST]].concat())?;
    let header = [once.salt.as_slice(), &RECORD_BYTES.to_be_bytes(), &[POINT_BYTES as u8], &own].concat();
    Ok([header, sealed].concat())
}

/// An *aesgcm* push, whose salt and key travel in headers.
pub struct Legacy {
    pub body: Vec<u8>,
    pub salt: Vec<u8>,
    /// Our point for this push.
    pub point: Vec<u8>,
}

/// An *aesgcm* push.
pub fn aesgcm(keys: &ClientKeys, text: &[u8]) -> Result<Legacy> {
    let once = Once::fresh()?;
    let (own, secret) = (once.point()?, keys.shared_secret(&once.key)?);
    let input: [u8; 32] = derive(&keys.auth, &secret, &[b"Content-Encoding: auth\0"])?;
    let length = (POINT_BYTES as u16).to_be_bytes();
    let context = [b"P-256\0".as_slice(), &length, &keys.point, &length, &own].concat();
    let key: [u8; KEY_BYTES] = derive(&once.salt, &input, &[b"Content-Encoding: aesgcm\0", &context])?;
    let nonce: [u8; NONCE_LEN] = derive(&once.salt, &input, &[b"Content-Encoding: nonce\0", &context])?;
    // Two bytes say how much padding follows: none.
    let body = encrypt(key, nonce, [&[0, 0], text].concat())?;
    Ok(Legacy { body, salt: once.salt.to_vec(), point: own })
}

/// HKDF with SHA-256.
fn derive<const N: usize>(salt: &[u8], input: &[u8], info: &[&[u8]]) -> Result<[u8; N]> {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut out = [0; N];
    let key = Salt::new(HKDF_SHA256, salt).extract(input);
    let filled = key.expand(info, Length(N)).and_then(|key| key.fill(&mut out));
    filled.map_err(|_| Error::internal("a key for a push cannot be derived"))?;
    Ok(out)
}

fn encrypt(key: [u8; KEY_BYTES], nonce: [u8; NONCE_LEN], mut text: Vec<u8>) -> Result<Vec<u8>> {
    let failed = |_| Error::internal("a push cannot be encrypted");
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).map_err(failed)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text).map_err(failed)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    /// The example of RFC 8291, Appendix A.
    #[test]
    fn the_example_of_the_standard_comes_out_byte_for_byte() {
        let keys = ClientKeys::read(POINT, AUTH).unwrap();
        let key = decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").unwrap();
        let once = Once {
            key: PrivateKey::from_private_key(&ECDH_P256, &key).unwrap(),
            salt: decode("DGv6ra1nlYgDCS1FRnbzlw").unwrap().try_into().unwrap(),
        };
        let sealed = aes128gcm_with(&keys, &once, b"When I grow up, I want to be a watermelon").unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(sealed, decode(expected).unwrap());
    }

    #[test]
    fn keys_are_read_in_either_alphabet_and_nothing_else_is() {
        let standard = |text: &str| text.replace('-', "+").replace('_', "/");
        assert!(ClientKeys::read(&format!("{POINT}="), &format!("{AUTH}==")).is_some());
        assert!(ClientKeys::read(&standard(POINT), &standard(AUTH)).is_some());
        let off_curve = POINT.replacen('x', "y", 1);
        for (point, auth) in
            [("", AUTH), (POINT, ""), ("nonsense", AUTH), (POINT, "c2hvcnQ"), (&POINT[..80], AUTH), (&off_curve, AUTH), (AUTH, POINT), ("ü", AUTH)]
        {
            assert!(ClientKeys::read(point, auth).is_none(), "{point} {auth}");
        }
    }

    #[test]
    fn no_two_pushes_are_alike() {
        let keys = ClientKeys::read(POINT, AUTH).unwrap();
        assert_ne!(aes128gcm(&keys, b"text").unwrap()[..SALT_BYTES], aes128gcm(&keys, b"text").unwrap()[..SALT_BYTES]);
        let (one, two) = (aesgcm(&keys, b"text").unwrap(), aesgcm(&keys, b"text").unwrap());
        assert!(one.salt != two.salt && one.point != two.point && one.body != two.body);
    }
}
