"""Turning an intent into a reviewed PowerShell script with its batch, and the script's lines into outcomes.

Knows scripts and Active Directory's errors; knows no wire. Imports model and errors alone.
"""

from jcad.powershell.batch import Batch, batches, fields_of
from jcad.powershell.export import Export, Exported, export_script
from jcad.powershell.hints import is_denied
from jcad.powershell.hosts import (
    PRINTED_SCRIPTS,
    export_host_script,
    host_call,
    host_script,
    host_scripts,
    printed_script,
    read_controller_health,
    read_host_outcome,
    read_host_state,
    read_value,
)
from jcad.powershell.jea import CONFIGURATION, jea_files, jea_functions, jea_module
from jcad.powershell.probe import HostFacts, probe_call, read_facts
from jcad.powershell.registry import script, scripts
from jcad.powershell.results import read_outcome

__all__ = [
    "CONFIGURATION",
    "PRINTED_SCRIPTS",
    "Batch",
    "Export",
    "Exported",
    "HostFacts",
    "batches",
    "export_host_script",
    "export_script",
    "fields_of",
    "host_call",
    "host_script",
    "host_scripts",
    "is_denied",
    "jea_files",
    "jea_functions",
    "jea_module",
    "printed_script",
    "probe_call",
    "read_controller_health",
    "read_facts",
    "read_host_outcome",
    "read_host_state",
    "read_outcome",
    "read_value",
    "script",
    "scripts",
]
