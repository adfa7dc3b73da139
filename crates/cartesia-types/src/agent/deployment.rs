//! Deployments: an agent's code, built and running.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentId, DeploymentId};
use crate::page::Identified;
use crate::time::Timestamp;

crate::open::open_string! {
    /// The status of a deployment.
    DeploymentStatus {
        /// Queued.
        QUEUED = "queued",
        /// Replaced by another deployment.
        INACTIVE = "inactive",
        /// Built, but could not be started.
        DEPLOY_ERROR = "deploy_error",
        /// Skipped.
        SKIPPED = "skipped",
        /// Could not be built.
        BUILD_ERROR = "build_error",
        /// Being built.
        BUILDING = "building",
        /// Running.
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
    /// The identifier, for requests.
    pub id: DeploymentId,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<DeploymentStatus>,
    /// Whether newer ones do not replace it.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub is_pinned: bool,
    /// Whether it is the one that answers calls.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub is_live: bool,
    /// The environment variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env_var_collection_id: Option<String>,
    /// The code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_code_file_id: Option<String>,
    /// The commit that was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_commit_hash: Option<String>,
    /// The time of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// The start of the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_started_at: Option<Timestamp>,
    /// The end of the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_completed_at: Option<Timestamp>,
    /// The output of the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_logs: Option<String>,
    /// The reason why the build failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_error: Option<String>,
    /// The time at which the deployment was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_started_at: Option<Timestamp>,
    /// The time from which it was running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_completed_at: Option<Timestamp>,
    /// The reason why it is not running.
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
