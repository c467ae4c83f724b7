//! The public and the hashtag timelines. What a page leaves out depends on the viewer; each variant
//! is a text of its own, so that an index serves it.

use crate::hidden::hidden_from_viewer;
use crate::page::{Page, paged};
use crate::{AccountId, Reader, Result, StatusId, TagId};

/// Whose statuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    #[default]
    Everywhere,
    Local,
    Remote,
}

/// What narrows a public or hashtag timeline.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub origin: Origin,
    pub only_media: bool,
    /// Whose blocks and mutes count.
    pub viewer: Option<AccountId>,
    /// Codes between commas: `,en,de,`; `None` is every language. Not for hashtags.
    pub languages: Option<String>,
}

/// Statuses of the public timeline; `$origin` narrows where they are from. SQLite is told the index: without
/// statistics it walks all statuses there are.
macro_rules! public_select {
    ($index:literal, $origin:literal) => {
        concat!(
            "SELECT s.id FROM statuses s /* INDEXED BY ",
            $index,
            " */ JOIN accounts a ON a.id = s.account_id
              WHERE s.visibility = 0 AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL",
            $origin,
            " AND (s.reply = FALSE OR s.in_reply_to_account_id = s.account_id)
              AND a.silenced_at IS NULL AND a.suspended_at IS NULL
              AND ($5 = FALSE OR EXISTS (SELECT 1 FROM media_attachments ma WHERE ma.status_id = s.id))
              AND (CAST($6 AS TEXT) IS NULL OR $6 LIKE '%,' || s.language || ',%')
              AND (CAST($4 AS BIGINT) = 0 OR NOT ",
            hidden_from_viewer!("s.account_id", "$4"),
            ")"
        )
    };
}

/// A page of the public timeline: no reblogs, no replies to others, no limited or suspended authors.
pub async fn public_page(r: &Reader, filter: &Filter, page: &Page) -> Result<Vec<StatusId>> {
    let (viewer, languages) = (filter.viewer.unwrap_or_default(), filter.languages.clone());
    Ok(match filter.origin {
        Origin::Everywhere => paged!(r, page, column, public_select!("statuses_public", ""), "s.id", [viewer, filter.only_media, languages]),
        Origin::Local => {
            paged!(r, page, column, public_select!("statuses_public_local", " AND s.local = TRUE"), "s.id", [viewer, filter.only_media, languages])
        }
        Origin::Remote => {
            paged!(r, page, column, public_select!("statuses_public", " AND s.local = FALSE"), "s.id", [viewer, filter.only_media, languages])
        }
    })
}

/// Which hashtags a timeline is of.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// With one of these, at most [`ANY_MAX`].
    pub any: Vec<TagId>,
    /// And all of these.
    pub all: Vec<TagId>,
    /// And none of these.
    pub none: Vec<TagId>,
}

/// Hashtags of which one is enough, in one timeline.
pub const ANY_MAX: usize = 4;

/// Public statuses with the hashtag `$tag`.
macro_rules! tag_select {
    ($tag:literal) => {
        concat!(
            "SELECT st.status_id FROM status_tags st CROSS JOIN statuses s CROSS JOIN accounts a
              WHERE st.tag_id = ",
            $tag,
            " AND s.id = st.status_id AND a.id = s.account_id
              AND s.visibility = 0 AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL AND a.silenced_at IS NULL AND a.suspended_at IS NULL
              AND ($5 = FALSE OR EXISTS (SELECT 1 FROM media_attachments ma WHERE ma.status_id = s.id))
              AND ($6 = FALSE OR s.local = TRUE) AND ($7 = FALSE OR s.local = FALSE)
              AND (SELECT COUNT(*) FROM status_tags xa WHERE xa.status_id = s.id AND xa.tag_id = ANY($8)) = $9
              AND NOT EXISTS (SELECT 1 FROM status_tags xn WHERE xn.status_id = s.id AND xn.tag_id = ANY($10))
              AND (CAST($4 AS BIGINT) = 0 OR NOT ",
            hidden_from_viewer!("s.account_id", "$4"),
            ")"
        )
    };
}

/// One hashtag's page, to be united with others': the newest `$3` first.
macro_rules! newest_with_tag {
    ($tag:literal) => {
        concat!(
            "SELECT status_id FROM (",
            tag_select!($tag),
            " AND st.status_id < $1 AND st.status_id > $2 ORDER BY st.status_id DESC LIMIT $3) AS page"
        )
    };
}

/// The same, the oldest `$3` first.
macro_rules! oldest_with_tag {
    ($tag:literal) => {
        concat!(
            "SELECT status_id FROM (",
            tag_select!($tag),
            " AND st.status_id < $1 AND st.status_id > $2 ORDER BY st.status_id ASC LIMIT $3) AS page"
        )
    };
}

/// A page of a hashtag's timeline: public statuses, replies too, no limited or suspended authors.
pub async fn tag_page(r: &Reader, tags: &Tags, filter: &Filter, page: &Page) -> Result<Vec<StatusId>> {
    let any = |n: usize| tags.any.get(n).copied().unwrap_or_default();
    let (viewer, all) = (filter.viewer.unwrap_or_default(), tags.all.len() as i64);
    let (local, remote) = (filter.origin == Origin::Local, filter.origin == Origin::Remote);
    if tags.any.len() <= 1 {
        return Ok(paged!(
            r,
            page,
            column,
            tag_select!("$11"),
            "st.status_id",
            [viewer, filter.only_media, local, remote, &tags.all, all, &tags.none, any(0)]
        ));
    }
    let args = page.args(crate::args![viewer, filter.only_media, local, remote, &tags.all, all, &tags.none, any(0), any(1), any(2), any(3)]);
    if page.ascends() {
        let sql = crate::sql!(concat!(
            oldest_with_tag!("$11"),
            " UNION ",
            oldest_with_tag!("$12"),
            " UNION ",
            oldest_with_tag!("$13"),
            " UNION ",
            oldest_with_tag!("$14"),
            " ORDER BY status_id ASC LIMIT $3"
        ));
        let mut rows = r.column(sql, args).await?;
        rows.reverse();
        return Ok(rows);
    }
    let sql = crate::sql!(concat!(
        newest_with_tag!("$11"),
        " UNION ",
        newest_with_tag!("$12"),
        " UNION ",
        newest_with_tag!("$13"),
        " UNION ",
        newest_with_tag!("$14"),
        " ORDER BY status_id DESC LIMIT $3"
    ));
    r.column(sql, args).await
}
