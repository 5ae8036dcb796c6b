"""What a logon needs to know of an account: its current NT hash, state and groups; and how wrong passwords are counted.

Runs in the child process, on Samba's database.
"""

from __future__ import annotations

import time
from typing import Any

import ldb
from samba.dcerpc import security
from samba.ndr import ndr_unpack

_EPOCH = 116_444_736_000_000_000  # 1970 as a FILETIME: 100 ns since 1601
_ADMINISTRATOR = "-500"
_ATTRIBUTES = [
    "objectSid",
    "sAMAccountName",
    "unicodePwd",
    "userAccountControl",
    "msDS-User-Account-Control-Computed",
    "pwdLastSet",
    "accountExpires",
    "lockoutTime",
    "badPwdCount",
    "uSNChanged",
]
_POLICIES = {  # the domain's policy (MS-ADA1), and the attributes of a fine-grained one (MS-ADA2)
    "threshold": ("lockoutThreshold", "msDS-LockoutThreshold"),
    "window": ("lockOutObservationWindow", "msDS-LockoutObservationWindow"),
}


def now() -> int:
    """Give the time as a FILETIME."""
    return _EPOCH + time.time_ns() // 100


def account(database: Any, question: dict[str, Any]) -> dict[str, Any] | None:
    """Describe the account of this `sid`, `sam` or `upn`, or None where there is none.

    A `upn` that no account has is tried as `sam` by the caller: the implicit names of MS-ADTS 5.1.1.1.1 are its business.
    """
    found = _find(database, question)
    if found is None:
        return None
    hashed = found.get("unicodePwd", idx=0)
    return {
        "sid": _sid(found["objectSid"][0]),
        "account": str(found["sAMAccountName"][0]),
        "nt_hash": hashed.hex() if hashed is not None else None,
        "control": _number(found, "userAccountControl"),
        "computed": _number(found, "msDS-User-Account-Control-Computed"),
        "password_set": _number(found, "pwdLastSet"),
        "expires": _number(found, "accountExpires"),
        "lockout_time": _number(found, "lockoutTime"),
        "wrong_passwords": _number(found, "badPwdCount"),
        "usn": _number(found, "uSNChanged"),
        "groups": _groups(database, found.dn),
    }


def wrong_password(database: Any, question: dict[str, Any]) -> int | None:
    """Count one wrong password of the account of this `sid`; the new count, or None where there is no such account.

    As MS-SAMR 3.1.5.14.6 has it: the count begins again after the observation window, and at the threshold the account is
    locked. The domain's Administrator is never locked. A locked account is not counted on.
    """
    database.transaction_start()
    try:
        count = _count_one(database, question)
    except BaseException:
        database.transaction_cancel()
        raise
    database.transaction_commit()
    return count


def _count_one(database: Any, question: dict[str, Any]) -> int | None:
    found = _find(database, question)
    if found is None:
        return None
    if _number(found, "msDS-User-Account-Control-Computed") & 0x10:  # UF_LOCKOUT
        return _number(found, "badPwdCount")
    policy = _policy(database, found.dn)
    last = database.search(found.dn, ldb.SCOPE_BASE, attrs=["badPasswordTime"])[0]
    moment = now()
    forgotten = _number(last, "badPasswordTime") - policy["window"] < moment  # intervals are negative
    count = 1 + (0 if forgotten else _number(found, "badPwdCount"))
    changes = {"badPasswordTime": moment, "badPwdCount": count}
    never_locked = _sid(found["objectSid"][0]).endswith(_ADMINISTRATOR)
    if policy["threshold"] and count >= policy["threshold"] and not never_locked:
        changes["lockoutTime"] = moment
    message = ldb.Message(found.dn)
    for name, value in changes.items():
        message[name] = ldb.MessageElement(str(value), ldb.FLAG_MOD_REPLACE, name)
    database.modify(message)
    return count


def _find(database: Any, question: dict[str, Any]) -> Any:
    for attribute, key in (("objectSid", "sid"), ("userPrincipalName", "upn"), ("sAMAccountName", "sam")):
        if question.get(key):
            expression = f"(&(objectClass=user)({attribute}={ldb.binary_encode(question[key])}))"
            found = database.search(database.domain_dn(), ldb.SCOPE_SUBTREE, expression, _ATTRIBUTES)
            return found[0] if len(found) == 1 else None
    raise ValueError("an account is asked for by sid, upn or sam")


def _groups(database: Any, dn: Any) -> list[str]:
    found = database.search(dn, ldb.SCOPE_BASE, "(objectClass=*)", ["tokenGroups"])[0]
    return [_sid(each) for each in found.get("tokenGroups", [])]


def _policy(database: Any, dn: Any) -> dict[str, int]:
    resultant = database.search(dn, ldb.SCOPE_BASE, attrs=["msDS-ResultantPSO"])[0].get("msDS-ResultantPSO", idx=0)
    which, holder = (0, database.domain_dn()) if resultant is None else (1, ldb.Dn(database, resultant.decode()))
    attributes = [names[which] for names in _POLICIES.values()]
    found = database.search(holder, ldb.SCOPE_BASE, attrs=attributes)[0]
    return {key: _number(found, names[which]) for key, names in _POLICIES.items()}


def _sid(packed: bytes) -> str:
    return str(ndr_unpack(security.dom_sid, packed))


def _number(found: Any, attribute: str) -> int:
    value = found.get(attribute, idx=0)
    return int(value) if value is not None else 0
