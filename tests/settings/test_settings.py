"""jcad.toml: what is read, and what a mistake says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcad.errors import SettingsError
from jcad.settings import Protection, Scheme, SecretReference, find_file, load, parse, profiles, settings_template
from jcad.settings.mapping import short_entries
from jcad.settings.positions import line_numbers

GOOD = """
[jumpcloud]
api_key = "env:JCAD_API_KEY"

[directory]
domain = "corp.example"
user = "CORP\\\\reader"
password = "file:/run/secrets/reader"

[remoting]
user = "CORP\\\\writer"
password = "keyring:jcad/writer"

[sync]
container = "OU=People,DC=corp,DC=example"

[profile.lab.directory]
domain = "lab.example"
protection = "ntlm"
"""


def test_a_small_file_is_enough():
    settings = parse(GOOD, "jcad.toml")
    assert settings.directory.protection is Protection.LDAPS
    assert settings.remoting.password == SecretReference(Scheme.KEYRING, "jcad/writer")
    assert short_entries(settings.sync.mapping) == {"firstname": "givenName", "lastname": "sn", "email": "mail"}


def test_a_profile_is_laid_over_the_base():
    settings = parse(GOOD, "jcad.toml", "lab")
    assert settings.directory.domain == "lab.example"
    assert settings.directory.protection is Protection.NTLM
    assert settings.directory.user == "CORP\\reader"


def test_an_unknown_profile_names_those_that_there_are():
    with pytest.raises(SettingsError, match="no profile 'prod'; it has: lab"):
        parse(GOOD, "jcad.toml", "prod")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("container =", "contaner =", 15, "did you mean sync.container?"),
        ("[remoting]", "[remotting]", 10, "did you mean remoting?"),
        ('domain = "corp.example"', "", 5, "directory.domain is missing"),
        ('api_key = "env:JCAD_API_KEY"', 'api_key = "c0ffee"', 3, "no reference to a secret"),
        ("[sync]", "[sync.limits]\ncreates = -1\n[sync]", 15, "greater than or equal to 0"),
        ("[remoting]", '[remoting]\nscheme = "ftp"', 11, "'https' or 'http'"),
    ],
)
def test_a_mistake_names_its_line_and_the_remedy(old, new, line, says):
    with pytest.raises(SettingsError) as caught:
        parse(GOOD.replace(old, new), "jcad.toml")
    assert f"jcad.toml:{line}: " in caught.value.message
    assert says in caught.value.message


def test_a_mistake_in_a_profile_names_the_line_there():
    with pytest.raises(SettingsError, match=r"jcad.toml:19: directory.protection"):
        parse(GOOD.replace('protection = "ntlm"', 'protection = "carrier pigeon"'), "jcad.toml", "lab")


def test_a_secret_that_stands_in_the_file_is_never_repeated():
    with pytest.raises(SettingsError) as caught:
        parse(GOOD.replace("env:JCAD_API_KEY", "S3cr3t-V4lue"), "jcad.toml")
    assert "S3cr3t" not in str(caught.value)
    assert "S3cr3t" not in str(caught.value.__cause__)


def test_broken_toml_names_line_and_column():
    with pytest.raises(SettingsError, match=r"not TOML: .*line 3"):
        parse("[jumpcloud]\n\napi_key = \n", "jcad.toml")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("protection", '"plain"', "insecure = true"),
    ],
)
def test_an_unprotected_bind_must_be_asked_for_twice(key, value, says):
    with pytest.raises(SettingsError, match=says):
        parse(GOOD.replace('domain = "corp', f'{key} = {value}\ndomain = "corp'), "jcad.toml")


def test_basic_over_http_is_refused():
    with pytest.raises(SettingsError, match="in the clear"):
        parse(GOOD.replace("[remoting]", '[remoting]\nscheme = "http"\nauthentication = "basic"'), "jcad.toml")


def test_the_template_is_valid_and_needs_no_edit_to_be_read():
    settings = parse(settings_template(domain="corp.example"), "jcad.toml")
    assert settings.sync.container == "CN=Users,DC=corp,DC=example"


TOGETHER = ({"alternate", "alternate_password"}, {"install_as", "install_password"})
"""Settings of which one is nothing without the other."""


def test_every_commented_setting_of_the_template_is_known():
    """Uncommenting any line of the template, with the header of its table, gives a file that is read."""
    lines = settings_template().splitlines()
    header, tried = None, 0
    for number, line in enumerate(lines):
        bare = line.removeprefix("# ")
        if not line:
            header = None
        elif bare.startswith("["):
            header = number if line.startswith("# ") else None
        elif line.startswith("# ") and " = " in bare:
            names = next((pair for pair in TOGETHER if bare.partition(" = ")[0] in pair), set())
            others = {at for at, one in enumerate(lines) if one.removeprefix("# ").partition(" = ")[0] in names}
            named = {header + 1} if header is not None and lines[header].startswith("# [[") else set()
            chosen = {header, number, *others, *named}
            text = "\n".join(one.removeprefix("# ") if at in chosen else one for at, one in enumerate(lines))
            parse(text, "jcad.toml")
            tried += 1
    assert tried > 50


def test_the_whole_template_uncommented_is_read():
    lines = settings_template().splitlines()
    start = lines.index("[jumpcloud]")
    text = "\n".join(line.removeprefix("# ") for line in lines[start:])
    assert len(parse(text, "jcad.toml", "other").sync.mapping) > 15


def test_the_file_is_looked_for_where_it_was_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JCAD_CONFIG", str(tmp_path / "elsewhere.toml"))
    with pytest.raises(SettingsError, match=r"elsewhere.toml") as caught:
        find_file()
    assert "jcad init" in caught.value.hint
    (tmp_path / "elsewhere.toml").write_text(GOOD, "utf-8")
    assert load().path == tmp_path / "elsewhere.toml"
    assert profiles() == ["lab"]


def test_a_file_that_is_not_text_is_a_clear_error(tmp_path):
    path = tmp_path / "jcad.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(path)


@pytest.mark.parametrize("text", ["", "hunter2", "env", "env:", "http://x", "command:", "vault:"])
def test_what_is_no_reference_is_refused(text):
    with pytest.raises(ValueError, match=r"reference|command"):
        SecretReference.parse(text)


def test_a_command_is_an_argument_list():
    assert SecretReference.parse("command:pass show 'jump cloud'").arguments == ("pass", "show", "jump cloud")
    assert SecretReference.parse('command:["C:\\\\x\\\\p.exe","a b"]').arguments == ("C:\\x\\p.exe", "a b")


@given(st.text())
def test_any_text_has_line_numbers(text):
    """The finder of lines is only for messages; it never fails."""
    lines = line_numbers(text)
    assert all(1 <= number <= len(text.splitlines()) for number in lines.values())
