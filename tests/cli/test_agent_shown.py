"""How the status of the agents is shown: for people, for programs, and for whoever watches."""

from __future__ import annotations

import contextlib
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from jcad.agents import Unreachable, WantedAgent
from jcad.cli.agent_status import show_status, status_json, told
from jcad.cli.console import Output
from jcad.cli.hosts import complete_host
from jcad.cli.main import jcad
from jcad.cli.rotate import complete_account
from jcad.errors import ConnectionFailed
from jcad.model import Agent, AgentKind, AgentType, HostState, Installation, InstalledAgent
from jcad.plan import Finding, FindingKind
from jcad.runs.agents.status import AgentStatus, SiteStatus

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RECORD = Agent(
    id="a1", type=AgentType.SYNC, state="active", hostname="SRV1", version="2.30.0", contact_at="2026-11-24T11:59:56Z"
)


def agent(**other):
    given = {
        "host": "srv1.lab.jcad.test",
        "name": "SRV1",
        "kind": AgentKind.SYNC,
        "wanted": WantedAgent(kind=AgentKind.SYNC, wanted=True),
        "installed": InstalledAgent(
            kind=AgentKind.SYNC, service="JCADSyncAgent_DC", state="Running", version="2.30.0", runs_as="LocalSystem",
            last_error="[ERROR] data 52e\x1b[2J",
        ),
        "record": RECORD,
        "primary": True,
        "heard": timedelta(seconds=4),
    }  # fmt: skip
    return AgentStatus(**{**given, **other})


def status(*agents, **other):
    given = {"at": NOW, "agents": agents, "hosts": {}, "unreachable": {}, "findings": ()}
    return SiteStatus(**{**given, **other})


def shown(one, *, wide=200):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        output = Output()
        output.out.width = wide
        show_status(output, one)
    return out.getvalue()


def test_one_line_tells_what_is_there_and_what_jumpcloud_hears():
    line = shown(status(agent())).splitlines()[1]
    assert line.split() == ["SRV1", "sync", "Running", "2.30.0", "LocalSystem", "active,", "primary", "4", "s"]


def test_the_last_error_is_shown_and_cannot_repaint_the_terminal():
    text = shown(status(agent()))
    assert "sync agent on SRV1  last error: [ERROR] data 52e\\x1b[2J" in text
    assert "\x1b" not in text


def test_the_account_is_the_one_that_jcad_installed_it_with():
    installation = Installation(
        host="srv1.lab.jcad.test", kind=AgentKind.SYNC, version="2.30.0", by="LAB\\Administrator", account="LAB\\jcsync",
        agent_id="a1", at="2026-11-24T10:00:00Z",
    )  # fmt: skip
    assert "LAB\\jcsync" in shown(status(agent(installation=installation)))


def test_an_agent_that_is_missing_or_differs_is_told():
    import_ = agent(
        kind=AgentKind.IMPORT, record=None, primary=False, heard=None,
        deviations=(("MainLoop.UserDissociationAction", '"remove"', '"unbind"'),),
    )  # fmt: skip
    text = shown(status(agent(installed=None), import_))
    assert "not installed" in text
    assert "no record" in text
    assert 'MainLoop.UserDissociationAction="remove"' in text


def test_what_could_not_be_looked_at_is_told_with_what_to_do():
    one = status(
        unreachable={"srv9.lab.jcad.test": Unreachable(reason="nobody answers", hint="open WinRM")},
        cloud=ConnectionFailed("JumpCloud is away"),
        strays=(RECORD,),
        findings=(
            Finding(kind=FindingKind.REPORTED, noun="host", name="SRV1", rule="pending-reboot", reason="it waits"),
        ),
    )
    text = shown(one)
    for piece in ("srv9.lab.jcad.test", "nobody answers", "open WinRM", "JumpCloud is away", "a1", "it waits"):
        assert piece in text
    assert not one.whole
    assert "No host that could be looked at has an agent" in text


def test_where_jumpcloud_could_not_be_asked_nobody_says_that_it_has_no_record():
    text = shown(status(agent(record=None, primary=False, heard=None), cloud=ConnectionFailed("JumpCloud is away")))
    assert "not known" in text
    assert "no record" not in text


def test_of_a_host_that_could_not_be_looked_at_nobody_says_that_it_has_no_agent():
    away = {"srv1.lab.jcad.test": Unreachable(reason="nobody answers")}
    one = status(agent(installed=None), unreachable=away)
    assert "not installed" not in shown(one)
    assert "not known" in shown(one)
    assert status_json(one)["agents"][0]["looked_at"] is False
    assert status_json(status(agent()))["agents"][0]["looked_at"] is True


def test_a_program_gets_the_same():
    document = json.loads(
        json.dumps(status_json(status(agent(), hosts={"srv1.lab.jcad.test": HostState(name="SRV1")})))
    )
    (one,) = document["agents"]
    assert one["jumpcloud"] == {
        "id": "a1", "state": "active", "version": "2.30.0", "contact_at": "2026-11-24T11:59:56Z",
    }  # fmt: skip
    assert (one["service"], one["primary"], one["wanted"]) == ("Running", True, True)
    assert document["at"] == "2026-11-24T12:00:00Z"


def test_whoever_watches_is_not_told_of_the_time_alone():
    assert told(status(agent())) == told(status(agent(heard=timedelta(seconds=5))))
    assert told(status(agent())) != told(status(agent(primary=False)))


def test_names_of_hosts_and_accounts_are_completed_from_the_settings(tmp_path):
    settings = tmp_path / "jcad.toml"
    settings.write_text(
        '[jumpcloud]\napi_key = "env:X"\n[directory]\ndomain = "lab.jcad.test"\nuser = "LAB\\\\a"\npassword = "env:X"\n'
        '[remoting]\nuser = "LAB\\\\a"\npassword = "env:X"\n'
        '[[agents.host]]\nname = "srv1.lab.jcad.test"\n[[agents.host]]\nname = "dc1.lab.jcad.test"\n'
        '[prepare.sync]\nname = "jcsync"\nalternate = "jcsync-b"\npassword = "vault:a"\nalternate_password = "vault:b"\n',
        "utf-8",
    )
    with jcad.make_context("jcad", ["--config", str(settings), "agent"]) as context:
        assert complete_host(context, None, "SR") == ["srv1.lab.jcad.test"]
        assert complete_account(context, None, "JCsync") == ["jcsync", "jcsync-b"]
        assert complete_account(context, None, "jcimport") == []
    with jcad.make_context("jcad", ["--config", str(tmp_path / "none.toml"), "agent"]) as context:
        assert complete_host(context, None, "") == []
        assert complete_account(context, None, "") == []


@pytest.mark.parametrize("command", ["install", "reinstall", "uninstall"])
def test_which_agent_must_be_said_where_it_matters(command):
    done = CliRunner().invoke(jcad, ["agent", command])
    assert done.exit_code == 2
    assert "sync or import" in done.output


def test_what_excludes_each_other_is_refused():
    assert "exclude each other" in CliRunner().invoke(jcad, ["agent", "status", "--watch", "--json"]).output
    assert "exclude each other" in CliRunner().invoke(jcad, ["agent", "logs", "-f", "--json"]).output
    assert "not LIMIT=N" in CliRunner().invoke(jcad, ["agent", "restart", "--allow", "reboots"]).output
