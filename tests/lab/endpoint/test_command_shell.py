"""The command shell, with unmodified pywinrm and pypsrp's WinRS as its clients."""

from __future__ import annotations

import base64
import warnings

import pytest
import winrm
from pypsrp.exceptions import WSManFaultError
from pypsrp.shell import Process, WinRS
from winrm.exceptions import WSManFaultError as WinRmFault

from jcad.lab.endpoint import EndpointServer
from jcad.lab.endpoint.interpreter import runspaces
from jcad.lab.powershell.engine import Engine


def encoded(script):
    return "powershell -NoProfile -encodedcommand " + base64.b64encode(script.encode("utf-16-le")).decode()


@pytest.fixture
def server(accounts):
    factory = runspaces(lambda _login: (Engine(edition="Desktop"), lambda: None))
    with EndpointServer(
        "127.0.0.1", 0, name="dc1.lab.jcad.test", certificate=None, authentication=("negotiate",),
        accounts=accounts, runspaces=factory,
    ) as server:  # fmt: skip
        yield server
    assert server.shells == 0


@pytest.fixture
def session(server, administrator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield winrm.Session(server.url, auth=administrator, transport="ntlm")


@pytest.fixture
def administrator():
    return ("LAB\\admin", "Lab-Passw0rd!")


def test_run_ps_gives_output_and_exit_code(session):
    answer = session.run_ps("'one'; 'two'; exit 5")
    assert answer.std_out == b"one\r\ntwo\r\n"
    assert answer.status_code == 5


def test_an_error_comes_as_clixml_and_fails(session):
    answer = session.run_ps("throw 'it is <over>'")
    assert answer.status_code == 1
    assert b"it is <over>" in answer.std_err  # pywinrm has made text of the CLIXML


def test_the_code_page_is_437_until_a_client_asks_for_another(server, session):
    assert session.run_ps("'é 渡'").std_out == "é ?\r\n".encode("cp437")
    shell = session.protocol.open_shell(codepage=65001)
    command = session.protocol.run_command(shell, encoded("'é 渡'"))
    assert session.protocol.get_command_output(shell, command)[0] == "é 渡\r\n".encode()
    session.protocol.cleanup_command(shell, command)
    session.protocol.close_shell(shell)


def test_a_command_line_of_more_than_8191_characters_is_too_long(session):
    answer = session.run_ps("'" + "x" * 4000 + "'")
    assert answer.status_code == 1
    assert b"The command line is too long." in answer.std_err


@pytest.mark.parametrize("command", ["ipconfig", "cmd /c dir", "powershell -File x.ps1", "powershell -Command -"])
def test_what_the_lab_does_not_run_it_refuses_by_name(server, session, command):
    shell = session.protocol.open_shell()
    with pytest.raises(WinRmFault, match="LabUnsupported"):
        session.protocol.run_command(shell, command)
    session.protocol.close_shell(shell)


def test_standard_input_is_what_input_gives(server, session):
    shell = session.protocol.open_shell()
    command = session.protocol.run_command(
        shell, encoded('$input | ForEach-Object { "<$_>" }'), console_mode_stdin=False
    )
    session.protocol.send_command_input(shell, command, "one\r\ntw")
    session.protocol.send_command_input(shell, command, "o\r\n", end=True)
    output, errors, code = session.protocol.get_command_output(shell, command)
    assert (output, errors, code) == (b"<one>\r\n<two>\r\n", b"", 0)
    session.protocol.cleanup_command(shell, command)
    session.protocol.close_shell(shell)


def test_closing_the_shell_ends_what_runs_in_it(server, session):
    shell = session.protocol.open_shell()
    session.protocol.run_command(shell, encoded("Start-Sleep -Seconds 600"))
    session.protocol.close_shell(shell)
    assert server.shells == 0


def test_pypsrps_winrs_speaks_to_it_too(server, connect):
    wsman = connect(server)
    with WinRS(wsman) as shell:
        process = Process(shell, "powershell", ["-EncodedCommand", encoded("'hello'").rpartition(" ")[2]])
        process.invoke()
        process.signal_code = None
        assert process.stdout == b"hello\r\n"
        assert process.rc == 0
    wsman.close()


def test_a_code_page_that_the_lab_lacks_is_refused_by_name(server, connect):
    wsman = connect(server)
    with pytest.raises(WSManFaultError, match="LabUnsupported: the code page 1361"):
        WinRS(wsman, codepage=1361).open()
    wsman.close()
