"""How long a script may say nothing."""

from __future__ import annotations

import pytest

from jcad.errors import ScriptError
from jcad.remoting.silence import Silence


def test_each_result_begins_the_wait_anew():
    now = [0.0]
    silence = Silence(script="set-attributes", server="dc1", limit=10, clock=lambda: now[0])
    for moment in (9.0, 18.0, 27.0):
        now[0] = moment
        silence.still()
        silence.heard()
    now[0] = 37.0
    with pytest.raises(ScriptError, match="set-attributes gave no result on dc1 for 10 s") as raised:
        silence.still()
    assert "script_timeout" in (raised.value.hint or "")
