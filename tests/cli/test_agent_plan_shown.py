"""A plan for agents on the console: whoever confirms it sees what is written, and which host restarts."""

from __future__ import annotations

import contextlib
import io

from agenthosts import IMPORT, SYNC, agent, command, desired, host, observed

from jcad.agents import Verb, plan_agents
from jcad.cli.console import Output
from jcad.cli.plans import show_plan

DC, MEMBER = "dc1.lab.test", "srv1.lab.test"


def shown(wanted, hosts, options):
    """A plan as it is shown, as one line."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        output = Output()
        output.out.width = 300
        show_plan(output, plan_agents(wanted, observed(hosts), options), full=True)
    return " ".join(text.getvalue().split())


def test_the_settings_that_are_written_are_shown_with_what_is_there():
    wanted = desired(
        [{"name": MEMBER, "import": {"configuration": {"MainLoop": {"UserDissociationAction": "unbind"}}}}]
    )
    text = shown(wanted, {MEMBER: host(MEMBER, agent(IMPORT))}, command(Verb.CONFIGURE, IMPORT))
    assert 'import agent on SRV1 MainLoop.UserDissociationAction "remove" -> "unbind"' in text


def test_an_installation_shows_version_and_account():
    text = shown(desired([{"name": MEMBER, "sync": True}]), {MEMBER: host(MEMBER)}, command(Verb.INSTALL, SYNC))
    assert "+ install agent sync agent on SRV1 2.30.0 as LAB\\jcsync the settings want it there" in text


def test_a_restart_of_a_domain_controller_is_shown():
    hosts = {DC: host(DC, controller=True)}
    options = command(Verb.INSTALL, IMPORT, hosts=(DC,), allow_reboot=True, allow_only_dc=True)
    text = shown(desired([], [DC]), hosts, options)
    assert "2.30.0 as LAB\\jcimport, restarts the host" in text
