"""One lab for all tests that need a real domain, started once for a run; and labs of their own for those that break it."""

from __future__ import annotations

import pytest

from jcad.lab.lab import Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The lab of the run: two domain controllers, a member server, the named people. Leave it as you found it."""
    with Lab.start(tmp_path_factory.mktemp("lab") / "lab", controllers=2, members=1) as lab:
        yield lab


@pytest.fixture
def own_lab(tmp_path):
    """A lab of the test's own, to stop, fill and break."""
    with Lab.start(tmp_path / "lab") as lab:
        yield lab
