"""The main job over the command shell: the same scripts, the same results."""

from __future__ import annotations

import pytest
from labsite import Site

from jcad.lab.lab import Lab
from jcad.lab.seed import ADMINISTRATOR, NO_REMOTING, WRITER


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("winrm") / "lab") as lab:
        yield Site(lab)


def test_the_command_shell_carries_out_creates_with_their_passwords(site):
    site.edit("[remoting]\n", '[remoting]\nprotocol = "winrm"\n')
    site.edit(f'user = "LAB\\\\{WRITER}"', f'user = "LAB\\\\{ADMINISTRATOR}"')
    site.edit(f"secrets/{WRITER}", f"secrets/{ADMINISTRATOR}")
    answer = site.jcad("sync", "apply", "--yes", "--only", "create user")
    assert answer.code == 0, answer.err + answer.out
    assert site.jcad("sync", "plan", "--json").kinds().get("create user", 0) == 0


def test_an_account_that_is_no_administrator_is_told_so(site):
    site.__post_init__()
    site.edit("[remoting]\n", '[remoting]\nprotocol = "winrm"\n')
    site.edit(f'user = "LAB\\\\{WRITER}"', f'user = "LAB\\\\{NO_REMOTING}"')
    site.edit(f"secrets/{WRITER}", f"secrets/{NO_REMOTING}")
    answer = site.jcad("sync", "apply", "--yes", "--only", "update user")
    assert answer.code == 1
    assert "Administrators" in answer.err
