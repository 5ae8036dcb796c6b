"""Contents of files: Get-, Set- and Add-Content, Get-FileHash, Get-AuthenticodeSignature, Get-Acl and Set-Acl."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.command import parameter
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.members import NetObject
from jcad.lab.powershell.objects import to_text
from jcad.lab.powershell.types.convert import byte_array
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.values import AUTOMATION_NULL, EnumValue, NetList, base_of, custom_object
from jcad.lab.windows.machine.cmdlets.base import OBJECT, TEXT, TEXTS, io_error, known, moment, own, running_session
from jcad.lab.windows.machine.cmdlets.filetypes import FOLDER, item_of
from jcad.lab.windows.machine.cmdlets.items import ItemCmdlet
from jcad.lab.windows.machine.files import FileFault, Node
from jcad.lab.windows.machine.packages import signature_of

_ENCODINGS: Final = {
    "": "utf-8-sig",
    "utf8": "utf-8-sig",
    "default": "cp1252",
    "ascii": "ascii",
    "unicode": "utf-16-le",
}
_ADMINISTRATORS: Final = "S-1-5-32-544"
_MARKS: Final = {"utf8": b"\xef\xbb\xbf", "unicode": b"\xff\xfe"}


def _decode(content: bytes, encoding: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if encoding not in _ENCODINGS:
        raise LabUnsupported(f"Get-Content -Encoding {encoding}")
    return content.decode(_ENCODINGS[encoding], "replace")


@known("Get-Content", unsupported="Filter Include Exclude Credential Delimiter ReadCount Wait", untyped="Encoding")
class GetContent(ItemCmdlet):
    """Lines of files, or with -Raw the whole text; without a mark or -Encoding it is read as UTF-8.

    # unverified on Windows: 5.1 reads such a file in the system's code page.
    """

    __slots__ = ()

    def process(self) -> None:
        """Write each line."""
        for path in self.paths():
            found = self.nodes(path)
            if not found and not self.is_wild(path):
                self.report_missing(self.file_path(path))
            for node in found:
                self._write(node)

    def _write(self, node: Node) -> None:
        if node.content is None:
            self.report("System.UnauthorizedAccessException", f"Access to the path '{node.path}' is denied.",
                        "GetContentReaderUnauthorizedAccessError", "PermissionDenied", node.path)  # fmt: skip
            return
        content, encoding = bytes(node.content), self.text("Encoding").lower()
        if encoding == "byte":
            octets = byte_array(content)
            self.context.write(octets) if self.on("Raw") else self.context.write_each(octets)
            return
        text = _decode(content, encoding)
        if self.on("Raw"):
            if text:
                self.context.write(text)
            return
        lines = text.replace("\r\n", "\n").split("\n")
        if lines and not lines[-1]:
            lines.pop()
        head, tail = self.bound.get("TotalCount"), self.bound.get("Tail")
        if head is not None:
            lines = lines[: int(base_of(head))]
        if tail is not None:
            lines = lines[-int(base_of(tail)) :] if int(base_of(tail)) else []
        for line in lines:
            self.context.write(line)


class _Writing(ItemCmdlet):
    """Write lines into files: gathered over the input, written at its end."""

    __slots__ = ("_values",)

    def begin(self) -> None:
        """Nothing yet."""
        self._values: list[Any] = []

    def process(self) -> None:
        """Take one value or several."""
        plain = base_of(self.bound.get("Value"))
        if plain is not None:
            self._values += list(plain) if isinstance(plain, NetList) else [plain]

    def _octets(self) -> tuple[bytes, bytes]:
        encoding = self.text("Encoding").lower()
        if encoding == "byte":
            return b"", bytes(int(base_of(one)) for one in self._values)
        codec = {"": "cp1252", "utf8": "utf-8", "default": "cp1252", "ascii": "ascii", "unicode": "utf-16-le"}.get(
            encoding
        )
        if codec is None:
            raise LabUnsupported(f"-Encoding {encoding}")
        end = "" if self.on("NoNewline") else "\r\n"
        return _MARKS.get(encoding, b""), "".join(to_text(one) + end for one in self._values).encode(codec, "replace")

    def _save(self, *, append: bool) -> None:
        mark, octets = self._octets()
        for path in self.paths():
            where = self.file_path(path)
            if not self.context.should_process(where, "Add Content" if append else "Set Content"):
                continue
            try:
                there = append and self.machine.files.find(where) is not None
                self.machine.files.write(where, octets if there else mark + octets, at=None if append else 0)
            except FileFault as fault:
                self.report_fault(fault, "GetContentWriterIOError")


@known("Set-Content", unsupported="Filter Include Exclude Credential PassThru AsByteStream", untyped="Encoding")
class SetContent(_Writing):
    """Write a file anew; without -Encoding in Windows-1252, as 5.1 does."""

    __slots__ = ()

    def end(self) -> None:
        """Write it."""
        self._save(append=False)


@known("Add-Content", unsupported="Filter Include Exclude Credential PassThru AsByteStream", untyped="Encoding")
class AddContent(_Writing):
    """Write at a file's end."""

    __slots__ = ()

    def end(self) -> None:
        """Write it."""
        self._save(append=True)


@known("Get-FileHash", unsupported="InputStream")
class GetFileHash(ItemCmdlet):
    """The digest of files."""

    __slots__ = ()

    def process(self) -> None:
        """One object for every file."""
        algorithm = self.text("Algorithm").upper() or "SHA256"
        if algorithm not in {"SHA1", "SHA256", "SHA384", "SHA512", "MD5"}:
            raise LabUnsupported(f"Get-FileHash -Algorithm {algorithm}")
        for path in self.paths():
            found = self.nodes(path)
            if not found:
                self.report_missing(self.file_path(path))
            for node in found:
                digest = hashlib.new(algorithm, bytes(node.content or b""), usedforsecurity=False).hexdigest().upper()
                properties = [("Algorithm", algorithm), ("Hash", digest), ("Path", node.path)]
                self.context.write(custom_object(properties, "Microsoft.Powershell.Utility.FileHash"))


SIGNATURE_STATUS: Final = net.define(
    "System.Management.Automation.SignatureStatus",
    names={"Valid": 0, "UnknownError": 1, "NotSigned": 2, "HashMismatch": 3, "NotTrusted": 4,
           "NotSupportedFileFormat": 5, "Incompatible": 6},
)  # fmt: skip
_MESSAGES: Final = {
    "Valid": "Signature verified.",
    "NotSigned": "The file {0} is not digitally signed.",
    "HashMismatch": "The contents of file {0} might have been changed by an unauthorized user or process, because the hash of "
    "the file does not match the hash stored in the digital signature.",
    "NotTrusted": "The signing certificate of {0} is not trusted on this system.",
}


@own(
    "Get-AuthenticodeSignature",
    {
        "FilePath": parameter(TEXTS, {"ByPath": "mandatory, position 0, pipeline, property"}),
        "LiteralPath": parameter(TEXTS, {"ByLiteralPath": "mandatory, property"}, "PSPath"),
    },
    default_set="ByPath",
)
class GetSignature(ItemCmdlet):
    """The signature of files, as the lab's installers carry it."""

    __slots__ = ()

    def process(self) -> None:
        """One object for every file."""
        for path in self.texts("LiteralPath") or self.texts("FilePath"):
            node = self.machine.files.find(self.file_path(path))
            if node is None or node.content is None:
                self.report(
                    "System.IO.FileNotFoundException", f"File {path} was not found.",
                    "SignatureCommandsBaseFileNotFound", "ObjectNotFound", path,
                )  # fmt: skip
                continue
            self.context.write(self._described(node))

    @staticmethod
    def _described(node: Node) -> Any:
        found = signature_of(bytes(node.content or b""))
        signer = None
        if found.subject:
            signer = custom_object(
                [("Subject", found.subject), ("Thumbprint", found.thumbprint), ("Issuer", "CN=jcad lab code signing"),
                 ("NotAfter", moment(node.created + 31_536_000))],
                "System.Security.Cryptography.X509Certificates.X509Certificate2",
            )  # fmt: skip
        status = EnumValue(SIGNATURE_STATUS, (SIGNATURE_STATUS.names or {})[found.status])
        return custom_object(
            [("Path", node.path), ("Status", status), ("StatusMessage", _MESSAGES[found.status].format(node.path)),
             ("SignerCertificate", signer), ("TimeStamperCertificate", None), ("SignatureType", "Authenticode")],
            "System.Management.Automation.Signature",
        )  # fmt: skip


class FileSecurity(NetObject):
    """A descriptor of a file or folder, as SDDL."""

    __slots__ = ("path", "sddl")
    net_type = net.define("System.Security.AccessControl.DirectorySecurity")

    def __init__(self, path: str = "", sddl: str = "") -> None:
        super().__init__()
        self.path = path
        self.sddl = sddl

    def set_sddl(self, sddl: str) -> Any:
        """`SetSecurityDescriptorSddlForm`."""
        self.sddl = sddl
        return AUTOMATION_NULL


_SECURITY: Final = members_of(FileSecurity.net_type)
_SECURITY.constructor("()", FileSecurity)
_SECURITY.property("Sddl", lambda one: one.sddl, "string")
_SECURITY.property("Path", lambda one: one.path, "string")
_SECURITY.method("GetSecurityDescriptorSddlForm(object)", lambda one, _sections: one.sddl)
_SECURITY.method("SetSecurityDescriptorSddlForm(string)", FileSecurity.set_sddl)


def _make_folder(path: str, security: FileSecurity) -> Any:
    """`Directory.CreateDirectory` with a descriptor, which those above it get as well that are made with it."""
    session = running_session()
    if security.sddl.startswith("O:BA") and _ADMINISTRATORS not in session.login.groups:
        message = "This security ID may not be assigned as the owner of this object."
        raise NetError.of("System.UnauthorizedAccessException", message)
    try:
        return item_of(session.machine.files.make_folder(path, security.sddl))
    except FileFault as fault:
        raise io_error(fault) from fault


members_of(FOLDER).static("CreateDirectory(string, System.Security.AccessControl.DirectorySecurity)", _make_folder)
members_of(net.define("System.IO.FileSystemAclExtensions")).static(
    "CreateDirectory(System.Security.AccessControl.DirectorySecurity, string)",
    lambda security, path: _make_folder(path, security),
)


@own(
    "Get-Acl",
    {"Path": parameter(TEXTS, "position 0, pipeline, property"), "LiteralPath": parameter(TEXTS, "", "PSPath")},
)
class GetAcl(ItemCmdlet):
    """The descriptor of files and folders: its SDDL alone; rules one by one are refused by name."""

    __slots__ = ()

    def process(self) -> None:
        """One for every path."""
        for path in self.paths():
            found = self.nodes(path)
            if not found:
                self.report_missing(path)
            for node in found:
                if not node.permits({self.session.login.sid, *self.session.login.groups}):
                    message = "Attempted to perform an unauthorized operation."
                    self.report("System.UnauthorizedAccessException", message, "System.UnauthorizedAccessException",
                                "PermissionDenied", node.path)  # fmt: skip
                    continue
                self.context.write(FileSecurity(node.path, node.sddl))


@own(
    "Set-Acl",
    {
        "Path": parameter(TEXT, {"ByPath": "mandatory, position 0"}),
        "LiteralPath": parameter(TEXT, {"ByLiteralPath": "mandatory"}, "PSPath"),
        "AclObject": parameter(OBJECT, "mandatory, position 1, pipeline"),
    },
    default_set="ByPath",
    should_process=True,
)
class SetAcl(ItemCmdlet):
    """Set the descriptor of a file or folder."""

    __slots__ = ()

    def process(self) -> None:
        """Set it."""
        path, given = self.text("LiteralPath") or self.text("Path"), base_of(self.bound["AclObject"])
        found = self.nodes(path)
        if not isinstance(given, FileSecurity):
            raise LabUnsupported("Set-Acl of another descriptor than a file's")
        for node in found:
            if self.context.should_process(node.path, "Set-Acl"):
                node.sddl = given.sddl
        if not found:
            self.report_missing(path)
