//! The files of the repository, read once. What git would not keep is left out: build output, data, packages.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::OnceLock;

const SKIPPED_DIRECTORIES: [&str; 6] = [".git", "target", "node_modules", "__pycache__", ".dev", ".venv"];
const SKIPPED_AT_THE_ROOT: [&str; 1] = ["data"];
const FILE_BYTES_MAX: u64 = 4 << 20;
const DEPTH_MAX: usize = 16;

pub struct Tree {
    pub files: Vec<File>,
}

pub struct File {
    /// From the root of the repository, with slashes.
    pub path: String,
    /// Empty if it is not text.
    pub text: String,
    pub is_executable: bool,
}

impl Tree {
    /// The repository that this test was compiled in.
    pub fn here() -> &'static Self {
        static HERE: OnceLock<Tree> = OnceLock::new();
        HERE.get_or_init(|| {
            let mut files = Vec::new();
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            read_directory(&root, "", 0, &mut files);
            assert!(files.iter().any(|file| file.path == "Cargo.toml"), "{} is no repository", root.display());
            Tree { files }
        })
    }

    /// Whether there is such a file, or such a directory with a file in it.
    pub fn has(&self, path: &str) -> bool {
        let inside = format!("{}/", path.trim_end_matches('/'));
        self.files.iter().any(|file| file.path == path || file.path.starts_with(&inside))
    }
}

fn read_directory(directory: &Path, prefix: &str, depth: usize, files: &mut Vec<File>) {
    assert!(depth <= DEPTH_MAX, "{} lies too deep", directory.display());
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    for entry in entries {
        let entry = entry.unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        // Others may be building or testing beside us: what has gone since it was listed is no concern.
        let Ok(metadata) = fs::symlink_metadata(entry.path()) else { continue };
        if metadata.is_dir() {
            let skipped = SKIPPED_DIRECTORIES.contains(&name.as_str()) || (prefix.is_empty() && SKIPPED_AT_THE_ROOT.contains(&name.as_str()));
            if !skipped {
                read_directory(&entry.path(), &format!("{path}/"), depth + 1, files);
            }
        } else if metadata.is_file() && !name.ends_with(".snap.new") {
            assert!(metadata.len() <= FILE_BYTES_MAX, "{path}: too large to be kept in a repository");
            let Ok(bytes) = fs::read(entry.path()) else { continue };
            let is_executable = metadata.permissions().mode() & 0o111 == 0o111;
            files.push(File { path, text: String::from_utf8(bytes).unwrap_or_default(), is_executable });
        }
    }
}
