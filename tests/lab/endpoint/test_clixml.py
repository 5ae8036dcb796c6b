"""CLIXML as a real server writes it, read back by two codecs that the lab has no part in."""

from __future__ import annotations

import struct
import uuid
import xml.etree.ElementTree as ET
from decimal import Decimal

import psrpcore.types as wire
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psrpcore._crypto import PSRemotingCrypto
from pypsrp.serializer import Serializer

from jcad.lab.endpoint import clixml
from jcad.lab.endpoint.deserialize import deserialize
from jcad.lab.endpoint.serialize import Encoding, serialize
from jcad.lab.powershell import containers
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import values as ps
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.evaluate.invocations import InvocationInfo
from jcad.lab.powershell.syntax.nodes import Source


@pytest.fixture(scope="module")
def cipher():
    crypto = PSRemotingCrypto()
    crypto.register_key(bytes(32))
    return crypto


@pytest.fixture(scope="module")
def write(cipher):
    """A value's CLIXML, without the byte order mark, as PowerShell 7 writes it (what was recorded)."""

    def written(value):
        content = serialize(value, Encoding(cipher, desktop=False))
        assert content.startswith(b"\xef\xbb\xbf")
        return content[3:].decode()

    return written


def round_trip(value, cipher):
    element = ET.fromstring(serialize(value, Encoding(cipher))[3:])
    return deserialize(wire.deserialize(element, cipher))


XML_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff"))


@given(text=XML_TEXT)
def test_any_text_comes_back_through_psrpcore(text):
    assert round_trip(text, PSRemotingCrypto()) == text


@given(text=XML_TEXT)
def test_any_text_comes_back_through_pypsrp(text):
    content = serialize(text, Encoding(PSRemotingCrypto()))[3:].decode()
    assert Serializer().deserialize(content) == text


@given(name=XML_TEXT.filter(bool))
def test_any_property_name_comes_back(name):
    value = ps.custom_object([(name, 1)])
    back = round_trip(value, PSRemotingCrypto())
    assert [member.name for member in back.extended.values()] == [name]


@given(number=st.floats(allow_nan=False))
def test_any_double_comes_back(number):
    assert float(clixml.double(number).replace("INF", "inf")) == number


@given(number=st.floats(width=32, allow_nan=False))
def test_any_single_comes_back(number):
    back = float(clixml.single(number).replace("INF", "inf"))
    assert struct.pack("<f", back) == struct.pack("<f", number)


@given(ticks=st.integers(-(2**63), 2**63 - 1))
def test_any_timespan_comes_back_to_the_microsecond(ticks):
    back = round_trip(ps.TimeSpan(ticks // 10 * 10), PSRemotingCrypto())
    assert back == ps.TimeSpan(ticks // 10 * 10)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", "<S></S>"),
        ("  two  ", "<S>  two  </S>"),
        ("\U0001f600", "<S>_xD83D__xDE00_</S>"),
        ("a\ud83db", "<S>a_xD83D_b</S>"),
        ("a\r\nb\tc", "<S>a_x000D__x000A_b_x0009_c</S>"),
        ("~\x7f\x80\x85\x9f\xa0", "<S>~_x007F__x0080__x0085__x009F_\xa0</S>"),
        ("_x000A_ _x_ _X0041_ x_x00", "<S>_x005F_x000A_ _x005F_x_ _x005F_X0041_ x_x005F_x00</S>"),
        ('<a b="c">&amp;\'', '<S>&lt;a b="c"&gt;&amp;amp;\'</S>'),
        ("\ufffe\uffff", "<S>&#xFFFE;&#xFFFF;</S>"),
        (ps.Char("\u20ac"), "<C>8364</C>"),
        (True, "<B>true</B>"),
        (ps.Byte(255), "<By>255</By>"),
        (ps.SByte(-128), "<SB>-128</SB>"),
        (-2147483648, "<I32>-2147483648</I32>"),
        (ps.Int64(1), "<I64>1</I64>"),
        (ps.UInt64(18446744073709551615), "<U64>18446744073709551615</U64>"),
        (0.1, "<Db>0.1</Db>"),
        (1e100, "<Db>1E+100</Db>"),
        (1e-7, "<Db>1E-07</Db>"),
        (-0.0, "<Db>-0</Db>"),
        (1e16, "<Db>10000000000000000</Db>"),
        (123456789012345678.0, "<Db>1.2345678901234568E+17</Db>"),
        (5e-324, "<Db>5E-324</Db>"),
        (float("-inf"), "<Db>-INF</Db>"),
        (Decimal("0.00000000000000000001"), "<D>0.00000000000000000001</D>"),
        (ps.DateTime(638400000000000001, 1), "<DT>2024-01-04T21:20:00.0000001Z</DT>"),
        (ps.DateTime(0), "<DT>0001-01-01T00:00:00</DT>"),
        (ps.TimeSpan(937840050000), "<TS>P1DT2H3M4.005S</TS>"),
        (ps.TimeSpan(0), "<TS>PT0S</TS>"),
        (ps.TimeSpan(-54000000000), "<TS>-PT1H30M</TS>"),
        (uuid.UUID("01234567-89ab-cdef-0123-456789abcdef"), "<G>01234567-89ab-cdef-0123-456789abcdef</G>"),
        (ps.Version(1, 2), "<Version>1.2</Version>"),
        (containers.Array([ps.Byte(0), ps.Byte(1)], containers.BYTE_ARRAY), "<BA>AAE=</BA>"),
        (containers.Array([], containers.BYTE_ARRAY), "<BA />"),
        (ps.ScriptBlock(" Get-Thing "), "<SBK> Get-Thing </SBK>"),
    ],
)
def test_a_primitive_is_written_as_recorded(write, value, expected):
    assert write(value) == expected


OBJECT_ARRAY = "<T>System.Object[]</T><T>System.Array</T><T>System.Object</T>"
CUSTOM = "<T>System.Management.Automation.PSCustomObject</T><T>System.Object</T>"
TABLE = "<T>System.Collections.Hashtable</T><T>System.Object</T>"


def test_a_nested_array_refers_to_its_type_names(write):
    value = containers.Array([1, containers.Array([2])])
    assert write(value) == (
        f'<Obj RefId="0"><TN RefId="0">{OBJECT_ARRAY}</TN><LST><I32>1</I32>'
        '<Obj RefId="1"><TNRef RefId="0" /><LST><I32>2</I32></LST></Obj></LST></Obj>'
    )


def test_an_empty_array_and_null_inside_one(write):
    assert write(containers.Array()) == f'<Obj RefId="0"><TN RefId="0">{OBJECT_ARRAY}</TN><LST /></Obj>'
    assert "<LST><Nil /></LST>" in write(containers.Array([None]))


def test_a_custom_object_has_no_tostring(write):
    value = ps.custom_object([("Name", "n"), ("Null", None)])
    assert write(value) == (
        f'<Obj RefId="0"><TN RefId="0">{CUSTOM}</TN><MS><S N="Name">n</S><Nil N="Null" /></MS></Obj>'
    )


def test_an_empty_custom_object_has_no_members(write):
    assert write(ps.custom_object([])) == f'<Obj RefId="0"><TN RefId="0">{CUSTOM}</TN></Obj>'


def test_a_hashtable_is_a_dictionary_of_entries(write):
    assert write(containers.Hashtable([("a", 1)])) == (
        f'<Obj RefId="0"><TN RefId="0">{TABLE}</TN><DCT><En><S N="Key">a</S><I32 N="Value">1</I32></En></DCT></Obj>'
    )


def test_an_object_that_comes_twice_is_written_once(write):
    item = ps.custom_object([("a", 1)])
    assert write(containers.Array([item, item])).endswith('</MS></Obj><Ref RefId="1" /></LST></Obj>')


def test_an_object_that_holds_itself_ends(write):
    table = containers.Hashtable()
    table.set("me", table)
    assert write(table) == (
        f'<Obj RefId="0"><TN RefId="0">{TABLE}</TN><DCT><En><S N="Key">me</S><Obj N="Value" RefId="1">'
        '<TNRef RefId="0" /><DCT><En><S N="Key">me</S><Ref N="Value" RefId="1" /></En></DCT></Obj></En></DCT></Obj>'
    )


def test_a_value_with_a_note_is_an_object_around_it(write):
    value = ps.PSObject(5, {"tag": ps.NoteProperty("Tag", "x")})
    assert write(value) == '<Obj RefId="0"><I32>5</I32><MS><S N="Tag">x</S></MS></Obj>'


def test_nesting_beyond_48_levels_becomes_a_text(write):
    value = 1
    for _ in range(60):
        value = containers.Array([value])
    content = write(value)
    assert content.count("<LST>") == 49
    assert "<S>Serialized XML is nested too deeply.</S>" in content


def test_an_enum_has_its_name_and_its_number(write):
    kind = net.define("Test.Colour", names={"Red": 0, "Green": 5})
    assert write(ps.EnumValue(kind, 5)) == (
        '<Obj RefId="0"><TN RefId="0"><T>Test.Colour</T><T>System.Enum</T><T>System.ValueType</T><T>System.Object</T>'
        "</TN><ToString>Green</ToString><I32>5</I32></Obj>"
    )


def test_an_exception_that_is_a_value_is_written_in_full(write):
    content = write(NetException("System.Exception", "outer", NetException("System.Exception", "inner")))
    assert "<ToString>System.Exception: outer_x000A_ ---&gt; System.Exception: inner_x000A_" in content
    assert content.count('<I32 N="HResult">-2146233088</I32>') == 2


def test_an_error_record_that_is_a_value_keeps_its_shape(write):
    record = ErrorRecord(NetException("System.Exception", "w"), "WId", "InvalidData", command="Get-It")
    record.invocation = InvocationInfo(None, "", 0, Source("Get-It"), end=6)
    content = write(record)
    assert '<S N="FullyQualifiedErrorId">WId,Get-It</S>' in content
    assert '<I32 N="ErrorCategory_Category">6</I32>' in content
    assert '<S N="ErrorCategory_Message">InvalidData: (:) [], Exception</S>' in content
    assert '<S N="ErrorDetails_ScriptStackTrace">at &lt;ScriptBlock&gt;, &lt;No file&gt;: line 1</S>' in content


def test_a_securestring_is_encrypted_under_the_session_key(cipher):
    content = serialize(ps.SecureString("abc"), Encoding(cipher))[3:].decode()
    assert content.startswith("<SS>")
    assert "abc" not in content
    assert wire.PSSecureString(content[4:-5], cipher).decrypt() == "abc"


def test_a_generic_list_names_its_element_type_with_the_editions_assembly(cipher, write):
    value = containers.GenericList(["a"], net.generic(net.LIST, net.STRING))
    assert "System.Collections.Generic.List`1[[System.String, System.Private.CoreLib, " in write(value)
    assert "List`1[[System.String, mscorlib, Version=4.0.0.0, " in serialize(value, Encoding(cipher)).decode()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | XML_TEXT
    | st.builds(ps.Int64, st.integers(0, 2**62)),
    lambda inner: (
        st.lists(inner, max_size=4).map(containers.ArrayList)
        | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4).map(lambda d: containers.Hashtable(d.items()))
    ),
    max_leaves=12,
)


@given(value=VALUES)
def test_values_of_any_depth_come_back(value):
    assert plain(round_trip(value, PSRemotingCrypto())) == plain(value)


def plain(value):
    """A value as something that Python compares by content."""
    if isinstance(value, list):
        return [type(value).__name__, *(plain(item) for item in value)]
    if isinstance(value, containers.Dictionary):
        return {key: plain(item) for key, item in value.items()}
    return (type(value).__name__, value)
