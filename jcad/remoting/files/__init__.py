"""Files to a host's staging folder and back, over its session; or fetched by the host itself.

Touches the host, by scripts whose calls it is given (`HostScripts`), and files of this machine.
"""

from jcad.remoting.files.hostfiles import HostFiles, is_remote, name_on_host, require_file
from jcad.remoting.files.values import Delivery, HostScripts, MakeCall, Progress, ReadOutcome, TransferHalted

__all__ = [
    "Delivery",
    "HostFiles",
    "HostScripts",
    "MakeCall",
    "Progress",
    "ReadOutcome",
    "TransferHalted",
    "is_remote",
    "name_on_host",
    "require_file",
]
