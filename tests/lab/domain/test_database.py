"""The process that reads Samba's database: on a domain that is provisioned, and not running."""

from __future__ import annotations

import base64
import os
import signal
import threading

import pytest

from jcad.errors import LabError
from jcad.lab.domain.configuration import ControllerFiles
from jcad.lab.domain.database import Database, DatabaseRefused, add, delete, modify, move
from jcad.lab.domain.ldapsearch import _entries
from jcad.lab.domain.provision import provision
from jcad.lab.seed import DOMAIN_DN

UNIT = f"OU=Database,{DOMAIN_DN}"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("domain")
    found = ControllerFiles(folder, provision(folder))
    found.configuration.write_text(
        f"[global]\n\tprivate dir = {found.private}\n\tserver role = active directory domain controller\n"
    )
    return found


@pytest.fixture
def database(files):
    with Database(files.configuration) as opened:
        opened.apply([add(UNIT, {"objectClass": ["organizationalUnit"]})])
        yield opened
        opened.apply([delete(UNIT)])


def test_values_come_back_as_they_went(database):
    """Text of every kind, and bytes that are none."""
    name = 'O\'Brien, 渡辺 \U0001f680 "q" \\ #'
    photo = bytes(range(256))
    dn = f"CN=awkward,{UNIT}"
    database.apply([add(dn, {"objectClass": ["user"], "description": [name], "thumbnailPhoto": [photo], "sn": []})])
    (entry,) = database.search("(cn=awkward)", ["DESCRIPTION", "thumbnailPhoto", "sn"])
    assert entry.text("description") == name
    assert entry.attributes["thumbnailPhoto"] == (photo,)
    assert entry.texts("sn") == ()
    assert entry.text("sn") == ""


def test_changes_are_made_in_order(database):
    database.apply(
        [
            add(f"OU=one,{UNIT}", {"objectClass": ["organizationalUnit"]}),
            add(f"CN=x,OU=one,{UNIT}", {"objectClass": ["contact"], "description": ["a"]}),
            modify(f"CN=x,OU=one,{UNIT}", ("replace", "description", ["b"]), ("add", "otherTelephone", ["1", "2"])),
            modify(f"CN=x,OU=one,{UNIT}", ("delete", "otherTelephone", ["1"])),
            move(f"CN=x,OU=one,{UNIT}", f"CN=y,{UNIT}"),
            delete(f"OU=one,{UNIT}"),
        ]
    )
    found = database.search("(objectClass=*)", ["description", "otherTelephone"], base=UNIT, scope="one")
    assert [(entry.dn, entry.text("description"), entry.texts("otherTelephone")) for entry in found] == [
        (f"CN=y,{UNIT}", "b", ("2",))
    ]


def test_a_refusal_names_the_entry_and_the_ldap_code(database):
    with pytest.raises(DatabaseRefused, match="CN=nobody") as refused:
        database.apply([modify(f"CN=nobody,{UNIT}", ("replace", "description", ["x"]))])
    assert refused.value.code == 32


@pytest.mark.parametrize(
    "question", [{"question": "nonsense"}, {"question": "account"}, {"question": "search", "scope": "up"}]
)
def test_a_wrong_question_is_refused_and_the_next_one_answered(database, question):
    with pytest.raises(DatabaseRefused):
        database.ask(**question)
    assert database.ask("ready") == DOMAIN_DN


def test_threads_get_the_answers_to_their_own_questions(database):
    wrong = []

    def ask(name):
        for _ in range(50):
            found = database.ask("account", sam=name)
            if (found and found["account"]) != (None if name == "nobody" else name):
                wrong.append((name, found))

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("Administrator", "krbtgt", "nobody")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_process_that_is_gone_is_named(files):
    with Database(files.configuration) as database:
        os.kill(database._child.pid, signal.SIGKILL)
        with pytest.raises(LabError, match="has ended"):
            database.ask("ready")
    with pytest.raises(LabError, match="is down"):
        database.ask("ready")


def test_what_is_no_domain_is_said(tmp_path):
    with pytest.raises(LabError, match="last words"):
        Database(tmp_path / "smb.conf")


def test_what_ldapsearch_prints_is_read():
    coded = base64.b64encode("渡辺".encode()).decode()
    coded_dn = base64.b64encode(b"CN=c").decode()
    ldif = f"dn: CN=a\nsn: b\nsn:: {coded}\nmail:\n\n# refldaps://lab/x\n\ndn:: {coded_dn}\n\n# pagedresults: cookie=\n"
    found = [(entry.dn, entry.texts("sn"), entry.texts("mail")) for entry in _entries(ldif)]
    assert found == [("CN=a", ("b", "渡辺"), ("",)), ("CN=c", (), ())]
