"""jcad.toml: found, merged with a profile, validated; secrets by reference only. Anyone may import this."""

from jcad.settings.load import FILE, Loaded, checked, find_file, load, parse, profiles
from jcad.settings.mapping import MappingEntry, Transform, ValueType, When, template_parts
from jcad.settings.prepare import ImportAccount, Prepare, ServiceAccount, SyncAccount
from jcad.settings.reference import Scheme, SecretReference
from jcad.settings.schema import Directory, JumpCloud, Loop, Protection, Region, Remoting, Settings, Store, Sync, Vault
from jcad.settings.template import settings_template

__all__ = [
    "FILE",
    "Directory",
    "ImportAccount",
    "JumpCloud",
    "Loaded",
    "Loop",
    "MappingEntry",
    "Prepare",
    "Protection",
    "Region",
    "Remoting",
    "Scheme",
    "SecretReference",
    "ServiceAccount",
    "Settings",
    "Store",
    "Sync",
    "SyncAccount",
    "Transform",
    "ValueType",
    "Vault",
    "When",
    "checked",
    "find_file",
    "load",
    "parse",
    "profiles",
    "settings_template",
    "template_parts",
]
