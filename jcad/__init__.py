"""JumpCloud and Active Directory kept in step, safely, from an administrator's workstation."""

__version__ = "0.1.0"
