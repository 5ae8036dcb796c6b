"""The commented jcad.toml that `jcad init` writes."""

from __future__ import annotations

TEMPLATE = """\
# jcad: JumpCloud and Active Directory kept in step.
#
# Secrets are never written here, only where they are kept:
#   "env:NAME"              an environment variable
#   "file:PATH"             a file that nobody else may read
#   "keyring:SERVICE/USER"  the operating system's keyring
#   "vault:NAME"            jcad's own encrypted file, see [vault]
#   "prompt"                asked for when it is needed
#   "command:PROGRAM ARG"   what a program prints (no shell runs it)
# `jcad config show` prints what is in force; `jcad config check` only says whether it is right.

[jumpcloud]
api_key = "{api_key}"  # or client_id and client_secret, of a service account
# organisation = ""        # its id; needed by administrators of several organisations
# instance = ""            # the AD instance's id or domain; empty where there is only one
# region = "us"            # or "eu"

[directory]
domain = "{domain}"
# servers = []             # domain controllers in order of preference; empty: found through DNS
user = "{user}"            # may read, nothing more
password = "{password}"
# protection = "ldaps"     # "ntlm", "kerberos": sign-and-seal on port 389; "ldaps+ntlm", "ldaps+kerberos"
# keytab = ""              # Kerberos: the account's keys; without it and a password, a ticket of kinit
# ca_file = ""             # authorities to trust instead of the system's
# fingerprint = ""         # or the SHA-256 fingerprint of the one certificate to trust

[remoting]
user = "{user}"            # may log on over WinRM and write, see "Who logs on where" in the documentation
password = "{password}"
# run_on = ""              # the host that runs the scripts; another than the domain controller needs write_as
# configuration = "Microsoft.PowerShell"  # another is taken for a JEA endpoint: scripts are called by name there
# proxy = ""               # http://HOST:PORT, for https alone
# scheme = "https"         # http only with message encryption (ntlm, negotiate)
# protocol = "psrp"        # "winrm": the command shell, where psrp is closed
# authentication = "ntlm"  # "negotiate", "kerberos", "certificate" (member servers), "basic" (https only)
# keytab = ""
# workers = 2

[sync]
container = "{container}"  # the root user container: nothing outside it is ever written
# upn_suffix = ""          # empty: the domain's DNS name
# username = "sAMAccountName"  # what JumpCloud's username is in AD; or "userPrincipalName" (UserFieldMapping)
# rename_users = false     # give accounts the logon names of usernames that changed in JumpCloud
# takeover = "email"       # "username": take an account over even when its e-mail differs
# match_by_email = false   # link accounts of which only the e-mail matches
# clear_empty = false      # empty in JumpCloud clears the attribute in AD
# reenable = false         # enable accounts that jcad itself disabled
# on_unbind = "nothing"    # or "disable"
# groups = true
# group_sam = "skip"       # "replace": write _ for characters that Windows refuses in a sAMAccountName
# authoritative = false    # remove members that only AD has
# never_write = []         # sAMAccountNames that are never written

# [sync.mapping]           # JumpCloud's field = LDAP attribute, beside firstname, lastname and email; see the page on the sync
# displayname = {{ to = "displayName", template = "{{firstname}} {{lastname}}" }}
# description = "description"
# jobTitle = {{ to = "title", transform = ["trim", "truncate"] }}
# department = "department"
# company = "company"
# location = "physicalDeliveryOfficeName"
# employeeType = {{ to = "employeeType", when = "create" }}
# "phoneNumbers.work" = "telephoneNumber"
# "phoneNumbers.mobile" = {{ to = "otherTelephone", type = "multi" }}
# "addresses.work.streetAddress" = "streetAddress"
# "addresses.work.locality" = "l"
# "addresses.work.postalCode" = "postalCode"
# "addresses.work.country" = "co"
# "customAttributes.badge" = {{ to = "employeeNumber", transform = "upper" }}
# manager = "manager"      # the account of the manager

# [sync.limits]            # how much one run may do; `--allow NAME=N` raises one once
# creates = 100
# takeovers = 50
# disables = 50            # unset: 50, and at most a tenth of the bound users
# removals = 100           # per group; unset: 100, and at most a fifth of the group
# renames = 10             # logon names changed, under `rename_users`
# total = 1000

# [sync.run]               # `jcad sync run`, which goes on until it is stopped
# interval = 90            # seconds from the beginning of one cycle to the next
# full_every = 3600        # seconds between two readings of the whole domain
# health = ""              # a JSON file that says how the last cycle ended
# metrics = ""             # a .prom file for the node exporter's textfile collector
# metrics_listen = ""      # such as "127.0.0.1:9400": answers /metrics and /health

# [prepare]                # `jcad prepare`: what the domain is to look like before the first sync
# create = false           # create the container when it is an OU that is missing
# admins_group = false     # the JumpCloud Admins group as well
# accounts_in = ""         # where service accounts are created; empty: CN=Users
# password_never_expires = true
# logon = "off"            # how the sync account may run scripts: "member-server", "jea", "domain-controllers"

# [prepare.sync]
# name = "jcsync"
# password = "vault:jcsync"  # where its generated password is kept: keyring: or vault:
# profile = "least-privilege"  # or "documented", or a file of your own
# options = []             # "delete", "unexpire-password", "password-settings", "dirsync", "owner-rights"
# alternate = "jcsync-b"   # a second account, delegated like the first: `jcad account rotate` changes between the two
# alternate_password = "vault:jcsync-b"

# [prepare.import]
# name = "jcimport"
# password = "vault:jcimport"
# profile = "documented"

# [agents]                 # `jcad agent` and `jcad account`: JumpCloud's two agents, see the page on the agents
# install_as = "{user}"    # the administrator who runs installers, always the same one; unset: the user of [remoting]
# install_password = "prompt"
# secrets_on_command_line = false  # let connect keys and passwords be a part of a command line, which others can see
# window = "22:00-04:00"   # begin work on hosts only then, by this machine's clock
# staging = 'C:\\ProgramData\\jcad'  # the folder for installers on the hosts
# jumpcloud_host = "console.jumpcloud.com"  # whose port 443 is tried from each host; empty where hosts use a proxy
# workers = 8              # hosts at a time
# heartbeat_timeout = 300  # seconds until JumpCloud must have heard of an agent; also service_, install_, reboot_timeout

# [agents.limits]
# agents_down = 0          # times that no agent of a kind is at work meanwhile
# reboots = 5

# [agents.sync]            # [agents.import] as well; JumpCloud publishes none of these, so none has a default
# version = "2.30.0"
# installer = "setup.exe"  # a file here, or \\\\SERVER\\SHARE\\FILE or https://... that a host fetches itself
# sha256 = ""              # 64 hexadecimal digits: another file is never run
# signer = ""              # the subject of its signature's certificate, or its thumbprint
# arguments = "/msiexec NAME={{account}}"  # also connect_key, container, domain, log, password, root_dn, version
# upgrade_arguments = "/msiexec"
# account = ""             # empty: the account of [prepare.sync]; so has its password

# [agents.import.configuration]  # keys of its configuration file, the same on every host
# UserDissociationAction = "unbind"
# "UserFieldMapping.username" = "sAMAccountName"

# [[agents.host]]          # domain controllers are found as well
# name = "srv1.{domain}"
# sync = true              # false: none there; {{ version = "2.26.0" }}: otherwise than above; unset: as it is
# import = true

# [store]
# location = ""            # a file or a database URL; empty: a file in the user's data folder

# [profile.other.directory]  # `jcad --profile other`: another domain; what is not said here is as above
# domain = "other.example"
"""


def settings_template(
    *,
    domain: str = "corp.example",
    user: str = "CORP\\\\jcsync",
    api_key: str = "env:JCAD_API_KEY",
    password: str = "env:JCAD_PASSWORD",  # noqa: S107  - a reference, not a password
    container: str = "",
) -> str:
    """The commented settings file for a domain."""
    suffix = ",".join(f"DC={label}" for label in domain.split("."))
    return TEMPLATE.format(
        domain=domain, user=user, api_key=api_key, password=password, container=container or f"CN=Users,{suffix}"
    )
