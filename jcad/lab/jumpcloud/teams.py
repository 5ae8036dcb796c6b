"""API 2.0: usergroups, their members, and what users and groups are bound to. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlencode

from jcad.lab.jumpcloud import graph
from jcad.lab.jumpcloud.documents import GROUP_FIELDS
from jcad.lab.jumpcloud.exchange import Document, Refused, Reply, Request, checked_id, only_known
from jcad.lab.jumpcloud.query import Page, chosen, fields_v2, page_v2
from jcad.lab.jumpcloud.tenant import Tenant

OPERATION_FIELDS = frozenset({"op", "type", "id", "attributes"})


def listed(rows: Iterable[Document], request: Request, *, link: bool = False) -> Reply:
    """A V2 list: a bare array with x-total-count; `link` adds the RFC 5988 header that some endpoints send."""
    page = page_v2(rows, request)
    headers = [("x-total-count", str(page.total))]
    if link and not page.is_last:
        headers.append(("Link", f'<{request.path}?{_next(page, request)}>; rel="next"'))
    fields = fields_v2(request)
    return Reply(body=[chosen(row, fields) for row in page.rows], headers=tuple(headers))


def _next(page: Page, request: Request) -> str:
    kept = [(name, value) for name, values in request.query.items() if name != "skip" for value in values]
    return urlencode([*kept, ("skip", str(page.skip + len(page.rows)))])


def operation(request: Request, types: frozenset[str]) -> tuple[str, str, str]:
    """A GraphOperation: what to do (`add`, `remove`), the type and the id of the other object."""
    body = request.document()
    only_known(body, OPERATION_FIELDS, "a graph operation")
    what, kind, object_id = (str(body.get(name, "")) for name in ("op", "type", "id"))
    if kind not in types:
        raise Refused(HTTPStatus.BAD_REQUEST, f"type must be one of {', '.join(sorted(types))}, not {kind!r}")
    if what not in {
        "add",
        "remove",
    }:  # unverified on JumpCloud: update is for attributes, which bindings here have none of
        raise Refused(HTTPStatus.BAD_REQUEST, f"op must be add or remove, not {what!r}")
    return what, kind, checked_id(object_id)


# --- usergroups ---


def list_groups(tenant: Tenant, request: Request) -> Reply:
    """GET /usergroups."""
    return listed(tenant.state.groups.values(), request, link=True)


def get_group(tenant: Tenant, _: Request, group: str) -> Reply:
    """GET /usergroups/{id}."""
    return Reply(body=tenant.found(tenant.state.groups, checked_id(group), "group"))


def create_group(tenant: Tenant, request: Request) -> Reply:
    """POST /usergroups."""
    body = request.document()
    only_known(body, GROUP_FIELDS, "a group")
    group = tenant.add_group(str(body.pop("name", "")), **body)
    return Reply(HTTPStatus.CREATED, tenant.state.groups[group])


def change_group(tenant: Tenant, request: Request, group: str) -> Reply:
    """PUT /usergroups/{id}."""
    body = request.document()
    only_known(body, GROUP_FIELDS, "a group")
    tenant.update_group(checked_id(group), **({"name": ""} | body))
    return Reply(body=tenant.state.groups[group])


def delete_group(tenant: Tenant, _: Request, group: str) -> Reply:
    """DELETE /usergroups/{id}."""
    tenant.delete_group(checked_id(group))
    return Reply(HTTPStatus.NO_CONTENT)


def list_members(tenant: Tenant, request: Request, group: str) -> Reply:
    """GET /usergroups/{id}/members: its direct members."""
    tenant.found(tenant.state.groups, checked_id(group), "group")
    return listed(graph.edges_to(graph.USER, tenant.state.members[group]), request)


def change_members(tenant: Tenant, request: Request, group: str) -> Reply:
    """POST /usergroups/{id}/members."""
    what, _, user = operation(request, frozenset({graph.USER}))
    (tenant.add_member if what == "add" else tenant.remove_member)(checked_id(group), user)
    return Reply(HTTPStatus.NO_CONTENT)


def list_membership(tenant: Tenant, request: Request, group: str) -> Reply:
    """GET /usergroups/{id}/membership: its users with paths."""
    tenant.found(tenant.state.groups, checked_id(group), "group")
    return listed(graph.membership(tenant.state, group), request)


def group_instances(tenant: Tenant, request: Request, group: str) -> Reply:
    """GET /usergroups/{id}/activedirectories."""
    tenant.found(tenant.state.groups, checked_id(group), "group")
    return listed(graph.instances_of_group(tenant.state, group), request)


def group_associations(tenant: Tenant, request: Request, group: str) -> Reply:
    """GET /usergroups/{id}/associations?targets=active_directory."""
    tenant.found(tenant.state.groups, checked_id(group), "group")
    return _instances_among(tenant.state.bound_groups, request, group)


def change_group_associations(tenant: Tenant, request: Request, group: str) -> Reply:
    """POST /usergroups/{id}/associations."""
    what, _, instance = operation(request, frozenset({graph.ACTIVE_DIRECTORY}))
    (tenant.bind_group if what == "add" else tenant.unbind_group)(instance, checked_id(group))
    return Reply(HTTPStatus.NO_CONTENT)


# --- what a user is in and bound to ---


def user_memberof(tenant: Tenant, request: Request, user: str) -> Reply:
    """GET /users/{id}/memberof."""
    tenant.found(tenant.state.users, checked_id(user), "user")
    return listed(graph.groups_of_user(tenant.state, user), request)


def user_instances(tenant: Tenant, request: Request, user: str) -> Reply:
    """GET /users/{id}/activedirectories, and /users/{id}/directories: the lab binds users to nothing else."""
    tenant.found(tenant.state.users, checked_id(user), "user")
    return listed(graph.instances_of_user(tenant.state, user), request)


def user_associations(tenant: Tenant, request: Request, user: str) -> Reply:
    """GET /users/{id}/associations?targets=active_directory."""
    tenant.found(tenant.state.users, checked_id(user), "user")
    return _instances_among(tenant.state.bound_users, request, user)


def change_user_associations(tenant: Tenant, request: Request, user: str) -> Reply:
    """POST /users/{id}/associations."""
    what, _, instance = operation(request, frozenset({graph.ACTIVE_DIRECTORY}))
    (tenant.bind_user if what == "add" else tenant.unbind_user)(instance, checked_id(user))
    return Reply(HTTPStatus.NO_CONTENT)


def _instances_among(bound: dict[str, list[str]], request: Request, object_id: str) -> Reply:
    targets(request, frozenset({graph.ACTIVE_DIRECTORY}))
    return listed(graph.edges_to(graph.ACTIVE_DIRECTORY, graph.instances_bound(bound, object_id)), request)


def targets(request: Request, types: frozenset[str]) -> str:
    """The required query parameter `targets`. Raises `Refused` (400)."""
    found = request.one("targets")
    if found not in types:
        raise Refused(HTTPStatus.BAD_REQUEST, f"targets must be one of {', '.join(sorted(types))}, not {found!r}")
    return found
