//! The account's own calls.

use cartesia_types::account::{
    AgentUsage, ApiKeyId, ApiKeyInfo, CreateInvitesRequest, CreditUsage, GetUsageRequest, Invite,
    InviteId, ListInvitesRequest, SearchRequest, User, UserId,
};

use super::group::groups;
use super::runtime::Runtime;
use super::{Call, ListCall};

groups! {
    /// The calls for the account: usage, API keys, users and invites; since API version 2026-03-01; from
    /// [`Client::admin`](super::Client::admin) or
    /// [`ClientBuilder::build_admin`](super::ClientBuilder::build_admin).
    ///
    /// Only these calls carry the admin key, and they carry no other credential.
    Admin {
        /// Returns the usage.
        fn usage() -> Usage;

        /// Returns the API keys.
        fn api_keys() -> ApiKeys;

        /// Returns the users of the organization.
        fn users() -> Users;

        /// Returns the invites into the organization.
        fn invites() -> Invites;
    }

    /// Usage of credits and minutes; from [`Admin::usage`].
    Usage {
        /// Lists the used credits by span of time. `GET /usage/credits`. The list has no pages.
        fn credits(request: GetUsageRequest) -> ListCall<CreditUsage>;

        /// Lists the usage of agents by span of time. `GET /usage/agents`. The list has no pages.
        fn agents(request: GetUsageRequest) -> ListCall<AgentUsage>;
    }

    /// Metadata of API keys, never the keys themselves; from [`Admin::api_keys`].
    ApiKeys {
        /// Lists API keys: one page, or all of them page by page. `GET /api-keys`.
        fn list(request: SearchRequest) -> ListCall<ApiKeyInfo>;

        /// Returns one API key. `GET /api-keys/{id}`.
        fn get(id: impl Into<ApiKeyId>) -> Call<ApiKeyInfo>;
    }

    /// Users of the organization; from [`Admin::users`].
    Users {
        /// Lists users: one page, or all of them page by page. `GET /organizations/users`.
        fn list(request: SearchRequest) -> ListCall<User>;

        /// Returns one user. `GET /organizations/users/{id}`.
        fn get(id: impl Into<UserId>) -> Call<User>;

        /// Removes a user from the organization. `DELETE /organizations/users/{id}`.
        fn remove(id: impl Into<UserId>) -> Call<()>;
    }

    /// Invites into the organization; from [`Admin::invites`].
    Invites {
        /// Lists invites: one page, or all of them page by page. `GET /organizations/invites`.
        fn list(request: ListInvitesRequest) -> ListCall<Invite>;

        /// Invites up to ten people, all or none. `POST /organizations/invites`, at most ten
        /// times an hour.
        fn create(request: CreateInvitesRequest) -> Call<Vec<Invite>>;

        /// Returns one invite. `GET /organizations/invites/{id}`.
        fn get(id: impl Into<InviteId>) -> Call<Invite>;

        /// Cancels an invite that was not accepted yet. `DELETE /organizations/invites/{id}`.
        fn cancel(id: impl Into<InviteId>) -> Call<()>;
    }
}
