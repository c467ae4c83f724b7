//! A mail server that keeps what it is sent: real SMTP on a loopback socket.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::mail::{MailOptions, TlsMode};

/// Lines of one message.
const LINES_MAX: usize = 10_000;

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub from: String,
    pub to: String,
    /// Login and password, if any were given.
    pub credentials: Option<(String, String)>,
    /// Headers and bodies as they were sent.
    pub raw: String,
}

impl Arrived {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> String {
        let head = self.raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let found = head.lines().find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)));
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    }

    /// The body of this type, decoded.
    pub fn body(&self, kind: &str) -> String {
        let start = format!("Content-Type: {kind}");
        let part = self.raw.split("\r\n--").find(|part| part.contains(&start)).unwrap_or_else(|| panic!("no {kind} in {}", self.raw));
        let (head, body) = part.split_once("\r\n\r\n").unwrap();
        if head.contains("base64") {
            return String::from_utf8(STANDARD.decode(body.replace("\r\n", "")).unwrap()).unwrap();
        }
        if head.contains("quoted-printable") { unquoted(body) } else { body.to_owned() }
    }

    /// The first address in the text, as a path on this server.
    pub fn link(&self) -> String {
        let text = self.body("text/plain");
        let address = text.split_whitespace().find(|word| word.starts_with("https://here.test/")).unwrap_or_else(|| panic!("no link in {text}"));
        address.strip_prefix("https://here.test").unwrap().to_owned()
    }
}

fn unquoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' && after.len() >= 2 {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[derive(Default)]
struct State {
    arrived: Vec<Arrived>,
    /// Messages still to be put off with a temporary refusal.
    put_off: usize,
}

/// The mail server; it goes with the runtime of the test.
#[derive(Clone)]
pub struct Postbox {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Postbox {
    pub async fn open() -> Postbox {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let postbox = Postbox { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let state = postbox.state.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(converse(socket, state.clone()));
            }
        });
        postbox
    }

    /// How the server under test reaches it.
    pub fn options(&self) -> MailOptions {
        MailOptions {
            server: "127.0.0.1".into(),
            port: self.port,
            tls: TlsMode::None,
            credentials: Some(("ferrodon".into(), "p4ss word".into())),
            from: "Here <notifications@here.test>".into(),
            reply_to: Some("help@here.test".into()),
            ca: None,
        }
    }

    /// The next `count` messages are refused for now.
    pub fn puts_off(&self, count: usize) {
        self.state.lock().unwrap().put_off = count;
    }

    /// All mail so far.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.state.lock().unwrap().arrived.clone()
    }

    /// The newest mail.
    pub fn newest(&self) -> Arrived {
        self.arrived().pop().expect("no mail has arrived")
    }
}

/// One connection. Source: RFC 5321 and RFC 4954
async fn converse(socket: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 postbox.test ESMTP\r\n").await?;
    let (mut from, mut to, mut credentials) = (String::new(), String::new(), None);
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let between =
            |line: &str| line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner.to_owned()).unwrap_or_default();
        let answer = match verb.as_str() {
            "EHLO" => "250-postbox.test\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
            "AUTH" => {
                let plain = STANDARD.decode(line.rsplit(' ').next().unwrap_or_default()).unwrap_or_default();
                let words: Vec<String> = plain.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
                credentials = Some((words[1].clone(), words[2].clone()));
                "235 welcome\r\n"
            }
            "MAIL" => {
                from = between(&line);
                "250 ok\r\n"
            }
            "RCPT" => {
                to = between(&line);
                "250 ok\r\n"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut raw = String::new();
                for _ in 0..LINES_MAX {
                    let Some(line) = lines.next_line().await?.filter(|line| line != ".") else { break };
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                    raw.push_str("\r\n");
                }
                let mut state = state.lock().unwrap();
                if state.put_off > 0 {
                    state.put_off -= 1;
                    "451 later\r\n"
                } else {
                    state.arrived.push(Arrived { from: from.clone(), to: to.clone(), credentials: credentials.clone(), raw });
                    "250 taken\r\n"
                }
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok\r\n",
        };
        write.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
