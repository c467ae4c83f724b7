//! Changes of what a login rests on (address, password, whether it is disabled), and what ends with each.
//!
//! | change | links to a new password | confirmations | sessions | tokens, codes, Web Push | sockets |
//! |---|---|---|---|---|---|
//! | address | end | end | stay | stay | close, may open again |
//! | password | end | stay | end | end | close |
//! | disabled | end | stay | end | codes end; tokens and Web Push rest until the login is enabled | close |
//! | deleted | end | end | end | end | close |
//!
//! A link in a mail is also made from the address and the password it is for (`one_time`), so it would be dead even if
//! its row stayed. Every change locks the login first: a sign-in, a link or a code that is used at the same moment either
//! comes before and is ended, or comes after and is refused.

use store::users::{self, User};
use store::{Tx, oauth, sessions};

use crate::accounts::one_time::{self, Purpose};
use crate::bus::{self, Event};
use crate::{Error, Result};

/// Another address: what was sent to the old one opens nothing any more.
///
/// Errors: `Invalid` for an address somebody else has.
pub(crate) async fn change_email(tx: &Tx, user: &User, email: &str) -> Result<()> {
    if !users::set_email(tx, user.id, email).await? {
        return Err(Error::invalid("invalid-email-taken"));
    }
    one_time::withdraw(tx, user.id, Purpose::Reset).await?;
    one_time::withdraw(tx, user.id, Purpose::Confirm).await?;
    bus::publish(tx, &Event::UserChanged { account: user.account_id });
    Ok(())
}

/// Another password, as its hash: everything that was reached with the old one ends.
pub(crate) async fn change_password(tx: &Tx, user: &User, hash: &str) -> Result<()> {
    users::set_password(tx, user.id, hash).await?;
    one_time::withdraw(tx, user.id, Purpose::Reset).await?;
    revoke_access(tx, user).await
}

/// Disabled, a login may do nothing; enabled again, it has the tokens it had, but no session, code or link.
pub(crate) async fn set_disabled(tx: &Tx, user: &User, disabled: bool) -> Result<()> {
    users::set_disabled(tx, user.id, disabled).await?;
    if disabled {
        one_time::withdraw(tx, user.id, Purpose::Reset).await?;
        sessions::delete_of_user(tx, user.id).await?;
        oauth::delete_grants_of_user(tx, user.id).await?;
    }
    bus::publish(tx, &Event::UserChanged { account: user.account_id });
    Ok(())
}

/// Everything ends: the account is deleted.
pub(crate) async fn close(tx: &Tx, user: &User) -> Result<()> {
    one_time::withdraw(tx, user.id, Purpose::Reset).await?;
    one_time::withdraw(tx, user.id, Purpose::Confirm).await?;
    revoke_access(tx, user).await
}

async fn revoke_access(tx: &Tx, user: &User) -> Result<()> {
    sessions::delete_of_user(tx, user.id).await?;
    let revoked = oauth::revoke_tokens_of_user(tx, user.id).await?;
    bus::publish(tx, &Event::Revoked { tokens: revoked });
    bus::publish(tx, &Event::UserChanged { account: user.account_id });
    Ok(())
}
