"""ConvertTo-SecureString; ConvertFrom-SecureString only -AsPlainText: the lab keeps no keys of Windows'."""

from __future__ import annotations

from jcad.errors import LabUnsupported
from jcad.lab.powershell.cmdlets import core
from jcad.lab.powershell.command import Cmdlet
from jcad.lab.powershell.errors import ErrorRecord, NetException
from jcad.lab.powershell.runtime import is_desktop
from jcad.lab.powershell.values import SecureString


@core("ConvertTo-SecureString", unsupported="SecureKey Key")
class ConvertToSecureString(Cmdlet):
    """A text as a secret; an encrypted standard string needs keys that the lab does not have."""

    def process(self) -> None:
        """Write the secret."""
        text: str = self.bound.get("String") or ""
        if not self.on("AsPlainText"):
            raise LabUnsupported("ConvertTo-SecureString without -AsPlainText")
        if is_desktop() and not self.on("Force"):
            message = (
                "The system cannot protect plain text input. To suppress this warning and convert the plain text to a "
                "SecureString, reissue the command specifying the Force parameter. For more "
                "information ,type: get-help ConvertTo-SecureString."
            )
            record = ErrorRecord(
                NetException("System.ArgumentException", message), "ImportSecureString_ForceRequired", "InvalidArgument"
            )
            raise self.context.terminate(record)
        secret = SecureString(text)
        secret.read_only = True
        self.context.write(secret)


@core("ConvertFrom-SecureString", unsupported="SecureKey Key")
class ConvertFromSecureString(Cmdlet):
    """The plain text of a secret (7 only)."""

    def process(self) -> None:
        """Write the text."""
        if not self.on("AsPlainText"):
            raise LabUnsupported("ConvertFrom-SecureString without -AsPlainText")
        self.context.write(self.bound["SecureString"].text)
