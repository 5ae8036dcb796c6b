"""A lab whose settings want a prepared domain, and looks at its permissions past every check."""

from __future__ import annotations

import json
from contextlib import contextmanager

from labsite import Site

from jcad.lab.domain.database import modify
from jcad.lab.lab import Lab
from jcad.lab.seed import ADMINISTRATOR, DOMAIN_DN, ROOT_USER_CONTAINER, WRITER
from jcad.model import Sid
from jcad.model.descriptor import Acl, SecurityDescriptor

ROOT = f"OU=Sync\\, Root,{DOMAIN_DN}"
PREPARE = """
[vault]
path = "{folder}/vault.json"
key = "file:{folder}/secrets/vault-key"

[prepare]
create = true
admins_group = true

[prepare.sync]
name = "jcs"
password = "vault:jcs"

[prepare.import]
name = "jci"
password = "vault:jci"
"""


class PreparedSite(Site):
    """A site whose settings want a domain that is not there yet; scripts run as its administrator."""

    def plan(self, *arguments):
        return self.jcad("prepare", "plan", "--json", *arguments)

    def apply(self, *arguments):
        return self.jcad("prepare", "apply", "--yes", *arguments)

    def domain_sid(self):
        (head,) = self.lab.database.search("(objectClass=domainDNS)", ["objectSid"], base=DOMAIN_DN, scope="base")
        return Sid.from_bytes(head.attributes["objectSid"][0])

    def sid(self, sam):
        (entry,) = self.lab.database.search(f"(sAMAccountName={sam})", ["objectSid"])
        return Sid.from_bytes(entry.attributes["objectSid"][0])

    def dacl(self, dn):
        (entry,) = self.lab.database.search("(objectClass=*)", ["nTSecurityDescriptor"], base=dn, scope="base")
        return SecurityDescriptor.parse(entry.attributes["nTSecurityDescriptor"][0]).dacl.aces

    def explicit(self, dn):
        """The explicit entries of an object, as a set."""
        return {ace for ace in self.dacl(dn) if not ace.inherited}

    def write_aces(self, dn, aces):
        """Write explicit entries past every check, in canonical order; what is inherited the directory adds."""
        ordered = sorted(
            aces, key=lambda ace: (not ace.denies, str(ace.sid), ace.mask, str(ace.object_type), ace.flags)
        )
        raw = SecurityDescriptor().with_dacl(Acl(4, tuple(ordered))).to_bytes()
        self.change(modify(dn, ("replace", "nTSecurityDescriptor", [raw])))

    def write_sddl(self, dn, sddl):
        """Write an access control list past every check."""
        raw = SecurityDescriptor.from_sddl(sddl, self.domain_sid()).to_bytes()
        self.change(modify(dn, ("replace", "nTSecurityDescriptor", [raw])))

    def writes_as(self, old, new):
        """Let another account open the session and write."""
        head, remoting = self.settings.read_text("utf-8").split("[remoting]")
        for mark in ("\\\\", "/"):
            remoting = remoting.replace(mark + old, mark + new)
        self.settings.write_text(f"{head}[remoting]{remoting}", "utf-8")


@contextmanager
def prepared_site(folder):
    """A lab in a folder, with settings that want ROOT, two groups and two accounts."""
    with Lab.start(folder) as lab:
        site = PreparedSite(lab)
        site.set_secret("vault-key", "correct horse battery staple")
        (lab.folder / "secrets" / "vault-key").chmod(0o600)
        site.edit(WRITER, ADMINISTRATOR)
        names = 'adi_group = "JC Import"\nadmins_group = "JC Admins"'
        site.edit(f'container = "{ROOT_USER_CONTAINER}"', f"{names}\ncontainer = {json.dumps(ROOT)}")
        site.settings.write_text(site.settings.read_text("utf-8") + PREPARE.format(folder=lab.folder), "utf-8")
        yield site


def rules(answer):
    """The names and rules of a plan's findings."""
    return {(finding["name"], finding["rule"]) for finding in answer.document["findings"]}


def told(answer):
    """What was said on the error output, as one line."""
    return " ".join(answer.err.split())
