"""Whether an account can log on, as one domain controller computes it: expiry, locks, the policy that holds. Reads only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from jcad.directory import attributes as attr
from jcad.directory.attributes import Attributes
from jcad.directory.reader import DirectoryReader
from jcad.model import DistinguishedName, PasswordPolicy, UserAccountControl
from jcad.model.logon import AccountLogon

_ATTRIBUTES: Final = (
    "distinguishedName",
    "objectGUID",
    "sAMAccountName",
    "userAccountControl",
    "pwdLastSet",
    "lockoutTime",
    "badPwdCount",
    "badPasswordTime",
    "accountExpires",
    "msDS-ResultantPSO",
    "msDS-User-Account-Control-Computed",
    "msDS-UserPasswordExpiryTimeComputed",
)
_POLICY_ATTRIBUTES: Final = (
    "msDS-MinimumPasswordLength",
    "msDS-PasswordComplexityEnabled",
    "msDS-PasswordHistoryLength",
    "msDS-MaximumPasswordAge",
    "msDS-MinimumPasswordAge",
    "msDS-LockoutThreshold",
    "msDS-LockoutDuration",
    "msDS-LockoutObservationWindow",
)


def read_logon(reader: DirectoryReader, guid: UUID) -> AccountLogon | None:
    """How an account stands; None where it is not there. What is computed is asked of the object itself (MS-ADTS 3.1.1.4.5)."""
    values = reader.read(guid, _ATTRIBUTES)
    if values is None:
        return None
    name = attr.text(values, "distinguishedname") or str(guid)
    policy_name = attr.text(values, "msds-resultantpso") or ""
    policy = _fine_grained(reader, policy_name) if policy_name else reader.password_policy()
    control = attr.user_account_control(values)
    computed = UserAccountControl((attr.integer(values, "msds-user-account-control-computed") or 0) & 0xFFFFFFFF)
    password_set = attr.filetime(values, "pwdlastset")
    return AccountLogon(
        guid=guid,
        sam=attr.text(values, "samaccountname") or name,
        dn=DistinguishedName.parse(name),
        enabled=UserAccountControl.ACCOUNTDISABLE not in control,
        locked=UserAccountControl.LOCKOUT in computed,
        password_set=attr.moment(password_set),
        must_change=password_set == 0,
        password_expires=_expires(values, control, policy),
        account_expires=attr.moment(attr.filetime(values, "accountexpires")),
        wrong_passwords=attr.integer(values, "badpwdcount") or 0,
        last_wrong=attr.moment(attr.filetime(values, "badpasswordtime")),
        policy=policy,
        policy_name=DistinguishedName.parse(policy_name).name if policy_name else "",
    )


def _expires(values: Attributes, control: UserAccountControl, policy: PasswordPolicy | None) -> datetime | None:
    """When the password expires: as the server computes it, else by the policy."""
    if "msds-userpasswordexpirytimecomputed" in values:
        return attr.moment(attr.filetime(values, "msds-userpasswordexpirytimecomputed"))
    since = attr.moment(attr.filetime(values, "pwdlastset"))
    if since is None or policy is None or not policy.max_age or UserAccountControl.DONT_EXPIRE_PASSWORD in control:
        return None
    return since + timedelta(seconds=policy.max_age)


def _fine_grained(reader: DirectoryReader, name: str) -> PasswordPolicy | None:
    """A policy of the Password Settings Container, whose objects are the administrators' alone to read by default."""
    values = reader.read(DistinguishedName.parse(name), _POLICY_ATTRIBUTES)
    if not values or "msds-lockoutthreshold" not in values:
        return None
    return PasswordPolicy(
        min_length=attr.integer(values, "msds-minimumpasswordlength") or 0,
        complex=attr.boolean(values, "msds-passwordcomplexityenabled"),
        history=attr.integer(values, "msds-passwordhistorylength") or 0,
        max_age=attr.seconds(values, "msds-maximumpasswordage"),
        min_age=attr.seconds(values, "msds-minimumpasswordage"),
        lockout_threshold=attr.integer(values, "msds-lockoutthreshold") or 0,
        lockout_duration=attr.seconds(values, "msds-lockoutduration"),
        lockout_window=attr.seconds(values, "msds-lockoutobservationwindow"),
    )
