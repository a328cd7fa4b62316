//! What do the tests need from the machine, and who installs it? Root on Debian: this command. Anyone else: the person.

use super::step::{Command, Steps, Stop};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// One thing the machine must have.
struct Need {
    what: &'static str,
    /// The Debian package that brings it.
    package: &'static str,
    present: fn() -> bool,
}

const NEEDS: [Need; 11] = [
    Need { what: "a C compiler (cc)", package: "build-essential", present: || on_path("cc") },
    Need { what: "Node.js 20 or newer (node)", package: "nodejs", present: node_is_recent },
    Need { what: "npm", package: "npm", present: || on_path("npm") },
    Need { what: "Python 3 (python3)", package: "python3", present: || on_path("python3") },
    Need { what: "Python's venv with pip", package: "python3-venv", present: venv_works },
    Need { what: "Chromium", package: "chromium", present: || on_path("chromium") },
    Need { what: "D-Bus (dbus-daemon)", package: "dbus-daemon", present: || on_path("dbus-daemon") },
    Need { what: "Japanese fonts", package: "fonts-noto-cjk", present: japanese_fonts },
    Need { what: "Postfix, a mail server", package: "postfix", present: || Path::new(POSTFIX).exists() },
    Need { what: "nginx", package: "nginx", present: || Path::new(NGINX).exists() || on_path("nginx") },
    Need { what: "miltertest", package: "miltertest", present: || on_path("miltertest") },
];

/// Not on everybody's path.
const POSTFIX: &str = "/usr/sbin/postfix";
const NGINX: &str = "/usr/sbin/nginx";
/// The packaged Postfix would begin to serve mail; without a configuration it does not.
const NO_MAIL_SERVICE: &str =
    "echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections";

/// The Python of the interop tests' own environment.
pub fn python(root: &Path) -> PathBuf {
    root.join("interop/.venv/bin/python")
}

/// Brings the machine, `interop/node_modules` and `interop/.venv` into the state the tests need.
pub fn run(root: &Path, steps: &mut Steps) -> Result<(), Stop> {
    system_packages(root, steps)?;
    node_packages(root, steps)?;
    python_packages(root, steps)
}

fn missing() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| !(need.present)()).collect()
}

fn system_packages(root: &Path, steps: &mut Steps) -> Result<(), Stop> {
    let wanted = missing();
    if wanted.is_empty() {
        return Ok(());
    }
    if is_root() && on_path("apt-get") {
        let apt = |words: &[&str]| {
            // In this run level no package starts a service.
            let apt = Command::new("apt-get", words).within(root).with("DEBIAN_FRONTEND", "noninteractive");
            apt.with("RUNLEVEL", "1")
        };
        steps.run("package lists", &apt(&["update", "-q"]))?;
        if wanted.iter().any(|need| need.package == "postfix") {
            steps.run("no mail service", &Command::new("sh", &["-c", NO_MAIL_SERVICE]).within(root))?;
        }
        let packages = wanted.iter().map(|need| need.package);
        let words: Vec<&str> =
            ["install", "-y", "-q", "--no-install-recommends"].into_iter().chain(packages).collect();
        steps.run("system packages", &apt(&words))?;
    }
    let left = missing();
    if left.is_empty() {
        return Ok(());
    }
    println!("The tests need what this machine lacks:");
    for need in left {
        println!("  {} (Debian: {})", need.what, need.package);
    }
    println!("Install it, then run `cargo xtask test` again; `cargo xtask test --quick` does without.");
    Err(Stop::Missing)
}

fn node_packages(root: &Path, steps: &mut Steps) -> Result<(), Stop> {
    let interop = root.join("interop");
    if !interop.join("package.json").exists() {
        return Ok(());
    }
    // npm writes this file last.
    let installed = modified(&interop.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&interop.join("package-lock.json")) {
        return Ok(());
    }
    steps.run("npm packages", &Command::new("npm", &["ci"]).within_folder(root, "interop"))
}

fn python_packages(root: &Path, steps: &mut Steps) -> Result<(), Stop> {
    let wanted = root.join("interop/requirements.txt");
    let Ok(wanted) = std::fs::read_to_string(wanted) else { return Ok(()) };
    let stamp = root.join("interop/.venv/installed-requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && python(root).exists() {
        return Ok(());
    }
    steps
        .run("Python environment", &Command::new("python3", &["-m", "venv", "interop/.venv"]).within(root))?;
    let pip = ["-m", "pip", "install", "--quiet", "-r", "interop/requirements.txt"];
    steps.run("Python packages", &Command::new("interop/.venv/bin/python", &pip).within(root))?;
    // Without the stamp the packages are only looked at once more next time.
    let _ = std::fs::write(stamp, wanted);
    Ok(())
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

fn is_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
    }
    #[cfg(not(unix))]
    false
}

fn node_is_recent() -> bool {
    let recent = "process.exit(Number(process.versions.node.split('.')[0]) >= 20 ? 0 : 1)";
    Command::new("node", &["-e", recent]).succeeds()
}

fn venv_works() -> bool {
    Command::new("python3", &["-c", "import venv, ensurepip"]).succeeds()
}

/// Without them a Japanese page shows empty boxes in its screenshots.
fn japanese_fonts() -> bool {
    let listed = std::process::Command::new("fc-list").arg(":lang=ja").output();
    listed.is_ok_and(|output| !output.stdout.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_on_the_path_only() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program-here"));
    }

    #[test]
    fn every_need_names_its_package_once() {
        let mut packages: Vec<&str> = NEEDS.iter().map(|need| need.package).collect();
        packages.sort_unstable();
        packages.dedup();
        assert_eq!(packages.len(), NEEDS.len());
    }
}
