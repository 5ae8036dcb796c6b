"""A lab host's WinRM endpoint: HTTP(S), authentication, message encryption, WSMan and PSRP, for unmodified clients.

It may touch sockets on loopback, and nothing else: what a script does is the runspace's business.
"""

from jcad.lab.endpoint.configurations import SessionConfiguration
from jcad.lab.endpoint.mapping import CertificateMapping
from jcad.lab.endpoint.runspace import (
    CommandRequest,
    Host,
    PipelineFailed,
    PipelineRequest,
    PipelineStopped,
    Runspace,
    RunspaceFactory,
    StopToken,
    Streams,
)
from jcad.lab.endpoint.server import EndpointServer
from jcad.lab.endpoint.tls import TlsFiles

__all__ = [
    "CertificateMapping",
    "CommandRequest",
    "EndpointServer",
    "Host",
    "PipelineFailed",
    "PipelineRequest",
    "PipelineStopped",
    "Runspace",
    "RunspaceFactory",
    "SessionConfiguration",
    "StopToken",
    "Streams",
    "TlsFiles",
]
