//! Changing an instance setting.

use store::audit_log::{self, Origin};
use store::{accounts, settings};

use crate::bus::{self, Event};
use crate::settings::{checked, known};
use crate::{App, Error, Result, Words};

/// Changes any setting by its name.
///
/// Errors: `NotFound` for a name that is none, `Malformed` for a value that it cannot have, `Refused` when the
/// configuration pins it.
pub async fn change(app: &App, origin: Origin, name: &str, value: &str) -> Result<()> {
    let known = known(name)?;
    let value = checked(known, value.trim()).map_err(|wanted| Error::malformed(format!("{known} = {value:?}: use {wanted}")))?;
    if known == "site_contact_username" && !value.is_empty() {
        let name = value.clone();
        app.read(
            move |r| async move { accounts::find_by_handle(&r, &name, "").await?.filter(|account| account.id.0 > 0).ok_or_else(Error::not_found) },
        )
        .await?;
    }
    set(app, origin, known, value).await
}

/// Changes a setting for good. Errors: `Refused` when the configuration pins it.
pub async fn set(app: &App, origin: Origin, name: &'static str, value: String) -> Result<()> {
    if app.settings.is_pinned(name) {
        return Err(Error::Refused(Words::new("error-setting-pinned").with("name", name)));
    }
    let json = serde_json::to_string(&value).map_err(Error::internal)?;
    app.write(move |tx| async move {
        settings::set(&tx, name, &json).await?;
        audit_log::record(&tx, origin, "settings.set", name, &json).await?;
        bus::publish(&tx, &Event::SettingsChanged);
        Ok(())
    })
    .await?;
    app.forget_facts();
    app.settings.reload(&app.db).await
}
