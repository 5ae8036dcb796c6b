"""Envelopes and durations: what is read, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypsrp.wsman import WSMan

from jcad.lab.endpoint import wsman


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT20S", 20), ("PT1M0.5S", 60.5), ("PT2H", 7200), ("P1DT1S", 86401), ("PT0.000S", 0)]
)
def test_a_duration_is_read_in_seconds(text, seconds):
    assert wsman.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "20", "PT20", "PT-1S", "1S", "PTS"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(wsman.Fault):
        wsman.seconds(text)


@given(envelope=st.binary())
def test_noise_is_a_fault_and_nothing_else(envelope):
    with pytest.raises(wsman.Fault):
        wsman.read_request(envelope)
    wsman.message_id(envelope)


@given(message=st.text(), code=st.integers(0, 2**32 - 1))
def test_a_fault_of_any_text_is_well_formed(message, code):
    read = WSMan._parse_wsman_fault(wsman.write_fault(wsman.Fault(code, message), "uuid:<&>", 'dc"1').decode())
    assert read.code == code
