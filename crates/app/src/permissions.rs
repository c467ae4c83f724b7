//! What a role allows: Mastodon's bits, here once.
//!
//! Source: docs.joinmastodon.org/entities/Role/#permission-flags

/// One thing that a role may allow; the number is its bit in `roles.permissions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Everything, now and in future.
    Administrator = 0,
    ViewDevops = 1,
    ViewAuditLog = 2,
    ViewDashboard = 3,
    ManageReports = 4,
    ManageFederation = 5,
    ManageSettings = 6,
    ManageBlocks = 7,
    ManageTaxonomies = 8,
    ManageAppeals = 9,
    ManageUsers = 10,
    ManageInvites = 11,
    ManageRules = 12,
    ManageAnnouncements = 13,
    ManageCustomEmojis = 14,
    ManageWebhooks = 15,
    InviteUsers = 16,
    ManageRoles = 17,
    ManageUserAccess = 18,
    DeleteUserData = 19,
    /// Reading timelines that the settings have switched off.
    ViewFeeds = 20,
    InviteBypassApproval = 21,
    ManageEmailSubscriptions = 22,
}

impl Permission {
    const COUNT: u32 = 23;

    const fn bit(self) -> i64 {
        1 << self as i64
    }
}

/// What somebody may do: what their role allows and what everybody may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(i64);

impl Permissions {
    pub const ALL: Permissions = Permissions((1 << Permission::COUNT) - 1);
    /// Those of people whom everybody must be able to hear.
    pub(crate) const MODERATING: Permissions = Permissions(
        Permission::Administrator.bit()
            | Permission::ViewAuditLog.bit()
            | Permission::ViewDashboard.bit()
            | Permission::ManageReports.bit()
            | Permission::ManageFederation.bit()
            | Permission::ManageBlocks.bit()
            | Permission::ManageTaxonomies.bit()
            | Permission::ManageAppeals.bit()
            | Permission::ManageUsers.bit()
            | Permission::ManageInvites.bit()
            | Permission::ManageUserAccess.bit()
            | Permission::DeleteUserData.bit(),
    );

    /// From bits as they are stored. An administrator may do everything; bits without a meaning allow nothing.
    pub fn from_bits(bits: i64) -> Permissions {
        if bits & Permission::Administrator.bit() != 0 { Permissions::ALL } else { Permissions(bits & Permissions::ALL.0) }
    }

    pub fn bits(self) -> i64 {
        self.0
    }

    pub fn allow(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_may_do_everything() {
        assert_eq!(Permissions::from_bits(1), Permissions::ALL);
        assert_eq!(Permissions::ALL.bits(), 0x7f_ffff);
        assert!(Permissions::from_bits(1).allow(Permission::ManageEmailSubscriptions));
    }

    #[test]
    fn a_role_allows_what_its_bits_say() {
        let moderator = Permissions::from_bits(1_308 | 1 << 40);
        assert_eq!(moderator.bits(), 1_308);
        for (permission, allowed) in [
            (Permission::ViewAuditLog, true),
            (Permission::ManageReports, true),
            (Permission::ManageUsers, true),
            (Permission::Administrator, false),
            (Permission::ManageSettings, false),
            (Permission::ViewFeeds, false),
        ] {
            assert_eq!(moderator.allow(permission), allowed, "{permission:?}");
        }
    }
}
