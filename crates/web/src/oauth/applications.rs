//! /oauth/applications and below: Doorkeeper's pages for administrators, which Mastodon closes to everybody.

use app::Error;

use crate::error::Fail;

/// Source: `admin_authenticator` of Mastodon's Doorkeeper configuration
pub async fn closed() -> Fail {
    Error::forbidden().into()
}
