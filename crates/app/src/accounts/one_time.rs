//! Tokens that arrive by mail and show that the mail was read: made from their row, kept as hashes.

use store::user_tokens::{self, UserToken};
use store::{Reader, Tx, UserId};

use crate::jobs::DAY_MS;
use crate::secrets::Secrets;
use crate::{Result, secrets};

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The address is theirs.
    Confirm,
    /// They may choose a new password.
    Reset,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Purpose::Confirm => "confirm",
            Purpose::Reset => "reset",
        }
    }

    /// How long the link works. Mastodon's times: two days and six hours.
    const fn life_ms(self) -> i64 {
        match self {
            Purpose::Confirm => 2 * DAY_MS,
            Purpose::Reset => DAY_MS / 4,
        }
    }
}

/// Puts a new token in the place of an older one.
pub(crate) async fn issue(tx: &Tx, app_secrets: &Secrets, user: UserId, purpose: Purpose) -> Result<()> {
    let now = tx.now();
    let hash = secrets::hash(&app_secrets.mail_token(user, purpose.word(), now));
    Ok(user_tokens::replace(tx, user, purpose.word(), &hash, now, purpose.life_ms()).await?)
}

/// The user's token as it goes into the mail, if there is one that still works.
pub(crate) async fn find(r: &Reader, app_secrets: &Secrets, user: UserId, purpose: Purpose, now_ms: i64) -> Result<Option<String>> {
    let row = user_tokens::find_of_user(r, user, purpose.word(), now_ms).await?;
    Ok(row.map(|row| app_secrets.mail_token(user, purpose.word(), row.created_at)))
}

/// Whose token this is, if it still works for this purpose.
pub(crate) async fn owner(r: &Reader, token: &str, purpose: Purpose, now_ms: i64) -> Result<Option<UserToken>> {
    Ok(user_tokens::find(r, &secrets::hash(token), now_ms).await?.filter(|row| row.purpose == purpose.word()))
}

/// The user's tokens for this purpose work no more.
pub(crate) async fn use_up(tx: &Tx, user: UserId, purpose: Purpose) -> Result<()> {
    Ok(user_tokens::delete_of_user(tx, user, purpose.word()).await?)
}
