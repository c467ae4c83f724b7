//! What a file of another server is, by its first bytes: the types that are shown, and how their files are called.

/// A type that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub mime: &'static str,
    /// Of the stored file. None is one of an upload's.
    pub ext: &'static str,
    pub is_image: bool,
}

const fn kind(mime: &'static str, ext: &'static str, is_image: bool) -> Kind {
    Kind { mime, ext, is_image }
}

const PNG: Kind = kind("image/png", "rpng", true);
const JPEG: Kind = kind("image/jpeg", "rjpg", true);
const GIF: Kind = kind("image/gif", "rgif", true);
const WEBP: Kind = kind("image/webp", "rwebp", true);
const AVIF: Kind = kind("image/avif", "ravif", true);
const MP4: Kind = kind("video/mp4", "rmp4", false);
const WEBM: Kind = kind("video/webm", "rwebm", false);
const MP3: Kind = kind("audio/mpeg", "rmp3", false);
const OGG: Kind = kind("audio/ogg", "rogg", false);
const FLAC: Kind = kind("audio/flac", "rflac", false);
const WAV: Kind = kind("audio/wav", "rwav", false);
const M4A: Kind = kind("audio/mp4", "rm4a", false);

const ALL: [Kind; 12] = [PNG, JPEG, GIF, WEBP, AVIF, MP4, WEBM, MP3, OGG, FLAC, WAV, M4A];

/// Where Matroska says which of its dialects a file is.
const DOCTYPE_WITHIN: usize = 64;
/// Where animations say that they are.
const ANIMATION_WITHIN: usize = 1024;

/// The type of a file that begins with these bytes; `None` for what is not shown: pages, scripts, SVG, all else.
pub fn sniff(head: &[u8]) -> Option<Kind> {
    let at = |start: usize, wanted: &[u8]| head.get(start..start + wanted.len()) == Some(wanted);
    let within = |wanted: &[u8], limit: usize| contains(head, wanted, limit);
    if at(0, b"\x89PNG\r\n\x1a\n") {
        return Some(PNG);
    }
    if at(0, b"\xff\xd8\xff") {
        return Some(JPEG);
    }
    if at(0, b"GIF87a") || at(0, b"GIF89a") {
        return Some(GIF);
    }
    if at(0, b"RIFF") {
        return if at(8, b"WEBP") { Some(WEBP) } else { at(8, b"WAVE").then_some(WAV) };
    }
    if at(4, b"ftyp") {
        return match head.get(8..12)? {
            b"avif" | b"avis" => Some(AVIF),
            b"M4A " | b"M4B " => Some(M4A),
            b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"dash" | b"M4V " | b"MSNV" | b"f4v " | b"qt  " => {
                Some(MP4)
            }
            _ => None,
        };
    }
    if at(0, b"\x1a\x45\xdf\xa3") {
        return within(b"webm", DOCTYPE_WITHIN).then_some(WEBM);
    }
    if at(0, b"OggS") {
        return Some(OGG);
    }
    if at(0, b"fLaC") {
        return Some(FLAC);
    }
    let is_frame = matches!(head, [0xff, second, ..] if second & 0xe6 == 0xe2);
    (at(0, b"ID3") || is_frame).then_some(MP3)
}

/// Whether a picture moves, so that its still form is another file.
pub fn moves(kind: Kind, head: &[u8]) -> bool {
    match kind.mime {
        "image/gif" => true,
        "image/webp" => contains(head, b"ANIM", ANIMATION_WITHIN),
        "image/png" => contains(head, b"acTL", ANIMATION_WITHIN),
        _ => false,
    }
}

fn contains(head: &[u8], wanted: &[u8], limit: usize) -> bool {
    head[..head.len().min(limit)].windows(wanted.len()).any(|part| part == wanted)
}

/// The type as it is served: a word of ours for a word of the row.
pub fn served(mime: &str) -> Option<&'static str> {
    ALL.iter().map(|kind| kind.mime).find(|known| *known == mime)
}

/// The type with this MIME type.
pub fn of_mime(mime: &str) -> Option<Kind> {
    ALL.into_iter().find(|kind| kind.mime == mime)
}

/// Whether an extension is one of these.
pub fn is_ours(ext: &str) -> bool {
    ALL.iter().any(|kind| kind.ext == ext)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_told_by_the_first_bytes_and_only_what_is_shown_is_one() {
        let check = |head: &[u8], mime: Option<&str>| assert_eq!(sniff(head).map(|kind| kind.mime), mime, "{head:?}");
        check(&crate::testing::png(2, 2), Some("image/png"));
        check(b"\xff\xd8\xff\xe0\0\x10JFIF", Some("image/jpeg"));
        check(b"GIF89a....", Some("image/gif"));
        check(b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp"));
        check(b"\0\0\0\x1cftypavif", Some("image/avif"));
        check(b"\0\0\0\x20ftypisom\0\0\x02\0", Some("video/mp4"));
        check(b"\0\0\0\x20ftypheic\0\0\x02\0", None);
        check(b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86\x81\x01\x42\x82\x84webm", Some("video/webm"));
        check(b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x88matroska", None);
        check(b"ID3\x04", Some("audio/mpeg"));
        check(b"\xff\xfb\x90\0", Some("audio/mpeg"));
        check(b"OggS\0", Some("audio/ogg"));
        check(b"fLaC", Some("audio/flac"));
        check(b"RIFF\0\0\0\0WAVEfmt ", Some("audio/wav"));
        for none in [&b""[..], b"<!doctype html>", b"<svg xmlns", b"{\"a\":1}", b"RIFF\0\0\0\0AVI ", b"\0\0\0\x20ftyp", b"PK\x03\x04", b"%PDF-"] {
            check(none, None);
        }
        assert!(moves(GIF, b"GIF89a") && !moves(PNG, &crate::testing::png(2, 2)) && moves(WEBP, b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0ANIM"));
    }
}
