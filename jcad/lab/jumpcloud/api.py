"""From a request to a reply: who asks, for which organisation, by which route. No I/O.

Keys and organisations: facts on `x-api-key` and `x-org-id` (400 malformed, 401 missing for a multi-tenant admin, 404 unknown).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus

from jcad.errors import LabUnsupported
from jcad.lab.jumpcloud import domains, insights, people, teams
from jcad.lab.jumpcloud.exchange import Refused, Reply, Request, checked_id, refusal
from jcad.lab.jumpcloud.state import ApiKey
from jcad.lab.jumpcloud.tenant import Tenant
from jcad.lab.jumpcloud.tokens import PATH as TOKEN_PATH
from jcad.lab.jumpcloud.tokens import TokenDesk

Handler = Callable[..., Reply]

_V1 = "/api"
_V2 = "/api/v2"
EVENTS = "/insights/directory/v1/events"
"""Directory Insights: at JumpCloud under a name of its own (api.jumpcloud.com), here beside the rest."""

_TABLE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", f"{_V1}/organizations", people.list_organizations),
    ("GET", f"{_V1}/organizations/*", people.get_organization),
    ("GET", f"{_V1}/systemusers", people.list_users),
    ("POST", f"{_V1}/systemusers", people.create_user),
    ("GET", f"{_V1}/systemusers/*", people.get_user),
    ("PUT", f"{_V1}/systemusers/*", people.change_user),
    ("DELETE", f"{_V1}/systemusers/*", people.delete_user),
    ("POST", f"{_V1}/systemusers/*/state/activate", people.activate_user),
    ("POST", f"{_V1}/systemusers/*/unlock", people.unlock_user),
    ("POST", f"{_V1}/systemusers/*/expire", people.expire_user),
    ("POST", f"{_V1}/search/systemusers", people.search_users),
    ("GET", f"{_V2}/usergroups", teams.list_groups),
    ("POST", f"{_V2}/usergroups", teams.create_group),
    ("GET", f"{_V2}/usergroups/*", teams.get_group),
    ("PUT", f"{_V2}/usergroups/*", teams.change_group),
    ("DELETE", f"{_V2}/usergroups/*", teams.delete_group),
    ("GET", f"{_V2}/usergroups/*/members", teams.list_members),
    ("POST", f"{_V2}/usergroups/*/members", teams.change_members),
    ("GET", f"{_V2}/usergroups/*/membership", teams.list_membership),
    ("GET", f"{_V2}/usergroups/*/activedirectories", teams.group_instances),
    ("GET", f"{_V2}/usergroups/*/associations", teams.group_associations),
    ("POST", f"{_V2}/usergroups/*/associations", teams.change_group_associations),
    ("GET", f"{_V2}/users/*/memberof", teams.user_memberof),
    ("GET", f"{_V2}/users/*/activedirectories", teams.user_instances),
    ("GET", f"{_V2}/users/*/directories", teams.user_instances),
    ("GET", f"{_V2}/users/*/associations", teams.user_associations),
    ("POST", f"{_V2}/users/*/associations", teams.change_user_associations),
    ("GET", f"{_V2}/activedirectories", domains.list_instances),
    ("POST", f"{_V2}/activedirectories", domains.create_instance),
    ("GET", f"{_V2}/activedirectories/*", domains.get_instance),
    ("PUT", f"{_V2}/activedirectories/*", domains.change_instance),
    ("DELETE", f"{_V2}/activedirectories/*", domains.delete_instance),
    ("GET", f"{_V2}/activedirectories/*/agents", domains.list_agents),
    ("POST", f"{_V2}/activedirectories/*/agents", domains.create_agent),
    ("GET", f"{_V2}/activedirectories/*/agents/*", domains.get_agent),
    ("DELETE", f"{_V2}/activedirectories/*/agents/*", domains.delete_agent),
    ("GET", f"{_V2}/activedirectories/*/associations", domains.list_associations),
    ("POST", f"{_V2}/activedirectories/*/associations", domains.change_associations),
    ("GET", f"{_V2}/activedirectories/*/users", domains.traverse_users),
    ("GET", f"{_V2}/activedirectories/*/usergroups", domains.traverse_groups),
    ("GET", f"{_V2}/directories", domains.list_directories),
    ("POST", EVENTS, insights.list_events),
)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path).replace(r"\*", "([^/]+)") + "/?")


_ROUTES = tuple((method, _pattern(path), handler) for method, path, handler in _TABLE)
_READING_POSTS = frozenset({f"{_V1}/search/systemusers", EVENTS})


class Api:
    """Answers requests for one organisation, or for several that one multi-tenant key opens."""

    def __init__(self, tenants: Sequence[Tenant]) -> None:
        self._tenants = tuple(tenants)
        self.tokens = TokenDesk()

    def answer(self, request: Request) -> Reply:
        """The reply to a request; never raises for what a client sent."""
        if request.path == TOKEN_PATH:
            return self.tokens.answer(request)
        try:
            tenant = self._tenant(request)
            handler, ids = _route(request)
            with tenant.lock:
                return handler(tenant, request, *ids)
        except Refused as refused:
            return refusal(refused.status, refused.message)
        except LabUnsupported as unsupported:
            return refusal(HTTPStatus.NOT_IMPLEMENTED, str(unsupported))

    def _tenant(self, request: Request) -> Tenant:
        if self.tokens.admits(request.headers.get("authorization", "")):
            return _of_organization(self._tenants[:1], ApiKey(), request.headers.get("x-org-id", ""))
        text = request.headers.get("x-api-key", "")
        opened = [tenant for tenant in self._tenants if text in tenant.state.keys]
        if not text or not opened or opened[0].state.keys[text].expired:
            raise Refused(HTTPStatus.UNAUTHORIZED, "Unauthorized")
        tenant = _of_organization(opened, opened[0].state.keys[text], request.headers.get("x-org-id", ""))
        if tenant.state.keys[text].read_only and request.method != "GET" and request.path not in _READING_POSTS:
            raise Refused(HTTPStatus.FORBIDDEN, "Forbidden")
        return tenant


def _of_organization(opened: Sequence[Tenant], key: ApiKey, organization: str) -> Tenant:
    if not organization:
        if key.multi_tenant:
            raise Refused(HTTPStatus.UNAUTHORIZED, "x-org-id header is required for a multi-tenant administrator")
        return opened[0]
    wanted = checked_id(organization)
    for tenant in opened:
        if tenant.organization_id == wanted:
            return tenant
    raise Refused(HTTPStatus.NOT_FOUND, f"organization {organization} was not found")


def _route(request: Request) -> tuple[Handler, tuple[str, ...]]:
    known = False
    for method, pattern, handler in _ROUTES:
        if found := pattern.fullmatch(request.path):
            known = True
            if method == request.method:
                return handler, found.groups()
    if known:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"{request.method} is not allowed here")
    raise LabUnsupported(f"{request.method} {request.path}")
