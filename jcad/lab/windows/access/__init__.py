"""Security descriptors as .NET's access control classes change them: bytes in, bytes out. Pure; knows no directory."""

from jcad.lab.windows.access.ace import Qualifier
from jcad.lab.windows.access.refusal import Refusal
from jcad.lab.windows.access.rule import AceRule, make_rule
from jcad.lab.windows.access.security import ALL_PARTS, DirectorySecurity, Masks

__all__ = ["ALL_PARTS", "AceRule", "DirectorySecurity", "Masks", "Qualifier", "Refusal", "make_rule"]
