"""jcad.toml: found, merged with a profile, validated; secrets by reference only. Anyone may import this."""

from jcad.settings.agent_keys import DISSOCIATION_SPELLINGS, KEYS, canonical
from jcad.settings.agents import AgentHost, Agents, AgentTable, HostImport, HostSync, ImportAgent, SyncAgent
from jcad.settings.load import FILE, Loaded, checked, find_file, load, parse, profiles
from jcad.settings.mapping import MappingEntry, Transform, ValueType, When, template_parts
from jcad.settings.placeholders import LOG, PLAIN_PLACEHOLDERS, SECRET_PLACEHOLDERS, placeholders
from jcad.settings.prepare import ImportAccount, Prepare, ServiceAccount, SyncAccount
from jcad.settings.reference import Scheme, SecretReference
from jcad.settings.schema import Directory, JumpCloud, Loop, Protection, Region, Remoting, Settings, Store, Sync, Vault
from jcad.settings.template import settings_template
from jcad.settings.window import Window

__all__ = [
    "DISSOCIATION_SPELLINGS",
    "FILE",
    "KEYS",
    "LOG",
    "PLAIN_PLACEHOLDERS",
    "SECRET_PLACEHOLDERS",
    "AgentHost",
    "AgentTable",
    "Agents",
    "Directory",
    "HostImport",
    "HostSync",
    "ImportAccount",
    "ImportAgent",
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
    "SyncAgent",
    "Transform",
    "ValueType",
    "Vault",
    "When",
    "Window",
    "canonical",
    "checked",
    "find_file",
    "load",
    "parse",
    "placeholders",
    "profiles",
    "settings_template",
    "template_parts",
]
