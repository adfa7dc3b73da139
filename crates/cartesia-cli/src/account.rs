//! `account`: API keys, users and invites of the organization, with the admin key.

use cartesia::ListRequest;
use cartesia::account::{
    ApiKeyInfo, CreateInvitesRequest, Invite, InviteStatus, ListInvitesRequest, SearchRequest, User,
};
use clap::Subcommand;

use crate::args::Listing;
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

#[derive(Debug, Subcommand)]
pub(crate) enum AccountVerb {
    /// List API keys, or show one; never the keys themselves
    Keys {
        /// The identifier of one
        id: Option<String>,
        /// Only those with this text
        #[arg(long, value_name = "TEXT", conflicts_with = "id")]
        search: Option<String>,
        #[command(flatten)]
        listing: Listing,
    },
    /// List users, or show one
    Users {
        /// The identifier of one
        id: Option<String>,
        /// Only those with this text
        #[arg(long, value_name = "TEXT", conflicts_with = "id")]
        search: Option<String>,
        #[command(flatten)]
        listing: Listing,
    },
    /// Remove a user from the organization
    RemoveUser {
        /// The user
        id: String,
    },
    /// List invites, or show one
    Invites {
        /// The identifier of one
        id: Option<String>,
        /// Only those with this status: pending, accepted, revoked, expired
        #[arg(long, conflicts_with = "id")]
        status: Option<InviteStatus>,
        #[command(flatten)]
        listing: Listing,
    },
    /// Invite people; all of them or, if one cannot be invited, none
    Invite {
        /// Their addresses, at most 10
        #[arg(required = true, value_name = "EMAIL")]
        emails: Vec<String>,
    },
    /// Cancel an invite
    CancelInvite {
        /// The invite
        id: String,
    },
}

pub(crate) async fn run(global: &Global, verb: AccountVerb) -> Result<(), Failure> {
    let admin = connect::admin(global)?;
    match verb {
        AccountVerb::Keys { id: Some(id), .. } => {
            let key = with_timeout!(admin.api_keys().get(id), global).await?;
            show::one(global, &key, &labelled(KEY_HEAD, key_row(&key)))
        }
        AccountVerb::Keys {
            listing, search, ..
        } => {
            let list = |page| admin.api_keys().list(searching(page, search));
            let page = show::fetch(global, &listing, list).await?;
            show::page(global, &page, KEY_HEAD, key_row)
        }
        AccountVerb::Users { id: Some(id), .. } => {
            let user = with_timeout!(admin.users().get(id), global).await?;
            show::one(global, &user, &labelled(USER_HEAD, user_row(&user)))
        }
        AccountVerb::Users {
            listing, search, ..
        } => {
            let list = |page| admin.users().list(searching(page, search));
            let page = show::fetch(global, &listing, list).await?;
            show::page(global, &page, USER_HEAD, user_row)
        }
        AccountVerb::RemoveUser { id } => {
            with_timeout!(admin.users().remove(id.as_str()), global).await?;
            show::done(global, &format!("The user {id} is removed."));
            Ok(())
        }
        AccountVerb::Invites { id: Some(id), .. } => {
            let invite = with_timeout!(admin.invites().get(id), global).await?;
            show::one(global, &invite, &labelled(INVITE_HEAD, invite_row(&invite)))
        }
        AccountVerb::Invites {
            listing, status, ..
        } => {
            let list = |page| {
                let mut request = ListInvitesRequest::new();
                request.page = page;
                request.status = status;
                admin.invites().list(request)
            };
            let page = show::fetch(global, &listing, list).await?;
            show::page(global, &page, INVITE_HEAD, invite_row)
        }
        AccountVerb::Invite { emails } => {
            let call = admin.invites().create(CreateInvitesRequest::new(emails));
            let made = with_timeout!(call, global).await?;
            show::page(
                global,
                &cartesia::Page::new(made, false),
                INVITE_HEAD,
                invite_row,
            )
        }
        AccountVerb::CancelInvite { id } => {
            with_timeout!(admin.invites().cancel(id.as_str()), global).await?;
            show::done(global, &format!("The invite {id} is cancelled."));
            Ok(())
        }
    }
}

fn searching(page: ListRequest, search: Option<String>) -> SearchRequest {
    let mut request = SearchRequest::new();
    request.page = page;
    request.search = search;
    request
}

const KEY_HEAD: [&str; 4] = ["ID", "CREATED", "CREATOR", "DESCRIPTION"];

fn key_row(key: &ApiKeyInfo) -> [String; 4] {
    [
        key.id.to_string(),
        show::text(key.created_at.as_ref()),
        show::text(key.creator_email.as_ref()),
        show::text(key.description.as_ref()),
    ]
}

const USER_HEAD: [&str; 3] = ["ID", "ROLE", "EMAIL"];

fn user_row(user: &User) -> [String; 3] {
    [
        user.id.to_string(),
        show::text(user.role.as_ref()),
        show::text(user.email.as_ref()),
    ]
}

const INVITE_HEAD: [&str; 5] = ["ID", "STATUS", "ROLE", "EXPIRES", "EMAIL"];

fn invite_row(invite: &Invite) -> [String; 5] {
    [
        invite.id.to_string(),
        show::text(invite.status.as_ref()),
        show::text(invite.role.as_ref()),
        show::text(invite.expires_at.as_ref()),
        show::text(invite.email.as_ref()),
    ]
}

/// A row on lines of its own, each with its head.
fn labelled<const N: usize>(head: [&str; N], row: [String; N]) -> Vec<(&str, String)> {
    head.into_iter().zip(row).collect()
}
