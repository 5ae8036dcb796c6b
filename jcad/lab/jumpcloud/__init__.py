"""JumpCloud's REST API, as far as AD Integration needs it, on loopback: the lab's other directory."""

from jcad.lab.jumpcloud.exchange import Document, Refused, Request
from jcad.lab.jumpcloud.server import Certificate, JumpCloudServer
from jcad.lab.jumpcloud.state import ApiKey, Mail
from jcad.lab.jumpcloud.tenant import READ_ONLY_API_KEY, Tenant

__all__ = [
    "READ_ONLY_API_KEY",
    "ApiKey",
    "Certificate",
    "Document",
    "JumpCloudServer",
    "Mail",
    "Refused",
    "Request",
    "Tenant",
]
