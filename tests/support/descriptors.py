"""Hypothesis strategies for security descriptors, and Samba's own library as the judge of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from jcad.model import Sid
from jcad.model.descriptor import Ace, Acl, Control, SecurityDescriptor

DOMAIN = Sid.parse("S-1-5-21-1004336348-1177238915-682003330")
SYSTEM_PYTHON = Path("/usr/bin/python3")

JUDGE = """
import json, sys
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
domain = security.dom_sid(sys.argv[1])

def hexed(sid):
    return None if sid is None else ndr_pack(sid).hex()

def told(acl):
    if acl is None:
        return None
    out = []
    for ace in acl.aces:
        thing = getattr(ace.object, "flags", 0) if ace.type in (5, 6, 7, 8, 11, 12, 15, 16) else None
        out.append([int(ace.type), int(ace.flags), ace.access_mask & 0xffffffff, hexed(ace.trustee), thing,
                    str(ace.object.type) if thing and thing & 1 else None,
                    str(ace.object.inherited_type) if thing and thing & 2 else None])
    return out

def sd_told(sd):
    return {"control": int(sd.type), "owner": hexed(sd.owner_sid),
            "group": hexed(sd.group_sid), "sacl": told(sd.sacl), "dacl": told(sd.dacl),
            "bytes": ndr_pack(sd).hex()}

answers = []
for kind, text in json.load(sys.stdin):
    try:
        sd = ndr_unpack(security.descriptor, bytes.fromhex(text)) if kind == "bytes" else \\
            security.descriptor.from_sddl(text, domain)
        answers.append(sd_told(sd) | ({"sddl": sd.as_sddl(domain)} if kind == "sddl" else {}))
    except Exception as error:
        answers.append({"error": repr(error)})
json.dump(answers, sys.stdout)
"""


def judged(questions: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What Samba's library makes of descriptors: (`bytes`, hex) or (`sddl`, text), relative to DOMAIN."""
    done = subprocess.run(
        [SYSTEM_PYTHON, "-c", JUDGE, str(DOMAIN)],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def told(descriptor: SecurityDescriptor) -> dict[str, Any]:
    """A descriptor in the words in which the judge tells it."""
    return {
        "control": descriptor.control,
        "owner": descriptor.owner.to_bytes().hex() if descriptor.owner else None,
        "group": descriptor.group.to_bytes().hex() if descriptor.group else None,
        "sacl": _told(descriptor.sacl),
        "dacl": _told(descriptor.dacl),
    }


def _told(acl: Acl | None) -> list[list[Any]] | None:
    if acl is None:
        return None
    return [
        [
            ace.type,
            ace.flags,
            ace.mask,
            ace.sid.to_bytes().hex() if ace.sid else None,
            ace.object_flags,
            str(ace.object_type) if ace.object_type else None,
            str(ace.inherited_object_type) if ace.inherited_object_type else None,
        ]
        for ace in acl.aces
    ]


SIDS = st.one_of(
    st.builds(DOMAIN.child, st.integers(0, 1200)),
    st.sampled_from(
        [Sid.parse(text) for text in ("S-1-1-0", "S-1-5-10", "S-1-5-11", "S-1-3-0", "S-1-3-4", "S-1-5-18")]
    ),
    st.builds(lambda rid: Sid(5, (32, rid)), st.integers(540, 585)),
    st.builds(
        lambda authority, parts: Sid(authority, tuple(parts)),
        st.integers(0, (1 << 48) - 1),
        st.lists(st.integers(0, 0xFFFFFFFF), max_size=15),
    ),
)
MASKS = st.one_of(
    st.integers(0, 0xFFFFFFFF), st.sampled_from([0xF01FF, 0x10000000, 0x100, 0x30, 0x1, 0x2, 0x20, 0x20094, 0x80000000])
)
GUIDS = st.none() | st.uuids()
ANY_FLAGS = st.integers(0, 255)


@st.composite
def common_aces(draw: st.DrawFn, kinds: tuple[int, ...] = (0, 1), flags: st.SearchStrategy[int] = ANY_FLAGS) -> Ace:
    """A common entry."""
    return Ace(draw(st.sampled_from(kinds)), draw(flags), draw(MASKS), draw(SIDS))


@st.composite
def object_aces(draw: st.DrawFn, kinds: tuple[int, ...] = (5, 6), flags: st.SearchStrategy[int] = ANY_FLAGS) -> Ace:
    """An object entry, with one GUID, both or none."""
    return Ace(
        draw(st.sampled_from(kinds)),
        draw(flags),
        draw(MASKS),
        draw(SIDS),
        None,
        draw(GUIDS),
        draw(GUIDS),
    )


@st.composite
def odd_aces(draw: st.DrawFn) -> Ace:
    """Entries of other kinds: with data behind the SID, unknown ones with a body."""
    flags = draw(st.integers(0, 255))
    if draw(st.booleans()):
        kind = draw(st.sampled_from([4, *range(20, 256)]))
        return Ace(kind, flags, 0, None, data=draw(st.binary(max_size=40)))
    kind = draw(st.sampled_from([kind for kind in range(20) if kind != 4]))
    has_types = kind in (5, 6, 7, 8, 11, 12, 15, 16)
    types = (draw(st.integers(0, 0xFFFFFFFF)), draw(GUIDS), draw(GUIDS)) if has_types else (None, None, None)
    return Ace(kind, flags, draw(MASKS), draw(SIDS), *types, draw(st.binary(max_size=40)))


def acls(aces: st.SearchStrategy[Ace]) -> st.SearchStrategy[Acl]:
    """Lists of these entries, with whatever their header and their end may hold."""
    return st.builds(
        Acl,
        st.integers(0, 255),
        st.lists(aces, max_size=6).map(tuple),
        st.integers(0, 255),
        st.integers(0, 0xFFFF),
        st.binary(max_size=8),
    )


def descriptors(aces: st.SearchStrategy[Ace]) -> st.SearchStrategy[SecurityDescriptor]:
    """Any descriptor with entries of these kinds."""
    return st.builds(
        SecurityDescriptor,
        st.integers(0, 0xFFFF).map(lambda bits: bits | Control.SELF_RELATIVE),
        st.none() | SIDS,
        st.none() | SIDS,
        st.none() | acls(aces),
        st.none() | acls(aces),
        st.integers(0, 255),
        st.permutations(["owner", "group", "sacl", "dacl"]).map(tuple),
    )
