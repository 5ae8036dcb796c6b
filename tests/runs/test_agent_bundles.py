"""What a bundle for support is called here: the host it comes from has no say in where it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import ScriptError
from jcad.runs.agents.logs import local_name

HOST = "srv1.corp.example"


def test_a_bundle_is_named_after_the_host_that_was_asked():
    assert local_name(HOST, "jcad-support-SRV1-20261124T120000Z.zip") == f"jcad-support-{HOST}-20261124T120000Z.zip"


def test_a_host_that_names_another_takes_nothing_of_its_place():
    assert "DC1" not in local_name(HOST, "jcad-support-DC1-20261124T120000Z.zip")


@pytest.mark.parametrize(
    "name", ["jcad.toml", "..", "", "jcad-support-..-20261124T120000Z.zip", "jcad-support-A-20261124T120000Z.zip\n"]
)
def test_any_other_name_is_refused(name):
    with pytest.raises(ScriptError, match="nothing was brought here"):
        local_name(HOST, name)


@given(st.text())
def test_nothing_leads_out_of_the_folder(text):
    try:
        found = local_name(HOST, f"jcad-support-{text}-20261124T120000Z.zip")
    except ScriptError:
        return
    assert found == f"jcad-support-{HOST}-20261124T120000Z.zip"
