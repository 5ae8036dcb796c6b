"""JumpCloud, read through its REST API."""

from jcad.jumpcloud.address import REGIONS, TOKEN_URLS, Address
from jcad.jumpcloud.credentials import ClientCredentials
from jcad.jumpcloud.reader import USER_FIELDS, CloudDirectory, JumpCloudReader
from jcad.jumpcloud.wire import Patience

__all__ = [
    "REGIONS",
    "TOKEN_URLS",
    "USER_FIELDS",
    "Address",
    "ClientCredentials",
    "CloudDirectory",
    "JumpCloudReader",
    "Patience",
]
