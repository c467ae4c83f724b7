//! Tokens that arrive by mail and show that the mail was read: made from their row, kept as hashes.
//!
//! A token is also made from what it is for: the address it was sent to, and for a new password the current password's
//! hash. Where one of them has changed since, the token no longer matches its row and is dead.

use store::user_tokens;
use store::users::{self, User};
use store::{Reader, Tx, UserId};

use crate::clock::DAY_MS;
use crate::queue::Letter;
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

    /// What a token dies with. Neither addresses nor password hashes contain a line break.
    fn bound_to(self, user: &User) -> String {
        match self {
            Purpose::Confirm => user.email.clone(),
            Purpose::Reset => format!("{}\n{}", user.email, user.password_hash),
        }
    }

    /// Whether this login may use such a link at all.
    const fn is_open_to(self, user: &User) -> bool {
        match self {
            Purpose::Confirm => !user.suspended,
            Purpose::Reset => !user.suspended && !user.disabled,
        }
    }

    fn token(self, app_secrets: &Secrets, user: &User, created_at: i64) -> String {
        app_secrets.mail_token(user.id, self.word(), created_at, &self.bound_to(user))
    }
}

/// What the link in a letter is for; `None` for one that has no such link.
pub(crate) fn purpose(letter: Letter) -> Option<Purpose> {
    match letter {
        Letter::Confirm => Some(Purpose::Confirm),
        Letter::Reset => Some(Purpose::Reset),
        Letter::PasswordChanged | Letter::Approved => None,
    }
}

/// Puts a new token for `user`, as they are now, in the place of an older one.
pub(crate) async fn issue(tx: &Tx, app_secrets: &Secrets, user: &User, purpose: Purpose) -> Result<()> {
    let now = tx.now();
    let hash = secrets::hash(&purpose.token(app_secrets, user, now));
    Ok(user_tokens::replace(tx, user.id, purpose.word(), &hash, now, purpose.life_ms()).await?)
}

/// The token as it goes into a mail to `user`, if there is one that still works.
pub(crate) async fn find(r: &Reader, app_secrets: &Secrets, user: &User, purpose: Purpose, now_ms: i64) -> Result<Option<String>> {
    let row = user_tokens::find_of_user(r, user.id, purpose.word(), now_ms).await?;
    let token = row.map(|row| (purpose.token(app_secrets, user, row.created_at), row));
    Ok(token.filter(|(token, row)| secrets::hash(token) == row.token_hash && purpose.is_open_to(user)).map(|(token, _)| token))
}

/// Whose token this is, if it still works for this purpose.
pub(crate) async fn owner(r: &Reader, app_secrets: &Secrets, token: &str, purpose: Purpose, now_ms: i64) -> Result<Option<User>> {
    let row = user_tokens::find(r, &secrets::hash(token), now_ms).await?.filter(|row| row.purpose == purpose.word());
    let Some(row) = row else { return Ok(None) };
    let user = users::find(r, row.user_id).await?.filter(|user| purpose.is_open_to(user));
    Ok(user.filter(|user| secrets::hash(&purpose.token(app_secrets, user, row.created_at)) == row.token_hash))
}

/// As [`owner`], with the login locked: nobody changes it until the transaction ends.
pub(crate) async fn claim(tx: &Tx, app_secrets: &Secrets, token: &str, purpose: Purpose, now_ms: i64) -> Result<Option<User>> {
    let Some(row) = user_tokens::find(tx, &secrets::hash(token), now_ms).await? else { return Ok(None) };
    users::lock(tx, row.user_id).await?;
    owner(tx, app_secrets, token, purpose, now_ms).await
}

/// The user's tokens for this purpose work no more.
pub(crate) async fn withdraw(tx: &Tx, user: UserId, purpose: Purpose) -> Result<()> {
    Ok(user_tokens::delete_of_user(tx, user, purpose.word()).await?)
}
