"""JumpCloud through its REST API: read, and its agent records written."""

from jcad.jumpcloud.address import REGIONS, TOKEN_URLS, Address
from jcad.jumpcloud.agents import AgentRecords
from jcad.jumpcloud.credentials import ClientCredentials
from jcad.jumpcloud.insights import Event, Events, events_since
from jcad.jumpcloud.reader import USER_FIELDS, CloudDirectory, JumpCloudReader
from jcad.jumpcloud.wire import Patience

__all__ = [
    "REGIONS",
    "TOKEN_URLS",
    "USER_FIELDS",
    "Address",
    "AgentRecords",
    "ClientCredentials",
    "CloudDirectory",
    "Event",
    "Events",
    "JumpCloudReader",
    "Patience",
    "events_since",
]
