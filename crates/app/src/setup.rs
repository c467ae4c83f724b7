//! What the first start makes: the instance's identity, sealed secrets and the instance actor.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use store::accounts::{INSTANCE_ACTOR, NewAccount};
use store::{Db, accounts, keypairs};

use crate::app::{Options, Target};
use crate::clock::random;
use crate::federation::keys;
use crate::secrets::{MasterKey, Secrets, find_or_make};
use crate::urls::Urls;
use crate::{Error, Result};

/// The actor that speaks for the instance, named as in Mastodon.
pub(crate) const INSTANCE_ACTOR_NAME: &str = "mastodon.internal";
const ACTOR_TYPE_APPLICATION: i64 = 2;

/// Fixes the domains at the first start and refuses to run with others later: every URL ever sent
/// out depends on them.
pub(crate) async fn check_identity(db: &Db, urls: &Urls) -> Result<()> {
    let wanted = [("account_domain", urls.account_domain.clone()), ("web_domain", urls.web_domain.clone())];
    for (name, value) in wanted {
        let given = value.clone();
        let kept = db
            .write(move |tx| async move {
                store::settings::set_identity(&tx, name, &given).await?;
                Ok::<_, Error>(store::settings::identity(&tx, name).await?)
            })
            .await?;
        if kept.as_deref() != Some(value.as_str()) {
            return Err(Error::internal(format!(
                "server.{name} is {value:?}, but this database was made for {:?}; other servers know its accounts by that name, so it cannot change. Put the old value back, or use another data directory",
                kept.unwrap_or_default()
            )));
        }
    }
    Ok(())
}

/// Opens the instance's secrets, making those that are missing.
pub(crate) async fn secrets(db: &Db, key: &MasterKey) -> Result<Secrets> {
    let token = find_or_make(db, key, "token_key", || Ok(random::<32>()?.to_vec())).await?;
    let form = find_or_make(db, key, "form_key", || Ok(random::<32>()?.to_vec())).await?;
    let vapid = find_or_make(db, key, "vapid_key", || {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).and_then(|pair| pair.to_pkcs8v1());
        Ok(pair.map_err(|_| Error::internal("no Web Push key can be made"))?.as_ref().to_vec())
    })
    .await?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &vapid).map_err(|_| Error::internal("the Web Push key cannot be read"))?;
    Ok(Secrets::new(&token, &form, pair))
}

/// Makes the instance actor and its key pair unless they are there.
pub(crate) async fn instance_actor(db: &Db, options: &Options) -> Result<()> {
    let there = db.read(|r| async move { Ok::<_, Error>(keypairs::find_own(&r, INSTANCE_ACTOR).await?.is_some()) }).await?;
    if there {
        return Ok(());
    }
    let pair = keys::make(&options.master_key, INSTANCE_ACTOR).await?;
    let actor = NewAccount {
        id: INSTANCE_ACTOR,
        username: INSTANCE_ACTOR_NAME.into(),
        domain: String::new(),
        uri: options.urls.instance_actor_uri(),
        url: None,
        actor_type: ACTOR_TYPE_APPLICATION,
        display_name: String::new(),
        locked: true,
    };
    db.write(move |tx| async move {
        accounts::insert(&tx, &actor).await?;
        keypairs::insert_own(&tx, INSTANCE_ACTOR, keypairs::RSA, keys::FRAGMENT, &pair.public_key, pair.sealed).await?;
        Ok(())
    })
    .await
}

/// Applies pending migrations. An SQLite database that was migrated before is copied first, so that
/// an upgrade can be taken back.
pub(crate) async fn migrate(db: &Db, options: &Options) -> Result<()> {
    let status = store::migrate::status(db).await.map_err(Error::internal)?;
    if let (Target::Sqlite { path, .. }, Some((version, _)), false) = (&options.database, status.pending.first(), status.applied.is_empty()) {
        let mut copy = path.clone().into_os_string();
        copy.push(format!(".before-{version}"));
        let copy = std::path::PathBuf::from(copy);
        if !copy.exists() {
            tracing::info!(copy = %copy.display(), "copying the database before it is migrated");
            db.snapshot_to(copy).await.map_err(Error::internal)?;
        }
    }
    store::migrate::migrate(db, options.clock.now_ms()).await.map_err(Error::internal)?;
    Ok(())
}
