//! GET /api/v1/instance/domain_blocks

use app::federation::domains;
use app::{App, Error};
use axum::Json;
use axum::extract::State;
use wire::mastodon::DomainBlock;

use crate::error::Result;
use crate::extract::viewer::Anybody;

/// To those whom the setting `show_domain_blocks` names, else 404; with comments for those whom
/// `show_domain_blocks_rationale` names. Source: docs.joinmastodon.org/methods/instance/#domain_blocks
pub async fn handler(State(app): State<App>, anybody: Anybody) -> Result<Json<Vec<DomainBlock>>> {
    let is_for = |setting: &str| match app.settings.get(setting).as_str() {
        "all" => true,
        "users" => anybody.viewer().is_some(),
        _ => false,
    };
    if !is_for("show_domain_blocks") {
        return Err(Error::not_found().into());
    }
    let with_comment = is_for("show_domain_blocks_rationale");
    let shown = |block: domains::Public| DomainBlock {
        domain: block.domain,
        digest: block.digest,
        severity: block.severity,
        comment: with_comment.then_some(block.comment),
    };
    Ok(Json(domains::public(&app).await?.into_iter().map(shown).collect()))
}
