//! Addresses of what we show of other servers' media.

use aws_lc_rs::digest;

/// Letters of the digest in an address.
const TAG_CHARS: usize = 16;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Attachment,
    Avatar,
    Header,
    Emoji,
}

impl What {
    const ALL: [What; 4] = [What::Attachment, What::Avatar, What::Header, What::Emoji];

    /// Its place in addresses.
    pub fn word(self) -> &'static str {
        match self {
            What::Attachment => "attachments",
            What::Avatar => "avatars",
            What::Header => "headers",
            What::Emoji => "emojis",
        }
    }
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// As its server has it.
    Original,
    /// The preview of an attachment.
    Small,
    /// Without animation.
    Static,
}

impl Variant {
    const ALL: [Variant; 3] = [Variant::Original, Variant::Small, Variant::Static];

    pub fn word(self) -> &'static str {
        match self {
            Variant::Original => "original",
            Variant::Small => "small",
            Variant::Static => "static",
        }
    }
}

/// A thing as an address names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub what: What,
    /// Of the attachment, the account or the emoji.
    pub id: i64,
    pub variant: Variant,
    /// See [`tag`]; addresses of emojis have none.
    pub tag: Option<String>,
}

impl Wanted {
    /// Reads what comes behind `/media/remote/` in an address.
    pub fn read(path: &str) -> Option<Wanted> {
        let parts: Vec<&str> = path.split('/').collect();
        let what = What::ALL.into_iter().find(|what| Some(&what.word()) == parts.first())?;
        let (id, variant, tag) = match (what, parts.as_slice()) {
            (What::Emoji, [_, id, variant]) => (id, variant, None),
            (What::Emoji, _) => return None,
            (_, [_, id, tag, variant]) => (id, variant, Some((*tag).to_owned())),
            _ => return None,
        };
        let variant = Variant::ALL.into_iter().find(|known| known.word() == *variant)?;
        let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        Some(Wanted { what, id: id.parse().ok().filter(|_| is_plain)?, variant, tag })
    }
}

/// The part of an address that stands for where the thing is.
pub fn tag(remote_url: &str) -> String {
    hex::encode(&digest::digest(&digest::SHA256, remote_url.as_bytes()).as_ref()[..TAG_CHARS / 2])
}
