//! What is known of an attachment's measures: the JSON of `media_attachments.meta`, by one type for who writes it and
//! for who reads it.

use serde::{Deserialize, Serialize};

/// Of an attachment of another server. Uploads have their sizes with their files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// What its server says.
    #[serde(skip_serializing_if = "Measures::is_empty")]
    pub original: Measures,
    /// What the file says, once it was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Learnt>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measures {
    /// Pixels; both or neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
}

/// What a look at the file told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learnt {
    /// As `media_attachments.kind`; `None` if it is what its server says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<i64>,
    #[serde(flatten)]
    pub measures: Measures,
}

impl Measures {
    pub fn of_size(width: u32, height: u32) -> Measures {
        Measures { width: Some(width), height: Some(height), duration: None }
    }

    pub fn is_empty(&self) -> bool {
        *self == Measures::default()
    }

    pub fn size(&self) -> Option<(u32, u32)> {
        self.width.zip(self.height).filter(|(width, height)| *width > 0 && *height > 0)
    }
}

impl Meta {
    /// Reads a row's JSON; what cannot be read is nothing.
    pub fn read(json: &str) -> Meta {
        serde_json::from_str(json).unwrap_or_default()
    }

    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// What is shown: the file itself knows best.
    pub fn shown(&self) -> Measures {
        let learnt = self.file.unwrap_or_default().measures;
        let (width, height) = learnt.size().or(self.original.size()).unzip();
        let duration = learnt.duration.or(self.original.duration).filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
        Measures { width, height, duration }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let original = Measures { width: Some(640), height: Some(360), duration: Some(65.5) };
        let file = Learnt { kind: Some(2), measures: Measures::of_size(320, 180) };
        for (meta, json) in [
            (Meta::default(), "{}"),
            (Meta { original, file: None }, r#"{"original":{"width":640,"height":360,"duration":65.5}}"#),
            (
                Meta { original, file: Some(file) },
                r#"{"original":{"width":640,"height":360,"duration":65.5},"file":{"kind":2,"width":320,"height":180}}"#,
            ),
            (Meta { file: Some(Learnt::default()), ..Meta::default() }, r#"{"file":{}}"#),
        ] {
            assert_eq!((meta.write().as_str(), Meta::read(json)), (json, meta));
        }
    }

    #[test]
    fn the_file_knows_better_than_its_server() {
        let said = Measures { width: Some(640), height: Some(360), duration: Some(65.5) };
        let learnt = |measures| Meta { original: said, file: Some(Learnt { kind: None, measures }) }.shown();
        assert_eq!(Meta { original: said, file: None }.shown(), said);
        assert_eq!(learnt(Measures::of_size(10, 20)), Measures { width: Some(10), height: Some(20), duration: Some(65.5) });
        assert_eq!(learnt(Measures { duration: Some(1.0), ..Measures::default() }), Measures { duration: Some(1.0), ..said });
        assert_eq!(Meta::read(r#"{"original":{"width":640}}"#).shown(), Measures::default(), "half a size is none");
        assert_eq!(Meta::read(r#"{"original":{"width":0,"height":1,"duration":-1}}"#).shown(), Measures::default());
        assert_eq!(Meta::read("none"), Meta::default());
    }
}
