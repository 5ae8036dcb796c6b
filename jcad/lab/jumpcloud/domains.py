"""API 2.0: activedirectories with their agents, associations and traversal; directories. No I/O."""

from __future__ import annotations

from http import HTTPStatus

from jcad.lab.jumpcloud import graph
from jcad.lab.jumpcloud.documents import AGENT_TYPES, INSTANCE_FIELDS, USE_CASES
from jcad.lab.jumpcloud.exchange import Document, Refused, Reply, Request, checked_id, only_known
from jcad.lab.jumpcloud.teams import listed, operation, targets
from jcad.lab.jumpcloud.tenant import Tenant

_TARGETS = frozenset({graph.USER, graph.USER_GROUP})


def _instance(tenant: Tenant, instance: str) -> Document:
    """The AD instance with the primaries as the service designates them: the first active agent of each kind."""
    document = tenant.found(tenant.state.instances, checked_id(instance), "activedirectory")
    first = {kind: tenant.primary(instance, kind) for kind in ("SYNC", "IMPORT")}
    return document | {"primaryAgent": first["SYNC"], "primaryImportAgent": first["IMPORT"]}


def list_instances(tenant: Tenant, request: Request) -> Reply:
    """GET /activedirectories."""
    return listed([_instance(tenant, each) for each in tenant.state.instances], request)


def get_instance(tenant: Tenant, _: Request, instance: str) -> Reply:
    """GET /activedirectories/{id}."""
    return Reply(body=_instance(tenant, instance))


def create_instance(tenant: Tenant, request: Request) -> Reply:
    """POST /activedirectories."""
    body = _instance_body(request)
    made = tenant.add_instance(str(body.pop("domain", "")), **body)
    return Reply(HTTPStatus.CREATED, _instance(tenant, made))


def change_instance(tenant: Tenant, request: Request, instance: str) -> Reply:
    """PUT /activedirectories/{id} (not in the published description; useCase and groupsEnabled)."""
    body = _instance_body(request)
    only_known(body, frozenset({"useCase", "groupsEnabled"}), "a change of an AD instance")
    tenant.update_instance(checked_id(instance), **body)
    return Reply(body=_instance(tenant, instance))


def delete_instance(tenant: Tenant, _: Request, instance: str) -> Reply:
    """DELETE /activedirectories/{id}."""
    return Reply(body=tenant.delete_instance(checked_id(instance)))


def _instance_body(request: Request) -> Document:
    body = request.document()
    only_known(body, INSTANCE_FIELDS, "an AD instance")
    if body.get("useCase", "UNSET") not in USE_CASES:
        raise Refused(HTTPStatus.BAD_REQUEST, f"useCase must be one of {', '.join(sorted(USE_CASES))}")
    return body


def list_agents(tenant: Tenant, request: Request, instance: str) -> Reply:
    """GET /activedirectories/{id}/agents."""
    tenant.found(tenant.state.instances, checked_id(instance), "activedirectory")
    tenant.mark_silent(instance)
    return listed(tenant.state.agents[instance].values(), request)


def create_agent(tenant: Tenant, request: Request, instance: str) -> Reply:
    """POST /activedirectories/{id}/agents: the only answer that tells a connect key."""
    body = request.document()
    only_known(body, frozenset({"agentType", "agent_type"}), "an agent")
    kind = body.get("agentType", body.get("agent_type"))
    if kind not in AGENT_TYPES:
        raise Refused(HTTPStatus.BAD_REQUEST, "agentType must be SYNC or IMPORT")
    return Reply(HTTPStatus.CREATED, _agent_seen(tenant.add_agent(checked_id(instance), kind)))


def get_agent(tenant: Tenant, _: Request, instance: str, agent: str) -> Reply:
    """GET /activedirectories/{id}/agents/{agent_id}."""
    tenant.found(tenant.state.instances, checked_id(instance), "activedirectory")
    tenant.mark_silent(instance)
    return Reply(body=_agent_seen(tenant.found(tenant.state.agents[instance], checked_id(agent), "agent")))


def _agent_seen(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in {"idSourceId", "agentType"}}


def delete_agent(tenant: Tenant, _: Request, instance: str, agent: str) -> Reply:
    """DELETE /activedirectories/{id}/agents/{agent_id}."""
    tenant.delete_agent(checked_id(instance), checked_id(agent))
    return Reply(HTTPStatus.NO_CONTENT)


def list_associations(tenant: Tenant, request: Request, instance: str) -> Reply:
    """GET /activedirectories/{id}/associations: the direct bindings."""
    tenant.found(tenant.state.instances, checked_id(instance), "activedirectory")
    kind = targets(request, _TARGETS)
    bound = tenant.state.bound_users if kind == graph.USER else tenant.state.bound_groups
    return listed(graph.edges_to(kind, bound[instance]), request)


def change_associations(tenant: Tenant, request: Request, instance: str) -> Reply:
    """POST /activedirectories/{id}/associations."""
    what, kind, object_id = operation(request, _TARGETS)
    changes = {
        ("add", graph.USER): tenant.bind_user,
        ("remove", graph.USER): tenant.unbind_user,
        ("add", graph.USER_GROUP): tenant.bind_group,
        ("remove", graph.USER_GROUP): tenant.unbind_group,
    }
    changes[what, kind](checked_id(instance), object_id)
    return Reply(HTTPStatus.NO_CONTENT)


def traverse_users(tenant: Tenant, request: Request, instance: str) -> Reply:
    """GET /activedirectories/{id}/users: everybody who is bound, with each path."""
    tenant.found(tenant.state.instances, checked_id(instance), "activedirectory")
    return listed(graph.users_of_instance(tenant.state, instance), request)


def traverse_groups(tenant: Tenant, request: Request, instance: str) -> Reply:
    """GET /activedirectories/{id}/usergroups."""
    tenant.found(tenant.state.instances, checked_id(instance), "activedirectory")
    return listed(graph.groups_of_instance(tenant.state, instance), request)


def list_directories(tenant: Tenant, request: Request) -> Reply:
    """GET /directories."""
    return listed(graph.directories(tenant.state), request)
