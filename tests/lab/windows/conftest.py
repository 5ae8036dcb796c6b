"""A small schema, as the directory would tell it."""

import pytest

from jcad.lab.windows.schema import AttributeType, Schema, Syntax


def attribute(name, syntax=Syntax.TEXT, *, single=True, constructed=False, longest=None):
    return AttributeType(name, syntax, single, constructed, longest)


@pytest.fixture(scope="session")
def schema():
    """Some twenty attributes of the real schema, with its syntaxes and lengths."""
    attributes = [
        attribute("accountExpires", Syntax.LARGE_INTEGER),
        attribute("adminCount", Syntax.INTEGER),
        attribute("cn", longest=64),
        attribute("createTimeStamp", Syntax.GENERALIZED_TIME, constructed=True),
        attribute("description", single=False, longest=1024),
        attribute("displayName", longest=256),
        attribute("distinguishedName", Syntax.DN),
        attribute("givenName", longest=64),
        attribute("groupType", Syntax.INTEGER),
        attribute("isDeleted", Syntax.BOOLEAN),
        attribute("lastLogonTimestamp", Syntax.LARGE_INTEGER),
        attribute("mail", longest=256),
        attribute("manager", Syntax.DN),
        attribute("member", Syntax.DN, single=False),
        attribute("memberOf", Syntax.DN, single=False),
        attribute("mS-DS-ConsistencyGuid", Syntax.OCTETS),
        attribute("name", longest=255),
        attribute("objectClass", Syntax.OID, single=False),
        attribute("objectGUID", Syntax.OCTETS),
        attribute("objectSid", Syntax.SID),
        attribute("otherTelephone", single=False, longest=64),
        attribute("pwdLastSet", Syntax.LARGE_INTEGER),
        attribute("sAMAccountName", longest=256),
        attribute("sn", longest=64),
        attribute("userAccountControl", Syntax.INTEGER),
        attribute("userPrincipalName", longest=1024),
        attribute("whenCreated", Syntax.GENERALIZED_TIME),
    ]
    return Schema({one.name.lower(): one for one in attributes})
