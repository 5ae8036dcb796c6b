"""A script in another dress, whose answer is known: so that a rule passes a test, and not the memory of a text.

Three changes, none of which a PowerShell engine can tell from the outside:

- variables are renamed, consistently, to names of the same length. Left alone are automatic and preference variables, and
  names that the script or its answer also has as something else than a variable (a parameter given by name, a property, a
  text that is put out).
- words that a script has only as whole single-quoted texts, and that come out again, become other words of the same length;
  in the answer they change likewise. Scripts that look into texts (patterns, sorting, casing) keep theirs.
- literals are spelled otherwise: 'a' becomes "a", 12 becomes 0xC where it is no argument of a command.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from jcad.lab.powershell.engine import Engine
from jcad.lab.powershell.syntax import nodes, parse_script

_VARIABLE = re.compile(r"(?<!`)([$@](?:(?:script|global|local|private|using|variable):)?|\$\{)(\w+)", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_AUTOMATIC = """
    _ args error errorview event executioncontext false foreach home host input isabstract lastexitcode
    matches myinvocation nestedpromptlevel null ofs pid profile psboundparameters pscmdlet pscommandpath psculture psdebugcontext
    psedition pshome psitem psscriptroot psuiculture psversiontable pwd sender shellid stacktrace switch this true
    maximumhistorycount psdefaultparametervalues psemailserver psmoduleautoloadingpreference outputencoding islinux
    iswindows iscoreclr ismacos
"""
#: What looks into texts: their letters, order or case.
_LOOKS_INTO_TEXTS = re.compile(
    r"-[ci]?(?:not)?(?:match|like|split|replace|lt|gt|le|ge)\b|\.(?:Substring|IndexOf|LastIndexOf|To(?:Upper|Lower|CharArray)"
    r"|Trim\w*|Replace|Split|StartsWith|EndsWith|Contains|CompareTo|Insert|Remove|Chars|GetHashCode|GetBytes|Sort)\b"
    r"|\bSort|\bGroup|\bUnique|\bCompare|Select-String|\bMeasure|-regex|-wildcard|\[char|\[regex|\[array\]::|Convert|Encoding"
    r"|\[int\[\]\]|-as\b|ErrorRecord|\]\s*'|\*|-Format|SortedDictionary|SortedList|\[0\]|\[-1\]|\[1\]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Disguised:
    """A script in another dress, and the answer that belongs to it. `changes` counts what was changed."""

    script: str
    answer: dict[str, Any]
    changes: int


def disguise(script: str, answer: dict[str, Any]) -> Disguised:
    """Change what may be changed of a recorded script; it must parse."""
    respelled, words, count = _respell(script, answer)
    names = _names(respelled, answer)
    renamed = _VARIABLE.sub(lambda match: match[1] + _like(match[2], names.get(match[2].lower(), match[2])), respelled)
    return Disguised(renamed, _mapped(answer, words), count + len(names))


@cache
def _preset() -> frozenset[str]:
    """The variables that a new runspace has."""
    return frozenset(Engine().scope.variables)


# ---- variables -------------------------------------------------------------------------------------------------------


def _names(script: str, answer: dict[str, Any]) -> dict[str, str]:
    """Old name -> new name, in lower case."""
    found = {match[2].lower() for match in _VARIABLE.finditer(script)}
    elsewhere = {word.lower() for word in _WORD.findall(_VARIABLE.sub(" ", script))}
    shown = {word.lower() for word in _WORD.findall(json.dumps(answer, ensure_ascii=False))}
    given = {word.lower() for word in re.findall(r"[-–—―](\w+)", script)}
    if re.search(r"@[A-Za-z]", script):
        given |= elsewhere  # a splatted table gives parameters by name, or by the beginning of one
    kept = {*_AUTOMATIC.split(), *_preset(), *elsewhere, *shown}
    taken = kept | found
    names: dict[str, str] = {}
    for name in sorted(found - kept):
        if name.isdigit() or name.endswith("preference") or any(name.startswith(prefix) for prefix in given):
            continue
        new = next((one for one in (_shifted(name, step) for step in range(7, 26)) if one not in taken), None)
        if new is not None:
            names[name] = new
            taken.add(new)
    return names


def _shifted(name: str, step: int) -> str:
    """The name with every ASCII letter moved on in the alphabet: same length."""
    return "".join(chr((ord(one) - 97 + step) % 26 + 97) if one.isascii() and one.isalpha() else one for one in name)


def _like(old: str, new: str) -> str:
    """The new name in capital letters where the old one has them."""
    return "".join(to.upper() if of.isupper() else to for of, to in zip(old, new, strict=True))


# ---- literals --------------------------------------------------------------------------------------------------------


def _respell(script: str, answer: dict[str, Any]) -> tuple[str, dict[str, str], int]:
    """The script with its literals changed; old word -> new word; how many changes."""
    tree = parse_script(script)
    edits: dict[int, tuple[int, str]] = {}
    shown = "\n".join(_shown(answer))
    literals = list(_literals(tree, shown))
    texts = [node for node, _ in literals if _quoted(script, node)]
    words = {} if _LOOKS_INTO_TEXTS.search(script) else _words(script, shown, texts)
    for node in texts:
        edits[node.at] = (len(node.value) + 2, f'"{words.get(node.value, node.value)}"')
    for node, in_command in literals:
        written = re.match(r"\d{1,9}(?=[\s,;)\]}|]|$)", script[node.at :]) if not in_command else None
        if written is not None and type(node.value) is int and node.text == written[0] == str(node.value):
            edits[node.at] = (len(written[0]), f"0x{node.value:X}")
    for at in sorted(edits, reverse=True):
        length, text = edits[at]
        script = script[:at] + text + script[at + length :]
    return script, words, len(edits)


def _quoted(script: str, node: nodes.Constant) -> bool:
    """Whether it is a single-quoted text that means the same between double quotes."""
    return (
        isinstance(node.value, str)
        and not node.bare
        and re.fullmatch(r"[A-Za-z0-9 .,_-]*", node.value) is not None
        and script[node.at : node.at + len(node.value) + 2] == f"'{node.value}'"
    )


def _words(script: str, shown: str, texts: list[nodes.Constant]) -> dict[str, str]:
    """The words that may change: those that stand nowhere but as whole texts, and that come out as whole words."""
    lowered = script.lower()
    found: dict[str, str] = {}
    for word in sorted({node.value for node in texts if re.fullmatch(r"[A-Ya-y]{3,}", node.value)}):
        new = "".join(chr(ord(one) + 1) for one in word)
        whole = sum(node.value == word for node in texts)
        out = len(re.findall(rf"\b{word}\b", shown))
        if (
            lowered.count(word.lower()) == whole
            and out
            and shown.lower().count(word.lower()) == out
            and new.lower() not in lowered
            and new.lower() not in shown.lower()
        ):
            found[word] = new
    return found


def _literals(node: Any, shown: str, *, in_command: bool = False) -> Iterator[tuple[nodes.Constant, bool]]:
    """Every literal of a tree, and whether it is an argument of a command (or stands in an expandable text).

    Not those of a script block whose text is shown.
    """
    if isinstance(node, nodes.Constant):
        yield node, in_command
    elif isinstance(node, (list, tuple)):
        for one in node:
            yield from _literals(one, shown, in_command=in_command)
    elif isinstance(node, nodes.ScriptBlockExpression) and node.block.text.strip("{} ") in shown:
        return
    elif isinstance(node, nodes.Node) and not isinstance(node, nodes.Source):
        inside = isinstance(node, (nodes.CommandCall, nodes.Expandable)) or (
            in_command and isinstance(node, (nodes.ParameterArgument, nodes.ArrayLiteral, nodes.Unary, nodes.Member))
        )
        for one in dataclasses.fields(node):
            yield from _literals(getattr(node, one.name), shown, in_command=inside)


def _mapped(answer: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    """The answer with the changed words in it; a Hashtable's entries stay sorted by key."""
    pattern = re.compile(r"\b(?:" + "|".join(words) + r")\b")

    def changed(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: changed(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [changed(one, name) for one in value]
        return pattern.sub(lambda match: words[match[0]], value) if isinstance(value, str) and name != "t" else value

    found: dict[str, Any] = changed(answer) if words else answer
    _sort_entries(found)
    return found


def _shown(value: Any) -> Iterator[str]:
    """Every text of an answer."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _shown(one)


def _sort_entries(value: Any) -> None:
    if isinstance(value, dict):
        if value.get("t") == "System.Collections.Hashtable":
            value["entries"].sort(key=lambda entry: str(entry[0].get("v", entry[0].get("s"))).lower())
        for one in value.values():
            _sort_entries(one)
    elif isinstance(value, list):
        for one in value:
            _sort_entries(one)
