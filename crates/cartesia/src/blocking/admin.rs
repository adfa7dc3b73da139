//! The account's own calls.

use cartesia_types::account::{
    AgentUsage, ApiKeyId, ApiKeyInfo, CreateInvitesRequest, CreditUsage, GetUsageRequest, Invite,
    InviteId, ListInvitesRequest, SearchRequest, User, UserId,
};

use super::group::groups;
use super::runtime::Runtime;
use super::{Call, ListCall};

groups! {
    /// The account's own calls, since API version 2026-03-01; from [`Client::admin`](super::Client::admin) or
    /// [`ClientBuilder::build_admin`](super::ClientBuilder::build_admin).
    ///
    /// They go out with the admin key and with nothing else, and no other call does.
    Admin {
        /// What was used.
        fn usage() -> Usage;

        /// API keys.
        fn api_keys() -> ApiKeys;

        /// Users of the organization.
        fn users() -> Users;

        /// Invites into the organization.
        fn invites() -> Invites;
    }

    /// What was used; from [`Admin::usage`].
    Usage {
        /// Credits, in spans of time. `GET /usage/credits`. The list has no pages.
        fn credits(request: GetUsageRequest) -> ListCall<CreditUsage>;

        /// Calls of agents, in spans of time. `GET /usage/agents`. The list has no pages.
        fn agents(request: GetUsageRequest) -> ListCall<AgentUsage>;
    }

    /// API keys: what is known of them, never the keys themselves; from [`Admin::api_keys`].
    ApiKeys {
        /// API keys: one page, or all of them page by page. `GET /api-keys`.
        fn list(request: SearchRequest) -> ListCall<ApiKeyInfo>;

        /// One API key. `GET /api-keys/{id}`.
        fn get(id: impl Into<ApiKeyId>) -> Call<ApiKeyInfo>;
    }

    /// Users of the organization; from [`Admin::users`].
    Users {
        /// Users: one page, or all of them page by page. `GET /organizations/users`.
        fn list(request: SearchRequest) -> ListCall<User>;

        /// One user. `GET /organizations/users/{id}`.
        fn get(id: impl Into<UserId>) -> Call<User>;

        /// Removes a user from the organization. `DELETE /organizations/users/{id}`.
        fn remove(id: impl Into<UserId>) -> Call<()>;
    }

    /// Invites into the organization; from [`Admin::invites`].
    Invites {
        /// Invites: one page, or all of them page by page. `GET /organizations/invites`.
        fn list(request: ListInvitesRequest) -> ListCall<Invite>;

        /// Invites up to ten people: all of them, or none. `POST /organizations/invites`, at most ten
        /// times an hour.
        fn create(request: CreateInvitesRequest) -> Call<Vec<Invite>>;

        /// One invite. `GET /organizations/invites/{id}`.
        fn get(id: impl Into<InviteId>) -> Call<Invite>;

        /// Cancels an invite that was not accepted yet. `DELETE /organizations/invites/{id}`.
        fn cancel(id: impl Into<InviteId>) -> Call<()>;
    }
}
