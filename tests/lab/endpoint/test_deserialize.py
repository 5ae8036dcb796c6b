"""What a client may send, and as what it arrives: cases recorded of a real server."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from uuid import UUID

import psrpcore.types as wire
import pytest
from psrpcore._crypto import PSRemotingCrypto

from jcad.lab.endpoint.deserialize import deserialize
from jcad.lab.powershell import containers
from jcad.lab.powershell import values as ps


def read(clixml: str):
    crypto = PSRemotingCrypto()
    crypto.register_key(bytes(32))
    return deserialize(wire.deserialize(ET.fromstring(clixml), crypto))


def typed(name: str, content: str, base: str = "System.Object") -> str:
    return f'<Obj RefId="0"><TN RefId="0"><T>{name}</T><T>{base}</T></TN>{content}</Obj>'


@pytest.mark.parametrize(
    ("clixml", "expected"),
    [
        ("<Nil />", None),
        ("<B>true</B>", True),
        ("<S>a_x000A_b</S>", "a\nb"),
        ("<S>_xD83D__xDE00_</S>", "\U0001f600"),
        ("<I32>1</I32>", 1),
        ("<I64>5000000000</I64>", ps.Int64(5000000000)),
        ("<By>255</By>", ps.Byte(255)),
        ("<Db>1.5</Db>", 1.5),
        ("<C>8364</C>", ps.Char("\u20ac")),
        ("<DT>2024-01-04T21:20:00.0000001Z</DT>", ps.DateTime(638400000000000001, 1)),
        ("<DT>2024-01-02T00:00:00</DT>", ps.DateTime(638397504000000000, 0)),
        ("<DT>2024-01-02T03:00:00+03:00</DT>", ps.DateTime(638397504000000000, 2)),
        ("<TS>P1DT2H3M4.005S</TS>", ps.TimeSpan(937840050000)),
        ("<G>01234567-89ab-cdef-0123-456789abcdef</G>", UUID("01234567-89ab-cdef-0123-456789abcdef")),
        ("<Version>1.2</Version>", ps.Version(1, 2)),
        ("<SBK> 1 </SBK>", " 1 "),
        (typed("System.DayOfWeek", "<ToString>Friday</ToString><I32>5</I32>", "System.Enum"), 5),
    ],
)
def test_a_primitive_arrives_as_its_value(clixml, expected):
    found = read(clixml)
    assert type(found) is type(expected)
    assert found == expected


def test_an_array_arrives_as_an_arraylist_that_has_lost_its_type():
    found = read(typed("System.Object[]", "<LST><I32>1</I32><Nil /></LST>", "System.Array"))
    assert isinstance(found, containers.ArrayList)
    assert list(found) == [1, None]
    assert found.type_names == ["Deserialized.System.Object[]", "Deserialized.System.Array"]


def test_a_byte_array_keeps_its_type():
    found = read("<BA>AP8=</BA>")
    assert found.net_type is containers.BYTE_ARRAY
    assert list(found) == [0, 255]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("System.Collections.Hashtable", containers.Hashtable),
        ("System.Collections.Specialized.OrderedDictionary", containers.OrderedDictionary),
    ],
)
def test_a_dictionary_keeps_its_type(name, kind):
    found = read(typed(name, '<DCT><En><S N="Key">a</S><I32 N="Value">1</I32></En></DCT>'))
    assert isinstance(found, kind)
    assert found.get("A") == 1


def test_a_custom_object_arrives_as_a_bag_that_says_what_it_was():
    found = read(typed("System.Management.Automation.PSCustomObject", '<MS><I32 N="A">1</I32></MS>'))
    assert found.get("a") == 1
    assert found.type_names[0] == "Deserialized.System.Management.Automation.PSCustomObject"


def test_an_object_that_does_not_travel_arrives_with_its_properties():
    content = '<ToString>10.1.2.3</ToString><Props><S N="AddressFamily">InterNetwork</S></Props>'
    found = read(typed("Some.Thing", content + '<MS><S N="Note">n</S></MS>'))
    assert (found.get("AddressFamily"), found.get("Note")) == ("InterNetwork", "n")
    assert found.type_names == ["Deserialized.Some.Thing", "Deserialized.System.Object"]


def test_a_value_keeps_the_notes_that_hang_on_it():
    found = read('<Obj RefId="0"><I32>5</I32><MS><S N="Tag">x</S></MS></Obj>')
    assert found.base == 5
    assert found.extended["tag"].value == "x"


def test_a_credential_arrives_with_its_password():
    crypto = PSRemotingCrypto()
    crypto.register_key(bytes(32))
    props = f'<Props><S N="UserName">LAB\\u</S><SS N="Password">{crypto.encrypt("p")}</SS></Props>'
    found = read(typed("System.Management.Automation.PSCredential", "<ToString>x</ToString>" + props))
    assert (found.user_name, found.password.text) == ("LAB\\u", "p")
