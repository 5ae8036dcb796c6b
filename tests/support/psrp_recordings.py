"""What a real PSRP server sent to recorded sessions, and how an answer of the lab's is held against it."""

from __future__ import annotations

import functools
import gzip
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

_FILE = Path(__file__).parents[1] / "lab" / "endpoint" / "psrp-sessions.jsonl.gz"
_PLACEHOLDERS = re.compile(
    r"\b(?:RPID|PID\d?|RUNSPACEID|TIME|USER|HOST|PROCESSID|NATIVETHREADID|MANAGEDTHREADID|OSNAME|HOMEDIR|PSHOMEDIR"
    r"|(?:PUBLICKEY|SESSIONKEY|ENCRYPTED)\(\d+\))"
)
_ASSEMBLY = re.compile(r", Version=[\d.]+, Culture=\w+, PublicKeyToken=\w+")
_TRACES = {"StackTrace", "ErrorDetails_ScriptStackTrace"}


@functools.cache
def recorded():
    """Every recorded session."""
    return [
        json.loads(line) for line in gzip.decompress(_FILE.read_bytes()).decode("utf-8").split("\n") if line.strip()
    ]


def tree(data):
    """A message's CLIXML as lists: references resolved, dictionaries as sets, stack traces and assemblies left out."""
    objects, types = {}, {}

    def visit(element):
        name = element.get("N")
        if element.tag == "Ref":
            return ["Ref", name, objects.get(element.get("RefId"))]
        if element.tag == "TNRef":
            return types.get(element.get("RefId"))
        if element.tag == "TN":
            types[element.get("RefId")] = ["TN", *(_ASSEMBLY.sub("", kind.text or "") for kind in element)]
            return types[element.get("RefId")]
        if name in _TRACES:
            return [element.tag, name]
        children = [visit(child) for child in element]
        if element.tag == "DCT":
            children.sort(key=json.dumps)
        if element.tag == "Obj":
            objects[element.get("RefId")] = "an object"
        return [element.tag, name, "" if children else _ASSEMBLY.sub("", element.text or ""), *children]

    return visit(ET.fromstring(re.sub(r"&#x(FFFE|FFFF);", r"[\1]", data))) if data else None


def same(expected, actual):
    """Whether two trees are equal, a placeholder standing for any text."""
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, str) and isinstance(actual, str) and _PLACEHOLDERS.search(expected):
        pattern = ".*".join(map(re.escape, _PLACEHOLDERS.split(expected)))
        return re.fullmatch(pattern, actual, re.DOTALL) is not None
    return expected == actual


def verdict(record, answer):
    """`agrees`, `refused` or `wrong`."""
    if "refused" in answer:
        return "refused"
    expected, actual = record["server"], answer["server"]
    if [each["type"] for each in expected] != [each["type"] for each in actual]:
        return "wrong"
    pairs = zip(expected, actual, strict=True)
    agrees = all("data_length" in one or same(tree(one.get("data")), tree(other.get("data"))) for one, other in pairs)
    return "agrees" if agrees else "wrong"
