//! The claims of OpenID Connect about the viewer.

use wire::mastodon as m;

use super::account::accounts;
use crate::{App, Error, Result, Viewer};

/// Errors: `NotFound` when the account is gone.
pub async fn userinfo(app: &App, viewer: &Viewer) -> Result<m::OAuthUserinfo> {
    let own = accounts(app, vec![viewer.account_id]).await?.pop().ok_or_else(Error::not_found)?;
    Ok(m::OAuthUserinfo {
        iss: format!("{}/", app.urls().base),
        sub: own.uri,
        name: own.display_name,
        preferred_username: own.username,
        profile: own.url,
        picture: own.avatar,
    })
}
