"""Refusals, retries, broken replies and lists that change: each ends in the right error, and the key stays secret."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from jcad.errors import AccessDenied, AuthenticationFailed, ConnectionFailed, JumpCloudError, SettingsError
from jcad.jumpcloud import Patience
from jcad.lab.jumpcloud import JumpCloudServer
from jcad.lab.seed import API_KEY, EXPIRED_API_KEY, MULTI_TENANT_API_KEY
from jcad.model import Secret

HASTE = Patience(attempts=4, first=0.01, longest=0.05, limit=5.0, timeout=5.0)
NOWHERE = "0" * 24


def test_an_expired_key_is_refused_once_and_never_tried_again(open_reader, server):
    with pytest.raises(AuthenticationFailed, match="401") as caught:
        open_reader(EXPIRED_API_KEY).instances()
    assert "expired" in caught.value.hint
    assert len(server.seen) == 1


def test_a_multi_tenant_key_without_an_organisation_is_told_what_it_lacks(open_reader):
    with pytest.raises(AuthenticationFailed, match="x-org-id") as caught:
        open_reader(MULTI_TENANT_API_KEY).users()
    assert "organisation id" in caught.value.hint


def test_a_multi_tenant_key_reads_the_organisation_that_is_named(open_reader, seed):
    reader = open_reader(MULTI_TENANT_API_KEY, organisation=seed.tenant.organization_id)
    assert reader.organisation().id == seed.tenant.organization_id


def test_an_unknown_organisation_is_named_in_the_error(open_reader):
    with pytest.raises(JumpCloudError, match=NOWHERE) as caught:
        open_reader(organisation=NOWHERE).instances()
    assert caught.value.status == 404


def test_403_is_access_denied(reader, faults):
    faults.set("jumpcloud.status", 403)
    with pytest.raises(AccessDenied, match="may not list the users"):
        reader.users()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_refusal_is_tried_again(reader, faults, server, status, seed):
    faults.set("jumpcloud.status", status, times=2)
    assert reader.instances()[0].id == seed.tenant.instance_id
    assert len(server.seen) == 3


def test_too_many_requests_without_end_is_an_error(reader, faults, server):
    faults.set("jumpcloud.status", 429, times=None)
    with pytest.raises(JumpCloudError, match="429") as caught:
        reader.instances()
    assert caught.value.status == 429
    assert len(server.seen) == HASTE.attempts


def test_trouble_of_jumpclouds_own_without_end_is_an_error_that_points_to_its_status_page(reader, faults):
    faults.set("jumpcloud.status", 503, times=None)
    with pytest.raises(JumpCloudError, match="503") as caught:
        reader.instances()
    assert "status.jumpcloud.com" in caught.value.hint


def test_retry_after_is_kept_to(reader, faults):
    faults.set("jumpcloud.status", 429)
    faults.set("jumpcloud.retry_after", 1)
    started = time.monotonic()
    reader.instances()
    assert time.monotonic() - started >= 1.0


def test_what_one_request_is_asked_to_wait_the_others_wait_as_well(tenant, faults, open_reader):
    moments = []
    with JumpCloudServer(tenant=tenant, faults=faults, on_request=lambda _: moments.append(time.monotonic())) as server:
        reader = open_reader(url=server.url)
        faults.set("jumpcloud.status", 429)
        faults.set("jumpcloud.retry_after", 1)
        first = threading.Thread(target=reader.instances)
        first.start()
        assert faults.wait_until_taken("jumpcloud.retry_after", 5)
        time.sleep(0.2)
        reader.groups()
        first.join()
    assert all(moment - moments[0] >= 0.95 for moment in moments[1:])


def test_a_retry_after_beyond_patience_ends_at_once(reader, faults, server):
    faults.set("jumpcloud.status", 429, times=None)
    faults.set("jumpcloud.retry_after", 3600, times=None)
    with pytest.raises(JumpCloudError, match="429"):
        reader.instances()
    assert len(server.seen) == 1


def test_an_unexpected_status_is_an_error_with_the_servers_words(reader, faults, server):
    faults.set("jumpcloud.status", 418)
    with pytest.raises(JumpCloudError, match="418") as caught:
        reader.instances()
    assert caught.value.status == 418
    assert len(server.seen) == 1


@pytest.mark.parametrize("fault", ["jumpcloud.truncate", "jumpcloud.drop", "jumpcloud.not_json"])
def test_a_reply_that_breaks_off_once_is_asked_for_again(reader, faults, fault, seed):
    faults.set(fault, 20)
    assert len(reader.users()) == len(seed.tenant.users)
    assert faults.taken(fault) == 1


def test_replies_that_always_break_off_are_an_error(reader, faults):
    faults.set("jumpcloud.truncate", 20, times=None)
    with pytest.raises(JumpCloudError, match="cut short when asked to list the users"):
        reader.users()


def test_a_page_of_html_without_end_is_an_error_that_names_what_came(reader, faults):
    faults.set("jumpcloud.not_json", times=None)
    with pytest.raises(JumpCloudError, match="text/html instead of JSON") as caught:
        reader.users()
    assert "proxy" in caught.value.hint


def test_a_server_that_is_not_there_cannot_be_reached(tenant, open_reader):
    gone = JumpCloudServer(tenant=tenant).start()
    gone.close()
    with pytest.raises(ConnectionFailed, match=r"cannot be reached at 127\.0\.0\.1"):
        open_reader(url=gone.url).instances()


def test_an_answer_that_does_not_come_ends_the_wait(open_reader, faults):
    faults.set("jumpcloud.delay", 1.0, times=None)
    reader = open_reader(patience=Patience(attempts=2, first=0.01, timeout=0.2))
    with pytest.raises(ConnectionFailed, match=r"no answer within 0\.2 s"):
        reader.instances()


def test_a_user_that_jcad_cannot_read_is_named(reader, tenant):
    user = tenant.user_id("mary.jones")
    tenant.update_user(user, state="HIBERNATING")
    with pytest.raises(JumpCloudError, match=rf"{user}.*state"):
        reader.users()


def test_a_list_that_changes_once_is_read_again(tenant, open_reader, seed):
    """A user is deleted between the first page and the next."""
    seen = []

    def change(request):
        seen.append(request)
        if len(seen) == 2:
            tenant.delete_user(seed.tenant.users[0].id)

    with JumpCloudServer(tenant=tenant, on_request=change) as server:
        users = open_reader(url=server.url).users()
    assert set(users) == set(tenant.state.users)
    assert len(seen) > 2


def test_a_list_whose_length_stays_while_rows_move_is_read_again(tenant, open_reader, server, seed):
    """One is deleted and another made: the total stays, and without the overlap a user would be missed unseen."""
    first = min(tenant.state.users)
    seen = []

    def change(request):
        seen.append(request)
        if len(seen) == 2:
            tenant.delete_user(first)
            tenant.add_user("late.comer", "late@lab.jcad.test")

    with JumpCloudServer(tenant=tenant, on_request=change) as watched:
        users = open_reader(url=watched.url).users()
    assert set(users) == set(tenant.state.users)
    assert first not in users


def test_a_list_that_changes_all_the_time_is_an_error(tenant, open_reader):
    def change(_):
        tenant.add_user(f"user{len(tenant.state.users)}", f"user{len(tenant.state.users)}@lab.jcad.test")

    with (
        JumpCloudServer(tenant=tenant, on_request=change) as server,
        pytest.raises(JumpCloudError, match="changed each time when asked to list the users"),
    ):
        open_reader(url=server.url).users()


def test_a_user_bound_while_everything_is_read_is_there_in_the_end(tenant, open_reader, seed):
    """The user is made after the list of users was read, and bound before the bindings are: they do not fit at first."""
    made = []

    def change(request):
        if "/users" in request.path and not made and "activedirectories" in request.path:
            time.sleep(0.3)  # the list of users has been read by now
            made.append(tenant.add_user("late.comer", "late@lab.jcad.test"))
            tenant.bind_user(seed.tenant.instance_id, made[0])

    with JumpCloudServer(tenant=tenant, on_request=change) as server:
        found = open_reader(url=server.url).observe(seed.tenant.instance_id)
    assert made[0] in found.bindings.users
    assert found.users[made[0]].username == "late.comer"


def test_closing_a_reader_ends_a_wait(open_reader, faults):
    reader = open_reader(patience=Patience(limit=100))
    faults.set("jumpcloud.status", 429, times=None)
    faults.set("jumpcloud.retry_after", 60, times=None)
    failures = []

    def read():
        try:
            reader.instances()
        except (ConnectionFailed, JumpCloudError) as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert faults.wait_until_taken("jumpcloud.retry_after", 5)
    reader.close()
    thread.join(5)
    assert not thread.is_alive()
    assert len(failures) == 1


@pytest.mark.parametrize("bound", ["bound_users", "bound_groups"])
def test_something_bound_that_is_in_no_list_is_an_error_that_names_it(open_reader, tenant, seed, bound):
    """What is bound and unknown must never be taken for unbound."""
    getattr(tenant.state, bound)[seed.tenant.instance_id].append(NOWHERE)
    with JumpCloudServer(tenant=tenant) as server, pytest.raises(JumpCloudError, match=f"do not fit.*{NOWHERE}"):
        open_reader(url=server.url).observe(seed.tenant.instance_id)


def test_a_group_deleted_while_everything_is_read_is_gone_in_the_end(open_reader, tenant, seed):
    group = tenant.group_id("Accounting")

    def change(request):
        if request.path.endswith("/members") and group in tenant.state.groups:
            tenant.delete_group(group)

    with JumpCloudServer(tenant=tenant, on_request=change) as server:
        found = open_reader(url=server.url).observe(seed.tenant.instance_id)
    assert group not in found.groups
    assert group not in found.bindings.groups
    assert tenant.user_id("group.taken.over") not in found.bindings.users


@pytest.mark.parametrize("tls", [False, True])
def test_closing_a_reader_ends_a_request_that_waits_for_its_answer(
    tenant, faults, open_reader, tmp_path, make_certificate, tls
):
    """As Ctrl-C does: nobody waits for JumpCloud's answer any more."""
    certificate = make_certificate(tmp_path, "lab") if tls else None
    failures = []
    with JumpCloudServer(tenant=tenant, faults=faults, certificate=certificate) as server:
        reader = open_reader(
            url=server.url, ca_file=certificate.chain if certificate else None, patience=Patience(timeout=30)
        )
        reader.organisation()
        faults.set("jumpcloud.delay", 20, times=None)

        def read():
            try:
                reader.observe(tenant.organization_id)
            except (ConnectionFailed, JumpCloudError) as error:
                failures.append(error)

        thread = threading.Thread(target=read)
        thread.start()
        assert faults.wait_until_taken("jumpcloud.delay", 5)
        reader.close()
        thread.join(10)
        assert not thread.is_alive()
        assert failures


def test_a_closed_reader_says_so(reader):
    reader.close()
    with pytest.raises(ConnectionFailed, match="was closed"):
        reader.instances()


def test_the_key_is_in_no_message_no_log_and_no_traceback(open_reader, faults, caplog, capsys):
    key = "jca_SECRETSECRET"
    with caplog.at_level(logging.DEBUG):
        for fault, value in (("jumpcloud.not_json", None), ("jumpcloud.status", 503), ("jumpcloud.drop", None)):
            faults.set(fault, value, times=None)
            with pytest.raises(JumpCloudError) as caught:
                open_reader(key).instances()
            faults.clear()
            ours = [
                entry.locals
                for entry in caught.traceback
                if "jcad" in entry.path.parts and "tests" not in str(entry.path)
            ]
            assert ours
            assert "SECRET" not in f"{caught.value} {caught.value.hint} {ours!r}"
        with pytest.raises(AuthenticationFailed):
            open_reader(key).instances()
    assert caplog.records
    assert "SECRET" not in caplog.text + "".join(capsys.readouterr())


@pytest.mark.parametrize("key", ["schlüssel", "", "key\n", "two words", "\x00"])
def test_a_key_that_no_header_can_hold_is_refused_before_it_is_sent(open_reader, server, key):
    with pytest.raises(SettingsError, match="characters") as caught:
        open_reader(key)
    assert not key.strip() or key not in f"{caught.value} {caught.value.hint}"
    assert not server.seen


def test_a_key_is_taken_as_a_secret(open_reader):
    assert API_KEY not in repr(Secret(API_KEY))
