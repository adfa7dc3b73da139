//! `/usage`, `/api-keys` and `/organizations`: the calls that need an admin key.

use cartesia_types::account::{
    ACCOUNT, AgentUsage, ApiKeyId, ApiKeyInfo, CreateInvitesRequest, CreditUsage, GetUsageRequest,
    Invite, InviteId, ListInvitesRequest, SearchRequest, User, UserId,
};
use http::Method;

use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Prepared, path_with_id};

/// The calls for the account: usage, API keys, users and invites; since API version 2026-03-01; from
/// [`Client::admin`] or [`ClientBuilder::build_admin`](crate::ClientBuilder::build_admin).
///
/// Only these calls carry the admin key, and they carry no other credential.
///
/// ```no_run
/// use cartesia_http::Client;
/// use cartesia_types::AdminKey;
/// use cartesia_types::account::{UsageInterval, GetUsageRequest};
///
/// # async fn run(key: AdminKey) -> Result<(), cartesia_http::Error> {
/// let admin = Client::builder().build_admin(key)?;
/// let daily = GetUsageRequest::new().with_interval(UsageInterval::DAY);
/// for day in admin.usage().credits(daily).await?.data {
///     println!("{}: {} credits", day.start_ts, day.credits);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Admin {
    client: Client,
}

impl Admin {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the usage.
    pub fn usage(&self) -> Usage {
        Usage(self.client.clone())
    }

    /// Returns the API keys.
    pub fn api_keys(&self) -> ApiKeys {
        ApiKeys(self.client.clone())
    }

    /// Returns the users of the organization.
    pub fn users(&self) -> Users {
        Users(self.client.clone())
    }

    /// Returns the invites into the organization.
    pub fn invites(&self) -> Invites {
        Invites(self.client.clone())
    }
}

fn list<T>(
    client: &Client,
    operation: &'static str,
    path: &str,
    query: Vec<(&'static str, String)>,
) -> ListCall<T> {
    ListCall::new(client.clone(), operation, path, query).with_requirements(vec![ACCOUNT])
}

fn needing(prepared: Prepared) -> Prepared {
    prepared.with_requirements(vec![ACCOUNT])
}

/// Usage of credits and minutes; from [`Admin::usage`].
#[derive(Debug, Clone)]
pub struct Usage(Client);

impl Usage {
    /// Lists the used credits by span of time. `GET /usage/credits`. The list has no pages.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn credits(&self, request: GetUsageRequest) -> ListCall<CreditUsage> {
        list(&self.0, "usage.credits", "/usage/credits", request.query())
    }

    /// Lists the usage of agents by span of time. `GET /usage/agents`. The list has no pages.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn agents(&self, request: GetUsageRequest) -> ListCall<AgentUsage> {
        list(&self.0, "usage.agents", "/usage/agents", request.query())
    }
}

/// Metadata of API keys, never the keys themselves; from [`Admin::api_keys`].
#[derive(Debug, Clone)]
pub struct ApiKeys(Client);

impl ApiKeys {
    /// Lists API keys: one page, or all of them page by page. `GET /api-keys`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: SearchRequest) -> ListCall<ApiKeyInfo> {
        list(&self.0, "api_keys.list", "/api-keys", request.query())
    }

    /// Returns one API key. `GET /api-keys/{id}`.
    pub fn get(&self, id: impl Into<ApiKeyId>) -> Call<ApiKeyInfo> {
        let path = path_with_id("/api-keys/", id.into().as_str());
        Call::new(
            self.0.clone(),
            Ok(needing(Prepared::get("api_keys.get", path))),
        )
    }
}

const USERS: &str = "/organizations/users";

/// Users of the organization; from [`Admin::users`].
#[derive(Debug, Clone)]
pub struct Users(Client);

impl Users {
    /// Lists users: one page, or all of them page by page. `GET /organizations/users`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: SearchRequest) -> ListCall<User> {
        list(&self.0, "users.list", USERS, request.query())
    }

    /// Returns one user. `GET /organizations/users/{id}`.
    pub fn get(&self, id: impl Into<UserId>) -> Call<User> {
        let path = path_with_id(format!("{USERS}/"), id.into().as_str());
        Call::new(
            self.0.clone(),
            Ok(needing(Prepared::get("users.get", path))),
        )
    }

    /// Removes a user from the organization. `DELETE /organizations/users/{id}`.
    pub fn remove(&self, id: impl Into<UserId>) -> Call<()> {
        let path = path_with_id(format!("{USERS}/"), id.into().as_str());
        let prepared = needing(Prepared::delete("users.remove", path));
        Call::without_answer(self.0.clone(), Ok(prepared))
    }
}

const INVITES: &str = "/organizations/invites";

/// Invites into the organization; from [`Admin::invites`].
#[derive(Debug, Clone)]
pub struct Invites(Client);

impl Invites {
    /// Lists invites: one page, or all of them page by page. `GET /organizations/invites`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: ListInvitesRequest) -> ListCall<Invite> {
        list(&self.0, "invites.list", INVITES, request.query())
    }

    /// Invites up to ten people, all or none. `POST /organizations/invites`, at most ten
    /// times an hour.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn create(&self, request: CreateInvitesRequest) -> Call<Vec<Invite>> {
        let prepared = Prepared::json("invites.create", Method::POST, INVITES, &request);
        Call::new(self.0.clone(), prepared.map(needing))
    }

    /// Returns one invite. `GET /organizations/invites/{id}`.
    pub fn get(&self, id: impl Into<InviteId>) -> Call<Invite> {
        let path = path_with_id(format!("{INVITES}/"), id.into().as_str());
        Call::new(
            self.0.clone(),
            Ok(needing(Prepared::get("invites.get", path))),
        )
    }

    /// Cancels an invite that was not accepted yet. `DELETE /organizations/invites/{id}`.
    pub fn cancel(&self, id: impl Into<InviteId>) -> Call<()> {
        let path = path_with_id(format!("{INVITES}/"), id.into().as_str());
        let prepared = needing(Prepared::delete("invites.cancel", path));
        Call::without_answer(self.0.clone(), Ok(prepared))
    }
}
