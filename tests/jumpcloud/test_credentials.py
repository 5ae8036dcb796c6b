"""A service account of JumpCloud: tokens instead of an API key."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jcad.errors import AuthenticationFailed, JumpCloudError, SettingsError
from jcad.jumpcloud import Address, ClientCredentials, JumpCloudReader, Patience
from jcad.lab.seed import CLIENT_ID, CLIENT_SECRET
from jcad.model import Secret

HASTE = Patience(attempts=3, first=0.01, longest=0.02)


@pytest.fixture
def service(server):
    """Make readers that log on by the lab's service account."""
    made = []

    def open_(client_id=CLIENT_ID, secret=CLIENT_SECRET, path="/oauth2/token", **address):
        credentials = ClientCredentials(client_id, Secret(secret), f"{server.url}{path}")
        reader = JumpCloudReader(Address(base_url=server.url, **address), credentials, patience=HASTE)
        made.append(reader)
        return reader

    yield open_
    for reader in made:
        reader.close()


def tokens_asked(server):
    return sum(each == "POST /oauth2/token" for each in server.seen)


def test_one_token_is_good_for_all_requests(service, server, seed):
    reader = service()
    assert len(reader.observe(seed.tenant.instance_id).users) == len(seed.tenant.users)
    assert tokens_asked(server) == 1


def test_several_threads_ask_for_one_token(service, server):
    reader = service()
    gate = threading.Barrier(6)

    def ask():
        gate.wait()
        return reader.instances()

    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(ask) for _ in range(6)]
        assert all(answer.result() for answer in answers)
    assert tokens_asked(server) == 1


def test_a_token_is_renewed_before_it_ends(service, server):
    server.tokens.lifetime = 1.0
    reader = service()
    reader.instances()
    threading.Event().wait(0.6)
    reader.instances()
    assert tokens_asked(server) == 2


def test_a_token_that_was_revoked_is_asked_for_once_more(service, server):
    reader = service()
    reader.instances()
    server.tokens.revoke()
    assert reader.instances()
    assert tokens_asked(server) == 2


def test_a_service_account_that_the_api_does_not_take_is_refused_once(service, server, monkeypatch):
    monkeypatch.setattr(server.tokens, "admits", lambda _authorization: False)
    with pytest.raises(AuthenticationFailed):
        service().instances()
    assert tokens_asked(server) == 2


@pytest.mark.parametrize(("client_id", "secret"), [(CLIENT_ID, "wrong"), ("somebody", CLIENT_SECRET)])
def test_a_wrong_secret_is_refused_at_the_first_try(service, server, client_id, secret):
    with pytest.raises(
        AuthenticationFailed, match=f"refused the service account {client_id}.*invalid_client"
    ) as caught:
        service(client_id, secret).instances()
    assert caught.value.account == client_id
    assert secret not in str(caught.value)
    assert tokens_asked(server) == 1


def test_an_answer_without_a_token_is_told(service, faults):
    faults.set("jumpcloud.not_json", times=None)
    with pytest.raises(JumpCloudError, match="no token") as caught:
        service().instances()
    assert "token_url" in (caught.value.hint or "")


def test_tokens_are_asked_for_again_when_the_service_is_busy(service, faults, server):
    faults.set("jumpcloud.status", 503, at=1)
    assert service().instances()
    assert tokens_asked(server) == 2


def test_nothing_but_what_a_header_holds_is_a_secret():
    with pytest.raises(SettingsError) as caught:
        JumpCloudReader(Address(), ClientCredentials("id", Secret("sécret\n"), "https://example.test/token"))
    assert "sécret" not in str(caught.value)


def test_the_secret_is_in_no_text():
    assert "hidden" not in repr(ClientCredentials("id", Secret("hidden"), "https://example.test"))
