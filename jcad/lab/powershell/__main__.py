"""`python -m jcad.lab.powershell CORPUS.jsonl ANSWERS.jsonl`: answer every script of a corpus, each in a fresh runspace."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jcad.lab.powershell.answers import answer

_USAGE = "usage: python -m jcad.lab.powershell CORPUS.jsonl ANSWERS.jsonl"


def answer_corpus(corpus: Path, answers: Path) -> int:
    """Answer the scripts of `corpus` (an `id` and a `script` a line) into `answers`; gives how many there were."""
    count = 0
    with corpus.open(encoding="utf-8", newline="\n") as lines, answers.open("w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            if not line.strip():
                continue
            record = json.loads(line)
            out.write(json.dumps({"id": record["id"], "answer": answer(record["script"])}) + "\n")
            count += 1
    return count


def main(arguments: list[str]) -> int:
    """Run the command line."""
    if len(arguments) != 2:
        sys.stderr.write(_USAGE + "\n")
        return 2
    count = answer_corpus(Path(arguments[0]), Path(arguments[1]))
    sys.stderr.write(f"answered {count} scripts\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
