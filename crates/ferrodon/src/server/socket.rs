//! The socket of an accepted connection, which reports what goes over it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connections::Place;

/// After how long without an acknowledgement a peer counts as gone. A network that is away for longer cuts connections
/// itself.
const PEER_GONE: Duration = Duration::from_secs(60);

/// A place among the connections, kept until the socket is closed: below TLS, and after an upgrade, too.
pub struct Socket<S = TcpStream> {
    stream: S,
    place: Arc<Place>,
}

impl Socket {
    pub fn new(stream: TcpStream, place: Arc<Place>) -> Socket {
        let _ = stream.set_nodelay(true);
        // A peer that lost its power or network says nothing; the system finds out.
        let _ = sockopt::set_socket_keepalive(&stream, true);
        let _ = sockopt::set_tcp_keepidle(&stream, PEER_GONE);
        let _ = sockopt::set_tcp_user_timeout(&stream, u32::try_from(PEER_GONE.as_millis()).unwrap_or(u32::MAX));
        Socket::over(stream, place)
    }
}

impl<S> Socket<S> {
    pub fn over(stream: S, place: Arc<Place>) -> Socket<S> {
        Socket { stream, place }
    }

    fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(bytes)) => self.place.connection.wrote(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.place.connection.write_blocked(),
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let bytes = buffer.filled().len() - before;
        if bytes > 0 {
            self.place.connection.read(bytes);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
