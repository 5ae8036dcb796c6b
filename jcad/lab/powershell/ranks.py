"""How good a conversion is, from none to identity: what overload selection compares (LanguagePrimitives.ConversionRank)."""

from __future__ import annotations

from typing import Final

NONE: Final = 0x000
UNRELATED_ARRAYS: Final = 0x00F
TO_STRING: Final = 0x01F
CUSTOM: Final = 0x02F
CONVERTIBLE: Final = 0x03F
IMPLICIT_CAST: Final = 0x04F
EXPLICIT_CAST: Final = 0x05F
CONSTRUCTOR: Final = 0x06F
CREATE: Final = 0x073
PARSE: Final = 0x07F
PS_OBJECT: Final = 0x08F
LANGUAGE: Final = 0x09F
NULL_TO_VALUE: Final = 0x0AF
NULL_TO_REF: Final = 0x0BF
NUMERIC_EXPLICIT: Final = 0x0CF
NUMERIC_EXPLICIT_1: Final = 0x0DF
NUMERIC_STRING: Final = 0x0EF
NUMERIC_IMPLICIT: Final = 0x0FF
ASSIGNABLE: Final = 0x10F
STRING_TO_CHARS: Final = 0x11A
IDENTITY: Final = 0x11F

#: A scalar that becomes the only element of an array ranks this much lower.
SCALAR_TO_ARRAY: Final = 0x008
