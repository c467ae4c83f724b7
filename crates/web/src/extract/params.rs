//! Parameters as Rails reads them: query, form, multipart and JSON alike, in one tree.
//!
//! `a[]=1`, `a[0]=1`, `a[b]=1` and `a[][b]=1` make lists and maps. Numbers may be strings and strings
//! numbers; unknown parameters are ignored.

use std::collections::{HashMap, HashSet};

use app::{Error, Page};
use axum::body::HttpBody;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use futures_util::Stream;
use serde_json::{Map, Value};

use crate::bodies::{self, PERSON_BYTES, Stopped};
use crate::error::Fail;
use crate::web::Web;

const PAIRS_MAX: usize = 1000;
/// Values of a JSON body, lists and maps among them: each takes many times the memory that its text does.
const JSON_VALUES_MAX: usize = 10_000;
const DEPTH_MAX: usize = 8;

/// The parameters of a request. Files are passed over: an endpoint that takes some has an [`Upload`](super::Upload).
#[derive(Debug, Default)]
pub struct Params {
    tree: Map<String, Value>,
    files: HashMap<String, Bytes>,
}

impl FromRequest<Web> for Params {
    type Rejection = Fail;

    async fn from_request(request: Request, web: &Web) -> Result<Params, Fail> {
        let (parts, body) = request.into_parts();
        let mut params = Params::from_query(parts.uri.query().unwrap_or_default())?;
        if !body.is_end_stream() {
            let body = bodies::read(&web.bodies, &parts, body, bodies::most(&parts)).await?;
            params.read_body(&content_type(&parts.headers), body, false).await?;
        }
        Ok(params)
    }
}

pub(super) fn content_type(headers: &HeaderMap) -> String {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().trim().to_owned()
}

pub(super) fn is_multipart(kind: &str) -> bool {
    kind.starts_with("multipart/form-data")
}

impl Params {
    /// Of a query string alone.
    pub fn from_query(query: &str) -> Result<Params, Fail> {
        let mut params = Params::default();
        params.read_pairs(query.as_bytes())?;
        Ok(params)
    }

    /// A text; numbers and booleans count as their words. `None` if missing or null.
    pub fn text(&self, name: &str) -> Result<Option<String>, Fail> {
        self.tree.get(name).map_or(Ok(None), |value| text_of(name, value))
    }

    /// Whether the parameter is there and not null or blank.
    pub fn has(&self, name: &str) -> bool {
        self.tree.get(name).is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// A text that is not blank.
    pub fn filled(&self, name: &str) -> Result<Option<String>, Fail> {
        Ok(self.text(name)?.filter(|text| !text.trim().is_empty()))
    }

    /// As Rails: `false`, `0`, `f`, `off` are false, empty is nothing, all else is true.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Fail> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()).map(|text| !matches!(text.as_str(), "false" | "FALSE" | "0" | "f" | "F" | "off" | "OFF")))
    }

    /// A list of texts. A bare text counts as a list of one only if `bare` is set; else it is ignored.
    pub fn texts(&self, name: &str, bare: bool) -> Result<Vec<String>, Fail> {
        match self.tree.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(|item| text_of(name, item).transpose()).collect(),
            // `a[0]=x&a[1]=y`
            Some(Value::Object(map)) => map.values().filter_map(|item| text_of(name, item).transpose()).collect(),
            Some(value) if bare => Ok(text_of(name, value)?.into_iter().collect()),
            _ => Ok(Vec::new()),
        }
    }

    /// The parameters of a map, such as `poll` of `poll[expires_in]`. `None` if it is missing or no map.
    pub fn within(&self, name: &str) -> Option<Params> {
        Some(Params { tree: self.tree.get(name)?.as_object()?.clone(), files: HashMap::new() })
    }

    /// The parameters of each map of a list, such as `media_attributes[][id]`; a map of them by number counts as a list.
    pub fn each_within(&self, name: &str) -> Vec<Params> {
        let items: Vec<&Value> = match self.tree.get(name) {
            Some(Value::Array(items)) => items.iter().collect(),
            Some(Value::Object(map)) => map.values().collect(),
            _ => Vec::new(),
        };
        items.into_iter().filter_map(Value::as_object).map(|map| Params { tree: map.clone(), files: HashMap::new() }).collect()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// Whether the parameter is a list, even an empty one.
    pub fn is_list(&self, name: &str) -> bool {
        self.tree.get(name).is_some_and(Value::is_array)
    }

    /// Whether the parameter was sent at all, even null or blank.
    pub fn sent(&self, name: &str) -> bool {
        self.tree.contains_key(name)
    }

    /// An id; what is no number names nothing.
    pub fn id<T: From64>(&self, name: &str) -> Result<Option<T>, Fail> {
        match self.filled(name)? {
            None => Ok(None),
            Some(text) => text.trim().parse::<i64>().map(|id| Some(T::from64(id))).map_err(|_| Error::not_found().into()),
        }
    }

    /// A list of ids, each once; what is no number is skipped.
    pub fn ids<T: From64>(&self, name: &str, bare: bool) -> Result<Vec<T>, Fail> {
        let mut seen = HashSet::new();
        let ids = self.texts(name, bare)?.into_iter().filter_map(|text| text.trim().parse::<i64>().ok());
        Ok(ids.filter(|id| seen.insert(*id)).map(T::from64).collect())
    }

    /// A list of texts, or `None` if it was not sent. A bare text is none.
    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>, Fail> {
        match self.tree.get(name) {
            Some(Value::Array(_) | Value::Object(_)) => self.texts(name, false).map(Some),
            _ => Ok(None),
        }
    }

    /// The parameters inside a map: `a[b]=1` has `b` inside `a`. `None` if it is no map.
    pub fn inside(&self, name: &str) -> Option<Params> {
        let tree = self.tree.get(name)?.as_object()?.clone();
        Some(Params { tree, files: HashMap::new() })
    }

    /// A list of maps: `name[][key]`, `name[0][key]` or a JSON array. `None` if it was not sent.
    pub fn children(&self, name: &str) -> Option<Vec<Params>> {
        let of = |item: &Value| item.as_object().map(|tree| Params { tree: tree.clone(), files: HashMap::new() });
        match self.tree.get(name)? {
            Value::Array(items) => Some(items.iter().filter_map(of).collect()),
            Value::Object(map) => Some(map.values().filter_map(of).collect()),
            _ => None,
        }
    }

    /// The names of all parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tree.keys().map(String::as_str)
    }

    /// A file of a multipart body.
    pub fn file(&self, name: &str) -> Option<Bytes> {
        self.files.get(name).cloned()
    }

    /// `max_id`, `since_id`, `min_id` and `limit` (at most twice the default, 0 if it is no number).
    pub fn page(&self, default_limit: i64) -> Result<Page, Fail> {
        let id = |name| -> Result<Option<i64>, Fail> { Ok(self.filled(name)?.and_then(|text| text.trim().parse().ok())) };
        let limit = match self.filled("limit")? {
            None => default_limit,
            Some(text) => text.trim().parse::<i64>().unwrap_or(0).saturating_abs().min(default_limit * 2),
        };
        Ok(Page { max_id: id("max_id")?, since_id: id("since_id")?, min_id: id("min_id")?, limit })
    }

    /// Reads a whole body of the type `kind`.
    pub(super) async fn read_body(&mut self, kind: &str, body: Bytes, takes_files: bool) -> Result<(), Fail> {
        if body.is_empty() {
            return Ok(());
        }
        if is_multipart(kind) {
            let files = takes_files.then(|| body.clone());
            let stream = futures_util::stream::once(async move { Ok::<_, Stopped>(body) });
            return self.read_multipart(kind, stream, files).await;
        }
        if kind.starts_with("application/json") || kind.ends_with("+json") {
            self.read_json(&body)
        } else if kind.is_empty() || kind.starts_with("application/x-www-form-urlencoded") {
            self.read_pairs(&body)
        } else {
            Ok(())
        }
    }

    fn read_json(&mut self, body: &[u8]) -> Result<(), Fail> {
        if values_of(body) > JSON_VALUES_MAX {
            return Err(Error::malformed(format!("more than {JSON_VALUES_MAX} values")).into());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => {
                for (name, value) in map {
                    refuse_nul(&value)?;
                    self.tree.insert(name, value);
                }
                Ok(())
            }
            Ok(_) => Err(Error::malformed("the JSON body must be an object").into()),
            Err(error) => Err(Error::malformed(format!("the JSON body is broken at line {}, column {}", error.line(), error.column())).into()),
        }
    }

    fn read_pairs(&mut self, body: &[u8]) -> Result<(), Fail> {
        for (count, pair) in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).enumerate() {
            if count >= PAIRS_MAX {
                return Err(Error::malformed(format!("more than {PAIRS_MAX} parameters")).into());
            }
            let split = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = (decoded(&pair[..split])?, decoded(pair.get(split + 1..).unwrap_or_default())?);
            self.put(&name, value)?;
        }
        Ok(())
    }

    /// Reads the parts of a multipart body as they arrive: files each into memory that `files` accounts for, or past
    /// them if there is none.
    pub(super) async fn read_multipart<S, G>(&mut self, kind: &str, stream: S, files: Option<G>) -> Result<(), Fail>
    where
        S: Stream<Item = Result<Bytes, Stopped>> + Send + 'static,
        G: Clone + Send + 'static,
    {
        let boundary = multer::parse_boundary(kind).map_err(broken)?;
        let mut multipart = multer::Multipart::new(stream, boundary);
        let mut text_bytes = 0;
        for _ in 0..PAIRS_MAX {
            let Some(mut field) = multipart.next_field().await.map_err(broken)? else { return Ok(()) };
            let Some(name) = field.name().map(str::to_owned) else { continue };
            let is_file = field.file_name().is_some();
            if is_file && files.is_none() {
                continue;
            }
            let mut bytes = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(broken)? {
                text_bytes += if is_file { 0 } else { chunk.len() };
                if text_bytes > PERSON_BYTES {
                    return Err(Stopped::TooLarge(PERSON_BYTES).into());
                }
                bytes.extend_from_slice(&chunk);
            }
            if let (true, Some(files)) = (is_file, &files) {
                self.files.insert(name, bodies::covered(bytes, files.clone()));
            } else {
                let text = String::from_utf8(bytes).map_err(|_| Fail::from(Error::malformed("text must be UTF-8")))?;
                self.put(&name, text)?;
            }
        }
        Err(Error::malformed(format!("more than {PAIRS_MAX} parts")).into())
    }

    /// Puts `a[b][]=value` in its place.
    fn put(&mut self, name: &str, value: String) -> Result<(), Fail> {
        if name.contains('\0') || value.contains('\0') {
            return Err(Error::malformed("NUL is not allowed in text").into());
        }
        let (root, rest) = name.split_at(name.find('[').filter(|at| *at > 0).unwrap_or(name.len()));
        let keys: Vec<&str> = rest.split('[').skip(1).map(|key| key.strip_suffix(']').unwrap_or(key)).collect();
        if keys.len() > DEPTH_MAX {
            return Err(Error::malformed(format!("the parameter {root} is nested too deeply")).into());
        }
        let slot = self.tree.entry(root).or_insert(Value::Null);
        put_at(slot, &keys, Value::String(value));
        Ok(())
    }
}

/// Why a multipart body cannot be read.
fn broken(error: multer::Error) -> Fail {
    let stopped = match &error {
        multer::Error::StreamReadFailed(cause) => cause.downcast_ref::<Stopped>().copied(),
        _ => None,
    };
    stopped.map_or_else(|| Error::malformed("the multipart body is broken").into(), Fail::from)
}

/// How many values a JSON text has at most, by its punctuation.
fn values_of(json: &[u8]) -> usize {
    let (mut values, mut in_text, mut escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => values += 1,
            _ => {}
        }
    }
    values
}

fn put_at(slot: &mut Value, keys: &[&str], value: Value) {
    let Some((key, rest)) = keys.split_first() else {
        *slot = value;
        return;
    };
    if key.is_empty() {
        if !slot.is_array() {
            *slot = Value::Array(Vec::new());
        }
        let Value::Array(items) = slot else { return };
        // `a[][x]=1&a[][y]=2` fills one map until a key comes again.
        let continues =
            rest.first().is_some_and(|next| items.last().is_some_and(|last| last.as_object().is_some_and(|map| !map.contains_key(*next))));
        if !continues {
            items.push(Value::Null);
        }
        if let Some(last) = items.last_mut() {
            put_at(last, rest, value);
        }
        return;
    }
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    if let Value::Object(map) = slot {
        put_at(map.entry(*key).or_insert(Value::Null), rest, value);
    }
}

/// A name or value of a form. Unlike `form_urlencoded`, what is not UTF-8 is refused, not replaced.
fn decoded(bytes: &[u8]) -> Result<String, Fail> {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded = percent_encoding::percent_decode(&spaced).decode_utf8();
    Ok(decoded.map_err(|_| Fail::from(Error::malformed("text must be UTF-8")))?.into_owned())
}

fn text_of(name: &str, value: &Value) -> Result<Option<String>, Fail> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(flag) => Ok(Some(flag.to_string())),
        Value::Array(_) | Value::Object(_) => Err(Error::malformed(format!("{name} must be a single value")).into()),
    }
}

fn refuse_nul(value: &Value) -> Result<(), Fail> {
    let has_nul = match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => return items.iter().try_for_each(refuse_nul),
        Value::Object(map) => return map.values().try_for_each(refuse_nul),
        _ => false,
    };
    if has_nul { Err(Error::malformed("NUL is not allowed in text").into()) } else { Ok(()) }
}

/// Typed ids.
pub trait From64 {
    fn from64(id: i64) -> Self;
}

macro_rules! from64 {
    ($($name:ident),*) => {$(impl From64 for app::ids::$name { fn from64(id: i64) -> Self { Self(id) } })*};
}
from64!(AccountId, StatusId, MediaId, NotificationId, PollId, ScheduledStatusId);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tree(query: &str) -> Value {
        Value::Object(Params::from_query(query).unwrap().tree)
    }

    #[test]
    fn names_make_trees_as_in_rails() {
        assert_eq!(tree("a=1&b[]=2&b[]=3"), json!({"a": "1", "b": ["2", "3"]}));
        assert_eq!(tree("f[0][name]=x&f[0][value]=y&f[1][name]=z"), json!({"f": {"0": {"name": "x", "value": "y"}, "1": {"name": "z"}}}));
        assert_eq!(tree("f[][name]=x&f[][value]=y&f[][name]=z"), json!({"f": [{"name": "x", "value": "y"}, {"name": "z"}]}));
        assert_eq!(tree("poll[options][]=a&poll[options][]=b&poll[multiple]=true"), json!({"poll": {"options": ["a", "b"], "multiple": "true"}}));
    }

    #[test]
    fn flags_are_read_as_in_rails() {
        let flag = |value: &str| Params::from_query(&format!("x={value}")).unwrap().flag("x").unwrap();
        assert_eq!([flag("true"), flag("1"), flag("no"), flag("False")], [Some(true); 4]);
        assert_eq!([flag("false"), flag("0"), flag("off"), flag("F")], [Some(false); 4]);
        assert_eq!(flag(""), None);
    }

    #[test]
    fn limits_are_taken_as_mastodon_takes_them() {
        let limit = |query: &str| Params::from_query(query).unwrap().page(20).unwrap().limit;
        assert_eq!([limit(""), limit("limit=5"), limit("limit=400"), limit("limit=-3"), limit("limit=abc")], [20, 5, 40, 3, 0]);
    }

    #[test]
    fn values_are_counted_outside_of_texts() {
        assert_eq!(values_of(br#"{"a": [1, 2], "b": "x,[{\",,,", "c": {}}"#), 7);
        let list = |values: usize| format!("{{\"a\":[{}0]}}", "0,".repeat(values - 1));
        let read = |json: String| Params::default().read_json(json.as_bytes());
        assert!(read(list(JSON_VALUES_MAX - 3)).is_ok());
        assert!(read(list(JSON_VALUES_MAX)).is_err());
        assert!(read(format!("{{\"a\":\"{}\"}}", ",".repeat(JSON_VALUES_MAX * 2))).is_ok());
    }

    #[test]
    fn hostile_names_are_refused() {
        assert!(Params::from_query("a%00=1").is_err());
        assert!(Params::from_query(&format!("a{}=1", "[x]".repeat(20))).is_err());
        assert!(Params::from_query(&"a=1&".repeat(2000)).is_err());
    }
}
