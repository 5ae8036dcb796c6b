"""Turning an intent into a reviewed PowerShell script with its batch, and the script's lines into outcomes.

Knows scripts and Active Directory's errors; knows no wire. Imports model and errors alone.
"""

from jcad.powershell.batch import Batch, batches, fields_of
from jcad.powershell.export import Export, Exported, export_script
from jcad.powershell.hints import is_denied
from jcad.powershell.hosts import HOST_SCRIPTS, host_script
from jcad.powershell.jea import CONFIGURATION, jea_files, jea_functions, jea_module
from jcad.powershell.probe import HostFacts, probe_call, read_facts
from jcad.powershell.registry import script, scripts
from jcad.powershell.results import read_outcome

__all__ = [
    "CONFIGURATION",
    "HOST_SCRIPTS",
    "Batch",
    "Export",
    "Exported",
    "HostFacts",
    "batches",
    "export_script",
    "fields_of",
    "host_script",
    "is_denied",
    "jea_files",
    "jea_functions",
    "jea_module",
    "probe_call",
    "read_facts",
    "read_outcome",
    "script",
    "scripts",
]
