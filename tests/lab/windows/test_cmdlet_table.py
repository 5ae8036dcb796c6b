"""The table of the ActiveDirectory cmdlets in the docs is made of the tables that bind their parameters."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from jcad.lab.windows.cmdlets import AD_CMDLETS
from jcad.lab.windows.cmdlets.base import facts

DOCS = Path(__file__).parents[3] / "docs"
NEEDED = """Get-ADReplicationAttributeMetadata Search-ADAccount Get-ADFineGrainedPasswordPolicy
    Get-ADUserResultantPasswordPolicy Get-ADAccountAuthorizationGroup Get-ADComputer Get-ADForest Unlock-ADAccount
    Restore-ADObject"""


def test_the_table_is_current():
    """`python docs/ad_cmdlets.py` writes it anew."""
    spec = importlib.util.spec_from_file_location("ad_cmdlets", DOCS / "ad_cmdlets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "_ad_cmdlets.md").read_text("utf-8") == module.table()


@pytest.mark.parametrize("kind", AD_CMDLETS, ids=lambda kind: kind.info.name)
def test_what_a_cmdlet_refuses_is_a_parameter_that_it_has(kind):
    assert set(kind.unsupported) <= set(facts()[kind.info.name]["parameters"])


@pytest.mark.parametrize("name", NEEDED.split())
def test_a_cmdlet_that_administrators_need_is_declared_with_its_parameters(name):
    assert facts()[name]["parameters"]
