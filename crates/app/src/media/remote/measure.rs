//! The size and duration of a file of another server, from its headers: nothing is decoded, and at most
//! [`PARTS_MAX`] parts are looked at.

use std::io::{Read, Seek, SeekFrom};

use image::metadata::Orientation;

use super::kind::Kind;
use crate::media::meta::Measures;

/// Chunks, boxes or markers of a file that are looked at.
const PARTS_MAX: usize = 1_000;
/// Bytes of a part that is read whole.
const PART_MAX: u64 = 64 * 1024;
/// The first bytes, where most formats have everything.
const HEAD_BYTES: u64 = 4096;
/// Pixels of a side, and seconds, that are believed.
const SIDE_MAX: u32 = 100_000;
const SECONDS_MAX: f64 = 1_000_000.0;

/// What the file says of itself; what cannot be read is not known.
pub fn measure<F: Read + Seek>(kind: Kind, file: &mut F) -> Measures {
    let found = match kind.mime {
        "image/png" => head(file).and_then(|head| size(be32(&head, 16)?, be32(&head, 20)?)),
        "image/gif" => head(file).and_then(|head| size(le16(&head, 6)?, le16(&head, 8)?)),
        "image/webp" => head(file).and_then(|head| webp(&head)),
        "image/jpeg" => jpeg(file),
        "image/avif" => head(file).and_then(|head| avif(&head)),
        "video/mp4" | "audio/mp4" => Some(mp4(file)),
        "audio/flac" => head(file).and_then(|head| flac(&head)),
        "audio/wav" => head(file).and_then(|head| wav(&head)),
        _ => None,
    };
    let found = found.unwrap_or_default();
    let is_side = |side: u32| (1..=SIDE_MAX).contains(&side);
    let (width, height) = found.size().filter(|(width, height)| is_side(*width) && is_side(*height)).unzip();
    Measures { width, height, duration: found.duration.filter(|seconds| (0.0..=SECONDS_MAX).contains(seconds)) }
}

fn size(width: u32, height: u32) -> Option<Measures> {
    Some(Measures::of_size(width, height))
}

fn seconds(duration: f64) -> Option<Measures> {
    Some(Measures { duration: Some(duration), ..Measures::default() })
}

fn part<F: Read + Seek>(file: &mut F, at: u64, max: u64) -> Option<Vec<u8>> {
    file.seek(SeekFrom::Start(at)).ok()?;
    let mut bytes = Vec::new();
    file.take(max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn head<F: Read + Seek>(file: &mut F) -> Option<Vec<u8>> {
    part(file, 0, HEAD_BYTES)
}

fn be(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    Some(bytes.get(at..at.checked_add(len)?)?.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    be(bytes, at, 2)?.try_into().ok()
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    be(bytes, at, 4)?.try_into().ok()
}

fn le(bytes: &[u8], at: usize, len: usize) -> Option<u32> {
    Some(bytes.get(at..at + len)?.iter().rev().fold(0, |value, byte| (value << 8) | u32::from(*byte)))
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    le(bytes, at, 2)
}

fn webp(head: &[u8]) -> Option<Measures> {
    match head.get(12..16)? {
        b"VP8 " => size(le16(head, 26)? & 0x3fff, le16(head, 28)? & 0x3fff),
        b"VP8L" => {
            let bits = le(head, 21, 4)?;
            size((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1)
        }
        b"VP8X" => size(le(head, 24, 3)? + 1, le(head, 27, 3)? + 1),
        _ => None,
    }
}

/// Walks the markers up to the frame; the orientation that EXIF says is the one it is shown in.
fn jpeg<F: Read + Seek>(file: &mut F) -> Option<Measures> {
    let (mut at, mut lies) = (2, false);
    for _ in 0..PARTS_MAX {
        let marker = part(file, at, 4)?;
        if *marker.first()? != 0xff {
            return None;
        }
        let (kind, len) = (*marker.get(1)?, u64::from(be16(&marker, 2)?));
        match kind {
            // Fill bytes.
            0xff => {
                at += 1;
                continue;
            }
            0xc0..=0xcf if !matches!(kind, 0xc4 | 0xc8 | 0xcc) => {
                let frame = part(file, at + 4, 5)?;
                let (height, width) = (be16(&frame, 1)?, be16(&frame, 3)?);
                return if lies { size(height, width) } else { size(width, height) };
            }
            0xe1 => {
                let block = part(file, at + 4, len.saturating_sub(2).min(PART_MAX))?;
                if let Some(exif) = block.strip_prefix(b"Exif\0\0") {
                    let turned = [Orientation::Rotate90, Orientation::Rotate270, Orientation::Rotate90FlipH, Orientation::Rotate270FlipH];
                    lies = Orientation::from_exif_chunk(exif).is_some_and(|orientation| turned.contains(&orientation));
                }
            }
            0xda | 0xd9 => return None,
            _ => {}
        }
        at += 2 + len.max(2);
    }
    None
}

/// The largest of the pictures that the boxes name: others are tiles and masks of it.
fn avif(head: &[u8]) -> Option<Measures> {
    let boxes = |name: &'static [u8; 4]| head.windows(4).enumerate().filter(move |(_, found)| found == name).map(|(at, _)| at + 4);
    let sizes = boxes(b"ispe").take(PARTS_MAX).filter_map(|at| Some((be32(head, at + 4)?, be32(head, at + 8)?)));
    let (width, height) = sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))?;
    let lies = boxes(b"irot").next().and_then(|at| head.get(at)).is_some_and(|angle| angle % 2 == 1);
    if lies { size(height, width) } else { size(width, height) }
}

/// The duration that `mvhd` says, and the size of the first track that has one.
fn mp4<F: Read + Seek>(file: &mut F) -> Measures {
    let mut found = Measures::default();
    let Ok(end) = file.seek(SeekFrom::End(0)) else { return found };
    let mut left = PARTS_MAX;
    walk(file, 0, end, &mut left, &mut |file, name, from, to| match name {
        b"moov" | b"trak" => true,
        b"mvhd" if found.duration.is_none() => {
            found.duration = part(file, from, PART_MAX.min(to - from)).and_then(|body| mvhd(&body));
            false
        }
        b"tkhd" if found.width.is_none() => {
            if let Some((width, height)) = part(file, from, PART_MAX.min(to - from)).and_then(|body| tkhd(&body)) {
                (found.width, found.height) = (Some(width), Some(height));
            }
            false
        }
        _ => false,
    });
    found
}

/// Calls `each` with the boxes from `at` to `end`, and goes into those it wants.
fn walk<F: Read + Seek>(file: &mut F, mut at: u64, end: u64, left: &mut usize, each: &mut impl FnMut(&mut F, &[u8; 4], u64, u64) -> bool) {
    while at < end && *left > 0 {
        *left -= 1;
        let Some(header) = part(file, at, 16) else { return };
        let (Some(small), Some(name)) = (be32(&header, 0), header.get(4..8).and_then(|name| <&[u8; 4]>::try_from(name).ok())) else { return };
        let (from, len) = match small {
            0 => (at + 8, end - at),
            1 => match be(&header, 8, 8) {
                Some(large) => (at + 16, large),
                None => return,
            },
            small => (at + 8, u64::from(small)),
        };
        let Some(to) = at.checked_add(len).filter(|to| *to >= from && *to <= end) else { return };
        if each(file, name, from, to) {
            walk(file, from, to, left, each);
        }
        at = to;
    }
}

fn mvhd(body: &[u8]) -> Option<f64> {
    let (scale, duration) = if *body.first()? == 1 { (be32(body, 20)?, be(body, 24, 8)?) } else { (be32(body, 12)?, be(body, 16, 4)?) };
    let is_known = scale > 0 && duration != u64::from(u32::MAX) && duration != u64::MAX;
    is_known.then(|| duration as f64 / f64::from(scale))
}

/// Width and height as they are shown: a track may be turned by its matrix.
fn tkhd(body: &[u8]) -> Option<(u32, u32)> {
    let matrix = if *body.first()? == 1 { 52 } else { 40 };
    let (width, height) = (be32(body, matrix + 36)? >> 16, be32(body, matrix + 40)? >> 16);
    let lies = be32(body, matrix)? == 0 && be32(body, matrix + 4)? != 0;
    let size = if lies { (height, width) } else { (width, height) };
    (size.0 > 0 && size.1 > 0).then_some(size)
}

fn flac(head: &[u8]) -> Option<Measures> {
    let rate = be(head, 18, 3)? >> 4;
    let samples = be(head, 21, 5)? & 0xf_ffff_ffff;
    (rate > 0 && samples > 0).then(|| seconds(samples as f64 / rate as f64))?
}

fn wav(head: &[u8]) -> Option<Measures> {
    let (mut at, mut rate) = (12, 0);
    while let Some(name) = head.get(at..at + 4) {
        let len = le(head, at + 4, 4)?;
        match name {
            b"fmt " => rate = le(head, at + 16, 4)?,
            b"data" => return if rate > 0 { seconds(f64::from(len) / f64::from(rate)) } else { None },
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(usize::try_from(len).ok()?)?.checked_add((len % 2) as usize)?;
    }
    None
}

#[cfg(test)]
mod tests;
