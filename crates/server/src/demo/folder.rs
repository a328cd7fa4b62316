//! Where does the demo keep things, and with which configuration does it run?

use super::address::Place;
use super::seed;
use crate::clock::Random;
use crate::command::Failure;
use crate::config::{self, Loaded};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zeroize::Zeroizing;

const CONFIGURATION: &str = "demo.toml";
const ENCRYPTION_KEY: &str = "encryption.key";

/// Variables that would contradict the command line of the demo.
const OWN: [&str; 8] = [
    "TANDEM_ISSUER",
    "TANDEM_DATA_DIR",
    "TANDEM_LISTENERS__PUBLIC",
    "TANDEM_TLS__CERTIFICATE_FILE",
    "TANDEM_TLS__PRIVATE_KEY_FILE",
    "TANDEM_KEYS__ENCRYPTION_KEY",
    "TANDEM_KEYS__ENCRYPTION_KEY_FILE",
    "TANDEM_CLIENTS",
];

/// The folder of a demo.
#[derive(Debug)]
pub enum Folder {
    /// Removed at the end.
    Temporary(TempDir),
    /// Kept.
    Kept(PathBuf),
}

impl Folder {
    /// A new temporary folder, or the one that was named: a new or empty one, or that of an earlier demo.
    pub fn open(named: Option<PathBuf>) -> Result<Self, Failure> {
        let Some(folder) = named else {
            let made = tempfile::Builder::new().prefix("tandem-demo-").tempdir();
            return made.map(Self::Temporary).map_err(|error| cannot("make a temporary folder", &error));
        };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|error| cannot(&format!("make the folder {}", folder.display()), &error))?;
        let entries = std::fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries =
            entries.map_err(|error| cannot(&format!("read the folder {}", folder.display()), &error))?;
        if !entries.is_empty() && !entries.iter().any(|entry| entry.file_name() == CONFIGURATION) {
            return Err(Failure::Usage(format!(
                "{} holds something that is no demo, and nobody should mix the two: name an empty folder",
                folder.display()
            )));
        }
        // The configuration names itself, so it must not depend on where somebody stands.
        let folder = folder.canonicalize().map_err(|error| cannot("find the folder", &error))?;
        Ok(Self::Kept(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(folder) => folder,
        }
    }

    /// Whether it stays.
    pub const fn is_kept(&self) -> bool {
        matches!(self, Self::Kept(_))
    }

    /// Writes the configuration of a demo at this place, and reads it with the environment over it.
    pub fn configure(
        &self,
        place: &Place,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Loaded, Failure> {
        self.make_encryption_key()?;
        let file = self.path().join(CONFIGURATION);
        write_private(&file, &text(place))
            .map_err(|error| cannot(&format!("write {}", file.display()), &error))?;
        let env = env.filter(|(name, _)| !OWN.contains(&name.as_str()));
        let mut loaded = config::load(&[file], env)?;
        loaded.config.issuer = place.issuer.clone();
        Ok(loaded)
    }

    fn make_encryption_key(&self) -> Result<(), Failure> {
        let file = self.path().join(ENCRYPTION_KEY);
        if file.exists() {
            return Ok(());
        }
        let key = Zeroizing::new(URL_SAFE_NO_PAD.encode(Zeroizing::new(Random.bytes::<32>()).as_slice()));
        write_private(&file, &key).map_err(|error| cannot(&format!("write {}", file.display()), &error))
    }
}

/// What other commands need to work on the folder, too. The address is that of this machine even if the demo is
/// exposed: a configuration accepts no other without TLS.
fn text(place: &Place) -> String {
    format!(
        "# The configuration of a demo, written anew at each start. Its users have public passwords.\n\
         issuer = \"http://localhost:{port}\"\n\
         data_dir = \".\"\n\n\
         [listeners]\n\
         public = \"{address}\"\n\
         admin = \"\"\n\n\
         [keys]\n\
         encryption_key_file = \"{ENCRYPTION_KEY}\"\n\n\
         [pages]\n\
         operator_name = \"Tandem demo\"\n\n\
         [authorization_details.{payment}]\n\
         en = \"Pay {{amount}} to {{payee}}?\"\n\
         ja = \"{{payee}} に {{amount}} を支払いますか？\"\n\n\
         # The call centre and the till are clients that run in this server, and call it over HTTP.\n\
         [outgoing]\n\
         allow_private = {own_addresses:?}\n\n\
         # A receiver can set up streams with the client of the operator's tools.\n\
         [ssf]\n\
         enabled = true\n\n\
         [log]\n\
         level = \"warn\"\n",
        port = place.address.port(),
        address = place.address,
        payment = seed::PAYMENT,
        own_addresses = place.own_addresses(),
    )
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn cannot(what: &str, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("cannot {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::address::Reach;
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn place() -> Place {
        Place::take(Some("127.0.0.1:0".parse().unwrap()), Reach::Local).unwrap()
    }

    #[test]
    fn a_demo_does_not_move_into_a_folder_with_other_things() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tandem.db"), "people").unwrap();
        let error = Folder::open(Some(folder.path().to_owned())).unwrap_err();
        assert!(matches!(error, Failure::Usage(_)));
        assert_eq!(std::fs::read(folder.path().join("tandem.db")).unwrap(), b"people");
    }

    #[test]
    fn an_earlier_demo_is_used_again_with_its_key() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("new/demo");
        let first = Folder::open(Some(path.clone())).unwrap();
        let before =
            first.configure(&place(), std::iter::empty()).unwrap().config.keys.encryption_key.unwrap();
        let again = Folder::open(Some(path.clone())).unwrap();
        let after =
            again.configure(&place(), std::iter::empty()).unwrap().config.keys.encryption_key.unwrap();
        assert_eq!(before.expose(), after.expose());
        let mode = std::fs::metadata(path.join(ENCRYPTION_KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_environment_changes_settings_but_not_what_the_command_line_decides() {
        let folder = Folder::open(None).unwrap();
        let place = place();
        let env = [
            ("TANDEM_DEVICE_AUTHORIZATION__INTERVAL", "1"),
            ("TANDEM_ISSUER", "https://id.example.com"),
            ("TANDEM_DATA_DIR", "/nowhere"),
        ];
        let env = env.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned()));
        let config = folder.configure(&place, env).unwrap().config;
        assert_eq!(config.device_authorization.interval, 1);
        assert_eq!(config.issuer, place.issuer);
        assert_eq!(config.data_dir, folder.path());
    }

    #[test]
    fn a_temporary_folder_goes_with_the_demo() {
        let folder = Folder::open(None).unwrap();
        let path = folder.path().to_owned();
        folder.configure(&place(), std::iter::empty()).unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
