//! `cargo xtask setup`: what the build needs from the system.
//!
//! Each list of requirements is what one kind of build or check needs; a verb asks for its own lists alone. On
//! Debian and its kin the missing packages are installed; elsewhere the commands to type are printed.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::Command;

use crate::{Result, no_arguments, shell};

pub(crate) struct Requirement {
    name: &'static str,
    purpose: &'static str,
    present: fn() -> bool,
    packages: Packages,
}

/// What to install, by package manager. Several names are separated by spaces; empty means that
/// such a system comes with it.
struct Packages {
    apt: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    apk: &'static str,
    brew: &'static str,
}

/// What every build needs.
pub(crate) const BUILD: &[Requirement] = &[
    Requirement {
        name: "C compiler",
        purpose: "builds `ring`, the cryptography under TLS, and links every program",
        present: || shell::succeeds(Command::new("cc").arg("--version")) || cfg!(windows),
        packages: Packages {
            apt: "gcc libc6-dev",
            dnf: "gcc",
            pacman: "base-devel",
            apk: "build-base",
            brew: "",
        },
    },
    Requirement {
        name: "CA certificates",
        purpose: "TLS to the real service trusts what the system trusts",
        present: ca_certificates_present,
        packages: Packages {
            apt: "ca-certificates",
            dnf: "ca-certificates",
            pacman: "ca-certificates",
            apk: "ca-certificates",
            brew: "",
        },
    },
];

/// What builds that play or record need.
pub(crate) const PLAYBACK: &[Requirement] = &[Requirement {
    name: "ALSA headers",
    purpose: "playback and recording reach the sound system of Linux through libasound",
    present: alsa_present,
    packages: Packages {
        apt: "libasound2-dev pkg-config",
        dnf: "alsa-lib-devel pkgconf-pkg-config",
        pacman: "alsa-lib pkgconf",
        apk: "alsa-lib-dev pkgconf",
        brew: "",
    },
}];

/// What builds with the feature `native-tls` need: the tests, which have all features.
pub(crate) const NATIVE_TLS: &[Requirement] = &[Requirement {
    name: "OpenSSL headers",
    purpose: "the feature `native-tls`, which the tests cover, builds against them",
    present: openssl_present,
    packages: Packages {
        apt: "libssl-dev pkg-config",
        dnf: "openssl-devel pkgconf-pkg-config",
        pacman: "openssl pkgconf",
        apk: "openssl-dev pkgconf",
        brew: "",
    },
}];

/// What `cargo xtask fuzz` needs besides.
pub(crate) const FUZZ: &[Requirement] = &[Requirement {
    name: "C++ compiler",
    purpose: "builds libFuzzer",
    present: || shell::succeeds(Command::new("c++").arg("--version")),
    packages: Packages {
        apt: "g++",
        dnf: "gcc-c++",
        pacman: "base-devel",
        apk: "build-base",
        brew: "",
    },
}];

/// What `cargo xtask fleet` needs besides.
pub(crate) const REDIS: &[Requirement] = &[Requirement {
    name: "Redis",
    purpose: "the processes of a fleet count their permits in it",
    present: || shell::succeeds(Command::new("redis-server").arg("--version")),
    packages: Packages {
        apt: "redis-server",
        dnf: "redis",
        pacman: "valkey",
        apk: "redis",
        brew: "redis",
    },
}];

/// What `cargo xtask bare` needs besides.
pub(crate) const BARE: &[Requirement] = &[Requirement {
    name: "debootstrap",
    purpose: "makes a minimal Debian in a folder",
    present: || shell::succeeds(Command::new("debootstrap").arg("--version")),
    packages: Packages {
        apt: "debootstrap",
        dnf: "debootstrap",
        pacman: "debootstrap",
        apk: "debootstrap",
        brew: "",
    },
}];

/// What `cargo xtask sound` needs besides.
pub(crate) const SOUND: &[Requirement] = &[
    Requirement {
        name: "PulseAudio",
        purpose: "its virtual sound card is what is played to and recorded from",
        present: || shell::succeeds(Command::new("pulseaudio").arg("--version")),
        packages: Packages {
            apt: "pulseaudio",
            dnf: "pulseaudio",
            pacman: "pulseaudio",
            apk: "pulseaudio",
            brew: "",
        },
    },
    Requirement {
        name: "PulseAudio tools",
        purpose: "`parec` captures what is played, `pactl` takes devices away",
        present: || {
            ["pactl", "parec", "pacat"]
                .iter()
                .all(|tool| shell::succeeds(Command::new(tool).arg("--version")))
        },
        packages: Packages {
            apt: "pulseaudio-utils",
            dnf: "pulseaudio-utils",
            pacman: "libpulse",
            apk: "pulseaudio-utils",
            brew: "",
        },
    },
    Requirement {
        name: "ALSA plugin for PulseAudio",
        purpose: "programs that play through ALSA reach the virtual sound card by it",
        present: pulse_plugin_present,
        packages: Packages {
            apt: "libasound2-plugins",
            dnf: "alsa-plugins-pulseaudio",
            pacman: "alsa-plugins",
            apk: "alsa-plugins-pulse",
            brew: "",
        },
    },
];

/// What `cargo xtask conformance` needs besides.
pub(crate) const CONFORMANCE: &[Requirement] = &[
    Requirement {
        name: "Python",
        purpose: "runs the official Python clients, each in a virtual environment of its own",
        present: || {
            let python = if cfg!(windows) { "python" } else { "python3" };
            shell::succeeds(Command::new(python).args(["-c", "import ensurepip, venv"]))
        },
        packages: Packages {
            apt: "python3 python3-venv",
            dnf: "python3",
            pacman: "python",
            apk: "python3 py3-pip",
            brew: "",
        },
    },
    Requirement {
        name: "Node.js",
        purpose: "runs the official JavaScript clients",
        present: || {
            let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
            ["node", npm]
                .iter()
                .all(|tool| shell::succeeds(Command::new(tool).arg("--version")))
        },
        packages: Packages {
            apt: "nodejs npm",
            dnf: "nodejs npm",
            pacman: "nodejs npm",
            apk: "nodejs npm",
            brew: "node",
        },
    },
];

/// Plugins are beside the libraries, which Debian keeps in a folder for each architecture.
fn pulse_plugin_present() -> bool {
    let architectures = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()));
    architectures
        .chain(["/usr/lib".into(), "/usr/lib64".into()])
        .any(|folder| {
            folder
                .join("alsa-lib/libasound_module_pcm_pulse.so")
                .exists()
        })
}

fn alsa_present() -> bool {
    // Elsewhere sound is a part of the system.
    !cfg!(target_os = "linux")
        || shell::succeeds(Command::new("pkg-config").args(["--exists", "alsa"]))
}

fn openssl_present() -> bool {
    // Elsewhere native TLS is a part of the system.
    !cfg!(target_os = "linux")
        || shell::succeeds(Command::new("pkg-config").args(["--exists", "openssl"]))
}

/// Where the distributions keep the bundle of certificates: Debian and Arch, Fedora, Alpine, SUSE.
const CA_BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

fn ca_certificates_present() -> bool {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .iter()
        .filter_map(std::env::var_os)
        .any(|path| Path::new(&path).exists());
    // Elsewhere the certificates are a service of the system, not a file.
    !cfg!(target_os = "linux") || named || CA_BUNDLES.iter().any(|path| Path::new(path).exists())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Debian,
    Fedora,
    Arch,
    Alpine,
    MacOs,
    Windows,
    Unknown,
}

/// The right to install packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Privilege {
    Root,
    /// `sudo` without a password.
    Sudo,
    /// `sudo` that asks a person for it.
    SudoWithPassword,
}

pub(crate) fn run(arguments: &[String]) -> Result {
    no_arguments(arguments)?;
    ensure(&[BUILD, PLAYBACK, NATIVE_TLS])
}

/// Installs what is missing in the lists, or says what to install.
pub(crate) fn ensure(lists: &[&'static [Requirement]]) -> Result {
    let missing = missing_of(lists);
    if missing.is_empty() {
        eprintln!("setup: nothing to do");
        return Ok(());
    }
    for requirement in &missing {
        eprintln!(
            "setup: {} is missing ({})",
            requirement.name, requirement.purpose
        );
    }

    let system = System::current();
    let privilege = if system == System::Debian {
        Privilege::current()
    } else {
        None
    };
    let Some(privilege) = privilege else {
        let advice = advice(system, &missing);
        return Err(format!("install what is missing, then run this again:\n{advice}").into());
    };
    for words in apt_commands(privilege, &missing) {
        let (program, arguments) = words.split_first().ok_or("an empty command")?;
        shell::run(Command::new(program).args(arguments))?;
    }
    let names: Vec<_> = missing_of(lists)
        .iter()
        .map(|requirement| requirement.name)
        .collect();
    if names.is_empty() {
        Ok(())
    } else {
        Err(format!("still missing after the installation: {}", names.join(", ")).into())
    }
}

fn missing_of(lists: &[&'static [Requirement]]) -> Vec<&'static Requirement> {
    lists
        .iter()
        .copied()
        .flatten()
        .filter(|requirement| !(requirement.present)())
        .collect()
}

impl System {
    fn current() -> Self {
        match std::env::consts::OS {
            "macos" => Self::MacOs,
            "windows" => Self::Windows,
            _ => Self::from_os_release(
                &std::fs::read_to_string("/etc/os-release").unwrap_or_default(),
            ),
        }
    }

    /// From the text of `/etc/os-release`: the system's own name, else the first relative we know.
    fn from_os_release(text: &str) -> Self {
        ["ID", "ID_LIKE"]
            .iter()
            .filter_map(|key| os_release_value(text, key))
            .flat_map(str::split_whitespace)
            .find_map(|name| match name {
                "debian" | "ubuntu" => Some(Self::Debian),
                "fedora" | "rhel" => Some(Self::Fedora),
                "arch" => Some(Self::Arch),
                "alpine" => Some(Self::Alpine),
                _ => None,
            })
            .unwrap_or(Self::Unknown)
    }
}

fn os_release_value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']))
}

impl Privilege {
    /// A password is only asked for in a terminal: this also runs where no one can answer.
    fn current() -> Option<Self> {
        let user = shell::query(Command::new("id").arg("-u")).ok()?;
        let sudo = |argument: &[&str]| shell::succeeds(Command::new("sudo").args(argument));
        if user.trim() == "0" {
            Some(Self::Root)
        } else if sudo(&["-n", "true"]) {
            Some(Self::Sudo)
        } else {
            let can_ask = std::io::stdin().is_terminal() && sudo(&["--version"]);
            can_ask.then_some(Self::SudoWithPassword)
        }
    }
}

/// The commands that install what is missing on Debian, as words.
fn apt_commands(privilege: Privilege, missing: &[&Requirement]) -> [Vec<&'static str>; 2] {
    let prefix: &[_] = match privilege {
        Privilege::Root => &[],
        Privilege::Sudo => &["sudo", "-n"],
        Privilege::SudoWithPassword => &["sudo"],
    };
    // `env`, because sudo drops the variables it is given.
    let apt = [
        prefix,
        &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"],
    ]
    .concat();
    let update = [&apt[..], &["update"]].concat();
    let mut install = [&apt[..], &["install", "--yes", "--no-install-recommends"]].concat();
    install.extend(packages(missing, |packages| packages.apt));
    [update, install]
}

/// What to type where nothing is installed automatically.
fn advice(system: System, missing: &[&Requirement]) -> String {
    let install = |command: &str, pick: fn(&Packages) -> &'static str| {
        format!("  {command} {}", packages(missing, pick).join(" "))
    };
    match system {
        System::Debian => install("sudo apt-get install", |packages| packages.apt),
        System::Fedora => install("sudo dnf install", |packages| packages.dnf),
        System::Arch => install("sudo pacman -S --needed", |packages| packages.pacman),
        System::Alpine => install("sudo apk add", |packages| packages.apk),
        System::MacOs => {
            let mut lines = vec!["  xcode-select --install".to_owned()];
            if missing
                .iter()
                .any(|requirement| !requirement.packages.brew.is_empty())
            {
                lines.push(install("brew install", |packages| packages.brew));
            }
            lines.join("\n")
        }
        System::Windows => {
            "  the Visual Studio Build Tools with the workload \"Desktop development with C++\""
                .to_owned()
        }
        System::Unknown => missing
            .iter()
            .map(|requirement| {
                format!(
                    "  {} (on Debian: {})",
                    requirement.name, requirement.packages.apt
                )
            })
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn packages(missing: &[&Requirement], pick: fn(&Packages) -> &'static str) -> Vec<&'static str> {
    missing
        .iter()
        .flat_map(|requirement| pick(&requirement.packages).split_whitespace())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<&'static Requirement> {
        [BUILD, PLAYBACK, NATIVE_TLS]
            .into_iter()
            .flatten()
            .collect()
    }

    #[test]
    fn systems_are_known_by_name_or_by_relative() {
        for (text, system) in [
            ("NAME=\"Debian GNU/Linux\"\nID=debian\n", System::Debian),
            ("ID=ubuntu\nID_LIKE=debian\n", System::Debian),
            ("ID=pop\nID_LIKE=\"ubuntu debian\"\n", System::Debian),
            ("ID=fedora\nVARIANT_ID=server\n", System::Fedora),
            (
                "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
                System::Fedora,
            ),
            ("ID=manjaro\nID_LIKE=arch\n", System::Arch),
            ("ID='alpine'\n", System::Alpine),
            ("ID=nixos\n", System::Unknown),
            ("VERSION_ID=debian\n", System::Unknown),
            ("", System::Unknown),
        ] {
            assert_eq!(System::from_os_release(text), system, "{text}");
        }
    }

    #[test]
    fn every_requirement_has_a_package_on_debian() {
        for requirement in all() {
            assert!(!requirement.packages.apt.is_empty(), "{}", requirement.name);
        }
    }

    /// The demo needs neither OpenSSL nor, without playback, ALSA.
    #[test]
    fn a_list_asks_for_nothing_of_another() {
        for (list, foreign) in [
            (BUILD, "libssl"),
            (BUILD, "libasound"),
            (PLAYBACK, "libssl"),
        ] {
            let mut packages = list.iter().map(|requirement| requirement.packages.apt);
            assert!(
                !packages.any(|packages| packages.contains(foreign)),
                "{foreign}"
            );
        }
    }

    #[test]
    fn packages_are_the_missing_ones_only() {
        let missing: Vec<_> = BUILD.iter().skip(1).take(1).collect();
        assert_eq!(
            packages(&missing, |packages| packages.apt),
            ["ca-certificates"]
        );
    }

    #[test]
    fn apt_runs_unattended_with_or_without_sudo() {
        let missing = &all()[..1];
        assert_eq!(
            apt_commands(Privilege::Root, missing).map(|words| words.join(" ")),
            [
                "env DEBIAN_FRONTEND=noninteractive apt-get update",
                "env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
                 --no-install-recommends gcc libc6-dev",
            ]
        );
        for words in apt_commands(Privilege::Sudo, missing) {
            assert_eq!(words[..3], ["sudo", "-n", "env"]);
        }
        for words in apt_commands(Privilege::SudoWithPassword, missing) {
            assert_eq!(words[..2], ["sudo", "env"]);
        }
    }

    #[test]
    fn other_systems_get_a_command_to_type() {
        let dnf = advice(System::Fedora, &all()[..2]);
        assert_eq!(dnf, "  sudo dnf install gcc ca-certificates");
        assert_eq!(advice(System::MacOs, &all()), "  xcode-select --install");
        let conformance: Vec<_> = CONFORMANCE.iter().collect();
        let brew = advice(System::MacOs, &conformance);
        assert_eq!(brew, "  xcode-select --install\n  brew install node");
        let unknown = advice(System::Unknown, &all());
        assert_eq!(
            unknown.lines().next(),
            Some("  C compiler (on Debian: gcc libc6-dev)")
        );
    }
}
