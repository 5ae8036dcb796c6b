"""Running a script on a domain controller or member server, over PowerShell remoting (PSRP in WinRM).

Knows hosts, logins and wires; knows no directory and no script. Imports model and errors alone.
"""

from jcad.remoting.endpoint import Authentication, Endpoint, Protocol
from jcad.remoting.opening import open_session
from jcad.remoting.pool import Sessions
from jcad.remoting.reach import Reached, reach
from jcad.remoting.session import Session

__all__ = ["Authentication", "Endpoint", "Protocol", "Reached", "Session", "Sessions", "open_session", "reach"]
