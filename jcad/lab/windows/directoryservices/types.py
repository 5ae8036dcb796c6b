"""The .NET types of this room by name. Pure."""

from __future__ import annotations

from typing import Final

from jcad.lab.powershell import nettype as net

_SERVICES: Final = "System.DirectoryServices."
_COMPONENT: Final = net.define("System.ComponentModel.Component")

ENTRY: Final = net.define(_SERVICES + "DirectoryEntry", base=_COMPONENT)
OPTIONS: Final = net.define(_SERVICES + "DirectoryEntryConfiguration")
PROPERTIES: Final = net.define(_SERVICES + "PropertyCollection", interfaces=(net.ICOLLECTION, net.IENUMERABLE))
VALUES: Final = net.define(
    _SERVICES + "PropertyValueCollection", interfaces=(net.ILIST, net.ICOLLECTION, net.IENUMERABLE)
)
SEARCHER: Final = net.define(_SERVICES + "DirectorySearcher", base=_COMPONENT)
RESULT: Final = net.define(_SERVICES + "SearchResult")
RESULTS: Final = net.define(
    _SERVICES + "SearchResultCollection", interfaces=(net.ICOLLECTION, net.IENUMERABLE, net.IDISPOSABLE)
)
RESULT_PROPERTIES: Final = net.define(_SERVICES + "ResultPropertyCollection", interfaces=(net.IDICTIONARY,))
RESULT_VALUES: Final = net.define(
    _SERVICES + "ResultPropertyValueCollection", interfaces=(net.ICOLLECTION, net.IENUMERABLE)
)
STRINGS: Final = net.define("System.Collections.Specialized.StringCollection", interfaces=(net.ILIST,))
