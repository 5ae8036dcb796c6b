"""Windows' limits, and what the endpoint refuses: quotas, sizes, other users' shells, what it does not know."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
import requests
from pypsrp.exceptions import WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import WinRS
from pypsrp.wsman import NAMESPACES, SelectorSet, WSManAction

CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
SHELL = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"


def test_the_thirty_first_shell_of_a_user_is_refused(http, connect):
    wsmans = [connect(http) for _ in range(31)]
    pools = [RunspacePool(wsman) for wsman in wsmans]
    for pool in pools[:30]:
        pool.open()
    with pytest.raises(WSManFaultError, match="maximum number of 30 concurrent shells") as fault:
        pools[30].open()
    assert fault.value.code == 2150859173
    pools[0].close()
    pools[30].open()
    for pool in pools[1:]:
        pool.close()
    for wsman in wsmans:
        wsman.close()


def test_another_user_still_gets_a_shell(http, connect, run):
    with connect(http) as wsman, RunspacePool(wsman):
        assert run(http, "whoami", user="remote", password="R3mote-Pass").output == ["LAB\\remote ntlm"]


def test_the_quota_is_a_fault_on_demand(http, connect, faults, run):
    faults.set("endpoint.quota")
    wsman = connect(http)
    with pytest.raises(WSManFaultError) as fault:
        RunspacePool(wsman).open()
    assert fault.value.code == 2150859173
    wsman.close()
    assert run(http, "lines 1").output == ["line 0"]


def test_a_shell_belongs_to_its_owner(http, connect):
    with connect(http) as wsman, RunspacePool(wsman) as pool:
        other = connect(http, user="remote", password="R3mote-Pass")
        selectors = SelectorSet()
        selectors.add_option("ShellId", pool.id)
        with pytest.raises(WSManFaultError) as fault:
            other.delete(SHELL, selector_set=selectors)
        assert fault.value.code == 5
        other.close()


def test_the_command_shell_is_for_administrators(http, connect):
    wsman = connect(http, user="remote", password="R3mote-Pass")
    with pytest.raises(WSManFaultError) as fault:
        WinRS(wsman).open()
    assert fault.value.code == 5
    wsman.close()


def test_an_unknown_session_configuration_is_named(http, connect):
    wsman = connect(http)
    with pytest.raises(WSManFaultError, match="Cannot find the jcad session configuration"):
        RunspacePool(wsman, configuration_name="jcad").open()
    wsman.close()


def test_the_service_tells_its_envelope_size(http, connect):
    with connect(http) as wsman:
        wsman.update_max_payload_size()
        assert wsman.max_envelope_size == 512_000


def test_a_request_larger_than_an_envelope_is_refused(http, connect):
    with connect(http, max_envelope_size=1_000_000) as wsman, RunspacePool(wsman) as pool:
        pool.connection.max_payload_size = 600_000
        pool._fragmenter.max_size = 600_000
        shell = PowerShell(pool)
        shell.add_script("echo").add_argument("x" * 550_000)
        with pytest.raises(WSManFaultError, match="larger than MaxEnvelopeSize"):
            shell.invoke()


def test_an_envelope_size_below_the_least_is_refused(http, connect):
    with connect(http) as wsman:
        wsman.max_envelope_size = 4096
        with pytest.raises(WSManFaultError, match="MaxEnvelopeSize"):
            wsman.get_server_config()


def test_a_command_id_beyond_the_shells_quota_is_refused(http, connect, run_in, monkeypatch):
    monkeypatch.setattr("jcad.lab.endpoint.psrp.MAX_COMMANDS", 2)
    with connect(http) as wsman, RunspacePool(wsman) as pool:
        run_in(pool, "lines 1")
        run_in(pool, "lines 1")
        with pytest.raises(WSManFaultError, match="concurrent commands per shell"):
            run_in(pool, "lines 1")


@pytest.mark.parametrize("action", ["http://schemas.xmlsoap.org/ws/2004/09/transfer/Put", WSManAction.ENUMERATE])
def test_an_action_that_the_lab_lacks_is_refused_by_name(http, connect, action):
    with (
        connect(http) as wsman,
        pytest.raises(WSManFaultError, match=r"LabUnsupported: (the WS-Management action|enumerating)"),
    ):
        wsman.invoke(action, CONFIG, None)


def test_a_fault_names_its_host_and_repeats_the_message_id(https, certificate):
    envelope = _envelope("http://nowhere/Action", "uuid:1234-ABCD")
    answer = requests.post(
        https.url,
        data=envelope,
        auth=("admin", "Lab-Passw0rd!"),
        headers={"Content-Type": "application/soap+xml;charset=UTF-8"},
        verify=str(certificate.certificate),
        timeout=5,
    )
    assert answer.status_code == 500
    root = ET.fromstring(answer.content)
    assert root.findtext("s:Header/wsa:RelatesTo", namespaces=NAMESPACES) == "uuid:1234-ABCD"
    fault = root.find(".//wsmanfault:WSManFault", NAMESPACES)
    assert fault.get("Machine") == "dc1.lab.jcad.test"


@pytest.mark.parametrize("body", [b"", b"<not xml", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_a_body_that_is_no_envelope_is_a_fault(https, certificate, body):
    answer = requests.post(
        https.url, data=body, auth=("admin", "Lab-Passw0rd!"), verify=str(certificate.certificate), timeout=5
    )
    assert answer.status_code == (500 if body else 200)


def test_a_mistake_of_the_lab_is_a_fault_by_name(http, connect, monkeypatch):
    monkeypatch.setattr("jcad.lab.endpoint.shellxml.created", None)
    wsman = connect(http)
    with pytest.raises(WSManFaultError, match="LabError: TypeError"):
        RunspacePool(wsman).open()
    wsman.close()


def test_another_path_is_not_found(http):
    assert requests.post(http.url.replace("wsman", "owa"), timeout=5).status_code == 404


def test_get_is_not_a_method_of_the_service(http):
    assert requests.get(http.url, timeout=5).status_code == 501


def test_a_body_beyond_reason_is_not_read(http):
    with requests.Session() as session:
        answer = session.post(http.url, data=b"x" * (1 << 21), timeout=5)
    assert answer.status_code == 413


def test_a_shell_that_nobody_uses_for_its_idle_time_is_closed(http, connect, wait_for, small_runspace):
    wsman = connect(http)
    pool = RunspacePool(wsman, idle_timeout=1) if _takes_idle_timeout() else RunspacePool(wsman)
    pool.open()
    for shell in list(http._service.shells._shells.values()):
        shell.idle_seconds = 0.05
    assert wait_for(lambda: (http._service.shells.close_idle(), http.shells == 0)[1], 3)
    assert small_runspace.open == 0
    wsman.close()


def _takes_idle_timeout() -> bool:
    return "idle_timeout" in RunspacePool.__init__.__annotations__


def _envelope(action: str, message_id: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{NAMESPACES["s"]}" xmlns:a="{NAMESPACES["wsa"]}"><s:Header>'
        f"<a:Action>{action}</a:Action><a:MessageID>{message_id}</a:MessageID></s:Header><s:Body/></s:Envelope>"
    ).encode()
