//! The master key and what it seals: every secret in the database is a row that only it opens.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use store::Db;

use crate::clock::random;
use crate::{Error, Result};

/// Bytes of the master key.
pub const MASTER_KEY_BYTES: usize = 32;

/// Seals and opens secrets. `Debug` shows nothing of the key.
#[derive(Clone)]
pub struct MasterKey(Arc<LessSafeKey>);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

impl MasterKey {
    pub fn new(bytes: &[u8; MASTER_KEY_BYTES]) -> Result<MasterKey> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| Error::internal("the master key has the wrong length"))?;
        Ok(MasterKey(Arc::new(LessSafeKey::new(key))))
    }

    /// Seals `secret` for the place `name`: it opens nowhere else.
    pub fn seal(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut sealed = secret.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name.as_bytes()), &mut sealed)
            .map_err(|_| Error::internal("a secret cannot be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Errors: `Internal` when the key is not the one that sealed it.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong =
            || Error::internal(format!("the secret {name} does not open with this master_key; put back the master_key this database was made with"));
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or_else(wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut opened = rest.to_vec();
        let secret = self.0.open_in_place(nonce, Aad::from(name.as_bytes()), &mut opened).map_err(|_| wrong())?;
        Ok(secret.to_vec())
    }
}

/// The instance's own secrets, opened. `Debug` shows none.
#[derive(Clone)]
pub struct Secrets {
    /// Makes access tokens, so that the same token can be handed out again without being stored.
    token: hmac::Key,
    /// Signs what a form must bring back.
    form: hmac::Key,
    /// Signs pushes.
    vapid: Arc<EcdsaKeyPair>,
    /// Public half of the Web Push key, URL-safe base64.
    pub vapid_public_key: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    pub(crate) fn new(token: &[u8], form: &[u8], vapid: EcdsaKeyPair) -> Secrets {
        let key = |bytes| hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let vapid_public_key = URL_SAFE_NO_PAD.encode(vapid.public_key().as_ref());
        Secrets { token: key(token), form: key(form), vapid: Arc::new(vapid), vapid_public_key }
    }

    /// The ES256 signature of `message` with the Web Push key.
    pub(crate) fn sign_push(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature = self.vapid.sign_digest(&digest(&SHA256, message)).map_err(|_| Error::internal("a push cannot be signed"))?;
        Ok(signature.as_ref().to_vec())
    }

    /// The access token of a row: always the same for the same row, unknowable without the key.
    pub fn access_token(&self, id: store::TokenId) -> String {
        let tag = hmac::sign(&self.token, format!("access token {id}").as_bytes());
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }

    /// The token that a mail carries: made from its row, so that a mail sent twice has the same one, and from what it
    /// is bound to, so that it dies with it.
    pub(crate) fn mail_token(&self, user: store::UserId, purpose: &str, created_at: i64, bound_to: &str) -> String {
        let tag = hmac::sign(&self.token, format!("mail token {user} {purpose} {created_at}\n{bound_to}").as_bytes());
        URL_SAFE_NO_PAD.encode(tag.as_ref())
    }

    /// The token a form of the session `of` must bring back.
    pub fn form_token(&self, of: &str) -> String {
        hex::encode(hmac::sign(&self.form, of.as_bytes()))
    }

    /// Compares in constant time.
    pub fn is_form_token(&self, of: &str, token: &str) -> bool {
        hex::decode(token).is_ok_and(|tag| hmac::verify(&self.form, of.as_bytes(), &tag).is_ok())
    }
}

/// What is kept of a token, a code or an application's secret.
pub fn hash(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// Opens the secret `name`, or makes it with `make`, seals and keeps it.
pub(crate) async fn find_or_make(db: &Db, key: &MasterKey, name: &'static str, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let kept = db.read(move |r| async move { Ok::<_, Error>(store::secrets::find(&r, name).await?) }).await?;
    if let Some(sealed) = kept {
        return key.open(name, &sealed);
    }
    let sealed = key.seal(name, &make()?)?;
    let kept = db
        .write(move |tx| async move {
            store::secrets::insert(&tx, name, sealed).await?;
            Ok::<_, Error>(store::secrets::find(&tx, name).await?)
        })
        .await?;
    key.open(name, &kept.ok_or_else(|| Error::internal("a secret that was just kept is not there"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_with_its_key_and_name() {
        let (one, two) = (MasterKey::new(&[1; 32]).unwrap(), MasterKey::new(&[2; 32]).unwrap());
        let sealed = one.seal("vapid", b"secret").unwrap();
        assert_eq!(one.open("vapid", &sealed).unwrap(), b"secret");
        assert!(two.open("vapid", &sealed).is_err());
        assert!(one.open("cookie", &sealed).is_err());
        assert!(one.open("vapid", &sealed[..5]).is_err());
    }
}
