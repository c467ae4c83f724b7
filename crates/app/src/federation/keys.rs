//! Keys: our own to sign with, those of others to verify with.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use store::{AccountId, keypairs};
use url::Url;
use wire::signature::{self, Outgoing, Sha256, SigningKey};

pub use wire::signature::{Dialect, Header};

pub use crate::cache::keyring::Own;
use crate::secrets::MasterKey;
use crate::{App, Error, Result};

/// The fragment of our keys' addresses.
pub(crate) const FRAGMENT: &str = "#main-key";
const PEM_COLUMNS: usize = 64;

/// The headers that sign a request by a local account (or the instance actor) in the dialect that everybody
/// understands: `date`, `signature`, and for a body `digest` and `content-type`. Send all of them; the `host` they
/// are good for is that of `url`, with its port unless it is the scheme's own.
pub async fn sign(app: &App, account: AccountId, method: &str, url: &Url, body: Option<&Sha256>) -> Result<Vec<Header>> {
    sign_with(app, Dialect::Cavage, account, method, url, body).await
}

/// As [`sign`], in either dialect. That of RFC 9421 has the headers `date`, `signature-input`, `signature`, and for a
/// body `content-digest` and `content-type`.
pub async fn sign_with(app: &App, dialect: Dialect, account: AccountId, method: &str, url: &Url, body: Option<&Sha256>) -> Result<Vec<Header>> {
    let own = own(app, account).await?;
    let request = Outgoing { method, url, body, now_ms: app.now_ms() };
    signature::sign(&own.key, &own.id, &request, dialect).map_err(Error::internal)
}

/// The key of a local account or the instance actor, made when it is first asked for.
pub async fn own(app: &App, account: AccountId) -> Result<Arc<Own>> {
    let load = async { load(app, account).await.map(Arc::new) };
    let found = app.keys.own.get_or_insert_async(&account, load).await;
    found.map_err(|error| Error::internal(format!("the key of account {account}: {error}")))
}

async fn load(app: &App, account: AccountId) -> Result<Own> {
    let find = || app.read(move |r| async move { Ok(keypairs::find_own(&r, account).await?) });
    let found = match find().await? {
        Some(found) => found,
        None => {
            make_for(app, account).await?;
            find().await?.ok_or_else(|| Error::internal("it cannot be found again"))?
        }
    };
    let private = app.options.master_key.open(&sealed_name(account), &found.sealed_private_key)?;
    let key = SigningKey::rsa(&private).map_err(Error::internal)?;
    Ok(Own { id: found.uri, public_key_pem: found.public_key, key })
}

async fn make_for(app: &App, account: AccountId) -> Result<()> {
    let local = app.read(move |r| async move { Ok(store::accounts::find(&r, account).await?) }).await?.is_some_and(|account| account.is_local());
    if !local {
        return Err(Error::internal("it is not an account of this server"));
    }
    let _permit = app.keys.making.acquire().await.map_err(Error::internal)?;
    let pair = make(&app.options.master_key, account).await?;
    app.write(move |tx| async move {
        keypairs::insert_own(&tx, account, keypairs::RSA, FRAGMENT, &pair.public_key, pair.sealed).await?;
        Ok(())
    })
    .await
}

/// A key pair to be kept.
pub(crate) struct NewPair {
    /// PEM.
    pub public_key: String,
    /// PKCS#8, sealed.
    pub sealed: Vec<u8>,
}

/// Makes a key pair for a local account.
pub(crate) async fn make(master: &MasterKey, account: AccountId) -> Result<NewPair> {
    let (private, public_key) = tokio::task::spawn_blocking(generate).await.map_err(|_| Error::internal("making a key panicked"))??;
    Ok(NewPair { public_key, sealed: master.seal(&sealed_name(account), &private)? })
}

/// The place a private key is sealed for.
fn sealed_name(account: AccountId) -> String {
    format!("keypair {account} {FRAGMENT}")
}

/// PKCS#8 of the private key and PEM of the public one.
fn generate() -> Result<(Vec<u8>, String)> {
    let failed = |_| Error::internal("no RSA key can be made");
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(failed)?;
    let body = STANDARD.encode(public.as_ref());
    let lines: Vec<&str> = body.as_bytes().chunks(PEM_COLUMNS).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    Ok((private.as_ref().to_vec(), format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))))
}
