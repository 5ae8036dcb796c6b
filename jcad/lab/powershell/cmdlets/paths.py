"""Join-Path and Split-Path, as far as they only handle text."""

from __future__ import annotations

import re

from jcad.errors import LabUnsupported
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.runtime import is_desktop


def _separator() -> str:
    return "\\" if is_desktop() else "/"


def _normal(path: str) -> str:
    return path.replace("/", "\\") if is_desktop() else path.replace("\\", "/")


@core("Join-Path", unsupported="Resolve Credential")
class JoinPath(Cmdlet):
    """Parts of a path with one separator between them."""

    def process(self) -> None:
        """One path for every parent."""
        parents = self.bound["Path"]
        rest = [self.bound.get("ChildPath"), *(self.bound.get("AdditionalChildPath") or ())]
        for parent in parents if isinstance(parents, list) else [parents]:
            path = _normal(to_text(parent))
            for part in rest:
                if part is None:
                    continue
                child = _normal(to_text(part))
                path = path.rstrip(_separator()) + _separator() + child.lstrip(_separator()) if path else child
            self.context.write(path)


@core("Split-Path", unsupported="Resolve Credential")
class SplitPath(Cmdlet):
    """One part of a path: its parent unless another is asked for."""

    def process(self) -> None:
        """One part for every path."""
        paths = self.bound.get("Path") or self.bound.get("LiteralPath") or ()
        for path in paths if isinstance(paths, list) else [paths]:
            self.context.write(self._part(_normal(to_text(path))))

    def _part(self, path: str) -> object:
        sign = re.escape(_separator())
        if self.on("IsAbsolute"):
            return bool(re.match(r"[A-Za-z]:" if is_desktop() else r"/|[A-Za-z]+:", path))
        if self.on("Qualifier"):
            found = re.match(r"[A-Za-z]+:", path)
            if found is None:
                raise LabUnsupported("Split-Path -Qualifier of a path without drive")
            return found[0]
        if self.on("NoQualifier"):
            return re.sub(r"^[A-Za-z]+:", "", path)
        bare = path.rstrip(_separator()) or path
        name = re.split(sign, bare)[-1]
        stem, dot, suffix = name.rpartition(".")
        if self.on("Leaf"):
            return name
        if self.on("LeafBase"):
            return stem if dot else name
        if self.on("Extension"):
            return "." + suffix if dot else ""
        parent = bare[: len(bare) - len(name)].rstrip(_separator())
        if is_desktop() and re.fullmatch(r"[A-Za-z]:", parent):
            return parent + "\\"
        return parent or ("/" if bare.startswith("/") and bare != "/" else "")
