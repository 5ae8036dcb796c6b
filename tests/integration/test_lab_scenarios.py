"""Scenarios of permissions and policies, as the directory then answers."""

from __future__ import annotations

import pytest

from jcad.lab import scenarios
from jcad.lab.lab import Lab
from jcad.lab.powershell.objects import to_text
from jcad.lab.seed import DNS_DOMAIN, DOMAIN_DN, NETBIOS_DOMAIN, READER, SERVICE_CONTAINER
from jcad.lab.windows import WindowsHost, open_engine
from jcad.lab.windows.access import DirectorySecurity, Masks
from jcad.lab.windows.connection import Connection, Credential
from jcad.lab.windows.ldap import sd_flags
from jcad.model.descriptor import is_canonical

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """A lab of its own, to spoil."""
    with Lab.start(tmp_path_factory.mktemp("scenarios") / "lab") as lab:
        yield lab


@pytest.fixture
def unit(spoilt, request):
    (dn,) = scenarios.add_units(spoilt.database, DOMAIN_DN, 1, prefix=request.node.name[-20:])
    return dn


def test_a_protected_unit_takes_nothing_over_from_above(spoilt, unit):
    scenarios.protect(spoilt.database, unit)
    assert scenarios.descriptor_of(spoilt.database, unit).dacl_protected


def test_a_disordered_list_is_refused_by_the_class_that_scripts_use(spoilt, unit):
    scenarios.disorder(spoilt.database, unit)
    held = scenarios.descriptor_of(spoilt.database, unit)
    assert not is_canonical(held.dacl)
    assert not DirectorySecurity(held.to_bytes()).is_canonical


def test_a_hidden_descriptor_is_missing_and_the_unit_is_not(spoilt, unit):
    scenarios.hide(spoilt.database, unit, READER)
    login = spoilt.accounts.find(READER)
    connection = Connection(spoilt.dc(1).address, 389, Credential(login.name, nt_hash=login.nt_hash))
    try:
        found = connection.read(unit, ["ou", "nTSecurityDescriptor"], controls=(sd_flags(int(Masks.DACL)),))
    finally:
        connection.close()
    assert set(found.attributes) == {"ou"}


def test_a_nearly_full_list_is_written_and_read(spoilt, unit):
    scenarios.fill(spoilt.database, unit, 60_000)
    assert 59_000 < len(scenarios.descriptor_of(spoilt.database, unit).to_bytes()) < 65_535


def test_two_thousand_units_are_there(spoilt, unit):
    names = scenarios.add_units(spoilt.database, unit, 2_000)
    assert len(spoilt.database.search("(objectClass=organizationalUnit)", ["ou"], base=unit, scope="one")) == len(names)


def test_a_policy_of_its_own_is_what_holds_for_an_account(spoilt):
    """Get-ADUserResultantPasswordPolicy names the one of the lowest precedence, and nothing where none applies."""
    reader = f"CN={READER},{SERVICE_CONTAINER}"
    scenarios.add_policy(spoilt.database, "Weak", 20, applies_to=[reader])
    scenarios.add_policy(spoilt.database, "Strong", 10, minimum_length=30, applies_to=[reader])
    host = WindowsHost("DC1", DNS_DOMAIN, NETBIOS_DOMAIN, {"DC1": (spoilt.dc(1).address, 389)})
    engine, close = open_engine(host, spoilt.accounts.find("Administrator"))
    try:
        assert _texts(engine, f"(Get-ADUserResultantPasswordPolicy -Identity {READER}).Name") == ["Strong"]
        assert _texts(engine, "Get-ADUserResultantPasswordPolicy -Identity Administrator") == []
        assert _texts(
            engine, "(Get-ADFineGrainedPasswordPolicy -Filter * | Sort-Object Precedence).MinPasswordLength"
        ) == ["30", "7"]
        _texts(engine, "New-ADFineGrainedPasswordPolicy -Name Agents -Precedence 5 -MinPasswordLength 20")
        _texts(engine, f"Add-ADFineGrainedPasswordPolicySubject -Identity Agents -Subjects {READER}")
        assert _texts(engine, f"(Get-ADUserResultantPasswordPolicy -Identity {READER}).MinPasswordLength") == ["20"]
        assert _texts(engine, "(Get-ADFineGrainedPasswordPolicySubject -Identity Agents).SamAccountName") == [READER]
        _texts(engine, f"Remove-ADFineGrainedPasswordPolicySubject Agents -Subjects {READER} -Confirm:$false")
        _texts(engine, "Remove-ADFineGrainedPasswordPolicy -Identity Agents -Confirm:$false")
        assert _texts(engine, f"(Get-ADUserResultantPasswordPolicy -Identity {READER}).Name") == ["Strong"]
    finally:
        close()


class _Streams:
    def __init__(self):
        self.outputs = []

    def output(self, value):
        self.outputs.append(value)

    def error(self, record):
        raise AssertionError(f"{record.message} [{record.fqid}]")

    def __getattr__(self, _name):
        return lambda *_: None


def _texts(engine, script):
    streams = _Streams()
    ended = engine.run_script(script, streams)
    assert ended.terminated is None, str(ended.terminated)
    return [to_text(value) for value in streams.outputs]
