//! `cargo xtask bare`: the two commands of the README on a system that has nothing but a Rust toolchain.
//!
//! `debootstrap` makes a minimal Debian in a folder. The toolchain of this machine and the crates that cargo has
//! downloaded are mounted into it, the last commit is cloned into it, and `./x demo` and `./x test` run there: as
//! a user with sudo, then as root, and as a user without rights, who must learn what to install.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::metadata::Metadata;
use crate::{Result, shell};

/// A Debian of which Ubuntu has the same package names.
const SUITE: &str = "bookworm";
const MIRROR: &str = "http://deb.debian.org/debian";

/// Where things are inside of the system.
const TOOLCHAIN: &str = "/opt/rust";
const CARGO_HOME: &str = "/var/cargo";
const SOURCE: &str = "/srv/project";

/// Who types the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Person {
    Root,
    /// May use sudo without a password.
    Sudoer,
    /// May not install anything.
    Guest,
}

impl Person {
    fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Sudoer => "sudoer",
            Self::Guest => "guest",
        }
    }
}

pub(crate) fn run(arguments: &[String]) -> Result {
    let mirror = match arguments {
        [] => MIRROR,
        [flag, mirror] if flag == "--mirror" => mirror,
        _ => return Err("the only argument of `bare` is `--mirror URL`".into()),
    };
    let is_root = shell::query(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !cfg!(target_os = "linux") || !is_root {
        return Err("only root on Linux can make a system in a folder".into());
    }
    if !shell::succeeds(Command::new("debootstrap").arg("--version")) {
        return Err("`debootstrap` is missing; on Debian: apt-get install debootstrap".into());
    }
    let metadata = Metadata::load()?;
    // What is downloaded here is not downloaded in each system.
    shell::run(shell::cargo().args(["fetch", "--locked"]))?;
    let folder = metadata.target_directory.join("bare");
    remove(&folder)?;
    std::fs::create_dir_all(&folder)?;
    let fresh = folder.join("fresh");
    shell::run(
        Command::new("debootstrap")
            .args(["--variant=minbase", SUITE])
            .arg(&fresh)
            .arg(mirror),
    )?;

    let mut times = String::new();
    let mut measure = |system: &System, person: Person, verb: &str| -> Result {
        let start = Instant::now();
        shell::run(&mut system.command(person, &format!("./x {verb}")))?;
        let seconds = start.elapsed().as_secs_f64();
        writeln!(times, "{:<8} ./x {verb:<6} {seconds:>7.1} s", person.name())?;
        Ok(())
    };
    let system = System::copy(&fresh, &folder.join("sudo"), &metadata.workspace_root)?;
    system.refuses_guest()?;
    system.add_sudoer()?;
    measure(&system, Person::Sudoer, "demo")?;
    measure(&system, Person::Sudoer, "test")?;

    let second = System::copy(&fresh, &folder.join("root"), &metadata.workspace_root)?;
    // What it lacks is installed again, what was built is not built again.
    let built = |system: &System| system.root.join(&SOURCE[1..]).join("target");
    std::fs::rename(built(&system), built(&second))?;
    measure(&second, Person::Root, "demo")?;
    measure(&second, Person::Root, "test")?;
    remove(&folder)?;
    print!("\n{times}");
    Ok(())
}

/// A system in a folder.
struct System {
    root: PathBuf,
    /// The folder of the toolchain of this machine.
    toolchain: PathBuf,
    /// The crates that cargo has downloaded.
    registry: PathBuf,
}

impl System {
    /// A copy of a fresh one, with the last commit of the repository in it.
    fn copy(fresh: &Path, root: &Path, repository: &Path) -> Result<Self> {
        shell::run(Command::new("cp").arg("--archive").args([fresh, root]))?;
        let source = root.join(&SOURCE[1..]);
        shell::run(
            Command::new("git")
                .args(["clone", "--quiet", "--no-hardlinks"])
                .args([repository, &source]),
        )?;
        let sysroot = shell::query(Command::new("rustc").args(["--print", "sysroot"]))?;
        let system = Self {
            root: root.to_owned(),
            toolchain: sysroot.trim().into(),
            registry: cargo_home()?.join("registry"),
        };
        for inside in [TOOLCHAIN, &format!("{CARGO_HOME}/registry")] {
            std::fs::create_dir_all(root.join(&inside[1..]))?;
        }
        std::fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf"))?;
        let setup = format!(
            "useradd --create-home {sudoer} && useradd --create-home {guest} && \
             chmod a+rwx {CARGO_HOME} && chown -R {sudoer} {SOURCE}",
            sudoer = Person::Sudoer.name(),
            guest = Person::Guest.name(),
        );
        shell::run(&mut system.command(Person::Root, &setup))?;
        Ok(system)
    }

    fn add_sudoer(&self) -> Result {
        let install = format!(
            "apt-get update && apt-get install --yes --no-install-recommends sudo && \
             echo '{} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/sudoer",
            Person::Sudoer.name()
        );
        shell::run(&mut self.command(Person::Root, &install))
    }

    /// Someone who cannot install anything learns the command to type.
    fn refuses_guest(&self) -> Result {
        let said = self.command(Person::Guest, "./x demo").output()?;
        let text = String::from_utf8_lossy(&said.stderr);
        let command = "apt-get install --no-install-recommends gcc libc6-dev ca-certificates";
        if said.status.success() || !text.contains(command) {
            return Err(format!("a user without rights does not learn what to do: {text}").into());
        }
        eprintln!("{text}");
        Ok(())
    }

    /// A command line inside of the system. What it mounts is unmounted when it ends, in whatever way.
    fn command(&self, person: Person, line: &str) -> Command {
        let root = self.root.display();
        let mounts = format!(
            "set -e\n\
             mount --bind '{toolchain}' '{root}{TOOLCHAIN}'\n\
             mount --bind '{registry}' '{root}{CARGO_HOME}/registry'\n\
             mount --rbind /dev '{root}/dev'\n\
             mount -t proc proc '{root}/proc'\n\
             exec chroot '{root}' \"$@\"",
            toolchain = self.toolchain.display(),
            registry = self.registry.display(),
        );
        let line = format!("cd {SOURCE} && {line}");
        let mut command = Command::new("unshare");
        command
            .args([
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                &mounts,
                "bare",
            ])
            .args(["setpriv", "--reset-env"])
            .args(match person {
                Person::Root => vec![],
                _ => vec![
                    "--reuid",
                    person.name(),
                    "--regid",
                    person.name(),
                    "--init-groups",
                ],
            })
            .args(["sh", "-c"])
            .arg(format!(
                "export PATH={TOOLCHAIN}/bin:$PATH CARGO_HOME={CARGO_HOME} LANG=C.UTF-8; {line}"
            ));
        command.env_clear();
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }
}

/// Where this machine's cargo keeps what it downloads.
fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = std::env::home_dir().ok_or("there is no home folder")?;
    Ok(home.join(".cargo"))
}

/// Removes what an earlier run left; nothing is mounted there any more.
fn remove(folder: &Path) -> Result {
    shell::run(
        Command::new("rm")
            .args(["--recursive", "--force", "--one-file-system"])
            .arg(folder),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_arguments_are_refused() {
        for words in [&["--mirror"][..], &["http://mirror.example"]] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert!(run(&words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn commands_run_in_the_system_as_the_person() {
        let system = System {
            root: "/t/bare".into(),
            toolchain: "/t/rust".into(),
            registry: "/t/registry".into(),
        };
        let line = |person| format!("{:?}", system.command(person, "./x demo"));
        assert!(line(Person::Root).contains("chroot '/t/bare'"));
        assert!(!line(Person::Root).contains("--reuid"));
        assert!(line(Person::Sudoer).contains("\"--reuid\" \"sudoer\""));
    }
}
