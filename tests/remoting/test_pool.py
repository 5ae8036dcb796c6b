"""Several sessions on one host: bounded, the first logon alone, a refusal for all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jcad.errors import AuthenticationFailed, ConnectionFailed
from jcad.model.secret import Secret
from jcad.remoting import Sessions, open_session


def test_workers_share_a_bounded_number_of_sessions(http, endpoint, password, call):
    with (
        Sessions(lambda: open_session(endpoint(http), password), limit=3) as sessions,
        ThreadPoolExecutor(8) as workers,
    ):

        def work(number):
            with sessions.lease() as session:
                return list(session.run(call(f"lines {number}")))

        answers = list(workers.map(work, range(1, 25)))
        assert [len(lines) for lines in answers] == list(range(1, 25))
        assert http.requests["create"] <= 3
        assert http.shells <= 3
    assert http.shells == 0


def test_one_wrong_password_is_counted_once_for_all_workers(http, endpoint, accounts):
    with (
        Sessions(lambda: open_session(endpoint(http), Secret("wrong")), limit=4) as sessions,
        ThreadPoolExecutor(8) as workers,
    ):

        def work(_):
            with pytest.raises(AuthenticationFailed), sessions.lease():
                pass

        list(workers.map(work, range(8)))
    assert accounts.wrong == {"admin": 1}


def test_a_session_left_through_an_error_is_not_used_again(http, endpoint, password, call):
    with Sessions(lambda: open_session(endpoint(http), password), limit=1) as sessions:
        with pytest.raises(KeyError), sessions.lease():
            raise KeyError
        assert http.shells == 0
        with sessions.lease() as session:
            assert list(session.run(call("lines 1"))) == ["line 0"]


def test_closing_ends_the_sessions_at_work_and_those_who_wait(http, endpoint, password, call, eventually):
    sessions = Sessions(lambda: open_session(endpoint(http), password), limit=1)
    at_work, errors = threading.Event(), []

    def work():
        try:
            with sessions.lease() as session:
                for _ in session.run(call("slow 100")):
                    at_work.set()
        except ConnectionFailed as error:
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert at_work.wait(5)
    sessions.close()
    for worker in workers:
        worker.join(10)
    assert len(errors) == 2
    assert http.shells == 0


def test_a_pool_without_room_is_a_mistake():
    with pytest.raises(ValueError, match="room"):
        Sessions(lambda: pytest.fail("nothing is opened"), limit=0)
