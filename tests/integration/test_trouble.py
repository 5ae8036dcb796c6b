"""Bad input and broken wires: each gets a clear message, the right exit code, and nothing is lost.

The tests of this file share one lab; each leaves it as it found it, but for what it says.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from labsite import Site

from jcad.adsync.mapping import LENGTHS
from jcad.directory import DirectoryReader
from jcad.directory.user_schema import read_user_schema
from jcad.errors import StoreError
from jcad.lab.domain.database import modify
from jcad.lab.lab import Lab
from jcad.lab.seed import (
    API_KEY,
    DOMAIN_DN,
    EVERYONE,
    EXPIRED_API_KEY,
    LOCKED,
    NO_REMOTING,
    READER,
    WRITER,
    make_seed,
    password_of,
)
from jcad.lab.witness import Witness
from jcad.model import RunStatus
from jcad.runs.fitting import require_fitting
from jcad.runs.secrets import SecretSource
from jcad.runs.sync import SyncRun
from jcad.runs.workplace import Workplace
from jcad.settings import load
from jcad.store import Store

PROGRAM = "import sys; from jcad.cli import main; main(sys.argv[1:])"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Lab.start(tmp_path_factory.mktemp("trouble") / "lab", controllers=2) as lab:
        yield Site(lab)


@pytest.fixture
def site(shared):
    """The shared site; settings, secrets, faults and refused logons are put back after the test."""
    yield shared
    shared.lab.faults.clear()
    shared.__post_init__()
    with Store(shared.lab.folder / "state.db") as store:
        for account in (READER, WRITER, NO_REMOTING, LOCKED):
            store.refusals.forget(f"LAB\\{account}")


@pytest.fixture
def fresh(tmp_path):
    """A site of the test's own, to apply to."""
    with Lab.start(tmp_path / "lab") as lab:
        yield Site(lab)


def bad_passwords(site, account):
    return int(site.value(account, "badPwdCount") or 0)


def in_background(site, *arguments):
    command = [sys.executable, "-c", PROGRAM, "--config", str(site.settings), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


# ---- accounts --------------------------------------------------------------------------------------------------------


def test_a_wrong_directory_password_is_tried_once_over_everything(site):
    site.set_secret(READER, "wrong")
    before = bad_passwords(site, READER)
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "52e" in answer.err or "wrong password" in answer.err.lower()
    assert bad_passwords(site, READER) == before + 1
    again = site.jcad("sync", "plan")
    assert again.code == 1
    assert "not tried again" in again.err
    assert "--retry-auth" in again.err
    assert bad_passwords(site, READER) == before + 1
    site.jcad("sync", "plan", "--retry-auth")
    assert bad_passwords(site, READER) == before + 2
    site.set_secret(READER, password_of(READER))
    assert site.jcad("sync", "plan").code == 2


def test_a_wrong_remoting_password_is_tried_once_over_everything(site):
    site.set_secret(WRITER, "wrong")
    before = site.lab.accounts.wrong_passwords(WRITER)
    answer = site.jcad("sync", "apply", "--yes", "--only", "mary.oconnor")
    assert answer.code == 1
    assert WRITER in answer.err
    assert site.lab.accounts.wrong_passwords(WRITER) == before + 1
    assert site.jcad("sync", "apply", "--resume").code == 1
    assert site.lab.accounts.wrong_passwords(WRITER) == before + 1
    site.set_secret(WRITER, password_of(WRITER))
    assert site.jcad("sync", "apply", "--resume").code == 0


def test_a_locked_account_is_told_as_locked(site):
    site.edit(f'user = "LAB\\\\{READER}"', f'user = "LAB\\\\{LOCKED}"')
    site.edit(f"secrets/{READER}", f"secrets/{LOCKED}")
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "locked" in answer.err


def test_an_account_that_may_not_log_on_over_winrm_is_told_so(site):
    site.edit(f'user = "LAB\\\\{WRITER}"', f'user = "LAB\\\\{NO_REMOTING}"')
    site.edit(f"secrets/{WRITER}", f"secrets/{NO_REMOTING}")
    answer = site.jcad("sync", "apply", "--yes", "--only", "old.name")
    assert answer.code == 1
    assert "Remote Management Users" in answer.err
    site.__post_init__()
    assert site.jcad("sync", "apply", "--resume").code == 0


def test_an_expired_api_key_is_told(site):
    site.set_secret("api-key", EXPIRED_API_KEY)
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "key" in answer.err
    assert EXPIRED_API_KEY not in answer.err + answer.out
    site.set_secret("api-key", API_KEY)


# ---- tenants and domains ---------------------------------------------------------------------------------------------


def test_another_tenants_instance_is_stopped(site):
    site.edit("[directory]", 'instance = "DC=other,DC=test"\n\n[directory]')
    answer = site.jcad("sync", "plan")
    assert answer.code == 3
    assert "Nothing was written" in answer.err


def test_an_instance_of_another_domain_is_stopped(site):
    tenant = site.lab.tenant
    other = tenant.add_instance("DC=other;DC=test")
    site.edit("[directory]", f'instance = "{other}"\n\n[directory]')
    answer = site.jcad("sync", "apply", "--yes")
    assert answer.code == 3
    assert "must be of the same domain" in answer.err
    tenant.delete_instance(other)


def test_a_store_of_another_domain_is_stopped(site):
    with sqlite3.connect(site.lab.folder / "state.db") as raw:
        raw.execute("UPDATE jcad_meta SET value = 'S-1-5-21-9-9-9' WHERE name = 'domain_sid'")
    answer = site.jcad("sync", "plan")
    assert answer.code == 3
    assert "belongs to another domain sid" in answer.err
    with sqlite3.connect(site.lab.folder / "state.db") as raw:
        raw.execute("DELETE FROM jcad_meta WHERE name = 'domain_sid'")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('container = "OU=JumpCloud,', 'container = "OU=Nowhere,', "does not exist"),
        (f'container = "OU=JumpCloud,{DOMAIN_DN}"', 'container = "OU=People,DC=other,DC=test"', "is not in the domain"),
        ("[store]", 'upn_suffix = "nobody.test"\n\n[store]', "no UPN suffix of this forest"),
        *(
            ("[store]", f"[sync.mapping]\n{rule}\n\n[store]", says)
            for rule, says in (
                ('jobTitle = "titel"', "jobTitle -> titel: the schema has no such attribute; did you mean title?"),
                ('company = "printRate"', "company -> printRate: the schema has it, but not for users"),
                ('company = "allowedAttributes"', "it is computed when it is read"),
                ('company = { to = "managedObjects", type = "dn" }', "it is a back link"),
                ('company = "isDeleted"', "only the directory itself writes it"),
                ('costCenter = "countryCode"', 'whole numbers; write type = "integer"'),
                ('jobTitle = { to = "title", type = "multi" }', 'it takes one value; write type = "text"'),
                ('company = "jpegPhoto"', "no type of a mapping fits"),
            )
        ),
    ],
)
def test_settings_that_do_not_fit_the_domain_are_stopped(site, old, new, says):
    site.edit(old, new)
    answer = site.jcad("sync", "plan")
    assert answer.code == 3
    assert says in answer.err


def test_all_attributes_that_a_mapping_usually_names_fit_the_schema(site, monkeypatch):
    """One search tells, and only where something else than the names and the e-mail is mapped."""
    searches = []
    ask = DirectoryReader.search

    def counted(*arguments, **named):
        searches.append(arguments)
        return ask(*arguments, **named)

    monkeypatch.setattr(DirectoryReader, "search", counted)
    settings = load(site.settings).settings
    workplace = Workplace(settings=settings, secrets=SecretSource(settings.vault, lambda what: what))
    with Store(site.lab.folder / "state.db") as store, workplace.directory(store) as directory:
        searches.clear()
        require_fitting(directory, workplace.settings)
        assert not searches
        usual = [f'{{ to = "{name}" }}' for name in LENGTHS if name not in {"givenname", "sn", "mail"}]
        site.edit("[store]", f"[sync.mapping]\ndescription = [{', '.join(usual)}]\n\n[store]")
        require_fitting(directory, load(site.settings).settings)
        assert len(searches) == 1
        told = directory.read(f"CN=Administrator,CN=Users,{DOMAIN_DN}", ("allowedAttributes",))
        own = {name.decode().lower() for name in told["allowedattributes"]}
        assert {name.lower() for name in read_user_schema(directory, ()).allowed} == own


# ---- servers and certificates ----------------------------------------------------------------------------------------


def test_an_unreachable_domain_controller_is_passed_over(site):
    site.edit("[directory]\n", '[directory]\nservers = ["dc9.lab.jcad.test", "dc1.lab.jcad.test"]\n')
    answer = site.jcad("sync", "plan", "--json")
    assert answer.code == 2
    assert answer.document["made_for"]["dc"] == "dc1.lab.jcad.test"


def test_the_next_domain_controller_is_taken_when_the_first_is_down(site):
    site.edit("[directory]\n", '[directory]\nservers = ["dc1.lab.jcad.test", "dc2.lab.jcad.test"]\n')
    site.lab.dc(1).stop()
    try:
        answer = site.jcad("sync", "plan", "--json")
    finally:
        site.lab.dc(1).start()
    assert answer.code == 2, answer.err
    assert answer.document["made_for"]["dc"] == "dc2.lab.jcad.test"


def test_when_no_domain_controller_answers_each_is_told_with_its_reason(site):
    site.edit("[directory]\n", '[directory]\nservers = ["dc8.lab.jcad.test", "dc9.lab.jcad.test"]\n')
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "dc8" in answer.err
    assert "dc9" in answer.err


@pytest.mark.parametrize("table", ["jumpcloud", "directory", "remoting"])
def test_a_certificate_that_does_not_verify_ends_it(site, table, tmp_path):
    """Another CA's certificate: nothing is sent to such a server, and no password is tried."""
    from jcad.lab.domain.certificates import CertificateAuthority  # noqa: PLC0415

    other = CertificateAuthority(tmp_path / "other").certificate
    head, mark, tail = site.settings.read_text("utf-8").partition(f"[{table}]")
    site.settings.write_text(head + mark + tail.replace(str(site.lab.ca_file), str(other), 1), "utf-8")
    before = bad_passwords(site, READER), site.lab.accounts.wrong_passwords(WRITER)
    command = ("apply", "--yes", "--only", "peter.pan") if table == "remoting" else ("plan",)
    answer = site.jcad("sync", *command)
    assert answer.code == 1
    assert "certificate" in answer.err
    assert (bad_passwords(site, READER), site.lab.accounts.wrong_passwords(WRITER)) == before
    site.__post_init__()
    if table == "remoting":
        assert site.jcad("sync", "apply", "--resume").code == 0


# ---- JumpCloud -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "value", "times"),
    [("jumpcloud.status", 429, 2), ("jumpcloud.status", 503, 2), ("jumpcloud.drop", None, 1)],
)
def test_what_passes_is_tried_again(site, fault, value, times):
    site.lab.faults.set(fault, value, times=times)
    assert site.jcad("sync", "plan").code == 2
    assert site.lab.faults.taken(fault) >= times


@pytest.mark.parametrize(("fault", "value"), [("jumpcloud.not_json", None), ("jumpcloud.truncate", 40)])
def test_a_reply_that_is_no_reply_is_told(site, fault, value):
    site.lab.faults.set(fault, value, times=None)
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "list the Active Directory instances" in answer.err
    assert API_KEY not in answer.err


# ---- the wire to the domain controller -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "value", "at"),
    [
        ("endpoint.drop_after_records", None, 3),
        ("endpoint.drop_after_records", None, 40),
        ("endpoint.drop_after_bytes", 600, 3),
        ("endpoint.drop_request", None, 4),
        ("endpoint.drop_request", None, 9),
    ],
)
def test_a_connection_dropped_in_the_middle_of_a_batch_loses_nothing(fresh, fault, value, at):
    """The fate of each item is established by reading back; what was not done is done once."""
    fresh.lab.faults.set(fault, value, at=at)
    answer = fresh.jcad("sync", "apply", "--yes", "--json")
    assert fresh.lab.faults.taken(fault) == 1
    if answer.code != 0:
        answer = fresh.jcad("sync", "apply", "--resume", "--json")
    assert answer.code == 0, answer.err + answer.out[-2000:]
    assert Witness(fresh.lab.seed, fresh.lab.dc(1).ldaps_url, fresh.lab.ca_file).differences() == []
    assert fresh.jcad("sync", "plan").code == 0


def test_a_domain_controller_that_stops_in_the_middle_of_a_batch(fresh):
    fresh.lab.faults.set("endpoint.stop_after_records", at=30)
    answer = fresh.jcad("sync", "apply", "--yes", "--json")
    assert answer.code in {1, 4}
    fresh.lab.dc(1).stop()
    fresh.lab.dc(1).start()
    answer = fresh.jcad("sync", "apply", "--resume", "--json")
    assert answer.code == 0, answer.err + answer.out[-2000:]
    assert Witness(fresh.lab.seed, fresh.lab.dc(1).ldaps_url, fresh.lab.ca_file).differences() == []


# ---- killed, interrupted, raced --------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [5, 60, 110])
def test_a_run_that_is_killed_is_continued(fresh, after):
    """SIGKILL somewhere in the run; --resume goes on, and nothing is done twice."""
    process = in_background(fresh, "sync", "apply", "--yes")
    wait_for(lambda: _outcomes(fresh) >= after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    told = fresh.jcad("sync", "plan")
    assert "--resume" in told.err
    refused = fresh.jcad("sync", "apply", "--yes")
    assert refused.code == 1
    assert "did not come to its end" in refused.err
    answer = fresh.jcad("sync", "apply", "--resume", "--json")
    assert answer.code == 0, answer.err + answer.out[-2000:]
    assert Witness(fresh.lab.seed, fresh.lab.dc(1).ldaps_url, fresh.lab.ca_file).differences() == []
    assert fresh.jcad("sync", "plan").code == 0


def _outcomes(site):
    path = site.lab.folder / "state.db"
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1) as raw:
            return raw.execute("SELECT count(*) FROM jcad_step WHERE outcome IS NOT NULL").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_ctrl_c_leaves_no_shell_behind_and_says_how_to_go_on(fresh):
    process = in_background(fresh, "sync", "apply", "--yes")
    wait_for(lambda: _outcomes(fresh) >= 40)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "--resume" in err
    wait_for(lambda: fresh.lab.dc(1).https.shells == 0, seconds=5)
    assert fresh.jcad("sync", "apply", "--resume").code == 0
    assert fresh.jcad("sync", "plan").code == 0


def test_two_runs_at_once_are_told_who_holds_the_store(fresh):
    fresh.lab.faults.set("endpoint.delay", 0.3, times=None)
    process = in_background(fresh, "sync", "apply", "--yes")
    wait_for(lambda: _outcomes(fresh) >= 1)
    answer = fresh.jcad("sync", "apply", "--yes")
    assert answer.code == 1
    assert str(process.pid) in answer.err or "did not come to its end" in answer.err
    fresh.lab.faults.clear()
    process.communicate(timeout=120)
    assert process.returncode == 0


def test_a_plan_from_before_another_run_wrote_is_refused_whole(fresh):
    """Both planned at once; the other was faster. Carrying the old plan out would only meet conflicts."""
    settings = load(fresh.settings).settings
    workplace = Workplace(settings=settings, secrets=SecretSource(settings.vault, lambda what: what))
    with SyncRun.begin(workplace) as slow:
        plan = slow.plan()
        assert fresh.jcad("sync", "apply", "--yes").code == 0
        with pytest.raises(StoreError, match="Run 1 has written since this plan was made"):
            slow.apply(plan)
    with Store(fresh.lab.folder / "state.db") as store:
        assert [run.id for run in store.journal().runs()] == ["1"]


def test_a_plan_made_while_another_run_wrote_is_refused_whole_as_well(fresh):
    settings = load(fresh.settings).settings
    workplace = Workplace(settings=settings, secrets=SecretSource(settings.vault, lambda what: what))
    with SyncRun.begin(workplace) as slow, Store(fresh.lab.folder / "state.db") as other:
        with other.lease() as journal:
            number = journal.begin("sync", "digest", "{}")
            plan = slow.plan()
            journal.finish(number, RunStatus.FINISHED)
        with pytest.raises(StoreError, match="Run 1 has written since this plan was made"):
            slow.apply(plan)


def test_a_full_disk_stops_before_the_next_batch_and_is_continued(fresh):
    """The journal is on a small file system of its own; it fills up while the run goes."""
    folder = fresh.lab.folder / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)], check=True)
    try:
        fresh.edit(str(fresh.lab.folder / "state.db"), str(folder / "state.db"))
        answer = fresh.jcad("sync", "apply", "--yes")
        assert answer.code == 1, answer.out + answer.err
        assert "full" in answer.err
        subprocess.run(["mount", "-o", "remount,size=50m", str(folder)], check=True)
        resumed = fresh.jcad("sync", "apply", "--resume")
        if "There is no run to go on with" in resumed.out:
            resumed = fresh.jcad("sync", "apply", "--yes")
        assert resumed.code == 0, resumed.out + resumed.err
        assert fresh.jcad("sync", "plan").code == 0
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    assert Witness(fresh.lab.seed, fresh.lab.dc(1).ldaps_url, fresh.lab.ca_file).differences() == []


# ---- refused passwords -----------------------------------------------------------------------------------------------


def test_a_password_refused_in_the_middle_of_a_create_is_told_and_finished_later(fresh):
    """The policy asks for more than any generated password has: the account stays disabled, and is ours."""
    domain = DOMAIN_DN
    fresh.change(modify(domain, ("replace", "minPwdLength", ["255"])))
    answer = fresh.jcad("sync", "apply", "--yes", "--json", "--only", "adam.smith")
    assert answer.code == 4
    by_kind = {one["kind"]: one for one in answer.document["results"]}
    result = by_kind["create user"]
    assert result["status"] == "failed"
    assert result["done"] == ["create"]
    assert result["error"]["code"] == 1325
    assert "policy" in result["error"]["hint"]
    assert not fresh.enabled("adam.smith")
    fresh.change(modify(domain, ("replace", "minPwdLength", ["7"])))
    plan = fresh.jcad("sync", "plan", "--json", "--only", "adam.smith").document
    (create,) = [one for one in plan["actions"] if one["kind"] == "create user"]
    assert create["object"]["by"] == "guid"
    assert fresh.jcad("sync", "apply", "--yes", "--only", "adam.smith").code == 0
    assert fresh.enabled("adam.smith")
    assert fresh.value("adam.smith", "pwdLastSet") not in {"", "0"}


# ---- size ------------------------------------------------------------------------------------------------------------


def test_a_group_of_five_thousand_members_is_read_whole(tmp_path):
    """All of them are members on both sides: not one is to be added or removed."""
    seed = make_seed(people=5000, existing=5000)
    with Lab.start(tmp_path / "lab", seed=seed) as lab:
        plan = Site(lab).jcad("sync", "plan", "--json")
        assert plan.code == 2, plan.err
        assert plan.document["population"][f"members:{EVERYONE}"] >= 5000
        assert [one for one in plan.document["actions"] if one.get("scope") == EVERYONE] == []
        assert sum(one["kind"] == "link user" for one in plan.document["actions"]) >= 5000


def test_json_is_one_document_also_for_an_error(site):
    site.edit("[directory]\n", '[directory]\nservers = ["dc9.lab.jcad.test"]\n')
    answer = site.jcad("sync", "plan", "--json")
    assert json.loads(answer.out)["schema"] == "jcad.error/1"
    assert threading.active_count() < 50
    assert os.getpid()
