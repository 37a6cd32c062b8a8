//! The users listed in a round.

use contest_core::UserId;
use contest_core::engine::Page;
use contest_core::id::ParticipantId;
use contest_core::store::Member;
use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cursor::Cursor as _;
use crate::extract::Object;

/// The most bytes of a body: 10,000 users fit, also indented.
pub(crate) const MEMBERS_LIMIT: usize = 2 * 1024 * 1024;

/// Users to list in a round.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NewMembers))]
#[serde(deny_unknown_fields)]
pub(crate) struct MembersBody {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<MemberBody>, max_items = 10_000))]
    members: Vec<Object<MemberBody>>,
}

/// A user to list in a round.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NewMember))]
#[serde(deny_unknown_fields)]
struct MemberBody {
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    user_id: UserId,
    /// The user's team, in a round with teams; the user alone by default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Uuid>))]
    participant_id: Option<ParticipantId>,
}

impl From<MembersBody> for Vec<Member> {
    fn from(body: MembersBody) -> Self {
        let members = body.members.into_iter().map(|Object(given)| Member {
            user: given.user_id,
            participant: given.participant_id.unwrap_or(given.user_id.into()),
        });
        members.collect()
    }
}

/// Users to remove from the list of a round.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RemovedMembers))]
#[serde(deny_unknown_fields)]
pub(crate) struct RemovedBody {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Uuid>, max_items = 10_000))]
    pub(crate) user_ids: Vec<UserId>,
}

/// The users listed in a round, by ascending id.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
pub struct MemberList {
    members: Vec<MemberView>,
    /// The `cursor` of the next page; null on the last page.
    next_cursor: Option<String>,
}

/// A user listed in a round.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Member))]
struct MemberView {
    user_id: Uuid,
    /// The user alone, or the user's team.
    participant_id: Uuid,
}

impl From<&Page<Member, UserId>> for MemberList {
    fn from(page: &Page<Member, UserId>) -> Self {
        let members = page.items.iter().map(|member| MemberView {
            user_id: member.user.as_uuid(),
            participant_id: member.participant.as_uuid(),
        });
        Self {
            members: members.collect(),
            next_cursor: page.next.map(|next| next.encode()),
        }
    }
}
