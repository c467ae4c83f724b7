//! PATCH /api/v1/accounts/update_credentials

use app::accounts::update::{self, Change, Defaults};
use app::{App, present};
use axum::Json;
use axum::extract::State;
use wire::Shared;
use wire::mastodon::CredentialAccount;

use crate::error::Result;
use crate::extract::viewer::WriteAccounts;
use crate::extract::{Params, Upload};

/// Source: docs.joinmastodon.org/methods/accounts/#update_credentials
pub async fn handler(State(app): State<App>, upload: Upload<WriteAccounts>) -> Result<Json<Shared<CredentialAccount>>> {
    let Upload { viewer, params } = upload;
    update::update(&app, &viewer, change(params)?).await?;
    Ok(Json(present::account::credentials(&app, &viewer).await?))
}

/// What is asked for; also for the profile's own endpoint.
pub fn change(params: Params) -> Result<Change> {
    let params = &params;
    let fields = |rows: Vec<Params>| -> Result<Vec<(String, String)>> {
        rows.iter().map(|row| Ok((row.text("name")?.unwrap_or_default(), row.text("value")?.unwrap_or_default()))).collect()
    };
    Ok(Change {
        display_name: params.text("display_name")?,
        note: params.text("note")?,
        avatar: params.picture("avatar")?,
        header: params.picture("header")?,
        avatar_description: params.text("avatar_description")?,
        header_description: params.text("header_description")?,
        locked: params.flag("locked")?,
        bot: params.flag("bot")?,
        discoverable: params.flag("discoverable")?,
        indexable: params.flag("indexable")?,
        hide_collections: params.flag("hide_collections")?,
        show_media: params.flag("show_media")?,
        show_media_replies: params.flag("show_media_replies")?,
        show_featured: params.flag("show_featured")?,
        attribution_domains: params.list("attribution_domains")?,
        fields: params.children("fields_attributes").map(fields).transpose()?,
        defaults: match params.inside("source") {
            None => Defaults::default(),
            Some(source) => Defaults {
                privacy: source.filled("privacy")?,
                sensitive: source.flag("sensitive")?,
                language: source.text("language")?,
                quote_policy: source.filled("quote_policy")?,
            },
        },
    })
}
