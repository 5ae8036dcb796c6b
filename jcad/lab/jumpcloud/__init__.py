"""JumpCloud's REST API, as far as AD Integration needs it, on loopback: the lab's other directory.

Paths, parameters and the shapes of answers are those of JumpCloud's published description (API 1.0 and 2.0); a test holds
them together. Not told there, and unverified on JumpCloud:

- the body of an error, and its wording; the status 409 for a name that is taken or a binding that exists already, 404 for
  a binding that is not there, 400 for a member of a dynamic group;
- which V2 lists send `x-total-count` (here: all) and `Link` (here: /usergroups); the `|` between the values of `in`;
- the order of lists that are not sorted (here: as they were made), and the cap of V1 lists (here: 100);
- that usernames may hold letters beyond ASCII, as some of the seed's do;
- that every agent state but `unsealed` comes with a `contactAt`.
"""

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
