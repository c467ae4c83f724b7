//! The admin socket: commands to a running server, from its own user or root only.
//!
//! One line of JSON each way: a [`Command`], a [`Reply`].

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use app::App;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::command::{Command, Reply, run};

/// The socket's name in the data directory.
const SOCKET: &str = "admin.sock";
const LINE_MAX: u64 = 1024 * 1024;
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// How long a caller may take to say its command, and to read the reply.
const CALLER_LIMIT: Duration = Duration::from_secs(10);
/// Until the next try when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub struct Admin {
    listener: UnixListener,
    path: PathBuf,
}

/// Listens in `dir`, whose lock the caller holds: a socket left over from a crash is nobody's.
pub fn bind(dir: &Path) -> anyhow::Result<Admin> {
    let path = dir.join(SOCKET);
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).with_context(|| {
        format!("the admin socket {} cannot be made; a path of more than 100 characters is too long for a socket", path.display())
    })?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(Admin { listener, path })
}

impl Admin {
    pub async fn run(self, app: App, stop: CancellationToken) {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let app = app.clone();
            tokio::spawn(async move {
                if let Err(error) = serve(stream, &app).await {
                    tracing::warn!(%error, "a command could not be served");
                }
            });
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn serve(mut stream: UnixStream, app: &App) -> anyhow::Result<()> {
    let peer = stream.peer_cred()?.uid();
    let own = rustix::process::geteuid().as_raw();
    let reply = if peer == 0 || peer == own {
        let mut line = String::new();
        timeout(CALLER_LIMIT, BufReader::new((&mut stream).take(LINE_MAX)).read_line(&mut line)).await.context("no command came in time")??;
        run(app, serde_json::from_str::<Command>(&line)?).await
    } else {
        Reply::denied()
    };
    let reply = format!("{}\n", serde_json::to_string(&reply)?);
    timeout(CALLER_LIMIT, stream.write_all(reply.as_bytes())).await.context("the reply was not read in time")??;
    stream.shutdown().await?;
    Ok(())
}

/// Sends a command to the server that holds `dir`.
pub async fn ask(dir: &Path, command: &Command) -> anyhow::Result<Reply> {
    let path = dir.join(SOCKET);
    let mut stream = UnixStream::connect(&path).await.with_context(|| {
        format!("a server holds {}, but its admin socket {} does not answer; is it just starting or stopping?", dir.display(), path.display())
    })?;
    let exchange = async {
        stream.write_all(format!("{}\n", serde_json::to_string(command)?).as_bytes()).await?;
        let mut line = String::new();
        BufReader::new(stream.take(LINE_MAX)).read_line(&mut line).await?;
        Ok::<_, anyhow::Error>(serde_json::from_str(&line)?)
    };
    timeout(ANSWER_LIMIT, exchange).await.context("the server did not answer in time")?
}
