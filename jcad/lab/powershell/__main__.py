"""`python -m jcad.lab.powershell CORPUS.jsonl ANSWERS.jsonl [5.1|7]`: answer a corpus, each script in a fresh runspace."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jcad.errors import LabError
from jcad.lab.powershell.answers import answer, read_corpus
from jcad.lab.powershell.editions import EDITIONS

_USAGE = "usage: python -m jcad.lab.powershell CORPUS.jsonl ANSWERS.jsonl [5.1|7]"


def answer_corpus(corpus: Path, answers: Path, edition: str) -> int:
    """Answer the scripts of `corpus` (an `id` and a `script` a line) into `answers`; gives how many there were."""
    count = 0
    with corpus.open(encoding="utf-8", newline="\n") as lines, answers.open("w", encoding="utf-8", newline="\n") as out:
        for identity, script in read_corpus(lines):
            out.write(json.dumps({"id": identity, "answer": answer(script, edition)}) + "\n")
            count += 1
    return count


def main(arguments: list[str]) -> int:
    """Run the command line."""
    if len(arguments) not in {2, 3} or arguments[2:] not in ([], ["5.1"], ["7"]):
        sys.stderr.write(_USAGE + "\n")
        return 2
    edition = EDITIONS[arguments[2] if len(arguments) > 2 else "7"]
    try:
        count = answer_corpus(Path(arguments[0]), Path(arguments[1]), edition)
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"answered {count} scripts\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
