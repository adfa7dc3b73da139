//! Deployments: an agent's code, built and running.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentId, DeploymentId};
use crate::page::Identified;
use crate::time::Timestamp;

crate::open::open_string! {
    /// How far a deployment is.
    DeploymentStatus {
        /// It waits.
        QUEUED = "queued",
        /// It was replaced by another.
        INACTIVE = "inactive",
        /// It was built, but does not run.
        DEPLOY_ERROR = "deploy_error",
        /// It was passed over.
        SKIPPED = "skipped",
        /// It could not be built.
        BUILD_ERROR = "build_error",
        /// It is being built.
        BUILDING = "building",
        /// It runs.
        DEPLOYED = "deployed",
    }
}

/// A deployment of an agent's code.
///
/// The definition calls every field but the two errors required; those that a waiting deployment can
/// hardly have are read as absent, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Deployment {
    /// Its identifier, for requests.
    pub id: DeploymentId,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<DeploymentStatus>,
    /// Whether newer ones do not replace it.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub is_pinned: bool,
    /// Whether it is the one that answers calls.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub is_live: bool,
    /// Its environment variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_var_collection_id: Option<String>,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_code_file_id: Option<String>,
    /// The commit that was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_commit_hash: Option<String>,
    /// When it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// When building began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_started_at: Option<Timestamp>,
    /// When building ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_completed_at: Option<Timestamp>,
    /// What the build printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_logs: Option<String>,
    /// Why it could not be built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_error: Option<String>,
    /// When starting it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_started_at: Option<Timestamp>,
    /// When it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_completed_at: Option<Timestamp>,
    /// Why it does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_error: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Identified for Deployment {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}
