from pathlib import Path

from jcad.lab.windows.failures import UNVERIFIED

FRAGMENT = Path(__file__).parents[3] / "docs" / "_unverified_ad.md"


def test_the_docs_list_what_the_cmdlets_do_without_a_transcript():
    listed = [
        line.removeprefix("- ") for line in FRAGMENT.read_text(encoding="utf-8").splitlines() if line.startswith("- ")
    ]
    assert listed == list(UNVERIFIED)
