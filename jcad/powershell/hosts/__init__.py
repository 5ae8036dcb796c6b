"""The scripts that run on hosts of agents: what each is given, what it answers, and what an administrator runs by hand.

Pure. `registry` has them by name, `calls` makes a call and reads its answer, `printed` has what is only ever printed.
"""

from jcad.powershell.hosts.calls import host_call, read_host_outcome
from jcad.powershell.hosts.exporting import export_host_script, read_value
from jcad.powershell.hosts.fields import Entry, Field, Kind
from jcad.powershell.hosts.printed import PRINTED_SCRIPTS, printed_script
from jcad.powershell.hosts.registry import host_entry, host_script, host_scripts
from jcad.powershell.hosts.state import canonical_json, read_controller_health, read_host_state

__all__ = [
    "PRINTED_SCRIPTS",
    "Entry",
    "Field",
    "Kind",
    "canonical_json",
    "export_host_script",
    "host_call",
    "host_entry",
    "host_script",
    "host_scripts",
    "printed_script",
    "read_controller_health",
    "read_host_outcome",
    "read_host_state",
    "read_value",
]
