"""[prepare]: names that JumpCloud or Windows refuse, references that cannot be written, tables that do not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jcad.settings import Prepare


def refusal(**given_settings) -> str:
    with pytest.raises(ValidationError) as refused:
        Prepare.model_validate(given_settings)
    return str(refused.value)


def test_nothing_said_wants_no_accounts_and_no_logon():
    wanted = Prepare()
    assert (wanted.sync, wanted.import_, wanted.logon) == (None, None, "off")
    assert wanted.adi_group
    assert not wanted.create


@given(st.sampled_from(["JumpCloud", "jumpcloud", "my-JumpCloud1", "xJUMPCLOUDx"]))
def test_a_service_account_called_jumpcloud_is_refused(name):
    assert "JumpCloud refuses" in refusal(sync={"name": name})


@pytest.mark.parametrize("name", ["", " x", "x.", "a" * 21, "a/b", "DOM\\user", "user@dom"])
def test_a_name_that_windows_refuses_is_refused(name):
    assert "name" in refusal(sync={"name": name})


def test_a_reference_that_cannot_be_written_is_refused():
    assert "cannot be written to" in refusal(sync={"password": "env:SECRET"})
    assert Prepare.model_validate({"sync": {"password": "vault:jcsync"}}).sync


def test_two_accounts_of_one_name_are_refused():
    assert "names of their own" in refusal(sync={"name": "one"}, **{"import": {"name": "ONE"}})


def test_a_member_server_needs_a_name_and_a_logon_needs_an_account():
    assert "logon_server" in refusal(logon="member-server", sync={})
    assert "no [prepare.sync]" in refusal(logon="domain-controllers")
