//! A directory that forgets what was not synced: the layer of `tests/powerloss`, built and handled from
//! here, and beside it a library that makes a liar of the disk.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use tempfile::TempDir;

/// The layer's programs, in a directory that any user may read.
pub struct Layer {
    dir: TempDir,
}

impl Layer {
    pub fn build() -> Rc<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("others may read it");
        let layer = Self { dir };
        let (here, sources) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("src/powerloss"), Path::new(env!("CARGO_MANIFEST_DIR")).join("powerloss"));
        layer.compile(&["-shared", "-fPIC"], &sources.join("powerloss.c"), "libpowerloss.so");
        layer.compile(&["-shared", "-fPIC"], &here.join("liar.c"), "libliar.so");
        layer.compile(&[], &sources.join("tool.c"), "powerloss");
        Rc::new(layer)
    }

    fn compile(&self, options: &[&str], source: &Path, product: &str) {
        run(Command::new("cc").args(["-O2", "-Wall", "-Wextra"]).args(options).arg("-o").arg(self.path(product)).arg(source).arg("-ldl"));
    }

    fn path(&self, product: &str) -> PathBuf {
        self.dir.path().join(product)
    }
}

/// How strictly names are forgotten; see the layer's README.
#[derive(Clone, Copy)]
pub enum Mode {
    Strict,
    Ext4,
}

pub struct Disk {
    root: PathBuf,
    shadow: PathBuf,
    mode: Mode,
    layer: Rc<Layer>,
}

impl Disk {
    /// `root` is emptied and rebuilt by `recover`; the shadow is made beside it.
    pub fn new(root: PathBuf, mode: Mode, layer: &Rc<Layer>) -> Self {
        Self { shadow: root.with_extension("shadow"), root, mode, layer: layer.clone() }
    }

    /// What is there now is durable.
    pub fn snapshot(&self) {
        self.tool("snapshot", &[]);
    }

    /// Of what is written from now on, nothing is.
    pub fn cut(&self) {
        self.tool("cut", &[]);
    }

    /// Takes away what was not synced; with a seed, not all of it. The processes must have been killed.
    pub fn recover(&self, torn: Option<u64>) {
        match torn {
            Some(seed) => self.tool("recover", &["--torn", &seed.to_string()]),
            None => self.tool("recover", &[]),
        }
    }

    /// For a process that runs on this disk. `cut_at`: its own sync, by number, before which power is cut.
    /// `lie`: syncs of files with this word in their path are not done.
    pub fn env(&self, cut_at: Option<u64>, lie: Option<&str>) -> Vec<(String, String)> {
        let mode = match self.mode {
            Mode::Strict => "strict",
            Mode::Ext4 => "ext4",
        };
        let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
        let mut preload = text(&self.layer.path("libpowerloss.so"));
        if lie.is_some() {
            preload = format!("{}:{preload}", text(&self.layer.path("libliar.so")));
        }
        let env = [
            ("LD_PRELOAD", Some(preload)),
            ("POWERLOSS_ROOT", Some(text(&self.root))),
            ("POWERLOSS_SHADOW", Some(text(&self.shadow))),
            ("POWERLOSS_MODE", Some(mode.to_owned())),
            ("POWERLOSS_CUT_AT", cut_at.map(|sync| sync.to_string())),
            ("LIAR_WORD", lie.map(str::to_owned)),
        ];
        env.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }

    fn tool(&self, verb: &str, more: &[&str]) {
        run(Command::new(self.layer.path("powerloss")).arg(verb).arg(&self.root).arg(&self.shadow).args(more));
    }
}

/// Panics, with what it said, if the command fails.
pub fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
}
