//! What a file of another server is, by its first bytes: the types that are shown, and how their files are called.

use store::media::KIND_GIFV;
use wire::media;

/// A type that is shown: one of [`media::SHOWN`], as what documents say of files is read by the same table.
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
const OGV: Kind = kind("video/ogg", "rogv", false);
const MP3: Kind = kind("audio/mpeg", "rmp3", false);
const OGG: Kind = kind("audio/ogg", "rogg", false);
const FLAC: Kind = kind("audio/flac", "rflac", false);
const WAV: Kind = kind("audio/wav", "rwav", false);
const M4A: Kind = kind("audio/mp4", "rm4a", false);
const AAC: Kind = kind("audio/aac", "raac", false);

const ALL: [Kind; 14] = [PNG, JPEG, GIF, WEBP, AVIF, MP4, WEBM, OGV, MP3, OGG, FLAC, WAV, M4A, AAC];

/// Files of these types have sound alone as well as pictures and sound: which, their first bytes do not say.
const CONTAINERS: [Kind; 2] = [MP4, WEBM];
/// Where a page of Ogg names its codec.
const CODEC_WITHIN: usize = 512;
/// Where a drawing begins, behind its declarations.
const SVG_WITHIN: usize = 1024;

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
        return Some(if within(b"\x80theora", CODEC_WITHIN) { OGV } else { OGG });
    }
    if at(0, b"fLaC") {
        return Some(FLAC);
    }
    if matches!(head, [0xff, second, ..] if second & 0xf6 == 0xf0) {
        return Some(AAC);
    }
    let is_frame = matches!(head, [0xff, second, ..] if second & 0xe6 == 0xe2);
    (at(0, b"ID3") || is_frame).then_some(MP3)
}

/// Whether a file that begins with these bytes is of a type that is known and not shown. An error page is none.
pub fn is_not_shown(head: &[u8]) -> bool {
    const SIGNATURES: [&[u8]; 12] = [
        b"II*\0",
        b"MM\0*",
        b"8BPS",
        b"%!PS",
        b"\xc5\xd0\xd3\xc6",
        b"%PDF-",
        b"\xff\x0a",
        b"\0\0\0\x0cJXL ",
        b"\0\0\0\x0cjP  ",
        b"\0\0\x01\0",
        b"PK\x03\x04",
        b"\x1a\x45\xdf\xa3",
    ];
    let is_bitmap = head.starts_with(b"BM") && head.get(14..18).is_some_and(|size| matches!(size, [12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]));
    let is_drawing = head.trim_ascii_start().starts_with(b"<") && contains(head, b"<svg", SVG_WITHIN) && !contains(head, b"<html", SVG_WITHIN);
    let is_other = SIGNATURES.iter().any(|signature| head.starts_with(signature)) || head.get(4..8) == Some(b"ftyp") || is_bitmap || is_drawing;
    sniff(head).is_none() && is_other
}

impl Kind {
    /// `media_attachments.kind` of the file, for one that is taken to be of the kind `said`; `None` if that may be right.
    pub fn corrected(self, said: i64) -> Option<i64> {
        let own = media::SHOWN.iter().find(|known| known.mime == self.mime).map_or(media::Kind::Unknown, |known| known.kind) as i64;
        let may_be = own == said || (CONTAINERS.contains(&self) && said == media::Kind::Audio as i64) || (self == GIF && said == KIND_GIFV);
        (!may_be).then_some(own)
    }
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
        check(b"\xff\xf1\x50\x80", Some("audio/aac"));
        check(b"OggS\0\x02\0\0\0\0\0\0\0\0\x80theora", Some("video/ogg"));
        for none in [&b""[..], b"<!doctype html>", b"<svg xmlns", b"{\"a\":1}", b"RIFF\0\0\0\0AVI ", b"\0\0\0\x20ftyp", b"PK\x03\x04", b"%PDF-"] {
            check(none, None);
        }
        assert!(moves(GIF, b"GIF89a") && !moves(PNG, &crate::testing::png(2, 2)) && moves(WEBP, b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0ANIM"));
    }

    #[test]
    fn readers_of_documents_and_fetched_files_agree_on_types() {
        let mut served: Vec<&str> = ALL.iter().map(|kind| kind.mime).collect();
        // What has sound alone is served as the container it is.
        served.push("audio/webm");
        let mut named: Vec<&str> = media::SHOWN.iter().map(|known| known.mime).collect();
        served.sort_unstable();
        named.sort_unstable();
        assert_eq!(served, named);
        for kind in ALL {
            let named = media::by_media_type(kind.mime).unwrap();
            assert_eq!((kind.corrected(named as i64), kind.is_image), (None, named == media::Kind::Image), "{}", kind.mime);
        }
    }

    #[test]
    fn known_types_that_are_not_shown_are_told_from_pages() {
        let bitmap = [&b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0"[..], &[40, 0, 0, 0]].concat();
        let others: [&[u8]; 8] = [
            b"II*\0\x08",
            b"MM\0*\0",
            b"8BPS\0\x01",
            b"%!PS-Adobe-3.0 EPSF",
            b"%PDF-1.7",
            b"\0\0\0\x20ftypheic",
            b"<?xml version=\"1.0\"?>\n<svg xmlns=",
            &bitmap,
        ];
        for other in others {
            assert!(sniff(other).is_none() && is_not_shown(other), "{other:?}");
        }
        for unclear in [&b"<!doctype html><html><svg>"[..], b"{\"error\":1}", b"", b"BMW is a brand of cars", &crate::testing::png(2, 2)] {
            assert!(!is_not_shown(unclear), "{unclear:?}");
        }
    }

    #[test]
    fn a_file_corrects_only_what_cannot_be() {
        let (image, video, unknown, audio) = (0, 2, 3, 4);
        let cases = [
            (PNG, unknown, Some(image)),
            (PNG, video, Some(image)),
            (MP4, image, Some(video)),
            (MP4, audio, None),
            (WEBM, audio, None),
            (MP3, video, Some(audio)),
            (GIF, KIND_GIFV, None),
            (MP4, unknown, Some(video)),
        ];
        for (kind, said, expected) in cases {
            assert_eq!(kind.corrected(said), expected, "{} {said}", kind.mime);
        }
    }
}
