//! Media attachments.

use store::media::{KIND_AUDIO, KIND_GIFV, KIND_IMAGE, KIND_VIDEO, Media};
use wire::Id;
use wire::mastodon as m;

use crate::cache::context::Context;
use crate::media::meta::{Measures, Meta};
use crate::urls::remote::{Variant, What};

const FOCUS_UNIT: f64 = 1_000_000.0;

/// An attachment: ours by its files, another server's by addresses of ours that fetch it.
pub fn media(context: &Context, media: &Media) -> m::MediaAttachment {
    if media.remote_url.is_empty() { local(context, media) } else { remote(context, media) }
}

fn local(context: &Context, media: &Media) -> m::MediaAttachment {
    let url = media.original_key.as_deref().map(|key| context.urls.media_url(key));
    let preview = media.small_key.as_deref().map(|key| context.urls.media_url(key));
    let meta = m::MediaMeta {
        small: size(media.small_width, media.small_height),
        focus: focus(media),
        original: size(media.original_width, media.original_height),
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

/// What we cannot show, or may not, is a link to where it is.
fn remote(context: &Context, media: &Media) -> m::MediaAttachment {
    let kind = match media.kind {
        KIND_IMAGE => m::MediaType::Image,
        KIND_GIFV => m::MediaType::Gifv,
        KIND_VIDEO => m::MediaType::Video,
        KIND_AUDIO => m::MediaType::Audio,
        _ => m::MediaType::Unknown,
    };
    let kind = if context.rule(&media.domain).shows_media() { kind } else { m::MediaType::Unknown };
    let address = |variant| context.urls.remote_media(What::Attachment, media.id.0, &media.remote_url, variant);
    let has_preview = kind == m::MediaType::Image || !media.thumbnail_remote_url.is_empty();
    let shown = kind != m::MediaType::Unknown;
    let known = Meta::read(&media.meta).shown();
    m::MediaAttachment {
        id: Id(media.id.0),
        kind,
        url: Some(if shown { address(Variant::Original) } else { media.remote_url.clone() }),
        preview_url: (shown && has_preview).then(|| address(Variant::Small)),
        remote_url: Some(media.remote_url.clone()),
        preview_remote_url: Some(media.thumbnail_remote_url.clone()).filter(|url| !url.is_empty()),
        meta: Some(m::MediaMeta {
            original: original(known),
            small: size(media.small_width, media.small_height),
            focus: focus(media),
            duration: known.duration,
            ..m::MediaMeta::default()
        }),
        description: media.description.clone().filter(|d| !d.is_empty()),
        blurhash: media.blurhash.clone(),
        ..m::MediaAttachment::default()
    }
}

fn original(known: Measures) -> Option<m::MediaSize> {
    let size = known.size().map(|(width, height)| m::MediaSize::of_image(width, height));
    let duration = known.duration;
    (size.is_some() || duration.is_some()).then(|| m::MediaSize { duration, ..size.unwrap_or_default() })
}

fn size(width: Option<i64>, height: Option<i64>) -> Option<m::MediaSize> {
    Some(m::MediaSize::of_image(u32::try_from(width?).ok().filter(|side| *side > 0)?, u32::try_from(height?).ok().filter(|side| *side > 0)?))
}

fn focus(media: &Media) -> Option<m::MediaFocus> {
    media.focus_x.zip(media.focus_y).map(|(x, y)| m::MediaFocus { x: x as f64 / FOCUS_UNIT, y: y as f64 / FOCUS_UNIT })
}
