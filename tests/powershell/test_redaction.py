"""Taking secrets out of what a host sends: whatever a secret looks like, and nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jcad.lab.powershell.answers import Recorder, encode_error
from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.values import SecureString
from jcad.powershell.environment import render

SECRET = st.text("ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789-_.!#%+@/$^&*,;}])(", min_size=8, max_size=40)
"""What passwords and keys are made of, but for quotes, blanks and equal signs."""

TOKEN = st.text("ABCDEFabcdef0123456789-_.+/", min_size=8, max_size=40)
QUOTED = st.text(
    st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="\"'\\"), min_size=8, max_size=30
)
BARE_PLACES = (
    "2026-11-24 [INFO] password={}", "Password: {} and more", "LAB_SERVICE_PASSWORD={} LAB_ROOT_DN=x", "pwd = {}",
    "/connectkey:{} /qn", "the token: {}", "client_secret={}", "api key: {}", "passphrase={}",
)  # fmt: skip
TOKEN_PLACES = (
    "x-api-key: {}", "Authorization: Bearer {}", "authorization: Basic {}", "got bearer {} today", "ConnectKey={};a=b",
    "https://example.test/?access_token={}&x=1", "apiKey={}&b=1", '{{"token":{},"a":1}}',
)  # fmt: skip
QUOTED_PLACES = (
    '{{"Password": "{}", "a": 1}}', "{{'secret': '{}'}}", 'LAB_SERVICE_PASSWORD="{}" X=1', "password='{}'",
    "PROPERTY CHANGE: Adding LAB_SERVICE_PASSWORD property. Its value is '{}'.",
    "PROPERTY CHANGE: Modifying API_KEY property. Its current value is '{}'.", "Property(S): LAB_SERVICE_PASSWORD = {}",
    "MSI (c) (10:20) [x]: Property(C): CONNECTKEY = {}",
)  # fmt: skip
PLAIN = (
    "2026-11-24T12:00:00 [ERROR] Credential error: the stored service account credentials cannot be decrypted",
    'LDAP Result Code 49 "Invalid Credentials": 80090308: LdapErr: DSID-0C090453, data 52e, v4563',
    "The password of LAB\\jcsync has expired", "Connected to Active Directory as LAB\\jcsync", "PollTimeMillis=1000",
    "password filter loaded: labpasswordfilter", '{"UserFieldMapping":{"username":"sAMAccountName"}}', "", "keyboard: us",
)  # fmt: skip


def hidden(text, known=None):
    """A text as it leaves the host; `known` is a secret that the script has."""
    recorder = Recorder()
    script = "param([string] $Text, [securestring[]] $Known = @())\n" + render("_redact.ps1")
    parameters = {"Text": text} | ({} if known is None else {"Known": SecureString(known)})
    call = "\nHide-Secret -Text $Text -Known $Known\n"
    outcome = Engine(edition="Desktop").run_script(script + call, recorder, parameters)
    assert outcome.terminated is None, encode_error(outcome.terminated)
    assert not recorder.errors, [encode_error(error) for error in recorder.errors]
    (line,) = recorder.values
    return line


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(BARE_PLACES), SECRET)
def test_a_secret_without_quotes_is_taken_out(place, secret):
    assert secret not in hidden(f"before\r\n{place.format(secret)}\r\nafter").replace("(removed)", "")


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(TOKEN_PLACES), TOKEN)
def test_a_token_is_taken_out_and_what_comes_after_it_stays(place, token):
    told = hidden(f"before\r\n{place.format(token)}\r\nafter")
    assert token not in told.replace("(removed)", "")
    assert place.partition("{}")[2].replace("{{", "{").replace("}}", "}") in told


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(QUOTED_PLACES), QUOTED)
def test_a_secret_in_quotes_is_taken_out_with_its_blanks(place, secret):
    told = hidden(f"before\r\n{place.format(secret)}\r\nafter")
    assert told.startswith("before")
    assert told.endswith("after")
    assert place.format(secret) not in told
    assert secret not in told.replace(place.partition("{}")[0], "")


@settings(deadline=None, max_examples=40)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=4, max_size=20), st.text(max_size=10))
def test_a_secret_that_is_known_is_taken_out_wherever_it_stands(secret, around):
    told = hidden(f"{around}{secret}{around}", secret)
    assert secret in "(removed)" or secret not in told


def test_a_long_run_without_a_blank_does_not_take_for_ever():
    """Half a megabyte of names and dots, as a broken log may hold it."""
    begun = time.process_time()
    text = "a.b-c_password." * 30_000
    assert hidden(text) == text
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("line", PLAIN)
def test_a_line_without_a_secret_stays_as_it_is(line):
    assert hidden(line) == line


def test_a_private_key_is_taken_out():
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabc=\n-----END RSA PRIVATE KEY-----\nthe end"
    assert hidden(key) == "-----BEGIN RSA PRIVATE KEY-----(removed)-----END RSA PRIVATE KEY-----\nthe end"
