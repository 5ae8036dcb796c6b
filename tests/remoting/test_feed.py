"""The bytes that a script reads from its pipeline: how they are cut, and that the other end reads what was written."""

from __future__ import annotations

import base64
import hashlib
import uuid

import psrpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psrpcore import PSRPPayload, StreamType

from jcad.errors import ConnectionFailed
from jcad.model.script import Call, Script
from jcad.remoting import Authentication, open_session
from jcad.remoting.feed import cut, end_fragment, input_fragment, piece_size


@given(st.lists(st.binary(max_size=50)), st.integers(1, 20))
def test_a_stream_is_cut_into_pieces_of_one_size(blocks, size):
    pieces = list(cut(blocks, size))
    assert b"".join(pieces) == b"".join(blocks)
    assert all(len(piece) == size for piece in pieces[:-1])
    assert all(0 < len(piece) <= size for piece in pieces[-1:])


@given(st.integers(100, 5_000), st.data())
def test_a_piece_fits_into_its_room(room, data):
    piece = data.draw(st.binary(min_size=piece_size(room), max_size=piece_size(room)))
    fragment = input_fragment(1, str(uuid.uuid4()), str(uuid.uuid4()), piece)
    assert room - 4 < len(fragment) <= room


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=4))
def test_psrpcore_reads_the_messages(pieces):
    """An independent codec takes them for input of the pipeline, and for its end."""
    pool, pipeline = psrpcore.ServerRunspacePool(), uuid.uuid4()
    pool.runspace_pool_id = uuid.uuid4()
    psrpcore.ServerPipeline(pool, pipeline)
    ids = str(pool.runspace_pool_id).upper(), str(pipeline).upper()
    sent = b"".join(input_fragment(number, *ids, piece) for number, piece in enumerate(pieces, 1))
    pool.receive_data(PSRPPayload(sent + end_fragment(len(pieces) + 1, *ids), StreamType.default, None))
    events = list(iter(pool.next_event, None))
    assert [bytes(event.data) for event in events[:-1]] == pieces
    assert type(events[-1]).__name__ == "EndOfPipelineInputEvent"
    assert {event.pipeline_id for event in events} == {pipeline}


def fed(*blocks: bytes) -> Call:
    return Call(script=Script(name="fed", synopsis="", text="fed", digest=""), parameters={}, feed=blocks)


@pytest.mark.parametrize("size", [0, 1, 281_000, 1_000_000])
def test_a_script_reads_what_it_is_fed(https, endpoint, password, size):
    content = hashlib.shake_128(b"feed").digest(size)
    with open_session(endpoint(https), password) as session:
        for _ in range(2):
            told = list(session.run(fed(content[: size // 3], content[size // 3 :])))
            assert told[0] == hashlib.sha256(content).hexdigest()
            assert base64.b64decode(told[1]) == (content[:10] or b"none")


def test_an_envelope_is_filled(http, endpoint, password):
    """A million bytes take four requests: the end goes with the last of them, and nothing waits for an answer."""
    with open_session(endpoint(http, authentication=Authentication.NEGOTIATE), password) as session:
        before = http.requests
        list(session.run(fed(bytes(1_000_000))))
        assert (http.requests - before)["send"] == 4


def test_a_feed_that_fails_stops_its_script_and_comes_through(http, endpoint, password):
    def feed():
        yield bytes(600_000)
        raise FileNotFoundError("the file is gone")

    with open_session(endpoint(http), password) as session:
        broken = Call(script=fed().script, parameters={}, feed=feed())
        with pytest.raises(FileNotFoundError):
            list(session.run(broken))
        told, _ = session.run(fed(b"abc"))
        assert told == hashlib.sha256(b"abc").hexdigest()


def test_a_line_that_breaks_while_it_is_fed_is_a_broken_connection(https, endpoint, password, faults):
    with open_session(endpoint(https), password) as session:
        faults.set("endpoint.drop_request", at=3)
        with pytest.raises(ConnectionFailed):
            list(session.run(fed(bytes(2_000_000))))
