//! HTTP/2 by hand, for what no client library sends. Source: RFC 9113

/// Kinds of frames.
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;
/// A kind that nobody has defined.
pub const UNKNOWN: u8 = 0xbb;

/// Flags of frames.
pub const END_STREAM: u8 = 1;
pub const ACK: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const PADDED: u8 = 8;

/// The setting of how much may be sent on a stream that nothing was read of.
pub const INITIAL_WINDOW_SIZE: u16 = 4;
/// The reason of a RST_STREAM by a client that has lost interest.
pub const CANCEL: u32 = 8;
/// The reason of a GOAWAY to a client that makes too much work.
pub const ENHANCE_YOUR_CALM: u32 = 11;

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32).to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The beginning of a connection with these settings.
pub fn preface(settings: &[(u16, u32)]) -> Vec<u8> {
    let settings: Vec<u8> = settings.iter().flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(SETTINGS, 0, 0, &settings)].concat()
}

/// A whole request without a body.
pub fn request(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &get(path))
}

/// The headers of a request whose body is yet to come.
pub fn upload(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &head(0x83, path))
}

/// A request of whom a token names.
pub fn authorized(stream: u32, path: &str, token: &str) -> Vec<u8> {
    const AUTHORIZATION: [u8; 2] = [0x0f, 0x08];
    let token = format!("Bearer {token}");
    let headers = [get(path).as_slice(), &AUTHORIZATION, &[token.len() as u8], token.as_bytes()].concat();
    frame(HEADERS, END_STREAM | END_HEADERS, stream, &headers)
}

pub fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes())
}

/// The headers of a GET. Source: RFC 7541, appendix A
pub fn get(path: &str) -> Vec<u8> {
    head(0x82, path)
}

fn head(method: u8, path: &str) -> Vec<u8> {
    const SCHEME_HTTP: u8 = 0x86;
    const AUTHORITY: u8 = 0x41;
    const PATH: u8 = 0x44;
    let text = |name: u8, value: &str| [&[name, value.len() as u8], value.as_bytes()].concat();
    [vec![method, SCHEME_HTTP], text(AUTHORITY, "here"), text(PATH, path)].concat()
}

/// Takes whole frames out of what has come, each as kind, flags, stream and payload.
pub fn take_frames(heard: &mut Vec<u8>) -> Vec<(u8, u8, u32, Vec<u8>)> {
    const HEAD: usize = 9;
    let (mut frames, mut taken) = (Vec::new(), 0);
    while let Some((head, rest)) = heard[taken..].split_at_checked(HEAD) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let Some(payload) = rest.get(..length) else { break };
        frames.push((head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload.to_vec()));
        taken += HEAD + length;
    }
    heard.drain(..taken);
    frames
}
