//! TLS of the server's own: handshakes with a limit, and a certificate that is read again when its files change.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::App;
use app::measure::label;
use arc_swap::ArcSwap;
use tokio::signal::unix::Signal;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::certificate::{self, Certificate};
use super::connection::End;
use super::socket::Socket;
use crate::config::Config;

/// Handshakes of one address under way at once, since they cost more than other connections; a further one is refused.
const HANDSHAKES_PER_ADDRESS_MAX: u32 = 128;
/// How often the files are looked at.
const WATCH_EVERY: Duration = Duration::from_secs(30);
/// Before its end a certificate should long have been renewed: from here on the log says so.
const RENEWAL_OVERDUE_S: i64 = 7 * 86_400;

pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
    handshakes: Arc<Mutex<Handshakes>>,
}

/// The certificate in use.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// Reads the certificate.
    ///
    /// Errors: what is wrong with its files.
    pub fn open(config: &Config, app: &App) -> anyhow::Result<Tls> {
        let certificate = certificate::read(config)?;
        report(&certificate, config, app);
        let current = Arc::new(Current(ArcSwap::new(certificate.key)));
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let mut server = builder.with_no_client_auth().with_cert_resolver(current.clone());
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(server)), current, handshakes: Arc::default() })
    }

    /// The protected connection; `None` if the client did not agree on one, or has too many handshakes under way.
    pub async fn accept(&self, socket: Socket, peer: IpAddr) -> Option<TlsStream<Socket>> {
        let Some(_turn) = Turn::take(&self.handshakes, peer) else {
            count("crowded");
            return None;
        };
        match self.acceptor.accept(socket).await {
            Ok(stream) => {
                count("success");
                Some(stream)
            }
            Err(error) => {
                tracing::debug!(%error, "a TLS handshake failed");
                count("failed");
                None
            }
        }
    }

    /// A handshake ended because of the server.
    pub fn cut_short(end: End) {
        count(if end == End::Handshake { "timeout" } else { "cancelled" });
    }

    /// Reads the files again whenever they have changed, and at each SIGHUP, until `stop`. What cannot be
    /// used is logged, and the certificate stays as it is.
    pub async fn watch(self: Arc<Self>, config: Config, app: App, mut hup: Signal, stop: CancellationToken) {
        let mut stamp = certificate::stamp(&config);
        let mut tick = tokio::time::interval(WATCH_EVERY);
        loop {
            let asked = tokio::select! {
                _ = tick.tick() => false,
                _ = hup.recv() => true,
                () = stop.cancelled() => return,
            };
            let now = certificate::stamp(&config);
            if !asked && now == stamp {
                continue;
            }
            stamp = now;
            match certificate::read(&config) {
                Ok(certificate) => {
                    report(&certificate, &config, &app);
                    self.current.0.store(certificate.key);
                }
                Err(error) => tracing::error!(%error, "the certificate is not renewed"),
            }
        }
    }
}

fn count(result: &'static str) {
    metrics::counter!("ferrodon_tls_handshakes_total", "result" => label(result)).increment(1);
}

/// Tells the end of a certificate's life.
fn report(certificate: &Certificate, config: &Config, app: &App) {
    metrics::gauge!("ferrodon_tls_certificate_expiry_timestamp_seconds").set(certificate.expires_s as f64);
    let (file, left_s) = (&config.tls.cert_file, certificate.expires_s - app.now_ms() / 1000);
    let days = left_s.div_euclid(86_400);
    if left_s <= 0 {
        tracing::error!(file, "the certificate has expired: nobody can connect until it is renewed");
    } else if left_s < RENEWAL_OVERDUE_S {
        tracing::warn!(file, days, "the certificate expires soon");
    } else {
        tracing::info!(file, days, "the certificate is in use");
    }
}

/// Handshakes under way, by the client's address.
type Handshakes = HashMap<IpAddr, u32>;

/// One of them, given back when it is dropped.
struct Turn {
    handshakes: Arc<Mutex<Handshakes>>,
    address: IpAddr,
}

impl Turn {
    fn take(handshakes: &Arc<Mutex<Handshakes>>, address: IpAddr) -> Option<Turn> {
        let mut counts = handshakes.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= HANDSHAKES_PER_ADDRESS_MAX {
            return None;
        }
        *count += 1;
        Some(Turn { handshakes: handshakes.clone(), address })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut counts = self.handshakes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = counts.entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_handshake() {
        let handshakes = Arc::default();
        let (one, two) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut turns: Vec<Turn> = (0..HANDSHAKES_PER_ADDRESS_MAX).map(|_| Turn::take(&handshakes, one).unwrap()).collect();
        assert!(Turn::take(&handshakes, one).is_none());
        let other = Turn::take(&handshakes, two).unwrap();

        turns.pop();
        assert!(Turn::take(&handshakes, one).is_some());
        drop((turns, other));
        assert!(handshakes.lock().unwrap().is_empty());
    }
}
