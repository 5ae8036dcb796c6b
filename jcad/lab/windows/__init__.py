"""The lab's Windows: the ActiveDirectory module's cmdlets, carried out over LDAP as the logged-on account."""

from jcad.lab.windows.directory import Directories, WindowsHost
from jcad.lab.windows.runspaces import EDITION, open_engine

__all__ = ["EDITION", "Directories", "WindowsHost", "open_engine"]
