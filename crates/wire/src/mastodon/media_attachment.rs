//! Files attached to statuses: pictures, videos, sounds.

use serde::{Deserialize, Serialize};

use crate::Id;

/// A file and its preview.
///
/// Source: docs.joinmastodon.org/entities/MediaAttachment/
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaAttachment {
    pub id: Id,
    #[serde(rename = "type")]
    pub kind: MediaType,
    /// Null while the file is processed.
    pub url: Option<String>,
    pub preview_url: Option<String>,
    /// The original on the server it came from.
    pub remote_url: Option<String>,
    pub preview_remote_url: Option<String>,
    /// Null while the file is processed.
    pub meta: Option<MediaMeta>,
    /// The alternative text.
    pub description: Option<String>,
    pub blurhash: Option<String>,
    /// A short link for the composer; old, yet still sent.
    pub text_url: Option<String>,
}

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaType {
    #[default]
    Unknown,
    Image,
    /// A looping video without sound.
    Gifv,
    Video,
    Audio,
}

/// Measures of a file. A picture has `original`, `small`, perhaps `focus`;
/// the keys from `length` on are for video and sound.
///
/// Source: docs.joinmastodon.org/entities/MediaAttachment/#meta
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaMeta {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<MediaSize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub small: Option<MediaSize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<MediaFocus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colors: Option<MediaColors>,
    /// As a clock shows it: `0:01:28.65`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fps: Option<u32>,
    /// `WIDTHxHEIGHT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_encode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_bitrate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_channels: Option<String>,
}

/// Measures of one rendition of a file; see [`MediaSize::of_image`] for a picture's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaSize {
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// `WIDTHxHEIGHT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// Width divided by height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect: Option<f64>,
    /// Frames a second as a fraction: `30/1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// Bits a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bitrate: Option<u64>,
}

impl MediaSize {
    /// The measures of a picture, in pixels. A height of zero gives an aspect of 1.
    pub fn of_image(width: u32, height: u32) -> MediaSize {
        let aspect = if height == 0 { 1.0 } else { f64::from(width) / f64::from(height) };
        MediaSize { width: Some(width), height: Some(height), size: Some(format!("{width}x{height}")), aspect: Some(aspect), ..MediaSize::default() }
    }
}

/// The point to keep in sight when cropping; -1 is left or bottom, 1 right or top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaFocus {
    pub x: f64,
    pub y: f64,
}

/// Colours for the player of a sound, taken from its cover; `#rrggbb`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaColors {
    pub background: String,
    pub foreground: String,
    pub accent: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use super::*;

    #[test]
    fn a_picture_has_two_sizes_and_a_focus() {
        check(
            MediaAttachment {
                id: Id(5),
                kind: MediaType::Image,
                url: Some("https://a.test/o.png".into()),
                preview_url: Some("https://a.test/s.png".into()),
                meta: Some(MediaMeta {
                    original: Some(MediaSize::of_image(1200, 800)),
                    small: Some(MediaSize::of_image(400, 400)),
                    focus: Some(MediaFocus { x: -0.5, y: 0.0 }),
                    ..MediaMeta::default()
                }),
                description: Some("a cat".into()),
                blurhash: Some("UBL_:rOp".into()),
                ..MediaAttachment::default()
            },
            json!({
                "id": "5",
                "type": "image",
                "url": "https://a.test/o.png",
                "preview_url": "https://a.test/s.png",
                "remote_url": null,
                "preview_remote_url": null,
                "meta": {
                    "original": { "width": 1200, "height": 800, "size": "1200x800", "aspect": 1.5 },
                    "small": { "width": 400, "height": 400, "size": "400x400", "aspect": 1.0 },
                    "focus": { "x": -0.5, "y": 0.0 },
                },
                "description": "a cat",
                "blurhash": "UBL_:rOp",
                "text_url": null,
            }),
        );
    }

    #[test]
    fn a_file_in_processing_is_mostly_null() {
        check(
            MediaAttachment::default(),
            json!({
                "id": "0",
                "type": "unknown",
                "url": null,
                "preview_url": null,
                "remote_url": null,
                "preview_remote_url": null,
                "meta": null,
                "description": null,
                "blurhash": null,
                "text_url": null,
            }),
        );
    }

    #[test]
    fn a_video_adds_the_measures_of_time_and_sound() {
        check(
            MediaMeta {
                original: Some(MediaSize {
                    width: Some(640),
                    height: Some(360),
                    frame_rate: Some("30/1".into()),
                    duration: Some(88.65),
                    bitrate: Some(862_056),
                    ..MediaSize::default()
                }),
                colors: Some(MediaColors { background: "#000000".into(), foreground: "#ffffff".into(), accent: "#ff0000".into() }),
                length: Some("0:01:28.65".into()),
                duration: Some(88.65),
                fps: Some(30),
                size: Some("640x360".into()),
                width: Some(640),
                height: Some(360),
                aspect: Some(1.75),
                audio_encode: Some("aac".into()),
                audio_bitrate: Some("44100 Hz".into()),
                audio_channels: Some("stereo".into()),
                ..MediaMeta::default()
            },
            json!({
                "original": {
                    "width": 640,
                    "height": 360,
                    "frame_rate": "30/1",
                    "duration": 88.65,
                    "bitrate": 862056,
                },
                "colors": {
                    "background": "#000000",
                    "foreground": "#ffffff",
                    "accent": "#ff0000",
                },
                "length": "0:01:28.65",
                "duration": 88.65,
                "fps": 30,
                "size": "640x360",
                "width": 640,
                "height": 360,
                "aspect": 1.75,
                "audio_encode": "aac",
                "audio_bitrate": "44100 Hz",
                "audio_channels": "stereo",
            }),
        );
    }

    #[test]
    fn a_picture_without_height_has_a_finite_aspect() {
        assert_eq!(MediaSize::of_image(3, 0).aspect, Some(1.0));
    }
}
