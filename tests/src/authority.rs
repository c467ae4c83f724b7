//! A certificate authority of the tests' own, that everybody in a test trusts. It is made when a test needs
//! one, shared by all that run meanwhile, and gone when nothing holds a certificate of it any more.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

pub struct Authority {
    dir: TempDir,
}

/// PEM files.
#[derive(Clone)]
pub struct Certificate {
    pub authority: Arc<Authority>,
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
}

impl Authority {
    pub fn get() -> Arc<Authority> {
        static AUTHORITY: Mutex<Weak<Authority>> = Mutex::new(Weak::new());
        let mut shared = AUTHORITY.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let authority = Authority { dir: tempfile::tempdir().expect("a temporary directory") };
            let (key, cert) = (authority.file("ca.key"), authority.file("ca.pem"));
            openssl(|command| {
                new_key(command, &key).args(["-x509", "-days", "2", "-subj", "/CN=Authority of the tests"]);
                command.args(["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]).arg("-out").arg(&cert);
            });
            let authority = Arc::new(authority);
            *shared = Arc::downgrade(&authority);
            authority
        })
    }

    pub fn ca_file(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// A certificate for these names, good for two days.
    pub fn certifies(self: &Arc<Self>, names: &[&str]) -> Certificate {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let (cert_file, key_file) = (self.file(&format!("{number}.pem")), self.file(&format!("{number}.key")));
        let made = Certificate { authority: self.clone(), cert_file, key_file };
        let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
        openssl(|command| {
            new_key(command, &made.key_file).args(["-x509", "-days", "2", "-subj", "/CN=A server of the tests"]);
            command.arg("-CA").arg(self.ca_file()).arg("-CAkey").arg(self.file("ca.key"));
            command.args(["-addext", "basicConstraints=critical,CA:FALSE", "-addext", &format!("subjectAltName={}", names.join(","))]);
            command.arg("-out").arg(&made.cert_file);
        });
        made
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

fn new_key<'a>(command: &'a mut Command, key: &Path) -> &'a mut Command {
    command.args(["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout"]).arg(key)
}

fn openssl(arguments: impl FnOnce(&mut Command)) {
    let mut command = Command::new("openssl");
    arguments(&mut command);
    let output = command.output().unwrap_or_else(|error| panic!("openssl: {error}; run bin/test, which installs it"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
