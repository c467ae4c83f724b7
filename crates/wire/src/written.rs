//! Answers that write their own JSON: what many are shown is copied instead of written anew, field by field.

use serde::Serialize;

/// What writes the same JSON as by [`Serialize`], but for the order of keys, and faster.
pub trait WriteJson: Serialize {
    /// Appends the JSON to `out`.
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()>;
}

impl<T: WriteJson> WriteJson for Vec<T> {
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.push(b'[');
        for (position, item) in self.iter().enumerate() {
            if position > 0 {
                out.push(b',');
            }
            item.write_json(out)?;
        }
        out.push(b']');
        Ok(())
    }
}

impl<T: WriteJson> WriteJson for Box<T> {
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        (**self).write_json(out)
    }
}

impl<T: WriteJson> WriteJson for Option<T> {
    fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Some(value) => value.write_json(out),
            None => {
                out.extend_from_slice(b"null");
                Ok(())
            }
        }
    }
}

/// Begins an object with the fields of `value`; [`end`] closes it.
pub(crate) fn begin(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.pop();
    Ok(())
}

/// Begins an object with the fields of another in JSON; [`end`] closes it.
pub(crate) fn begin_with(out: &mut Vec<u8>, json: &str) {
    out.extend_from_slice(json.strip_suffix('}').unwrap_or(json).as_bytes());
}

/// Adds the fields of another in JSON, of which there are some, to an object that has some.
pub(crate) fn fields_of(out: &mut Vec<u8>, json: &str) {
    let json = json.strip_prefix('{').unwrap_or(json);
    out.push(b',');
    begin_with(out, json);
}

/// Adds the fields of `value`, of which there are some, to an object that has some.
pub(crate) fn fields(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    let joint = out.len();
    begin(out, value)?;
    if let Some(brace) = out.get_mut(joint) {
        *brace = b',';
    }
    Ok(())
}

/// Adds a field to an object that has some. `key` is without what JSON escapes.
pub(crate) fn field(out: &mut Vec<u8>, key: &str, value: &impl WriteJson) -> serde_json::Result<()> {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    value.write_json(out)
}

pub(crate) fn end(out: &mut Vec<u8>) {
    out.push(b'}');
}
