//! `cargo xtask notebook`: the cells of the notebook, in the real kernel, by a real Jupyter client.
//!
//! The kernel is built from its sources once, and the crates once more by the kernel, which takes some
//! minutes each: this is not a part of `ci`.

mod outputs;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::metadata::Metadata;
use crate::{Result, no_arguments, shell};

const NOTEBOOK: &str = "examples/notebook.ipynb";

/// The Rust kernel. Pinned, as is the client.
const KERNEL: &str = "evcxr_jupyter";
const KERNEL_VERSION: &str = "0.22.0";

/// The part of Jupyter that runs the cells of a notebook.
const CLIENT: &str = "nbclient";
const CLIENT_VERSION: &str = "0.11.0";

/// For all cells. The first builds the crates, with optimizations, and on two cores.
const LIMIT: Duration = Duration::from_secs(1_800);

pub(crate) fn run(arguments: &[String]) -> Result {
    no_arguments(arguments)?;
    let metadata = Metadata::load()?;
    let target = &metadata.target_directory;
    let folder = target.join("notebook");
    fs::create_dir_all(&folder)?;

    let kernel = kernel(target)?;
    let jupyter = folder.join("jupyter");
    shell::run(
        Command::new(kernel)
            .arg("--install")
            .env("JUPYTER_PATH", &jupyter),
    )?;
    let client = client(target)?;
    let server = Server::start()?;

    let executed = folder.join("executed.ipynb");
    let notebook = metadata.workspace_root.join(NOTEBOOK);
    let beside = notebook.parent().ok_or("the notebook is in no folder")?;
    let mut execute = Command::new(client);
    execute
        .arg(&notebook)
        .arg("--output")
        .arg(&executed)
        .arg(format!("--timeout={}", LIMIT.as_secs()))
        .current_dir(beside)
        .env("JUPYTER_PATH", &jupyter)
        // What the kernel builds stays for the next time.
        .env("EVCXR_TMPDIR", folder_for_kernel(&folder)?)
        .env_remove("CARGO_TARGET_DIR")
        .env("CARTESIA_API_KEY", "sk_test")
        .env("CARTESIA_BASE_URL", &server.url)
        .env_remove("CARTESIA_VERSION");
    shell::run_within(LIMIT, &mut execute)?;

    let clips = outputs::check(&fs::read_to_string(&executed)?)?;
    for (cell, clip) in clips {
        println!("{cell}: a player with {clip}");
    }
    println!("{NOTEBOOK} runs; its outputs are in {}", executed.display());
    Ok(())
}

/// Where the kernel makes packages of its own. If it lies below this workspace, the workspace excludes it.
fn folder_for_kernel(folder: &Path) -> Result<PathBuf> {
    let folder = folder.join("kernel");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The kernel from an earlier install of ours, or installed now.
fn kernel(target: &Path) -> Result<PathBuf> {
    let root = tool_root(target, KERNEL, KERNEL_VERSION);
    let program = root
        .join("bin")
        .join(format!("{KERNEL}{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        eprintln!("building the kernel once, which takes some minutes");
        let mut install = shell::cargo();
        install
            // A tool's own build folder is temporary and does not fill the project's.
            .env_remove("CARGO_TARGET_DIR")
            // It runs for a minute: building it is what takes time.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .args(["install", "--locked", "--no-default-features"])
            .args(["--version", KERNEL_VERSION, "--root"])
            .arg(&root)
            .arg(KERNEL);
        shell::run(&mut install)?;
    }
    Ok(program)
}

/// The client from an earlier install of ours, or installed now into a Python environment of its own.
fn client(target: &Path) -> Result<PathBuf> {
    let root = tool_root(target, CLIENT, CLIENT_VERSION);
    let (programs, python) = if cfg!(windows) {
        (root.join("Scripts"), "python")
    } else {
        (root.join("bin"), "python3")
    };
    let program = programs.join(format!("jupyter-execute{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        shell::run(Command::new(python).args(["-m", "venv"]).arg(&root))
            .map_err(|error| format!("{error}; this needs Python with the module venv"))?;
        let mut install = Command::new(programs.join(python));
        install.args(["-m", "pip", "install", "--quiet"]);
        shell::run(install.arg(format!("{CLIENT}=={CLIENT_VERSION}")))?;
    }
    Ok(program)
}

/// One folder per version: raising it installs the new one.
fn tool_root(target: &Path, name: &str, version: &str) -> PathBuf {
    target.join("tools").join(format!("{name}-{version}"))
}

/// The offline server, for as long as this lives.
struct Server {
    child: Child,
    /// Held, for the server tells each request.
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Server {
    fn start() -> Result<Self> {
        let build = [
            "build",
            "--package=cartesia-mock",
            "--features=cli",
            "--bin=cartesia-mock",
        ];
        let program = shell::build("cartesia-mock", &build)?;
        let mut child = Command::new(program)
            .args(["--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the server has no stdout")?;
        let mut server = Self {
            child,
            stdout: BufReader::new(stdout),
            url: String::new(),
        };
        let mut line = String::new();
        server.stdout.read_line(&mut line)?;
        let url = line.trim().strip_prefix("listening on ");
        server.url = url.ok_or("the server does not say where it is")?.to_owned();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Metadata;

    /// As in a clone whose target folder was never set.
    #[test]
    fn a_package_of_the_kernel_is_in_no_workspace() {
        let root = Metadata::load().unwrap().workspace_root;
        let kernel = folder_for_kernel(&root.join("target/notebook")).unwrap();
        let package = kernel.join(format!("test-{}", std::process::id()));
        fs::create_dir_all(package.join("src")).unwrap();
        fs::write(package.join("src/lib.rs"), "").unwrap();
        let manifest = "[package]\nname = \"ctx\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
        fs::write(package.join("Cargo.toml"), manifest).unwrap();
        let mut metadata = shell::cargo();
        metadata.current_dir(&package).args([
            "metadata",
            "--offline",
            "--no-deps",
            "--format-version=1",
        ]);
        let found = shell::query(&mut metadata);
        fs::remove_dir_all(&package).unwrap();
        assert!(found.unwrap().contains("\"ctx\""));
    }
}
