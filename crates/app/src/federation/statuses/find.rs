//! Which status has an address.

use store::{StatusId, remote_statuses};

use crate::App;
use crate::federation::failure::Failure;
use crate::federation::resolve::{self, Found};

/// The status with this address, if it is known: of this server, or of another. `Gone` if it is being deleted.
pub(crate) async fn find(app: &App, uri: &str) -> Result<Option<StatusId>, Failure> {
    if let Some(found) = resolve::local(app, uri).await? {
        return match found {
            Found::Status(id) => Ok(Some(id)),
            Found::Account(_) => Err(Failure::Missing(404)),
        };
    }
    let uri = uri.to_owned();
    match app.read(move |r| async move { Ok(remote_statuses::find_by_uri(&r, &uri).await?) }).await? {
        Some(known) if known.deleted_at.is_some() => Err(Failure::Gone),
        known => Ok(known.map(|known| known.id)),
    }
}
