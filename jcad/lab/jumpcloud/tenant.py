"""A JumpCloud organisation of the lab: its data, and every change that an administrator can make to it.

Kept in memory, or in a JSON file as well. Thread-safe: every change and every read holds `lock`.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jcad.lab.jumpcloud import graph, state
from jcad.lab.jumpcloud.documents import (
    agent_document,
    group_document,
    instance_document,
    organization_document,
    user_document,
)
from jcad.lab.jumpcloud.exchange import Document, Refused
from jcad.lab.jumpcloud.state import ApiKey, Mail, State
from jcad.lab.seed import API_KEY, EXPIRED_API_KEY, MULTI_TENANT_API_KEY, TenantSeed

READ_ONLY_API_KEY = "jca_lab_00000000000000000000000000000readonly"

_KEYS = {
    API_KEY: ApiKey(),
    EXPIRED_API_KEY: ApiKey(expired=True),
    MULTI_TENANT_API_KEY: ApiKey(multi_tenant=True),
    READ_ONLY_API_KEY: ApiKey(read_only=True),
}


CONNECT_KEY_LIFE = timedelta(days=7)
"""A connect key that is not used expires (the documentation)."""


_EVENTS = 50_000
"""How many events are kept."""


def _now() -> datetime:
    return datetime.now(UTC)


class Tenant:
    """One organisation. Changes raise `Refused` where JumpCloud's API would refuse them.

        tenant = Tenant.from_seed(make_seed().tenant)
        tenant.suspend(tenant.user_id("mary.jones"))
        tenant.mails                        # what JumpCloud would have sent

    With `path` the data is read from that file where it exists, and written to it after every change.
    """

    def __init__(
        self, name: str = "jcad lab", *, organization_id: str = "", path: Path | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:  # fmt: skip
        self.lock = threading.RLock()
        self._path = path
        self.clock = clock
        self._told = 0
        self._heard: dict[str, float] = {}
        self.silent_after = 3.0
        """Seconds without a heartbeat after which an agent is inactive: the lab's own, JumpCloud's was not found."""
        self.events_after = 0.0
        """Seconds after which an event can be read: the lab's own, JumpCloud's was not found."""
        if path is not None and path.exists():
            self.state = state.load(path)
        else:
            organization = organization_document(organization_id or self._new_id(), name)
            self.state = State(organization, keys=dict(_KEYS))

    @classmethod
    def from_seed(cls, seed: TenantSeed, *, path: Path | None = None, clock: Callable[[], datetime] = _now) -> Tenant:
        """The organisation of a seed; a file at `path` is overwritten. No e-mails are recorded for what is there."""
        tenant = cls(seed.organization_name, organization_id=seed.organization_id, clock=clock)
        tenant._path = path
        with tenant._change():
            tenant._fill(seed)
        return tenant

    def _fill(self, seed: TenantSeed) -> None:
        for user in seed.users:
            restricted = [
                {"field": name, "type": "active_directory", "id": seed.instance_id} for name in user.restricted_fields
            ]
            given: Document = {
                "username": user.username, "email": user.email, "firstname": user.firstname, "lastname": user.lastname,
                "state": user.state, "activated": True, "restrictedFields": restricted, **dict(user.more),
            }  # fmt: skip
            self.state.users[user.id] = user_document(user.id, self.organization_id, self.now(), given)
        for group in seed.groups:
            given = {"name": group.name, "description": group.description, "membershipMethod": group.membership_method}
            self.state.groups[group.id] = group_document(group.id, self.organization_id, given)
            self.state.members[group.id] = list(group.members)
        given = {"domain": seed.instance_domain, "useCase": seed.use_case}
        self._put_instance(seed.instance_id, given)
        for agent in seed.agents:
            self.state.agents[seed.instance_id][agent.id] = agent_document(
                agent.id, agent.agent_type, hostname=agent.hostname, state=agent.state, version=agent.version,
                contact=self.now(),
            )  # fmt: skip
        self.state.bound_users[seed.instance_id] = list(seed.bound_users)
        self.state.bound_groups[seed.instance_id] = list(seed.bound_groups)

    # --- what everything stands on ---

    def now(self) -> str:
        """The time as JumpCloud writes it (RFC 3339, milliseconds, UTC)."""
        return self.clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def organization_id(self) -> str:
        """The organisation's id."""
        return str(self.state.organization["_id"])

    @property
    def mails(self) -> tuple[Mail, ...]:
        """Every e-mail that JumpCloud would have sent, oldest first."""
        with self.lock:
            return tuple(self.state.mails)

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self.lock:
            yield
            if self._path is not None:
                state.save(self.state, self._path)

    def _new_id(self) -> str:
        return f"{int(self.clock().timestamp()) & 0xFFFFFFFF:08x}{secrets.token_hex(8)}"

    def _tell(self, what: str, kind: str, object_id: str) -> None:
        """Add an event to Directory Insights; the oldest are dropped."""
        self._told += 1  # events of one moment are in the order of their ids
        event: Document = {
            "id": f"{int(self.clock().timestamp()) & 0xFFFFFFFF:08x}{self._told:016x}",
            "timestamp": self.now(),
            "event_type": what,
            "service": "directory",
            "success": True,
            "resource": {"id": object_id, "type": kind},
            "organization": self.organization_id,
        }
        self.state.events.append(event)
        del self.state.events[:-_EVENTS]

    def found(self, things: dict[str, Document], object_id: str, what: str) -> Document:
        """The document of that id. Raises `Refused` (404)."""
        if object_id not in things:
            raise Refused(HTTPStatus.NOT_FOUND, f"{what} {object_id} was not found")
        return things[object_id]

    def update_settings(self, **settings: Any) -> None:
        """Change settings of the organisation, by the API's names (`passwordPolicy`, `newSystemUserStateDefaults`, ...)."""
        with self._change():
            self.state.organization["settings"].update(settings)

    # --- users ---

    def user_id(self, username: str) -> str:
        """The id of the user of that username. Raises KeyError."""
        with self.lock:
            return _only(self.state.users.values(), "username", username)

    def add_user(self, username: str, email: str, **fields: Any) -> str:
        """Create a user (further fields by the API's names); its id. A username or e-mail in use is refused (409)."""
        with self._change():
            if not username or not email:
                raise Refused(HTTPStatus.BAD_REQUEST, "username and email are required")
            self._check_unique("", username, email)
            object_id = self._new_id()
            given = fields | {"username": username, "email": email}
            if "state" not in given and "suspended" not in given:
                given["state"] = self.state.organization["settings"]["newSystemUserStateDefaults"]["manualEntry"]
            self.state.users[object_id] = user_document(object_id, self.organization_id, self.now(), given)
            self._tell("user_create", "user", object_id)
            return object_id

    def update_user(self, user: str, **fields: Any) -> None:
        """Change fields of a user, by the API's names; `state` and `suspended` are kept in step."""
        with self._change():
            document = self.found(self.state.users, user, "user")
            self._check_unique(user, fields.get("username", ""), fields.get("email", ""))
            if fields.pop("password", None):
                fields |= {"activated": True, "password_date": self.now()}
            if "state" in fields:
                fields["suspended"] = fields["state"] == "SUSPENDED"
            elif "suspended" in fields and document["state"] != "STAGED":
                fields["state"] = "SUSPENDED" if fields["suspended"] else "ACTIVATED"
            document |= fields
            self._tell("user_update", "user", user)

    def suspend(self, user: str) -> None:
        """Suspend a user."""
        self.update_user(user, state="SUSPENDED")

    def unsuspend(self, user: str) -> None:
        """End a user's suspension."""
        self.update_user(user, state="ACTIVATED")

    def activate(self, user: str, email: bool | str = True) -> None:
        """Activate a STAGED user, and send the e-mail that goes with it (False: none; an address: to there)."""
        with self._change():
            document = self.found(self.state.users, user, "user")
            if document["state"] != "STAGED":
                raise Refused(HTTPStatus.BAD_REQUEST, "only a STAGED user can be activated")
            document |= {"state": "ACTIVATED", "suspended": False}
            self._tell("user_activated", "user", user)
            if email is False:
                return
            kind = "welcome" if document["activated"] else "activation"
            usual = document["email"] if document["activated"] else document["alternateEmail"] or document["email"]
            self._send(email if isinstance(email, str) else usual, kind, document["username"])

    def delete_user(self, user: str) -> Document:
        """Delete a user with its memberships and bindings; what it was."""
        with self._change():
            document = self.found(self.state.users, user, "user")
            del self.state.users[user]
            _forget(user, self.state.members, self.state.bound_users)
            self._tell("user_delete", "user", user)
            return document

    def _check_unique(self, user: str, username: str, email: str) -> None:
        for other in self.state.users.values():
            if other["_id"] == user:
                continue
            if username and other["username"].lower() == username.lower():
                raise Refused(HTTPStatus.CONFLICT, f"a user with the username {username!r} exists already")
            if email and other["email"].lower() == email.lower():
                raise Refused(HTTPStatus.CONFLICT, f"a user with the email {email!r} exists already")

    # --- groups ---

    def group_id(self, name: str) -> str:
        """The id of the group of that name. Raises KeyError."""
        with self.lock:
            return _only(self.state.groups.values(), "name", name)

    def add_group(self, name: str, **fields: Any) -> str:
        """Create a user group; its id. A name in use is refused (409)."""
        with self._change():
            self._check_group_name("", name)
            object_id = self._new_id()
            self.state.groups[object_id] = group_document(object_id, self.organization_id, fields | {"name": name})
            self.state.members[object_id] = []
            self._tell("group_create", "user_group", object_id)
            return object_id

    def update_group(self, group: str, **fields: Any) -> None:
        """Change fields of a group, by the API's names (`name` renames it)."""
        with self._change():
            document = self.found(self.state.groups, group, "group")
            if "name" in fields:
                self._check_group_name(group, fields["name"])
            document |= fields
            self._tell("group_update", "user_group", group)

    def delete_group(self, group: str) -> Document:
        """Delete a group with its memberships and bindings; what it was."""
        with self._change():
            document = self.found(self.state.groups, group, "group")
            del self.state.groups[group], self.state.members[group]
            _forget(group, self.state.bound_groups)
            self._tell("group_delete", "user_group", group)
            return document

    def _check_group_name(self, group: str, name: str) -> None:
        if not name:
            raise Refused(HTTPStatus.BAD_REQUEST, "name is required")
        if any(other["name"] == name and other["id"] != group for other in self.state.groups.values()):
            raise Refused(HTTPStatus.CONFLICT, "Already Exists")

    def add_member(self, group: str, user: str) -> None:
        """Make a user a member of a group. Who is bound by that gets the e-mail."""
        with self._change(), self._binding([user]):
            self._static(group)
            self.found(self.state.users, user, "user")
            _add(self.state.members[group], user)
            self._tell("association_change", "user_group", group)

    def remove_member(self, group: str, user: str) -> None:
        """Take a user out of a group."""
        with self._change():
            self._static(group)
            _remove(self.state.members[group], user)
            self._tell("association_change", "user_group", group)

    def _static(self, group: str) -> None:
        document = self.found(self.state.groups, group, "group")
        if document["membershipMethod"].startswith("DYNAMIC"):
            raise Refused(HTTPStatus.BAD_REQUEST, "members of a dynamic group cannot be changed one by one")

    # --- AD instances, agents, other directories ---

    def add_instance(self, domain: str, **fields: Any) -> str:
        """Create an AD instance; its id. `domain` is spelled `DC=a;DC=b`."""
        with self._change():
            if not domain:
                raise Refused(HTTPStatus.BAD_REQUEST, "domain is required")
            object_id = self._new_id()
            self._put_instance(object_id, fields | {"domain": domain})
            self._tell("activedirectory_create", "active_directory", object_id)
            return object_id

    def _put_instance(self, object_id: str, given: Document) -> None:
        self.state.instances[object_id] = instance_document(object_id, self.now(), given)
        for things in (self.state.bound_users, self.state.bound_groups):
            things[object_id] = []
        self.state.agents[object_id] = {}

    def update_instance(self, instance: str, **fields: Any) -> None:
        """Change fields of an AD instance (`useCase`, `groupsEnabled`)."""
        with self._change():
            self.found(self.state.instances, instance, "activedirectory").update(fields | {"updatedAt": self.now()})

    def delete_instance(self, instance: str) -> Document:
        """Delete an AD instance with its agents and bindings; what it was."""
        with self._change():
            document = self.found(self.state.instances, instance, "activedirectory")
            del self.state.instances[instance], self.state.agents[instance]
            del self.state.bound_users[instance], self.state.bound_groups[instance]
            self._tell("activedirectory_delete", "active_directory", instance)
            return document

    def add_agent(
        self, instance: str, agent_type: str, *, hostname: str = "", agent_state: str = "unsealed", version: str = ""
    ) -> Document:
        """Make an agent; its document, with the connect key that is told this once."""
        with self._change():
            self.found(self.state.instances, instance, "activedirectory")
            object_id = self._new_id()
            contact = "" if agent_state == "unsealed" else self.now()
            document = agent_document(
                object_id, agent_type, hostname=hostname, state=agent_state, version=version, contact=contact
            )
            self.state.agents[instance][object_id] = document
            key = secrets.token_urlsafe(32)
            self.state.connect_keys[key] = {"instance": instance, "agent": object_id, "made": self.clock().isoformat()}
            return document | {"connectKey": key}

    def use_connect_key(self, key: str, agent_type: str, *, hostname: str, version: str) -> tuple[str, str]:
        """What an installer does with its key: the ids of the AD instance and of the agent that it now is.

        A key works once, for its type of agent, within seven days; any other is refused (403), and stays what it was.
        """
        with self._change():
            found = self.state.connect_keys.get(key)
            if found is None:
                raise Refused(HTTPStatus.FORBIDDEN, "the connect key is not valid, or it has been used")
            instance, agent = found["instance"], found["agent"]
            document = self.state.agents.get(instance, {}).get(agent)
            if document is None or self.clock() - datetime.fromisoformat(found["made"]) > CONNECT_KEY_LIFE:
                raise Refused(HTTPStatus.FORBIDDEN, "the connect key has expired")
            if document["agentType"] != agent_type:
                raise Refused(HTTPStatus.FORBIDDEN, f"the connect key is for another agent than {agent_type}")
            del self.state.connect_keys[key]
            document |= {"hostname": hostname, "version": version, "state": "inactive"}
            return instance, agent

    def expire_connect_keys(self) -> None:
        """Let every connect key be older than it may be."""
        with self._change():
            for found in self.state.connect_keys.values():
                found["made"] = (self.clock() - CONNECT_KEY_LIFE - timedelta(hours=1)).isoformat()

    def heard(self, instance: str, agent: str, *, version: str) -> None:
        """An agent's heartbeat: it is active, and was last heard of now. Raises `Refused` where it was deleted."""
        with self._change():
            document = self.found(self.state.agents.get(instance, {}), agent, "agent")
            document |= {"state": "active", "contactAt": self.now(), "version": version, "source_ip": "127.0.0.1"}
            self._heard[agent] = time.monotonic()

    def mark_silent(self, instance: str) -> None:
        """Make the agents inactive that have sent heartbeats, and none for `silent_after` seconds."""
        with self.lock:
            for agent, document in self.state.agents.get(instance, {}).items():
                last = self._heard.get(agent)
                if last is not None and time.monotonic() - last > self.silent_after:
                    document["state"] = "inactive"

    def primary(self, instance: str, agent_type: str) -> str:
        """The agent of a type that the service designates as primary: the first active one; empty where none is."""
        with self.lock:
            self.mark_silent(instance)
            for agent in self.state.agents.get(instance, {}).values():
                if agent["state"] == "active" and agent["agentType"] == agent_type:
                    return str(agent["id"])
            return ""

    def update_agent(self, instance: str, agent: str, **fields: Any) -> None:
        """Change fields of an agent (`state`, `contactAt`, ...)."""
        with self._change():
            self.found(self.state.agents[instance], agent, "agent").update(fields)

    def delete_agent(self, instance: str, agent: str) -> None:
        """Delete an agent."""
        with self._change():
            self.found(self.state.agents.get(instance, {}), agent, "agent")
            del self.state.agents[instance][agent]

    def add_directory(self, name: str, kind: str) -> str:
        """Add another directory (`office_365`, `g_suite`, `ldap_server`, `workday`); its id."""
        with self._change():
            object_id = self._new_id()
            self.state.directories[object_id] = {"id": object_id, "name": name, "type": kind}
            return object_id

    # --- bindings ---

    def bind_user(self, instance: str, user: str) -> None:
        """Bind a user to an AD instance. It gets the e-mail, unless it was bound already."""
        with self._change(), self._binding([user]):
            self.found(self.state.users, user, "user")
            self.found(self.state.instances, instance, "activedirectory")
            _add(self.state.bound_users[instance], user)
            self._tell("association_change", "active_directory", instance)

    def unbind_user(self, instance: str, user: str) -> None:
        """End a user's direct binding."""
        with self._change():
            self.found(self.state.instances, instance, "activedirectory")
            _remove(self.state.bound_users[instance], user)
            self._tell("association_change", "active_directory", instance)

    def bind_group(self, instance: str, group: str) -> None:
        """Bind a group to an AD instance, and its members by that."""
        with self._change(), self._binding(self.state.members.get(group, [])):
            self.found(self.state.groups, group, "group")
            self.found(self.state.instances, instance, "activedirectory")
            _add(self.state.bound_groups[instance], group)
            self._tell("association_change", "active_directory", instance)

    def unbind_group(self, instance: str, group: str) -> None:
        """End a group's binding."""
        with self._change():
            self.found(self.state.instances, instance, "activedirectory")
            _remove(self.state.bound_groups[instance], group)
            self._tell("association_change", "active_directory", instance)

    @contextmanager
    def _binding(self, users: Iterable[str]) -> Iterator[None]:
        """Send the e-mails of "User Experience" in the documentation to whoever is bound by what happens inside."""
        concerned = list(users)
        before = graph.bound_anywhere(self.state, concerned)
        yield
        for instance, user in sorted(graph.bound_anywhere(self.state, concerned) - before):
            document = self.state.users[user]
            if document["state"] != "ACTIVATED":
                continue
            kind = "directory-added" if document["activated"] else "activation"
            self._send(document["email"], kind, self.state.instances[instance]["domain"])

    def _send(self, address: str, kind: str, about: str) -> None:
        self.state.mails.append(Mail(address, kind, about, self.now()))


def _only(documents: Iterable[Document], field: str, value: str) -> str:
    for document in documents:
        if document[field] == value:
            return str(document.get("_id", document.get("id")))
    raise KeyError(value)


def _add(ids: list[str], object_id: str) -> None:
    if object_id in ids:
        raise Refused(HTTPStatus.CONFLICT, "Already Exists")
    ids.append(object_id)


def _remove(ids: list[str], object_id: str) -> None:
    if object_id not in ids:
        raise Refused(HTTPStatus.NOT_FOUND, "Not Found")
    ids.remove(object_id)


def _forget(object_id: str, *places: dict[str, list[str]]) -> None:
    for place in places:
        for ids in place.values():
            if object_id in ids:
                ids.remove(object_id)
