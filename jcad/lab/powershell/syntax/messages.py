"""What the parser says: the texts of its error ids (System.Management.Automation's ParserStrings, as recorded and documented).

Pure. An id whose text is not known here keeps the lab's own, which names the id and the place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jcad.lab.powershell.syntax.lexer import ParseError

_TEXTS: Final = {
    "ExpectedValueExpression": "You must provide a value expression following the '{before}' operator.",
    "MissingEndCurlyBrace": "Missing closing '}}' in statement block or type definition.",
    "MissingEndParenthesisInExpression": "Missing closing ')' in expression.",
    "MissingEndParenthesisInMethodCall": "Missing ')' in method call.",
    "MissingEndSquareBracket": "Array index expression is missing or not valid.",
    "TerminatorExpectedAtEndOfString": "The string is missing the terminator: {quote}.",
    "UnexpectedToken": "Unexpected token '{token}' in expression or statement.",
    "EmptyPipeElement": "An empty pipe element is not allowed.",
    "MissingPropertyName": "Missing property name after reference operator.",
    "MissingCatchOrFinally": "The Try statement is missing its Catch or Finally block.",
    "MissingStatementBlock": "Missing statement block.",
    "MissingFunctionBody": "Missing function body in function declaration.",
    "MissingFileSpecification": "Missing file specification after redirection operator.",
    "RedirectionNotSupported": "The '<' operator is reserved for future use.",
    "InvalidLeftHandSide": "The assignment expression is not valid. The input to an assignment operator must be an object "
    "that is able to accept assignments, such as a variable or a property.",
}
#: The errors of a text that only lacks its end: more text could make it right.
_INCOMPLETE: Final = frozenset(
    {
        "ExpectedValueExpression",
        "MissingEndCurlyBrace",
        "MissingEndParenthesisInExpression",
        "MissingEndParenthesisInMethodCall",
        "TerminatorExpectedAtEndOfString",
        "EmptyPipeElement",
    }
)
_OPERATOR: Final = re.compile(r"(-\w+|\S)\s*$")
_TOKEN: Final = re.compile(r"\w+|\S")


def message_of(error: ParseError, text: str) -> str:
    """The parser's text for an error in a script's text."""
    pattern = _TEXTS.get(error.error_id)
    if pattern is None:
        return str(error)
    before, token = _OPERATOR.search(text[: error.at]), _TOKEN.match(text, error.at)
    return pattern.format(
        before=before.group(1) if before else "",
        token=token.group() if token else "",
        quote='"' if '"' in text[error.at :] else "'",
    )


def is_incomplete(error: ParseError, text: str) -> bool:
    """Whether the text only lacks its end."""
    return error.error_id in _INCOMPLETE and error.at >= len(text.rstrip())
