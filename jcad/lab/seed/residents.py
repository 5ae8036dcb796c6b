"""People of whom the domain already has something: taken over, in conflict, or not to be touched.

Pure values; no I/O.
"""

from __future__ import annotations

from jcad.lab.seed.cases import ELSEWHERE, LYON, STAFF, TOKYO, Account, PersonCase
from jcad.lab.seed.values import USERS_CONTAINER, Outcome

_AGREE = "the e-mails agree"

TAKEN_OVER = (
    PersonCase("mary.jones", "Mary", "Jones", Outcome.LINK, _AGREE, groups=("Marketing",), account=Account()),
    PersonCase("peter.pan", "Peter", "Pan", Outcome.LINK, "AD's e-mail is empty", account=Account(mail="")),
    PersonCase(
        "mary.oconnor", "Mary", "O'Connor", Outcome.LINK, "the e-mails agree but for case", groups=("Marketing",),
        account=Account(mail="Mary.OConnor@LAB.jcad.test", cn="O'Connor, Mary (Sales)", container=LYON.dn),
    ),
    PersonCase(
        "mixed.case", "Mixed", "Case", Outcome.LINK, "usernames are one whatever their case",
        account=Account(sam="Mixed.CASE"),
    ),
    PersonCase(
        "old.name", "Newfirst", "Newlast", Outcome.LINK, "both names have changed in JumpCloud",
        account=Account(given="Oldfirst", sn="Oldlast"),
    ),
    PersonCase(
        "bare.account", "Bare", "Account", Outcome.LINK, "AD has no name and no e-mail",
        account=Account(given="", sn="", mail=""),
    ),
    PersonCase(
        "backslash.cn", "Back", "Slash", Outcome.LINK, _AGREE, groups=("Reception",),
        account=Account(cn='Back\\Slash "The" <Third>; a=b+c', container=STAFF.dn),
    ),
    PersonCase("hash.cn", "Hash", "Sign", Outcome.LINK, _AGREE, account=Account(cn="#1 Hash", container=STAFF.dn)),
    PersonCase(
        "long.cn", "Long", "Common-Name", Outcome.LINK, _AGREE, account=Account(cn="L" * 64, container=STAFF.dn)
    ),
    PersonCase(
        "hanako.yamada", "花子", "山田", Outcome.LINK, _AGREE, groups=("Marketing", "営業部"),
        account=Account(cn="山田 花子", container=TOKYO.dn, given="Hanako", sn="Yamada"),
    ),
    PersonCase(
        "emoji.cn", "Emoji", "Name", Outcome.LINK, _AGREE, account=Account(cn="😀 Emoji \U00020bb7", container=STAFF.dn)
    ),
    PersonCase("rtl.cn", "דוד", "לוי", Outcome.LINK, _AGREE, account=Account(cn="דוד לוי", container=STAFF.dn)),
    PersonCase(
        "suspended.old", "Suspended", "Resident", Outcome.LINK, "suspended in JumpCloud, enabled in AD",
        state="SUSPENDED", disable=True, account=Account(), groups=("Marketing",),
    ),
    PersonCase(
        "suspended.both", "Suspended", "Both", Outcome.LINK, "suspended in JumpCloud, disabled in AD already",
        state="SUSPENDED", account=Account(control=514),
    ),
    PersonCase(
        "disabled.in.ad", "Disabled", "InAd", Outcome.LINK, "disabled by somebody else: not enabled",
        account=Account(control=514),
    ),
    PersonCase("locked.out", "Locked", "Out", Outcome.LINK, "locked is not disabled", account=Account(locked=True)),
    PersonCase(
        "proxy.primary", "Proxy", "Primary", Outcome.LINK, "proxyAddresses has another primary SMTP address",
        withheld=("mail",),
        account=Account(mail="", proxy=("SMTP:first@mail.jcad.test", "smtp:second@mail.jcad.test")),
    ),
    PersonCase(
        "restricted.name", "Restricted", "Jcname", Outcome.LINK, "JumpCloud says that the last name is AD's",
        restricted=("lastname",), withheld=("sn",), account=Account(sn="Adname"),
    ),
    PersonCase(
        "reception.primary", "Rita", "Front", Outcome.LINK, "a member by primaryGroupID", groups=("Reception",),
        account=Account(primary_group="Reception"),
    ),
    PersonCase(
        "group.taken.over", "Grace", "Group", Outcome.LINK, "bound only through a group", direct=False,
        groups=("Accounting",), account=Account(container=LYON.dn),
    ),
)  # fmt: skip

_DIFFERS = "the username is taken by an account with another e-mail"

CONFLICTS = (
    PersonCase(
        "email.differs", "Email", "Differs", Outcome.CONFLICT, _DIFFERS, groups=("Marketing",),
        account=Account(mail="somebody.else@lab.jcad.test"),
    ),
    PersonCase(
        "josé.núñez", "José", "Núñez", Outcome.CONFLICT, "Windows takes josé.núñez and jose.nunez for one name",
        email="jose.nunez@lab.jcad.test", account=Account(sam="jose.nunez", mail="other.nunez@lab.jcad.test"),
    ),
    PersonCase(
        "email.only", "Email", "Only", Outcome.CONFLICT, "only the e-mail matches", account=Account(sam="eonly")
    ),
    PersonCase(
        "crossed.one", "Crossed", "One", Outcome.CONFLICT, "the username matches one account and the e-mail another",
        account=Account(mail="crossed.owner@lab.jcad.test"),
    ),
    PersonCase(
        "twice.mailed", "Twice", "Mailed", Outcome.CONFLICT, "two accounts have the e-mail", account=Account()
    ),
    PersonCase("shared.mail", "Shared", "Mail", Outcome.CONFLICT, "two accounts have the e-mail, none the username"),
    PersonCase("zoe.king", "Zoe", "King", Outcome.CONFLICT, "two JumpCloud users are one name to Windows"),
    PersonCase(
        "zoë.king", "Zoë", "King", Outcome.CONFLICT, "two JumpCloud users are one name to Windows",
        email="zoe.king2@lab.jcad.test",
    ),
    PersonCase("printers", "Prin", "Ters", Outcome.CONFLICT, "a group has that sAMAccountName"),
    PersonCase("ws01$", "Work", "Station", Outcome.CONFLICT, "a computer has that sAMAccountName"),
    PersonCase("taken.upn", "Taken", "Upn", Outcome.CONFLICT, "another account has that userPrincipalName"),
    PersonCase("wendy.clash", "Wendy", "Clash", Outcome.CONFLICT, "another object of the container has that CN"),
)  # fmt: skip

_OUTSIDE = "the account is outside the root user container"
_MEMBER = "a member of a protected group"

NOT_MANAGEABLE = (
    PersonCase(
        "outside.user", "Outside", "User", Outcome.NOT_MANAGEABLE, _OUTSIDE, account=Account(container=USERS_CONTAINER)
    ),
    PersonCase(
        "outside.ou", "Outside", "Unit", Outcome.NOT_MANAGEABLE, _OUTSIDE, groups=("Marketing",),
        account=Account(container=ELSEWHERE.dn),
    ),
    PersonCase(
        "admin.count", "Admin", "Count", Outcome.NOT_MANAGEABLE, "adminCount is 1", groups=("Marketing",),
        account=Account(admin_count=True),
    ),
    PersonCase("domain.admin", "Domain", "Admin", Outcome.NOT_MANAGEABLE, _MEMBER, account=Account()),
    PersonCase("nested.operator", "Nested", "Operator", Outcome.NOT_MANAGEABLE, _MEMBER, account=Account()),
    PersonCase("account.operator", "Account", "Operator", Outcome.NOT_MANAGEABLE, _MEMBER, account=Account()),
    PersonCase(
        "primary.admin", "Primary", "Admin", Outcome.NOT_MANAGEABLE, "its primary group is Domain Admins",
        account=Account(primary_group="Domain Admins"),
    ),
    PersonCase("administrator", "Built", "In", Outcome.NOT_MANAGEABLE, "the built-in administrator"),
    PersonCase("krbtgt", "Kerberos", "Ticket", Outcome.NOT_MANAGEABLE, "a critical system object"),
    PersonCase("jcsync", "Sync", "Service", Outcome.NOT_MANAGEABLE, "JumpCloud's service account"),
    PersonCase("jcimport", "Import", "Service", Outcome.NOT_MANAGEABLE, "JumpCloud's service account"),
)  # fmt: skip

BYSTANDERS = (
    PersonCase("crossed.two", "Crossed", "Two", None, account=Account(mail="crossed.one@lab.jcad.test")),
    PersonCase("twice.other", "Twice", "Other", None, account=Account(mail="twice.mailed@lab.jcad.test")),
    PersonCase("shared.a", "Shared", "A", None, account=Account(mail="shared.mail@lab.jcad.test")),
    PersonCase("shared.b", "Shared", "B", None, account=Account(mail="shared.mail@lab.jcad.test", container=STAFF.dn)),
    PersonCase("upn.owner", "Upn", "Owner", None, account=Account(upn="taken.upn@lab.jcad.test")),
    PersonCase("wclash", "Other", "Clash", None, account=Account(cn="wendy.clash")),
    PersonCase("only.in.ad", "Only", "InAd", None, account=Account(container=STAFF.dn)),
    PersonCase("local.intern", "Local", "Intern", None, account=Account(container=USERS_CONTAINER)),
    PersonCase("frontdesk", "Front", "Desk", None, account=Account()),
)
"""Accounts that only the domain has: they stand in the way, or are members that only AD knows."""

RESIDENTS: tuple[PersonCase, ...] = (*TAKEN_OVER, *CONFLICTS, *NOT_MANAGEABLE)
