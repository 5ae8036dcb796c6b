"""WS-Management answers held against the shapes of Windows Server's: elements, attributes, order, actions, fault codes.

`wsman-shapes.txt` has the shapes, one of each kind, as pypsrp's 66 recorded exchanges with Windows show them. The clients
are pypsrp's; what comes back is looked at before they see it.
"""

from __future__ import annotations

import base64
import contextlib
import re
import uuid
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.host import PSHost, PSHostUserInterface
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import SelectorSet, WSManAction

from jcad.lab.endpoint import EndpointServer
from jcad.lab.endpoint.interpreter import runspaces
from jcad.lab.endpoint.wsman import NAMESPACES as OURS
from jcad.lab.powershell.engine import Engine

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
POWERSHELL = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"
PREFIXES = {address: prefix for prefix, address in OURS.items()}
#: Elements whose text is part of a shape; attributes whose value is not.
TEXTS = {
    "a:Action", "a:To", "rsp:State", "rsp:CompressionMode", "rsp:Encoding", "rsp:BufferMode", "rsp:MaxIdleTimeOut", "s:Value",
    "s:Text", "w:FaultDetail", "f:Message", "rsp:ExitCode", "rsp:InputStreams", "rsp:OutputStreams", "rsp:ProfileLoaded",
    "rsp:ChildProcesses", "rsp:CommandState", "rsp:Locale", "rsp:DataLocale",
}  # fmt: skip
VALUES = {"CommandId", "Machine"}


def recorded_shapes():
    text = (Path(__file__).parent / "wsman-shapes.txt").read_text("utf-8")
    found = {}
    for part in text.split("\n== ")[1:]:
        name, declared, *lines = part.strip("\n").split("\n")
        found[name] = (declared, lines)
    return found


SHAPES = recorded_shapes()


def named(tag):
    address, _, name = tag.removeprefix("{").rpartition("}")
    return f"{PREFIXES[address]}:{name}" if address else name


def shape(element, lines=None, depth=0):
    """The lines of an element: what `wsman-shapes.txt` has of one."""
    lines = [] if lines is None else lines
    attributes = "".join(
        f" {named(key)}={'' if named(key) in VALUES else value}"
        for key, value in element.attrib.items()
        if named(key) != "xml:lang"
    )
    text = element.text or ""
    said = f" = {text}" if named(element.tag) in TEXTS and text and not len(element) else ""
    line = f"{'  ' * depth}{named(element.tag)}{attributes}{said}"
    if lines and lines[-1].rstrip("*") == line:
        lines[-1] = line + "*"
    else:
        lines.append(line)
    for child in element:
        shape(child, lines, depth + 1)
    return lines


class Witness:
    """A WSMan client, and the answers that it got, in order."""

    def __init__(self, wsman):
        self.wsman = wsman
        self.answers = []
        self._send = wsman.transport.send
        wsman.transport.send = self.send

    def send(self, message, **options):
        try:
            answer = self._send(message, **options)
        except WinRMTransportError as error:
            self.answers.append(error.response_text)
            raise
        self.answers.append(answer.decode() if isinstance(answer, bytes) else answer)
        return answer

    def ask(self, action, resource, body=None, *, shell_id=None, timeout=None, options=None):
        """Send one request of one's own; faults are answers, too."""
        selectors = None
        if shell_id is not None:
            selectors = SelectorSet()
            selectors.add_option("ShellId", shell_id)
        with contextlib.suppress(WSManFaultError):
            self.wsman.invoke(action, resource, body, options, selectors, timeout)
        return self.answers[-1]

    def of(self, action):
        """The answers to requests of this action, in order."""
        return [answer for answer in self.answers if f"/{action}Response<" in answer]


def check(name, answer):
    """Hold an answer against the recorded shape of that name."""
    declared, lines = SHAPES[name]
    found = shape(ET.fromstring(answer))
    texts = [re.sub(r"\*$", "", line) for line in lines]
    assert [re.sub(r"\*$", "", line) for line in found] == texts
    assert re.findall(r"xmlns:(\w+)=", answer.split(">", 1)[0]) == declared.split()


@pytest.fixture
def witness(http, connect):
    made = Witness(connect(http))
    yield made
    made.wsman.close()


@pytest.fixture
def programs(accounts, connect):
    factory = runspaces(lambda _login: (Engine(edition="Desktop"), lambda: None))
    with EndpointServer(
        "127.0.0.1", 0, name="dc1.lab.jcad.test", certificate=None, authentication=("negotiate",),
        accounts=accounts, runspaces=factory,
    ) as server:  # fmt: skip
        made = Witness(connect(server))
        yield made
        made.wsman.close()


def element(prefix, name, text=None, **attributes):
    made = ET.Element(f"{{{OURS[prefix]}}}{name}", attributes)
    made.text = text
    return made


def receive(command_id=None):
    body = element("rsp", "Receive")
    attributes = {} if command_id is None else {"CommandId": command_id}
    body.append(element("rsp", "DesiredStream", "stdout", **attributes))
    return body


# ---- pools


def test_a_pool_is_opened_used_and_deleted_in_the_recorded_shapes(witness, run_in):
    with RunspacePool(witness.wsman) as pool:
        run_in(pool, "lines 1")
        witness.ask(WSManAction.GET, SHELL, shell_id=pool.id)
        check("get a shell", witness.answers[-1])
    check("create a pool", witness.of("Create")[0])
    check("start a pipeline", witness.of("Command")[0])
    check("receive to the end", witness.of("Receive")[-1])
    check("delete", witness.of("Delete")[0])


def test_a_pipeline_without_output_ends_in_the_recorded_shape(witness, run_in):
    with RunspacePool(witness.wsman) as pool:
        run_in(pool, "lines 0")
    check("receive the end alone", witness.of("Receive")[-1])


def test_the_pools_own_messages_come_in_the_recorded_shape(witness):
    with RunspacePool(witness.wsman):
        pass
    assert SHAPES["receive from the pool"][1][-1] == SHAPES["receive the last of the pool"][1][-1] + "*"
    check("receive from the pool", witness.of("Receive")[0])


def test_a_pool_without_a_profile_says_so(witness):
    with RunspacePool(witness.wsman, no_profile=True):
        pass
    check("create a pool without a profile", witness.of("Create")[0])


def test_a_pipeline_that_runs_has_no_state_and_one_that_waits_is_pending(witness):
    with RunspacePool(witness.wsman) as pool:
        shell = PowerShell(pool)
        shell.add_script("sleep 60")
        shell.begin_invoke()
        witness.ask(WSManAction.RECEIVE, POWERSHELL, receive(shell.id), shell_id=pool.id)
        (running, *_) = [each for each in witness.of("Receive") if "CommandId=" in each]
        assert "CommandState" not in running
        assert shape(ET.fromstring(running))[:-1] == SHAPES["receive while it runs"][1][:-1]
        shell.stop()
    check("stop", witness.of("Signal")[0])


def test_a_pipeline_that_asks_its_client_is_pending(witness):
    class Interface(PSHostUserInterface):
        def ReadLine(self, _runspace, _pipeline):  # noqa: N802  - the name that pypsrp calls
            return "answered"

    with RunspacePool(witness.wsman, host=PSHost(None, None, False, "h", None, Interface(), "1.0")) as pool:
        shell = PowerShell(pool)
        shell.add_script("ask")
        assert shell.invoke() == ["answered"]
    pending = [each for each in witness.of("Receive") if "Pending" in each]
    check("receive while it waits for its client", pending[0])
    check("send", witness.of("Send")[0])


def test_nothing_in_time_and_no_such_pipeline_are_the_recorded_faults(witness):
    with RunspacePool(witness.wsman) as pool:
        check(
            "receive nothing in time",
            witness.ask(WSManAction.RECEIVE, POWERSHELL, receive(), shell_id=pool.id, timeout=1),
        )
        nobody = str(uuid.uuid4()).upper()
        fault = witness.ask(WSManAction.RECEIVE, POWERSHELL, receive(nobody), shell_id=pool.id)
        check("receive of a pipeline that is not there", fault)


def test_no_time_at_all_is_a_fault_of_the_header(witness):
    with RunspacePool(witness.wsman) as pool:
        check("get a shell in no time", witness.ask(WSManAction.GET, SHELL, shell_id=pool.id, timeout=-1))


def test_the_configuration_has_the_recorded_shape(witness):
    answer = witness.ask(WSManAction.GET, "http://schemas.microsoft.com/wbem/wsman/1/config")
    check("get the configuration", answer)
    assert "MaxEnvelopeSizekb>500<" in answer


# ---- leaving a pool and coming back


def test_a_pool_is_left_and_come_back_to_in_the_recorded_shapes(witness, run_in):
    with RunspacePool(witness.wsman) as pool:
        pool.disconnect()
        assert "rsp:State>Disconnected<" in witness.ask(WSManAction.GET, SHELL, shell_id=pool.id)
        pool.connect()
        assert run_in(pool, "lines 1").output == ["line 0"]
    check("disconnect", witness.of("Disconnect")[0])
    check("reconnect", witness.of("Reconnect")[0])


def test_a_left_pool_is_found_and_taken_over_by_another_client(http, connect, witness, run_in):
    left = RunspacePool(witness.wsman)
    left.open()
    shell = PowerShell(left)
    shell.add_script("sleep 1")
    shell.begin_invoke()
    left.disconnect()
    other = Witness(connect(http))
    (found,) = RunspacePool.get_runspace_pools(other.wsman)
    assert found.id == left.id
    found.connect()
    (pipeline,) = found.create_disconnected_power_shells()
    assert pipeline.connect() == ["begun", "slept"]
    assert run_in(found, "lines 1").output == ["line 0"]
    found.close()
    check("enumerate pipelines", other.of("Enumerate")[1])
    check("connect", other.of("Connect")[0])
    check("connect to a pipeline", other.of("Connect")[1])
    shells = shape(ET.fromstring(other.of("Enumerate")[0]))
    recorded = SHAPES["enumerate shells"][1]
    one = recorded[: recorded.index("        rsp:Shell", recorded.index("        rsp:Shell") + 1)]
    assert [line for line in shells if line in one] == one
    other.wsman.close()


def test_a_shell_without_pipelines_enumerates_none(witness):
    with RunspacePool(witness.wsman) as pool:
        body = element("n", "Enumerate")
        chosen = element("w", "Filter")
        selectors = element("w", "SelectorSet")
        selectors.append(element("w", "Selector", pool.id, Name="ShellId"))
        chosen.append(selectors)
        body.append(chosen)
        check("enumerate no pipelines", witness.ask(WSManAction.ENUMERATE, f"{SHELL}/Command", body))


def test_a_left_pool_takes_nothing_until_somebody_comes(witness):
    with RunspacePool(witness.wsman) as pool:
        pool.disconnect()
        assert "disconnected" in witness.ask(WSManAction.RECEIVE, POWERSHELL, receive(), shell_id=pool.id)
        pool.connect()
        assert "connected" in witness.ask(
            "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/Reconnect", POWERSHELL, shell_id=pool.id
        )


# ---- command shells


def encoded(script):
    return ["-NoProfile", "-EncodedCommand", base64.b64encode(script.encode("utf-16-le")).decode()]


def test_a_program_is_run_in_the_recorded_shapes(programs):
    with WinRS(programs.wsman) as shell:
        process = Process(shell, "powershell.exe", encoded("'out'"))
        process.invoke()
        process.signal(SignalCode.TERMINATE)
    check("create a command shell", programs.of("Create")[0])
    check("start a program", programs.of("Command")[0])
    check("receive of a program to its end", programs.of("Receive")[-1])
    check("end a program", programs.of("Signal")[0])
    check("delete a command shell", programs.of("Delete")[0])


def test_a_program_with_errors_sends_them_before_the_ends_of_its_streams(programs):
    with WinRS(programs.wsman) as shell:
        process = Process(shell, "powershell.exe", encoded("'out'; throw 'no'"))
        process.invoke()
        assert process.rc == 1
    check("receive of a program with errors", programs.of("Receive")[-1])


def test_a_program_that_has_not_ended_says_that_it_runs(programs):
    with WinRS(programs.wsman) as shell:
        process = Process(shell, "powershell.exe", encoded("'hi'; Start-Sleep 60"))
        process.begin_invoke()
        process.poll_invoke()
        check("receive of a program while it runs", programs.of("Receive")[0])
        process.send(b"x", end=False)
        process.signal(SignalCode.CTRL_C)
        process.end_invoke()
    check("send to a program", programs.of("Send")[0])


def test_a_command_shell_repeats_its_variables_and_its_folder(programs):
    with WinRS(programs.wsman, environment={"env1": "var1", "1234": "5678"}):
        pass
    found = shape(ET.fromstring(programs.of("Create")[-1]))
    wanted = SHAPES["create a command shell with variables"][1]
    assert [line for line in found if "Variable" not in line] == [line for line in wanted if "Variable" not in line]
    assert "        rsp:Variable Name=env1" in found
    with WinRS(programs.wsman, working_directory="C:\\Windows", idle_time_out=60):
        pass
    check("create a command shell in a folder", programs.of("Create")[-1])


def test_output_of_no_program_and_of_one_that_is_not_there_are_the_recorded_faults(programs):
    with WinRS(programs.wsman) as shell:
        fault = programs.ask(WSManAction.RECEIVE, f"{SHELL}/cmd", receive(), shell_id=shell.id)
        check("receive of no program", fault)
        nobody = str(uuid.uuid4()).upper()
        fault = programs.ask(WSManAction.RECEIVE, f"{SHELL}/cmd", receive(nobody), shell_id=shell.id)
        check("receive of a program that is not there", fault)


def test_every_shape_is_tried():
    text = Path(__file__).read_text("utf-8")
    assert [name for name in SHAPES if f'"{name}"' not in text] == []
