//! The start of a call: its socket and its first message.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::CallFormat;
use crate::agent::AgentId;
use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::{AccessToken, VoiceId};

const LINE: Requirement = Requirement::new(
    "`/agents/stream`",
    VersionRange::since(ApiVersion::V2025_04_16),
);
const MANAGED: Requirement = Requirement::new(
    "`/v1/agents/websocket`",
    VersionRange::since(ApiVersion::V2026_08_14),
);

/// The socket of a call, and so the way in which messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallProtocol {
    /// `/agents/stream/{agent_id}`: agents whose code runs on the Line platform.
    Line,
    /// `/v1/agents/websocket/{agent_id}`: managed agents.
    Managed,
}

/// A call with an agent, of either kind.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CallSpec {
    /// A call with a Line agent.
    Line(LineCallSpec),
    /// A call with a managed agent.
    Managed(ManagedCallSpec),
}

impl CallSpec {
    /// Returns the agent that is called.
    pub fn agent(&self) -> &AgentId {
        match self {
            Self::Line(spec) => &spec.agent,
            Self::Managed(spec) => &spec.agent,
        }
    }

    /// Returns the format of the audio that the caller sends.
    pub fn format(&self) -> &CallFormat {
        match self {
            Self::Line(spec) => &spec.format,
            Self::Managed(spec) => &spec.format,
        }
    }

    /// Returns the socket that it uses.
    pub fn protocol(&self) -> CallProtocol {
        match self {
            Self::Line(_) => CallProtocol::Line,
            Self::Managed(_) => CallProtocol::Managed,
        }
    }

    /// Returns the path of the socket, up to the identifier of the agent, which must be percent-encoded.
    pub fn path_prefix(&self) -> &'static str {
        match self {
            Self::Line(_) => "/agents/stream/",
            Self::Managed(_) => "/v1/agents/websocket/",
        }
    }

    /// Returns the token that opens the socket, in place of the client's own credential.
    pub fn session(&self) -> Option<&AccessToken> {
        match self {
            Self::Line(_) => None,
            Self::Managed(spec) => spec.session.as_ref(),
        }
    }

    /// Returns the API versions that have the socket.
    pub fn requirement(&self) -> Requirement {
        match self {
            Self::Line(_) => LINE,
            Self::Managed(_) => MANAGED,
        }
    }
}

impl Serialize for CallSpec {
    /// Writes the first message of the caller. The service closes the connection if anything comes
    /// before it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Line(spec) => spec.serialize(serializer),
            Self::Managed(spec) => spec.serialize(serializer),
        }
    }
}

impl From<LineCallSpec> for CallSpec {
    fn from(spec: LineCallSpec) -> Self {
        Self::Line(spec)
    }
}

impl From<ManagedCallSpec> for CallSpec {
    fn from(spec: ManagedCallSpec) -> Self {
        Self::Managed(spec)
    }
}

/// A call with a Line agent. Since API version 2025-04-16.
///
/// ```
/// use cartesia_types::agent::{CallFormat, LineCallSpec};
///
/// let spec = LineCallSpec::new("agent_1", CallFormat::PCM_16000).with_introduction("Hello!");
/// let start = serde_json::to_string(&spec)?;
/// let expected = r#"{"event":"start","config":{"input_format":"pcm_16000"},"agent":{"introduction":"Hello!"}}"#;
/// assert_eq!(start, expected);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct LineCallSpec {
    /// The agent that is called.
    pub agent: AgentId,
    /// The format of the audio, as far as known in both directions.
    pub format: CallFormat,
    /// The caller's name for the call; by default the service chooses one.
    pub stream_id: Option<String>,
    /// The voice, in place of the agent's own.
    pub voice: Option<VoiceId>,
    /// The instructions, in place of the agent's own.
    pub system_prompt: Option<String>,
    /// The agent's first words, in place of its own introduction.
    pub introduction: Option<String>,
    /// Metadata about the call for the agent's code. `to` and `from` are the numbers, by convention.
    pub metadata: Map<String, Value>,
    /// Fields of the first message that this crate does not know.
    pub extra: Map<String, Value>,
}

impl LineCallSpec {
    /// Creates a call with its required fields.
    pub fn new(agent: impl Into<AgentId>, format: impl Into<CallFormat>) -> Self {
        Self {
            agent: agent.into(),
            format: format.into(),
            stream_id: None,
            voice: None,
            system_prompt: None,
            introduction: None,
            metadata: Map::new(),
            extra: Map::new(),
        }
    }

    /// Sets the name of the call; by default the service chooses one.
    #[must_use]
    pub fn with_stream_id(mut self, id: impl Into<String>) -> Self {
        self.stream_id = Some(id.into());
        self
    }

    /// Sets the voice, in place of the agent's own.
    #[must_use]
    pub fn with_voice(mut self, voice: impl Into<VoiceId>) -> Self {
        self.voice = Some(voice.into());
        self
    }

    /// Sets the instructions, in place of the agent's own.
    #[must_use]
    pub fn with_system_prompt(mut self, prompt: impl Into<String>) -> Self {
        self.system_prompt = Some(prompt.into());
        self
    }

    /// Sets the agent's first words.
    #[must_use]
    pub fn with_introduction(mut self, introduction: impl Into<String>) -> Self {
        self.introduction = Some(introduction.into());
        self
    }

    /// Adds an entry to the metadata that the agent's code receives.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// Adds a field that this crate does not know to the first message.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

impl Serialize for LineCallSpec {
    /// Writes the first message of the caller.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Start<'a> {
            event: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            stream_id: Option<&'a str>,
            config: Config<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            agent: Option<Overrides<'a>>,
            #[serde(skip_serializing_if = "Map::is_empty")]
            metadata: &'a Map<String, Value>,
            #[serde(flatten)]
            extra: &'a Map<String, Value>,
        }
        #[derive(Serialize)]
        struct Config<'a> {
            input_format: &'a CallFormat,
            #[serde(skip_serializing_if = "Option::is_none")]
            voice_id: Option<&'a VoiceId>,
        }
        #[derive(Serialize)]
        struct Overrides<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            system_prompt: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            introduction: Option<&'a str>,
        }

        let overrides = Overrides {
            system_prompt: self.system_prompt.as_deref(),
            introduction: self.introduction.as_deref(),
        };
        let has_any = overrides.system_prompt.or(overrides.introduction).is_some();
        let start = Start {
            event: "start",
            stream_id: self.stream_id.as_deref(),
            config: Config {
                input_format: &self.format,
                voice_id: self.voice.as_ref(),
            },
            agent: has_any.then_some(overrides),
            metadata: &self.metadata,
            extra: &self.extra,
        };
        start.serialize(serializer)
    }
}

impl fmt::Debug for LineCallSpec {
    /// Leaves out instructions, introduction and metadata.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineCallSpec")
            .field("agent", &self.agent)
            .field("format", &self.format)
            .field("stream_id", &self.stream_id)
            .field("voice", &self.voice)
            .finish_non_exhaustive()
    }
}

crate::open::open_string! {
    /// The rate at which a managed agent sends its audio.
    OutputDelivery {
        /// In real time.
        SPEAKING_PACE = "speaking_pace",
    }
}

/// A call with a managed agent. Since API version 2026-08-14.
///
/// ```
/// use cartesia_types::agent::{CallFormat, ManagedCallSpec};
///
/// let spec = ManagedCallSpec::new("agent_1", CallFormat::PCM_16000);
/// let start = serde_json::to_string(&spec)?;
/// assert_eq!(start, r#"{"type":"session_create","audio":{"input_format":"pcm_16000"}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ManagedCallSpec {
    /// The agent that is called.
    pub agent: AgentId,
    /// The format of the audio, as far as known in both directions.
    pub format: CallFormat,
    /// The rate at which the agent's audio arrives. The service does not document its default.
    pub output_delivery: Option<OutputDelivery>,
    /// The token of a session that was created before, in place of the client's own credential. It is never
    /// part of the first message.
    pub session: Option<AccessToken>,
    /// Fields of the first message that this crate does not know.
    pub extra: Map<String, Value>,
}

impl ManagedCallSpec {
    /// Creates a call with its required fields.
    pub fn new(agent: impl Into<AgentId>, format: impl Into<CallFormat>) -> Self {
        Self {
            agent: agent.into(),
            format: format.into(),
            output_delivery: None,
            session: None,
            extra: Map::new(),
        }
    }

    /// Sets how fast the agent's audio comes.
    #[must_use]
    pub fn with_output_delivery(mut self, delivery: impl Into<OutputDelivery>) -> Self {
        self.output_delivery = Some(delivery.into());
        self
    }

    /// Sets the token of a session that was created before, by
    /// `POST /v1/agents/websocket/{agent_id}/sessions`.
    #[must_use]
    pub fn with_session(mut self, token: AccessToken) -> Self {
        self.session = Some(token);
        self
    }

    /// Adds a field that this crate does not know to the first message.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

impl Serialize for ManagedCallSpec {
    /// Writes the first message of the caller.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Create<'a> {
            r#type: &'static str,
            audio: Audio<'a>,
            #[serde(flatten)]
            extra: &'a Map<String, Value>,
        }
        #[derive(Serialize)]
        struct Audio<'a> {
            input_format: &'a CallFormat,
            #[serde(skip_serializing_if = "Option::is_none")]
            output_delivery: Option<&'a OutputDelivery>,
        }

        let create = Create {
            r#type: "session_create",
            audio: Audio {
                input_format: &self.format,
                output_delivery: self.output_delivery.as_ref(),
            },
            extra: &self.extra,
        };
        create.serialize(serializer)
    }
}

fn exposed(spec: &ManagedCallSpec) -> Option<&str> {
    spec.session.as_ref().map(AccessToken::expose)
}

impl PartialEq for ManagedCallSpec {
    fn eq(&self, other: &Self) -> bool {
        self.agent == other.agent
            && self.format == other.format
            && self.output_delivery == other.output_delivery
            && exposed(self) == exposed(other)
            && self.extra == other.extra
    }
}

impl fmt::Debug for ManagedCallSpec {
    /// Leaves out the values of unknown fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedCallSpec")
            .field("agent", &self.agent)
            .field("format", &self.format)
            .field("output_delivery", &self.output_delivery)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
