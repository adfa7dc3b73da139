//! `cargo xtask bare`: the two commands of the README on a system that has nothing but a Rust toolchain.
//!
//! `debootstrap` makes a minimal Debian in a folder. The toolchain of this machine and the crates that cargo has
//! downloaded are mounted into it, the last commit is cloned into it, and `./x demo` and `./x test` run there: as
//! a user with sudo, then as root, and as a user without rights, who must learn what to install. With `--demo`
//! the tests are left out, which take most of the time.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::metadata::Metadata;
use crate::{Result, setup, shell};

/// A Debian release. Ubuntu has the same package names.
const SUITE: &str = "bookworm";

/// Where things are inside of the system.
const TOOLCHAIN: &str = "/opt/rust";
const CARGO_HOME: &str = "/var/cargo";
const SOURCE: &str = "/srv/project";

/// The parts of cargo's registry that are mounted. Sources are unpacked by each person: not all of them may be
/// read by others.
const DOWNLOADED: &[&str] = &["cache", "index"];

/// The name of the script that enters a system, beside it.
const ENTER: &str = "enter.sh";

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

/// What runs, and where Debian comes from.
#[derive(Debug, PartialEq, Eq)]
struct Options<'a> {
    verbs: &'static [&'static str],
    /// The one that `debootstrap` chooses, if none is given.
    mirror: Option<&'a str>,
}

impl<'a> Options<'a> {
    fn parse(mut arguments: &'a [String]) -> Result<Self> {
        let mut options = Self {
            verbs: &["demo", "test"],
            mirror: None,
        };
        loop {
            arguments = match arguments {
                [] => return Ok(options),
                [flag, rest @ ..] if flag == "--demo" => {
                    options.verbs = &["demo"];
                    rest
                }
                [flag, mirror, rest @ ..] if flag == "--mirror" => {
                    options.mirror = Some(mirror);
                    rest
                }
                _ => return Err("the arguments of `bare` are `--demo` and `--mirror URL`".into()),
            };
        }
    }
}

pub(crate) fn run(arguments: &[String]) -> Result {
    let options = Options::parse(arguments)?;
    let is_root = shell::query(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !cfg!(target_os = "linux") || !is_root {
        return Err("only root on Linux can make a system in a folder".into());
    }
    setup::ensure(&[setup::BARE])?;
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
            .args(options.mirror),
    )?;

    let mut times = String::new();
    let mut measure = |system: &System, person: Person, verb: &str| -> Result {
        let start = Instant::now();
        shell::run(&mut system.command(person, &format!("./x {verb}")))?;
        let seconds = start.elapsed().as_secs_f64();
        writeln!(times, "{:<8} ./x {verb:<6} {seconds:>7.1} s", person.name())?;
        Ok(())
    };
    let first = System::copy(&fresh, &folder.join("sudo"))?;
    shell::run(
        Command::new("git")
            .args(["clone", "--quiet", "--no-hardlinks"])
            .args([&metadata.workspace_root, &first.source()]),
    )?;
    first.refuses_guest()?;
    first.add_sudoer()?;
    for verb in options.verbs {
        measure(&first, Person::Sudoer, verb)?;
    }

    // What this one lacks is installed again; what was built is not built again.
    let second = System::copy(&fresh, &folder.join("root"))?;
    std::fs::rename(first.source(), second.source())?;
    for verb in options.verbs {
        measure(&second, Person::Root, verb)?;
    }
    remove(&folder)?;
    print!("\n{times}");
    Ok(())
}

/// A system in a folder.
struct System {
    root: PathBuf,
}

impl System {
    /// A copy of a fresh one.
    fn copy(fresh: &Path, root: &Path) -> Result<Self> {
        shell::run(Command::new("cp").arg("--archive").args([fresh, root]))?;
        std::fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf"))?;
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname")?;
        // Without its own name, sudo complains with each command.
        std::fs::write(
            root.join("etc/hosts"),
            format!("127.0.0.1 localhost {host}"),
        )?;
        let folder = root.parent().ok_or("a system is in a folder")?;
        std::fs::write(folder.join(ENTER), enter()?)?;
        let system = Self {
            root: root.to_owned(),
        };
        std::fs::create_dir_all(system.inside(TOOLCHAIN))?;
        for part in DOWNLOADED {
            std::fs::create_dir_all(system.inside(&format!("{CARGO_HOME}/registry/{part}")))?;
        }
        let people = [Person::Sudoer, Person::Guest].map(|person| {
            let name = person.name();
            format!("useradd --create-home {name}")
        });
        let prepare = format!(
            "{} && chmod a+rwx {CARGO_HOME} {CARGO_HOME}/registry",
            people.join(" && ")
        );
        shell::run(&mut system.line(Person::Root, &prepare))?;
        Ok(system)
    }

    /// The folder of the project.
    fn source(&self) -> PathBuf {
        self.inside(SOURCE)
    }

    /// A path inside, seen from outside.
    fn inside(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    fn add_sudoer(&self) -> Result {
        let name = Person::Sudoer.name();
        let install = format!(
            "apt-get update && apt-get install --yes --no-install-recommends sudo && \
             echo '{name} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/{name} && \
             chown -R {name} {SOURCE}"
        );
        shell::run(&mut self.line(Person::Root, &install))
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

    /// A command line in the folder of the project.
    fn command(&self, person: Person, line: &str) -> Command {
        self.line(person, &format!("cd {SOURCE} && {line}"))
    }

    /// A command line inside of the system. What it mounts is unmounted when it ends, in whatever way.
    fn line(&self, person: Person, line: &str) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--propagation", "private", "sh"])
            .arg(self.root.with_file_name(ENTER))
            .arg(&self.root)
            .args(["setpriv", "--reset-env"]);
        if person != Person::Root {
            let name = person.name();
            command.args(["--reuid", name, "--regid", name, "--init-groups"]);
        }
        let environment =
            format!("PATH={TOOLCHAIN}/bin:$PATH CARGO_HOME={CARGO_HOME} LANG=C.UTF-8");
        command
            .args(["sh", "-c"])
            .arg(format!("export {environment}; {line}"))
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }
}

/// A script that mounts what a system needs of this machine, and runs a command in it.
fn enter() -> Result<String> {
    let toolchain = shell::query(Command::new("rustc").args(["--print", "sysroot"]))?;
    let mut script = format!(
        "set -e\nroot=$1\nshift\n\
         mount --rbind /dev \"$root/dev\"\n\
         mount -t proc proc \"$root/proc\"\n\
         mount --bind '{}' \"$root{TOOLCHAIN}\"\n",
        toolchain.trim()
    );
    let registry = cargo_home()?.join("registry");
    for part in DOWNLOADED {
        let from = registry.join(part);
        let to = format!("$root{CARGO_HOME}/registry/{part}");
        writeln!(script, "mount --bind '{}' \"{to}\"", from.display())?;
    }
    script += "exec chroot \"$root\" \"$@\"\n";
    Ok(script)
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
    fn arguments_choose_the_verbs_and_the_mirror() {
        let parse = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            Options::parse(&words).map(|options| (options.verbs, options.mirror.map(str::to_owned)))
        };
        assert_eq!(parse(&[]).unwrap(), (&["demo", "test"][..], None));
        let (verbs, mirror) = parse(&["--mirror", "http://mirror.example", "--demo"]).unwrap();
        assert_eq!(
            (verbs, mirror.as_deref()),
            (&["demo"][..], Some("http://mirror.example"))
        );
        for words in [&["--mirror"][..], &["http://mirror.example"], &["test"]] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn commands_run_in_the_system_as_the_person() {
        let system = System {
            root: "/t/bare/root".into(),
        };
        let line = |person| format!("{:?}", system.command(person, "./x demo"));
        assert!(line(Person::Root).contains("\"/t/bare/enter.sh\" \"/t/bare/root\""));
        assert!(!line(Person::Root).contains("--reuid"));
        assert!(line(Person::Sudoer).contains("\"--reuid\" \"sudoer\""));
        assert!(line(Person::Guest).contains("cd /srv/project && ./x demo"));
    }
}
