//! Like and EmojiReact: favourites, perhaps with an emoji of their own.
//!
//! Pleroma sends reactions as EmojiReact, Misskey as Like with the emoji in `content` and `_misskey_reaction`.
//! Each is a favourite that remembers its emoji. An account marks a status once; the first mark stays.
//! Source: codeberg.org/fediverse/fep (c0e0)

use serde_json::Value;
use store::{accounts, favourites, withdrawn};
use text::Limit;
use wire::activity::document;

use super::activity::{Inbound, Verdict};
use crate::federation::ours;
use crate::statuses::favourite::mark;
use crate::{App, Error, Result, policy};

/// Characters of an emoji or of its shortcode; what is longer is a plain favourite.
const REACTION: Limit = Limit::code_points(200);
/// What Misskey's Like has where no emoji was chosen.
const PLAIN: &str = "\u{2764}";

/// Marks a status of ours that the actor may see.
pub(super) async fn receive(app: &App, inbound: Inbound) -> Result<Verdict> {
    let urls = app.urls().clone();
    app.write(move |tx| async move {
        let actor = &inbound.actor;
        let Some((object, uri)) = document::id_of(&inbound.activity, "object").zip(inbound.id()) else {
            return Ok(Verdict::Dropped("it likes nothing"));
        };
        let Some(status) = ours::status(&tx, &urls, object).await?.filter(|status| status.reblog_of_id.is_none()) else {
            return Ok(Verdict::Dropped("it is about no status of ours"));
        };
        accounts::lock(&tx, actor.id).await?;
        if withdrawn::is_withdrawn(&tx, &actor.uri, uri, tx.now()).await? {
            return Ok(Verdict::Dropped("it was undone before it came"));
        }
        match policy::visible_status(&tx, Some(actor.id), status.id).await {
            Err(Error::NotFound(_)) => return Ok(Verdict::Dropped("its actor may not see the status")),
            seen => seen?,
        };
        if let Some(favourite) = mark(&tx, actor.id, &status).await? {
            favourites::set_origin(&tx, favourite, uri, reaction(&inbound.activity).as_deref()).await?;
        }
        Ok(Verdict::Done)
    })
    .await
}

/// The emoji, as it is written; `None` for a plain Like.
pub(super) fn reaction(activity: &Value) -> Option<String> {
    let written = document::text(activity, "_misskey_reaction").or_else(|| document::text(activity, "content"))?.trim();
    let is_plain = written.trim_end_matches('\u{fe0f}') == PLAIN && !document::is_a(activity, "EmojiReact");
    let is_one = !written.is_empty() && REACTION.admits(written) && !written.chars().any(char::is_whitespace);
    (is_one && !is_plain).then(|| written.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::reaction;

    #[test]
    fn reactions_are_read_in_the_forms_of_each_server() {
        let of = |fields| reaction(&fields);
        assert_eq!(of(json!({"type": "EmojiReact", "content": "🔥"})).as_deref(), Some("🔥"));
        assert_eq!(of(json!({"type": "EmojiReact", "content": ":blob:"})).as_deref(), Some(":blob:"));
        assert_eq!(of(json!({"type": "EmojiReact", "content": "❤️"})).as_deref(), Some("❤️"));
        assert_eq!(of(json!({"type": "Like", "content": "👍", "_misskey_reaction": "👍"})).as_deref(), Some("👍"));
        assert_eq!(of(json!({"type": "Like", "_misskey_reaction": ":blob@a.test:"})).as_deref(), Some(":blob@a.test:"));
        for plain in [
            json!({"type": "Like"}),
            json!({"type": "Like", "content": null}),
            json!({"type": "Like", "content": ""}),
            json!({"type": "Like", "content": {"en": "x"}}),
            json!({"type": "Like", "content": "two words"}),
            json!({"type": "Like", "content": "❤"}),
            json!({"type": "Like", "content": "❤️", "_misskey_reaction": "❤️"}),
            json!({"type": "EmojiReact", "content": "x".repeat(201)}),
        ] {
            assert_eq!(reaction(&plain), None, "{plain}");
        }
    }
}
