//! What does this device keep between two commands? One private file: its key, whose it is, and what is left of the PIN.

use super::pin::Pin;
use crate::dpop::Prover;
use crate::failure::Failure;
use crate::issuer::{Transport, may_be_used};
use crate::secret_file;
use crate::surroundings::Surroundings;
use crate::world::unguessable;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use url::Url;

/// The only form of the file so far.
const VERSION: u32 = 1;

/// An authorization device of one person at one server. Secret, so it cannot be printed.
#[derive(Serialize, Deserialize)]
pub struct Device {
    version: u32,
    /// The thumbprint of the key.
    pub device_id: String,
    /// The server.
    pub issuer: String,
    /// Where the server talks to such devices.
    pub endpoint: Url,
    /// Whose device it is.
    pub username: String,
    /// What the person calls it.
    pub name: String,
    /// What is left of the PIN.
    pub pin: Pin,
    /// The private key, PKCS#8 in PEM.
    key: String,
}

/// What a registration is told by the server.
pub struct Registered {
    /// The server.
    pub issuer: String,
    /// Where it talks to such devices.
    pub endpoint: Url,
    /// Whose device it is.
    pub username: String,
    /// What the person calls it.
    pub name: String,
}

impl Device {
    /// A device with this key.
    pub fn new(registered: Registered, prover: &Prover, pin: Pin) -> Result<Self, Failure> {
        let Registered { issuer, endpoint, username, name } = registered;
        let device_id = prover.signing_key()?.kid().to_owned();
        Ok(Self { version: VERSION, device_id, issuer, endpoint, username, name, pin, key: prover.to_pem()? })
    }

    /// Reads `path`; refuses a file that others may read, and one that says something impossible.
    pub fn load(path: &Path, transport: Transport) -> Result<(Self, Prover), Failure> {
        if !path.exists() {
            let why = "there is no device here; make one with: tandem-device phone register";
            return Err(Failure::File(format!("{}: {why}", path.display())));
        }
        let text = secret_file::read_private(path)?;
        let broken = || Failure::File(format!("{}: is not the file of a device", path.display()));
        let device: Self = serde_json::from_str(&text).map_err(|_| broken())?;
        let prover = Prover::from_pem(&device.key).ok_or_else(broken)?;
        let named_after_key = prover.signing_key()?.kid() == device.device_id;
        if device.version != VERSION || !named_after_key || !may_be_used(&device.endpoint, transport) {
            return Err(broken());
        }
        Ok((device, prover))
    }

    /// Writes `path` in one step, for its owner alone.
    pub fn save(&self, path: &Path, world: &mut impl Surroundings) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Failure::File(format!("the device cannot be written as JSON: {error}")))?;
        secret_file::write(path, format!("{text}\n").as_bytes(), &unguessable(world)?)
    }
}

/// The file that is meant: the one that was named, or the usual one in the person's configuration folder.
pub fn file(named: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let folder =
        |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let configuration = if cfg!(windows) {
        folder("APPDATA")
    } else {
        folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")))
    };
    let why = "there is no configuration folder; name a file with --file";
    let configuration = configuration.ok_or_else(|| Failure::Usage(why.to_owned()))?;
    Ok(configuration.join("tandem-device").join("phone.json"))
}

/// Makes the usual folder, for its owner alone; a folder that the person named must be there.
pub fn prepare_folder(path: &Path, named: Option<&Path>) -> Result<(), Failure> {
    if let (None, Some(folder)) = (named, path.parent()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| Failure::File(format!("{}: {error}", folder.display())))?;
    }
    secret_file::check_writable(path)
}
