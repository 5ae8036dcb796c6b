"""Answers that are JSON and yet not JumpCloud's: from something else that listens there."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jcad.errors import JumpCloudError


@pytest.fixture
def answering(open_reader):
    """A reader of a server that answers every request with this JSON."""
    servers = []

    def start(body, **headers):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                sent = json.dumps(body).encode()
                self.send_response(200)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(sent))}.items():
                    self.send_header(name, value)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return open_reader(url=f"http://127.0.0.1:{server.server_address[1]}")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("body", [None, 7, "text", [], {"results": {}}, {"rows": []}])
def test_a_list_of_users_must_have_results(answering, body):
    with pytest.raises(JumpCloudError, match="did not send an object with results"):
        answering(body).users()


@pytest.mark.parametrize("body", [None, 7, "text", {"results": []}])
def test_a_list_of_groups_must_be_a_list(answering, body):
    with pytest.raises(JumpCloudError, match="did not send a list"):
        answering(body).groups()


@pytest.mark.parametrize("body", [[7], [None], ["x"], [{"name": "without an id"}]])
def test_rows_that_are_no_objects_are_an_error_of_ours(answering, body):
    with pytest.raises(JumpCloudError, match="cannot read"):
        answering(body, x_total_count="1").groups()


def test_a_key_that_opens_several_organisations_needs_one_named(answering):
    body = {"results": [{"_id": "1", "displayName": "a"}, {"_id": "2", "displayName": "b"}], "totalCount": 2}
    with pytest.raises(JumpCloudError, match="opens 2 organisations") as caught:
        answering(body).organisation()
    assert "organisation id" in caught.value.hint


@pytest.mark.parametrize("total", ["many", "²"])
def test_a_total_that_is_no_number_counts_as_not_told(answering, total):
    """The list is then read until nothing new comes; this server never stops, so the row is there twice."""
    reader = answering([{"id": "1", "name": "a"}], x_total_count=total.encode("utf-8").decode("latin-1"))
    with pytest.raises(JumpCloudError, match="there twice"):
        reader.groups()
