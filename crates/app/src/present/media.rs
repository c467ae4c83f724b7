//! Media attachments.

use store::media::Media;
use wire::Id;
use wire::mastodon as m;

use crate::urls::Urls;

const FOCUS_UNIT: f64 = 1_000_000.0;

pub fn media(urls: &Urls, media: &Media) -> m::MediaAttachment {
    let url = media.original_key.as_deref().map(|key| urls.media_url(key));
    let preview = media.small_key.as_deref().map(|key| urls.media_url(key));
    let size = |width: Option<i64>, height: Option<i64>| Some(m::MediaSize::of_image(u32::try_from(width?).ok()?, u32::try_from(height?).ok()?));
    let original = size(media.original_width, media.original_height);
    let meta = m::MediaMeta {
        small: size(media.small_width, media.small_height),
        focus: media.focus_x.zip(media.focus_y).map(|(x, y)| m::MediaFocus { x: x as f64 / FOCUS_UNIT, y: y as f64 / FOCUS_UNIT }),
        original,
        ..m::MediaMeta::default()
    };
    m::MediaAttachment {
        id: Id(media.id.0),
        kind: m::MediaType::Image,
        preview_url: preview,
        meta: url.is_some().then_some(meta),
        url,
        description: media.description.clone().filter(|d| !d.is_empty()),
        blurhash: media.blurhash.clone(),
        ..m::MediaAttachment::default()
    }
}
