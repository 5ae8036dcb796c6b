"""The command line: exit codes, streams, what people and programs see. No server is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jcad
from jcad.cli import run
from jcad.cli.console import Output, quoted, visible
from jcad.cli.logs import configure_logging
from jcad.cli.plans import show_plan
from jcad.errors import ExitCode, JcadError
from jcad.model import Secret
from jcad.plan import Finding, FindingKind, Identity, Plan
from jcad.settings import load, parse

SETTINGS = """
[jumpcloud]
api_key = "env:JCAD_API_KEY"
[directory]
domain = "corp.example"
user = "CORP\\\\reader"
password = "env:JCAD_PASSWORD"
[remoting]
user = "CORP\\\\writer"
password = "env:JCAD_PASSWORD"
[store]
location = "{store}"
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "jcad.toml"
    path.write_text(SETTINGS.format(store=(tmp_path / "store.db").as_posix()), "utf-8")
    return path


def test_the_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"jcad {jcad.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["sync", "--help"], ["sync", "apply", "--help"], ["lab", "--help"]])
def test_help_has_examples(arguments, capsys):
    assert run(arguments) == 0
    assert "jcad " in capsys.readouterr().out


def test_help_imports_nothing_heavy():
    """A newcomer's first call answers at once."""
    code = "import sys; from jcad.cli import run; run(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = ended.stderr
    for heavy in ("sqlalchemy", "pypsrp", "httpx", "ldap3", "pydantic", "jcad.lab"):
        assert f"'{heavy}'" not in loaded, heavy


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["sync", "plan", "--nonsense"], ["sync", "apply", "--allow", "creates"], ["history", "-n", "x"]],
)
def test_a_mistake_on_the_command_line_exits_with_1_and_not_with_pending(arguments, settings, capsys):
    del settings
    assert run(arguments) == ExitCode.ERROR
    assert capsys.readouterr().err


def test_without_settings_the_way_out_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("JCAD_CONFIG", raising=False)
    assert run(["sync", "plan"]) == ExitCode.ERROR
    printed = capsys.readouterr()
    assert "There is no settings file" in printed.err
    assert "jcad init" in printed.err
    assert printed.out == ""


def test_with_json_an_error_is_one_document(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JCAD_CONFIG", str(tmp_path / "none.toml"))
    assert run(["sync", "plan", "--json"]) == ExitCode.ERROR
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "jcad.error/1"
    assert document["error"] == "SettingsError"


def test_a_misspelt_key_is_told_with_its_line(settings, capsys):
    settings.write_text(settings.read_text("utf-8").replace("domain =", "domian ="), "utf-8")
    assert run(["config", "check"]) == ExitCode.ERROR
    printed = capsys.readouterr().err
    assert "jcad.toml:5" in printed
    assert "did you mean directory.domain?" in printed


def test_init_writes_a_file_that_is_right_and_never_over_another(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JCAD_CONFIG", raising=False)
    assert run(["init", "--domain", "corp.example"]) == 0
    assert run(["config", "check"]) == 0
    assert run(["init"]) == ExitCode.ERROR
    assert "--force" in capsys.readouterr().err
    assert "corp.example" in Path("jcad.toml").read_text("utf-8")
    assert run(["init", "--force", "--domain", "other.example"]) == 0


def test_config_show_prints_every_default_and_no_secret(settings, capsys, monkeypatch):
    del settings
    monkeypatch.setenv("JCAD_PASSWORD", "Tr0ub4dor")
    assert run(["config", "show"]) == 0
    printed = capsys.readouterr().out
    assert 'takeover = "email"' in printed
    assert 'password = "env:JCAD_PASSWORD"' in printed
    assert "Tr0ub4dor" not in printed
    assert run(["config", "show", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["settings"]["jumpcloud"]["api_key"] == "env:JCAD_API_KEY"


def test_what_config_show_prints_can_be_read_as_settings_again(settings, capsys):
    table = """
[sync.mapping]
jobTitle = { to = "title", transform = "upper" }
"phoneNumbers.work" = ["telephoneNumber", { to = "otherTelephone", type = "multi" }]
"customAttributes.a \\"b\\"" = { to = "info", template = "{firstname}" }
"""
    settings.write_text(settings.read_text("utf-8") + table, "utf-8")
    assert run(["config", "show"]) == 0
    printed = capsys.readouterr().out
    assert parse(printed, "printed").sync == load(settings).settings.sync


def test_an_unset_secret_is_told_before_any_server_is_asked(settings, capsys, monkeypatch):
    del settings
    monkeypatch.delenv("JCAD_PASSWORD", raising=False)
    assert run(["sync", "plan"]) == ExitCode.ERROR
    assert "JCAD_PASSWORD is not set" in capsys.readouterr().err


def test_history_of_a_new_store(settings, capsys):
    del settings
    assert run(["history"]) == 0
    assert "No run yet" in capsys.readouterr().out
    assert run(["history", "7"]) == ExitCode.ERROR
    assert "There is no run '7'" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_plan_file_that_is_none_is_refused(settings, tmp_path, text, capsys):
    del settings
    path = tmp_path / "plan.json"
    path.write_text(text, "utf-8")
    assert run(["sync", "apply", str(path)]) == ExitCode.ERROR
    assert "plan.json" in capsys.readouterr().err


def test_script_list_and_show(capsys):
    assert run(["script", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["scripts"]
    assert {"create-user", "add-members"} <= {one["name"] for one in listed}
    assert run(["script", "show", "create-user"]) == 0
    assert "[CmdletBinding(SupportsShouldProcess" in capsys.readouterr().out
    assert run(["script", "show", "create-usr"]) == ExitCode.ERROR
    assert "create-user" in "".join(capsys.readouterr())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell, capsys):
    assert run(["completion", shell]) == 0
    assert "_JCAD_COMPLETE" in capsys.readouterr().out


def test_secret_set_reads_from_a_pipe_and_prints_nothing_of_it(settings, tmp_path, monkeypatch, capsys):
    vault = f'[vault]\npath = "{(tmp_path / "vault.json").as_posix()}"\nkey = "env:PASSPHRASE"\n'
    settings.write_text(settings.read_text("utf-8") + vault, "utf-8")
    monkeypatch.setenv("PASSPHRASE", "correct horse")
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO("Tr0ub4dor\n"))
    assert run(["secret", "set", "vault:jcsync"]) == 0
    assert run(["secret", "check", "vault:jcsync"]) == 0
    assert run(["secret", "check", "vault:other"]) == ExitCode.ERROR
    assert run(["secret", "set", "env:X"]) == ExitCode.ERROR
    printed = capsys.readouterr()
    assert "Tr0ub4dor" not in printed.out + printed.err


@pytest.mark.parametrize("error", [KeyboardInterrupt, click.Abort])
def test_an_interrupt_exits_with_130(error, monkeypatch, capsys):
    def interrupted(**_):
        raise error

    monkeypatch.setattr(sys.modules["jcad.cli.main"].jcad, "main", interrupted)
    assert run([]) == ExitCode.INTERRUPTED
    assert "Interrupted" in capsys.readouterr().err


def test_every_exit_code_is_documented():
    text = (Path(jcad.__file__).parent.parent / "docs" / "trouble.md").read_text("utf-8")
    codes = {value for name, value in vars(ExitCode).items() if name.isupper()}
    for code in codes:
        assert f"| {code} |" in text


# ---- what people see -------------------------------------------------------------------------------------------------


@given(st.text())
def test_no_name_can_repaint_a_terminal(text):
    shown = visible(text)
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in shown)
    assert not set(shown) & {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
    shown.encode("utf-8")


def test_absent_is_not_empty():
    assert quoted(None) == "(none)"
    assert quoted("") == '""'


@given(name=st.text(min_size=1), reason=st.text())
def test_a_plan_with_any_name_can_be_shown(name, reason):
    finding = Finding(kind=FindingKind.CONFLICT, noun="user", name=name, rule="x", reason=reason)
    made_for = Identity(organisation="o", instance="i", domain_sid="S", domain=name, dc="dc1")
    output = Output()
    with output.out.capture() as captured:
        show_plan(output, Plan("sync", made_for, (), (finding,), {}), full=True)
    assert "\x1b[31m" not in captured.get()
    assert "1 conflict" in captured.get()


def test_an_error_is_shown_with_its_hint(capsys):
    Output().error(JcadError("It broke.\nBadly.", hint="Mend it."))
    printed = capsys.readouterr().err
    assert "It broke." in printed
    assert "Mend it." in printed


def test_logs_never_hold_a_secret(capsys):
    import logging  # noqa: PLC0415

    import structlog  # noqa: PLC0415

    configure_logging(2)
    structlog.get_logger("jcad.test").info(
        "bound", account="x", password=Secret("Tr0ub4dor"), more={"deep": [Secret("Tr0ub4dor")]}
    )
    logging.getLogger("pypsrp.wsman").debug("the whole body with Tr0ub4dor")
    logging.getLogger("urllib3.connectionpool").info("Tr0ub4dor")
    printed = capsys.readouterr().err
    configure_logging(0)
    assert "bound" in printed
    assert "Tr0ub4dor" not in printed
