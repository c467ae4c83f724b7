//! Pictures among the parameters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::Params;
use crate::error::Fail;

impl Params {
    /// A file, or the same as a `data:` address, which some apps send in JSON. `None` if it is missing or blank.
    pub fn picture(&self, name: &str) -> Result<Option<Bytes>, Fail> {
        if let Some(file) = self.file(name) {
            return Ok(Some(file).filter(|file| !file.is_empty()));
        }
        let Some(text) = self.filled(name)? else { return Ok(None) };
        let encoded = text.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")).map(|(_, encoded)| encoded);
        // What cannot be read is no picture, and is refused as one.
        Ok(Some(encoded.and_then(|encoded| STANDARD.decode(encoded.trim()).ok()).unwrap_or_default().into()))
    }
}
