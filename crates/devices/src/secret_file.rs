//! How is a secret kept in a file? Owner-only from its first instant, whole or not at all, never through a symlink.

use crate::failure::Failure;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// No secret that this program reads is longer (bytes).
const LONGEST: u64 = 64 * 1024;

/// Refuses, before anybody is asked anything, a `path` that [`write`] would refuse later.
pub fn check_writable(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_symlink() => {
            Err(refusal(path, "is a symbolic link; name the file itself"))
        }
        Ok(found) if !found.is_file() => Err(refusal(path, "is not a regular file")),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::metadata(folder(path)) {
            Ok(folder) if folder.is_dir() && path.file_name().is_some() => Ok(()),
            _ => Err(refusal(path, "is not in an existing folder")),
        },
        Err(error) => Err(refusal(path, &error.to_string())),
    }
}

/// Puts `contents` at `path` in one step; whoever looks sees the old file, or the new one with mode 0600.
///
/// `nonce` makes the name of the intermediate file unguessable; it is gone when this returns, whatever happened.
pub fn write(path: &Path, contents: &[u8], nonce: &str) -> Result<(), Failure> {
    check_writable(path)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{nonce}.new"));
    let draft = Draft { path: folder(path).join(name) };
    draft.fill(contents).and_then(|()| draft.rename(path)).map_err(|error| refusal(path, &error.to_string()))
}

/// Reads the private key at `path`; refuses a file that others may read.
pub fn read_private(path: &Path) -> Result<String, Failure> {
    let found = fs::metadata(path).map_err(|error| refusal(path, &error.to_string()))?;
    if open_to_others(&found) {
        return Err(refusal(path, "can be read by others; run chmod 600 on it first"));
    }
    read(path)
}

/// Reads the secret at `path`: text, without the line end that editors add.
///
/// Whoever runs containers mounts secrets as pipes and as files readable by all, so the mode is not judged.
pub fn read(path: &Path) -> Result<String, Failure> {
    let unreadable = |error: io::Error| refusal(path, &error.to_string());
    let file = File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LONGEST {
        return Err(refusal(path, "is too long to be a secret"));
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    if text.is_empty() {
        return Err(refusal(path, "is empty"));
    }
    Ok(text)
}

fn refusal(path: &Path, why: &str) -> Failure {
    Failure::File(format!("{}: {why}", path.display()))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn open_to_others(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
const fn open_to_others(_found: &fs::Metadata) -> bool {
    false
}

/// The new contents on their way; removed unless renamed.
struct Draft {
    path: PathBuf,
}

impl Draft {
    fn fill(&self, contents: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        // create_new never follows a link and never opens what somebody else has put there.
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        file.write_all(contents)?;
        file.sync_all()
    }

    fn rename(&self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        // The name too must survive a power cut; a file system that cannot promise it has done what it can.
        File::open(folder(target)).and_then(|folder| folder.sync_all()).or(Ok(()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_new_file_is_for_its_owner_alone_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        write(&path, b"secret", "n1").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(names(folder.path()), ["tokens.json"]);
    }

    #[test]
    fn replacing_a_readable_file_never_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let still_open = File::open(&path).unwrap();
        write(&path, b"new", "n1").unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"new".to_vec(), 0o600));
        // Whoever had the old file open never sees the new secret.
        assert_eq!(io::read_to_string(still_open).unwrap(), "old");
    }

    #[test]
    fn a_symlink_a_folder_and_a_missing_folder_are_refused_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        fs::write(&target, b"mine").unwrap();
        let link = folder.path().join("link");
        symlink(&target, &link).unwrap();
        let dangling = folder.path().join("dangling");
        symlink(folder.path().join("nowhere"), &dangling).unwrap();
        for path in [&link, &dangling, &folder.path().to_owned(), &folder.path().join("no/such")] {
            assert!(check_writable(path).is_err(), "{path:?}");
            assert!(matches!(write(path, b"secret", "n1"), Err(Failure::File(_))), "{path:?}");
        }
        assert_eq!(fs::read(&target).unwrap(), b"mine");
        assert!(!folder.path().join("nowhere").exists());
    }

    #[test]
    fn a_planted_draft_is_neither_followed_nor_filled() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, b"mine").unwrap();
        symlink(&victim, folder.path().join(".tokens.json.n1.new")).unwrap();
        assert!(write(&folder.path().join("tokens.json"), b"secret", "n1").is_err());
        assert_eq!(fs::read(&victim).unwrap(), b"mine");
    }

    #[test]
    fn a_secret_is_read_without_its_line_end_and_a_key_only_from_a_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write(&path, b" s3cret \r\n", "n1").unwrap();
        assert_eq!(
            (read(&path).unwrap(), read_private(&path).unwrap()),
            (" s3cret ".into(), " s3cret ".into())
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_private(&path).unwrap_err().to_string().contains("chmod 600"));
        assert_eq!(read(&path).unwrap(), " s3cret ");
        for (contents, reason) in [(&b"\n"[..], "empty"), (&[0xff][..], "UTF-8")] {
            write(&path, contents, "n1").unwrap();
            assert!(read(&path).unwrap_err().to_string().contains(reason));
        }
        write(&path, &vec![b'a'; 70_000], "n1").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("too long"));
        for unreadable in [&folder.path().join("missing"), folder.path()] {
            assert!(read(unreadable).is_err() && read_private(unreadable).is_err());
        }
    }
}
