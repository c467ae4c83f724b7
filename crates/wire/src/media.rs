//! Which types of files are shown as pictures, videos and sounds: one table for who reads what a document says of a
//! file and for who fetches it. What is not in it is a link to where it is.

/// What a file is shown as, numbered as `media_attachments.kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Image = 0,
    Video = 2,
    /// A link to the file.
    Unknown = 3,
    Audio = 4,
}

/// A type that is shown.
#[derive(Debug)]
pub struct Type {
    /// As it is served.
    pub mime: &'static str,
    pub kind: Kind,
    /// Other names that are in use for it.
    aliases: &'static [&'static str],
    /// Endings of file names.
    endings: &'static [&'static str],
}

const fn shown(mime: &'static str, kind: Kind, aliases: &'static [&'static str], endings: &'static [&'static str]) -> Type {
    Type { mime, kind, aliases, endings }
}

/// All types that are shown.
pub const SHOWN: &[Type] = &[
    shown("image/png", Kind::Image, &["image/apng", "image/vnd.mozilla.apng", "image/x-png"], &["png", "apng"]),
    shown("image/jpeg", Kind::Image, &["image/jpg", "image/pjpeg"], &["jpg", "jpeg", "jpe", "jfif"]),
    shown("image/gif", Kind::Image, &[], &["gif"]),
    shown("image/webp", Kind::Image, &[], &["webp"]),
    shown("image/avif", Kind::Image, &[], &["avif"]),
    shown("video/mp4", Kind::Video, &["video/quicktime", "video/x-m4v", "video/m4v", "application/mp4"], &["mp4", "m4v", "mov"]),
    shown("video/webm", Kind::Video, &[], &["webm"]),
    shown("video/ogg", Kind::Video, &[], &["ogv"]),
    shown("audio/mpeg", Kind::Audio, &["audio/mp3", "audio/mpeg3", "audio/x-mp3", "audio/x-mpeg"], &["mp3"]),
    shown("audio/ogg", Kind::Audio, &["audio/vorbis", "audio/opus", "application/ogg"], &["ogg", "oga", "opus"]),
    shown("audio/flac", Kind::Audio, &["audio/x-flac"], &["flac"]),
    shown("audio/wav", Kind::Audio, &["audio/wave", "audio/x-wav", "audio/x-pn-wav", "audio/x-pn-wave", "audio/vnd.wave"], &["wav"]),
    shown("audio/mp4", Kind::Audio, &["audio/m4a", "audio/x-m4a"], &["m4a", "m4b"]),
    shown("audio/aac", Kind::Audio, &["audio/aacp", "audio/x-aac"], &["aac"]),
    shown("audio/webm", Kind::Audio, &[], &["weba"]),
];

/// Types that any file may be sent as.
const SAYS_NOTHING: &[&str] = &["application/octet-stream", "binary/octet-stream", "application/x-octet-stream", "application/unknown"];
/// Endings of files that no browser shows, or that are not safe to show. Other endings say nothing.
const NOT_SHOWN: &[&str] = &[
    "tif", "tiff", "bmp", "dib", "svg", "svgz", "eps", "ps", "ai", "psd", "psb", "xcf", "heic", "heif", "heics", "hif", "jxl", "jp2", "j2k", "jpx",
    "ico", "cur", "tga", "dng", "cr2", "nef", "arw", "avi", "mkv", "wmv", "flv", "mpg", "mpeg", "3gp", "3g2", "ts", "wma", "aif", "aiff", "mid",
    "midi", "amr", "pdf", "zip", "gz", "7z", "rar", "tar", "doc", "docx", "odt", "txt", "epub", "apk", "exe",
];

/// What a file of this media type is shown as; `None` if the name says nothing.
pub fn by_media_type(name: &str) -> Option<Kind> {
    let name = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_whole = name.split_once('/').is_some_and(|(family, kind)| !family.is_empty() && !kind.is_empty() && family != "*" && kind != "*");
    if !is_whole || SAYS_NOTHING.contains(&name.as_str()) {
        return None;
    }
    let known = SHOWN.iter().find(|known| known.mime == name || known.aliases.contains(&name.as_str()));
    Some(known.map_or(Kind::Unknown, |known| known.kind))
}

/// What a file at this address is shown as, by the ending of its name; `None` if that says nothing.
pub fn by_ending(url: &str) -> Option<Kind> {
    let (_, path) = url.split(['?', '#']).next()?.split_once("://")?.1.split_once('/')?;
    let ending = path.rsplit('/').next()?.rsplit_once('.')?.1.to_ascii_lowercase();
    let known = SHOWN.iter().find(|known| known.endings.contains(&ending.as_str()));
    known.map(|known| known.kind).or_else(|| NOT_SHOWN.contains(&ending.as_str()).then_some(Kind::Unknown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_name_what_is_shown() {
        let cases = [
            ("image/png", Some(Kind::Image)),
            ("IMAGE/JPG; q=1", Some(Kind::Image)),
            ("image/avif", Some(Kind::Image)),
            ("video/quicktime", Some(Kind::Video)),
            ("audio/x-wav", Some(Kind::Audio)),
            ("audio/mp4", Some(Kind::Audio)),
            ("image/tiff", Some(Kind::Unknown)),
            ("image/bmp", Some(Kind::Unknown)),
            ("image/svg+xml", Some(Kind::Unknown)),
            ("image/x-eps", Some(Kind::Unknown)),
            ("image/vnd.adobe.photoshop", Some(Kind::Unknown)),
            ("image/heic", Some(Kind::Unknown)),
            ("video/x-matroska", Some(Kind::Unknown)),
            ("text/html", Some(Kind::Unknown)),
            ("", None),
            ("image", None),
            ("image/", None),
            ("image/*", None),
            ("*/*", None),
            ("application/octet-stream", None),
        ];
        for (name, expected) in cases {
            assert_eq!(by_media_type(name), expected, "{name}");
        }
    }

    #[test]
    fn endings_of_names_tell_the_type() {
        let cases = [
            ("https://a.test/x.PNG?size=1#top", Some(Kind::Image)),
            ("https://a.test/x.mov", Some(Kind::Video)),
            ("https://a.test/x.opus", Some(Kind::Audio)),
            ("https://a.test/x.tif", Some(Kind::Unknown)),
            ("https://a.test/x.svg", Some(Kind::Unknown)),
            ("https://a.test/x.heic", Some(Kind::Unknown)),
            ("https://a.test/media/123", None),
            ("https://a.test/media.png/123", None),
            ("https://a.test/get.php?file=x.png", None),
            ("https://a.zip", None),
        ];
        for (url, expected) in cases {
            assert_eq!(by_ending(url), expected, "{url}");
        }
    }

    #[test]
    fn no_name_or_ending_means_two_types() {
        let mut names: Vec<&str> = SHOWN.iter().flat_map(|known| known.aliases.iter().copied().chain([known.mime])).collect();
        let mut endings: Vec<&str> = SHOWN.iter().flat_map(|known| known.endings.iter().copied()).chain(NOT_SHOWN.iter().copied()).collect();
        for list in [&mut names, &mut endings] {
            list.sort_unstable();
            let all = list.len();
            list.dedup();
            assert_eq!(list.len(), all);
        }
    }
}
