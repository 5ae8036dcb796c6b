"""What is refused, or told by the exit code, before anything is done on hosts.

Passwords that many hosts are about to use are tried once before: a wrong one must not lock an account. The tests of this
file share one lab with two member servers, neither of which has an agent at first.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace

import pytest
from agentsite import agent_site, told

from jcad.agents import ROTATION, AgentOptions, Verb
from jcad.errors import GuardStopped
from jcad.lab.domain.database import modify
from jcad.lab.seed import SYNC_ACCOUNT, password_of
from jcad.model import AgentKind, RunRecord, RunStatus
from jcad.plan import Action, Plan
from jcad.plan.codec import canonical_json, digest
from jcad.runs import SecretSource, Workplace
from jcad.runs.agents import AgentChoices, AgentRun
from jcad.settings import load

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")
INSTALLER = "primary.admin"
"""An account of the seed that is no administrator of the hosts; only its password matters here."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with agent_site(tmp_path_factory.mktemp("logons") / "lab", members=2) as site:
        site.edit('\n[[agents.host]]\nname = "srv3.lab.jcad.test"\nsync = true\n', "")
        yield site


@pytest.fixture(autouse=True)
def as_before(site):
    text = site.settings.read_text("utf-8")
    yield
    site.settings.write_text(text, "utf-8")
    for sam in (SYNC_ACCOUNT, INSTALLER):
        site.change(modify(site.dn(sam), ("replace", "badPwdCount", ["0"]), ("replace", "lockoutTime", ["0"])))


def another_secret(site, name, value):
    site.set_secret(name, value)
    path = site.lab.folder / "secrets" / name
    path.chmod(0o600)
    return path


def install_as(site, account, password):
    path = another_secret(site, "installer", password)
    site.edit("[agents]\n", f"[agents]\ninstall_as = 'LAB\\{account}'\ninstall_password = 'file:{path}'\n")


def test_a_wrong_password_of_the_installing_administrator_is_tried_once(site):
    install_as(site, INSTALLER, "not this one")
    answer = site.agent("install", "sync", "--yes", "--json")
    assert answer.code == 1
    assert f"refused LAB\\{INSTALLER}" in told(answer)
    assert site.value(INSTALLER, "badPwdCount") == "1"
    assert site.records() == {}  # no key was asked for
    assert site.agent("install", "sync", "--yes").code == 1
    assert site.value(INSTALLER, "badPwdCount") == "1"  # the refusal is remembered


def test_a_wrong_password_of_the_service_account_is_tried_once_and_no_agent_goes_down_for_it(site):
    assert site.agent("install", "sync", "--host", "srv1", "--yes").code == 0
    path = another_secret(site, "stale", "an older one")
    site.edit(f'file:{site.lab.folder / "secrets" / SYNC_ACCOUNT}"', f'file:{path}"')
    for verb in ("install", "reinstall"):
        answer = site.agent(verb, "sync", "--yes", "--retry-auth", "--allow", "agents-down=1")
        assert answer.code == 1, verb
        assert f"refused LAB\\{SYNC_ACCOUNT}" in told(answer)
    assert site.value(SYNC_ACCOUNT, "badPwdCount") == "2"
    assert (site.state("srv1"), site.state("srv2")) == ("Running", None)


def begun(site):
    """A run that is to install the sync agent."""
    choices = AgentChoices(options=AgentOptions(verb=Verb.INSTALL, kinds=frozenset({AgentKind.SYNC})))
    settings = load(site.settings).settings
    return AgentRun.begin(
        Workplace(settings=settings, secrets=SecretSource(settings.vault, lambda what: what)), choices
    )


def test_nothing_is_installed_or_started_while_a_rotation_is_half_way(site):
    with begun(site) as run:
        plan = run.plan()
        with run.store.lease() as journal:
            rotation = journal.begin(ROTATION, digest(plan), canonical_json(plan))
        answer = site.agent("install", "sync", "--yes")
        assert answer.code == 1
        assert "jcad account rotate --resume" in told(answer)
        assert site.agent("restart", "sync", "--host", "srv1", "--yes").code == 0  # it is at work, and stays so
        with run.store.lease() as journal:
            journal.finish(rotation, RunStatus.FINISHED)
    assert site.state("srv2") is None


def test_a_run_is_not_gone_on_with_as_another_administrator(site):
    """The plan names who runs the installers, the settings have the password: they belong together."""
    with begun(site) as run:
        plan = run.plan()
        assert plan.actions
        other = replace(plan, actions=tuple(_as(action, "LAB\\somebody") for action in plan.actions))
        with pytest.raises(GuardStopped, match=r"begun with LAB\\somebody") as stopped:
            run.resume(_interrupted(other))
    assert "LAB\\somebody" in (stopped.value.hint or "")


def test_a_domain_controller_that_was_named_and_does_not_answer_is_not_checked_also_where_no_settings_name_it(site):
    machine = site.host("dc1").machine
    thumbprint = machine.doors.listeners["HTTPS"].thumbprint
    machine.doors.shut("HTTPS")
    try:
        answer = site.agent("restart", "import", "--host", "dc1", "--yes")
    finally:
        machine.open_doors(thumbprint)
    assert answer.code == 5, told(answer)
    assert "enable-remoting" in told(answer)


def test_what_is_for_people_to_decide_fails_a_strict_run(site):
    asked = ("uninstall", "sync", "--host", "srv2", "--yes")  # where there is none
    assert [site.agent(*asked).code, site.agent(*asked, "--strict").code] == [0, 4]


def test_a_bundle_is_brought_here_and_nothing_of_it_stays_on_the_host(site, tmp_path):
    site.host("srv1").machine.agents["sync"].log("INFO", f"password={password_of(SYNC_ACCOUNT)}")
    answer = site.agent("collect", "--to", str(tmp_path / "case"), "--json")
    assert answer.code == 0, told(answer)
    (bundle,) = answer.document["bundles"]
    (there,) = (tmp_path / "case").iterdir()
    assert (bundle["host"], bundle["path"]) == ("srv1.lab.jcad.test", str(there))
    assert there.name.startswith("jcad-support-srv1.lab.jcad.test-")
    with zipfile.ZipFile(there) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    assert any("password=(removed)" in text for text in texts)
    assert not any(password_of(SYNC_ACCOUNT) in text for text in texts)
    left = site.host("srv1").machine.files.children("C:\\ProgramData\\jcad")
    assert [node.name for node in left if node.name.endswith(".zip")] == []


def _as(action: Action, who: str) -> Action:
    return replace(action, item={**action.item, "runAs": who})


def _interrupted(plan: Plan) -> RunRecord:
    return RunRecord(
        id="1",
        feature=plan.feature,
        digest=digest(plan),
        plan=canonical_json(plan),
        started_at="2026-11-24T00:00:00Z",
        status=RunStatus.INTERRUPTED,
    )
