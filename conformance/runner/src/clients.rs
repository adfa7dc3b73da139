//! The clients that are tried: `conformance/clients.toml`.

use serde::Deserialize;

/// What a driver is written in, which says how it is installed and started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    /// `requirements` is a file for pip, `driver` a script.
    Python,
    /// `requirements` is a folder with `package.json` and `package-lock.json`, `driver` a script.
    JavaScript,
    /// `driver` is a member of this workspace that has a program of the same name.
    Rust,
}

/// Why a client is tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    /// It is the service's own: everything that it has is used, and compared with ours.
    #[default]
    Official,
    /// It is ours, with which the official ones are compared.
    Ours,
    /// A program of others that speaks the API on its own. It is used, and compared with nothing.
    Peer,
    /// Programs that the makers of an official client publish beside it: its tests, its examples. Compared
    /// with nothing.
    Programs,
}

/// Where the programs of a client are published.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(super) enum Source {
    /// In the source distribution of a package of Python, such as `cartesia==4.2.0`.
    Pypi(String),
    /// In a repository, at a commit that has a tag.
    Git {
        url: String,
        tag: String,
        commit: String,
    },
}

/// A client and its driver. Paths are below `conformance/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    /// Name and version, for example `cartesia-python 4.2.0`. Ours has the version of the API.
    pub(super) name: String,
    pub(super) language: Language,
    #[serde(default)]
    pub(super) role: Role,
    pub(super) driver: String,
    /// What is installed; nothing for Rust.
    #[serde(default)]
    pub(super) requirements: Option<String>,
    /// The `Cartesia-Version` that it speaks.
    pub(super) api_version: String,
    /// Where its programs are, if it is some.
    #[serde(default)]
    pub(super) source: Option<Source>,
    /// Arguments of its mock server.
    #[serde(default)]
    pub(super) server: Vec<String>,
    /// How long a call may take, if it is longer than those of other clients.
    #[serde(default)]
    pub(super) seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    client: Vec<Client>,
}

/// Reads the file.
pub(super) fn read(text: &str) -> Result<Vec<Client>, String> {
    let File { client: clients } = toml::from_str(text).map_err(|error| error.to_string())?;
    for (index, client) in clients.iter().enumerate() {
        if clients[..index]
            .iter()
            .any(|other| other.name == client.name)
        {
            return Err(format!("`{}` is there twice", client.name));
        }
        if client.requirements.is_none() && client.language != Language::Rust {
            return Err(format!("`{}` has no `requirements`", client.name));
        }
    }
    Ok(clients)
}

impl Client {
    /// Its name as that of a folder.
    pub(super) fn folder(&self) -> String {
        self.name
            .replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-")
    }

    /// The name without the version, and the version.
    pub(super) fn name_and_version(&self) -> (&str, &str) {
        self.name.rsplit_once(' ').unwrap_or((&self.name, ""))
    }
}

/// Those whose name has `part` in it, or all. With an official client ours comes along, at the
/// version of the API that it is compared at.
pub(super) fn chosen(clients: Vec<Client>, part: Option<&str>) -> Result<Vec<Client>, String> {
    let Some(part) = part else {
        return Ok(clients);
    };
    let is_named = |client: &Client| client.name.contains(part);
    let versions: Vec<String> = clients
        .iter()
        .filter(|client| is_named(client) && client.role == Role::Official)
        .map(|client| client.api_version.clone())
        .collect();
    let all: Vec<&str> = clients.iter().map(|client| client.name.as_str()).collect();
    if !clients.iter().any(is_named) {
        return Err(format!("no client is called `{part}`: {}", all.join(", ")));
    }
    let wanted = |client: &Client| {
        is_named(client) || client.role == Role::Ours && versions.contains(&client.api_version)
    };
    Ok(clients.into_iter().filter(wanted).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const FILE: &str = r#"
        [[client]]
        name = "cartesia-python 4.2.0"
        language = "python"
        driver = "python/version_4.py"
        requirements = "python/requirements/cartesia-4.2.0.txt"
        api_version = "2026-08-14"

        [[client]]
        name = "ours 2026-08-14"
        language = "rust"
        role = "ours"
        driver = "cartesia-conformance"
        api_version = "2026-08-14"

        [[client]]
        name = "a/b peer 1"
        language = "javascript"
        role = "peer"
        driver = "peers/peer.mjs"
        requirements = "peers/peer"
        api_version = "2025-04-16"
    "#;

    /// A client for tests of others.
    pub(crate) fn client(name: &str, role: Role) -> Client {
        Client {
            name: name.to_owned(),
            language: Language::Rust,
            role,
            driver: "driver".to_owned(),
            requirements: None,
            api_version: "2026-08-14".to_owned(),
            source: None,
            server: Vec::new(),
            seconds: None,
        }
    }

    #[test]
    fn programs_say_where_they_are() {
        let programs = r#"
            [[client]]
            name = "examples 1"
            language = "python"
            role = "programs"
            driver = "examples.py"
            requirements = "examples.txt"
            api_version = "2025-04-16"
            source = { git = { url = "https://x/y", tag = "v1", commit = "abc" } }
            server = ["--tls", "mock.pem"]
            seconds = 60
        "#;
        let clients = read(programs).unwrap();
        assert!(matches!(&clients[0].source, Some(Source::Git { tag, .. }) if tag == "v1"));
        assert_eq!(clients[0].server, ["--tls", "mock.pem"]);
        let elsewhere = programs.replace("git = {", "svn = {");
        assert!(read(&elsewhere).unwrap_err().contains("svn"));
    }

    #[test]
    fn clients_are_read() {
        let clients = read(FILE).unwrap();
        assert_eq!(clients[0].role, Role::Official);
        let halves = clients[0].name_and_version();
        assert_eq!(halves, ("cartesia-python", "4.2.0"));
        assert_eq!(clients[2].folder(), "a-b-peer-1");
        let twice = [FILE, FILE].concat();
        assert!(read(&twice).unwrap_err().contains("twice"));
        let bare = FILE.replace("requirements = \"peers/peer\"", "");
        assert!(read(&bare).unwrap_err().contains("requirements"));
    }

    #[test]
    fn clients_are_chosen_by_a_part_of_their_name() {
        let names = |part| -> Vec<String> {
            let clients = chosen(read(FILE).unwrap(), part).unwrap();
            clients.into_iter().map(|client| client.name).collect()
        };
        assert_eq!(names(None).len(), 3);
        assert_eq!(names(Some("peer")), ["a/b peer 1"]);
        assert_eq!(
            names(Some("4.2.0")),
            ["cartesia-python 4.2.0", "ours 2026-08-14"]
        );
        let error = chosen(read(FILE).unwrap(), Some("5.0")).unwrap_err();
        assert!(error.contains("cartesia-python 4.2.0"), "{error}");
    }
}
