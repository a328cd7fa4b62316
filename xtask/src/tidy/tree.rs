//! Which files belong to the project? Every text file that `.gitignore` does not name, by its path from the root.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// No file worth checking is larger (pictures and fonts are not text anyway).
const LARGEST: u64 = 4 << 20;

/// The project's text files: path from the root with `/`, and content.
#[derive(Debug, Default)]
pub struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads the files under `root`.
    pub fn load(root: &Path) -> io::Result<Self> {
        let ignored = Ignored::parse(&std::fs::read_to_string(root.join(".gitignore")).unwrap_or_default());
        let mut tree = Self::default();
        tree.walk(root, "", &ignored)?;
        Ok(tree)
    }

    /// A tree made of these files.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect())
    }

    fn walk(&mut self, directory: &Path, prefix: &str, ignored: &Ignored) -> io::Result<()> {
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if name == ".git" || ignored.names(&path, &name) {
                continue;
            }
            if kind.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"), ignored)?;
            } else if kind.is_file()
                && entry.metadata()?.len() <= LARGEST
                && let Ok(text) = String::from_utf8(std::fs::read(entry.path())?)
            {
                self.0.insert(path, text);
            }
        }
        Ok(())
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All files, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// All Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| has_extension(path, &["rs"]))
    }

    /// The content of the file at `path`.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }
}

/// Whether the path ends in one of these extensions.
pub fn has_extension(path: &str, extensions: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
}

/// Whether the file holds only tests, by its place.
pub fn is_test_file(path: &str) -> bool {
    path.contains("/tests/")
        || path.starts_with("fuzz/")
        || path.contains("/fuzz/")
        || path.starts_with("interop/")
        || path.ends_with("tests.rs")
}

/// The two forms of `.gitignore` lines that this project uses: `/path/from/root` and `*.part-of-a-name*`.
struct Ignored {
    paths: Vec<String>,
    parts: Vec<String>,
}

impl Ignored {
    fn parse(text: &str) -> Self {
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self {
            paths: lines()
                .filter_map(|l| l.strip_prefix('/'))
                .map(|l| l.trim_end_matches('/').to_owned())
                .collect(),
            parts: lines()
                .filter_map(|l| l.strip_prefix('*'))
                .map(|l| l.trim_end_matches('*').to_owned())
                .collect(),
        }
    }

    fn names(&self, path: &str, name: &str) -> bool {
        self.paths.iter().any(|ignored| ignored == path) || self.parts.iter().any(|part| name.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_files_do_not_belong() {
        let ignored = Ignored::parse("/target\n/interop/output/\n*.sqlite3*\n# note\n");
        assert!(ignored.names("target", "target"));
        assert!(ignored.names("interop/output", "output"));
        assert!(ignored.names("data/t.sqlite3-wal", "t.sqlite3-wal"));
        assert!(!ignored.names("crates/target", "target"));
    }

    #[test]
    fn examples_are_no_tests() {
        assert!(is_test_file("crates/core/tests/jose/main.rs") && is_test_file("fuzz/src/main.rs"));
        for path in ["crates/core/examples/mails.rs", "crates/core/src/testing.rs", "crates/core/build.rs"] {
            assert!(!is_test_file(path), "{path}");
        }
    }

    #[test]
    fn the_project_itself_can_be_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let tree = Tree::load(root).unwrap();
        assert!(tree.get("xtask/src/tidy/tree.rs").unwrap().starts_with("//! Which files"));
        assert!(tree.files().all(|(path, _)| !path.starts_with("target/") && !path.contains("node_modules")));
    }
}
