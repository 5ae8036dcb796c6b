from hypothesis import given
from hypothesis import strategies as st

from jcad.lab.windows.protection import PROTECTED, PROTECTED_PARENT, is_protected, with_denial, without_denial

EVERYONE = bytes.fromhex("010100000000000100000000")
ADMINS = bytes.fromhex("01020000000000052000000020020000")


def entry(kind, flags, mask, sid):
    body = mask.to_bytes(4, "little") + sid
    return bytes((kind, flags)) + (len(body) + 4).to_bytes(2, "little") + body


def descriptor(*entries):
    listed = b"".join(entries)
    acl = (
        bytes((4, 0)) + (8 + len(listed)).to_bytes(2, "little") + len(entries).to_bytes(2, "little") + bytes(2) + listed
    )
    return bytes((1, 0)) + (0x8404).to_bytes(2, "little") + bytes(12) + (20).to_bytes(4, "little") + acl


ENTRIES = st.lists(
    st.builds(
        entry,
        st.sampled_from([0, 1]),
        st.sampled_from([0, 2, 0x12]),
        st.integers(0, 0xFFFFF),
        st.sampled_from([EVERYONE, ADMINS]),
    ),
    max_size=5,
)
FULL = entry(0, 0, 0xF01FF, ADMINS)


def test_a_protected_object_denies_everyone_and_comes_first():
    after = with_denial(descriptor(FULL), PROTECTED)
    assert is_protected(after)
    assert after[28:].startswith(entry(1, 0, PROTECTED, EVERYONE))
    assert after.endswith(FULL)


def test_an_inherited_denial_protects_nothing():
    assert not is_protected(descriptor(entry(1, 0x10, PROTECTED, EVERYONE)))


def test_a_denial_to_somebody_else_protects_nothing():
    assert not is_protected(descriptor(entry(1, 0, PROTECTED, ADMINS)))


def test_denying_the_parent_too_keeps_its_own_protection():
    both = with_denial(with_denial(descriptor(FULL), PROTECTED), PROTECTED_PARENT)
    assert is_protected(both)
    assert is_protected(without_denial(both, PROTECTED_PARENT))
    assert not is_protected(without_denial(both, PROTECTED))


@given(ENTRIES)
def test_protecting_and_freeing_never_touches_other_entries(entries):
    before = descriptor(*entries)
    freed = without_denial(with_denial(before, PROTECTED), PROTECTED)
    assert not is_protected(freed)
    for one in entries:
        if not (one[0] == 1 and not one[1] & 0x10 and one[8:] == EVERYONE):
            assert one in freed


@given(ENTRIES)
def test_protecting_twice_is_protecting_once(entries):
    once = with_denial(descriptor(*entries), PROTECTED)
    assert with_denial(once, PROTECTED) == once
