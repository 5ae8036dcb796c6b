"""JumpCloud, read through its REST API."""

from jcad.jumpcloud.address import REGIONS, Address
from jcad.jumpcloud.reader import USER_FIELDS, CloudDirectory, JumpCloudReader
from jcad.jumpcloud.wire import Patience

__all__ = ["REGIONS", "USER_FIELDS", "Address", "CloudDirectory", "JumpCloudReader", "Patience"]
