"""Nothing that is logged, at any level, holds a batch, a secret or a token: neither bare nor in base64."""

from __future__ import annotations

import base64
import logging
import re

import pytest

from jcad.errors import AuthenticationFailed
from jcad.model.secret import Secret
from jcad.remoting import Authentication, open_session
from jcad.remoting.quiet import keep_bodies_out_of_logs

BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")


class Everything(logging.Handler):
    """Keeps every record as text, with its traceback."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.texts = []

    def emit(self, record):
        if not record.name.startswith("psrpcore"):  # the lab's end of the wire
            self.texts.append(self.format(record))

    def all(self):
        """What was logged, and what is in it in base64, as UTF-8 and as UTF-16."""
        found = list(self.texts)
        for text in self.texts:
            for part in BASE64.findall(text):
                raw = base64.b64decode(part[: len(part) // 4 * 4])
                found += [raw.decode("utf-8", "replace"), raw.decode("utf-16-le", "replace")]
        return "\n".join(found)


@pytest.fixture
def logged():
    """Every logger at DEBUG, also those whose level somebody sets by name."""
    handler, root = Everything(), logging.getLogger()
    before = {name: logging.getLogger(name).level for name in ["", *root.manager.loggerDict]}
    root.addHandler(handler)
    keep_bodies_out_of_logs()
    for name in ["", *root.manager.loggerDict]:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(params=["http-ntlm", "http-negotiate", "https-ntlm", "https-negotiate", "https-basic"])
def described(request, endpoint):
    scheme, _, authentication = request.param.partition("-")
    return endpoint(request.getfixturevalue(scheme), authentication=Authentication(authentication))


def test_a_run_logs_no_batch_and_no_secret(described, password, call, logged):
    with open_session(described, password) as session:
        list(session.run(call("parameters", Batch="the-batch-of-O'Brien", Server="dc1")))
        list(session.run(call("secrets", secrets=[Secret("the-new-password")])))
    said = logged.all()
    assert "Opening a new Runspace Pool" in said, "the handler hears pypsrp"
    for hidden in ("the-batch", "the-new-password", "Lab-Passw0rd!", "NTLMSSP", "Envelope"):
        assert hidden not in said


def test_a_refusal_logs_no_password(http, endpoint, logged):
    with pytest.raises(AuthenticationFailed) as caught:
        open_session(endpoint(http), Secret("the-wrong-password"))
    assert "the-wrong-password" not in logged.all() + repr(caught.value) + str(caught.value.__cause__)


def test_a_broken_line_logs_no_batch(http, endpoint, password, call, faults, logged):
    """Exceptions would be logged with their tracebacks."""
    with open_session(endpoint(http), password) as session:
        faults.set("endpoint.drop_request")
        with pytest.raises(Exception, match="connection"):
            list(session.run(call("parameters", Batch="the-batch")))
    assert "the-batch" not in logged.all()


@pytest.mark.parametrize("name", ["pypsrp.wsman", "pypsrp.powershell", "pypsrp.serializer", "spnego._ntlm"])
@pytest.mark.parametrize("level", [logging.DEBUG, logging.WARNING, logging.ERROR])
def test_only_known_texts_pass(logged, name, level):
    logging.getLogger(name).log(level, "Sending message on attempt 0: the-envelope")
    assert "the-envelope" not in logged.all()
