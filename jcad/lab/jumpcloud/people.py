"""API 1.0: systemusers, search, organizations. Each function answers one request on one tenant. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from jcad.lab.jumpcloud.documents import STATES, USER_FIELDS
from jcad.lab.jumpcloud.exchange import Document, Refused, Reply, Request, checked_id, only_known
from jcad.lab.jumpcloud.query import Page, chosen, fields_v1, page_v1, search_condition
from jcad.lab.jumpcloud.tenant import Tenant

V1_LIMIT = 100
"""The largest limit honoured. The description says 100; JumpCloud's own PowerShell module asks for 1,000."""

_TEXTS = frozenset({"username", "email", "firstname", "lastname", "displayname", "department", "company", "jobTitle"})


def _listed(page: Page, fields: list[str]) -> Reply:
    return Reply(body={"results": [chosen(row, fields) for row in page.rows], "totalCount": page.total})


def list_users(tenant: Tenant, request: Request) -> Reply:
    """GET /systemusers."""
    return _listed(page_v1(tenant.state.users.values(), request, cap=V1_LIMIT), fields_v1(request))


def search_users(tenant: Tenant, request: Request) -> Reply:
    """POST /search/systemusers: a list request whose parameters are in the body."""
    body = request.document()
    only_known(body, frozenset({"filter", "searchFilter", "fields", "skip", "limit", "sort"}), "a search")
    condition = search_condition(body)
    rows: Iterable[Document] = filter(condition, tenant.state.users.values())
    query: dict[str, list[str]] = {name: [str(body[name])] for name in ("skip", "limit", "sort") if name in body}
    page = page_v1(rows, Request(request.method, request.path, query), cap=V1_LIMIT)
    return _listed(page, str(body.get("fields", "")).split())


def get_user(tenant: Tenant, request: Request, user: str) -> Reply:
    """GET /systemusers/{id}."""
    document = tenant.found(tenant.state.users, checked_id(user), "user")
    return Reply(body=chosen(document, fields_v1(request)))


def create_user(tenant: Tenant, request: Request) -> Reply:
    """POST /systemusers."""
    body = _user_body(request)
    user = tenant.add_user(body.pop("username", ""), body.pop("email", ""), **body)
    return Reply(body=tenant.state.users[user])


def change_user(tenant: Tenant, request: Request, user: str) -> Reply:
    """PUT /systemusers/{id}: the fields given are changed, the others stay."""
    body = _user_body(request)
    if body.get("state") == "STAGED":
        raise Refused(HTTPStatus.BAD_REQUEST, "state must be ACTIVATED or SUSPENDED")
    tenant.update_user(checked_id(user), **body)
    return Reply(body=tenant.state.users[user])


def delete_user(tenant: Tenant, _: Request, user: str) -> Reply:
    """DELETE /systemusers/{id}."""
    return Reply(body=tenant.delete_user(checked_id(user)))


def activate_user(tenant: Tenant, request: Request, user: str) -> Reply:
    """POST /systemusers/{id}/state/activate."""
    body = request.document()
    only_known(body, frozenset({"email"}), "an activation")
    tenant.activate(checked_id(user), body.get("email", True))
    return Reply()


def unlock_user(tenant: Tenant, _: Request, user: str) -> Reply:
    """POST /systemusers/{id}/unlock."""
    tenant.update_user(checked_id(user), account_locked=False, account_locked_date=None)
    return Reply()


def expire_user(tenant: Tenant, _: Request, user: str) -> Reply:
    """POST /systemusers/{id}/expire."""
    tenant.update_user(checked_id(user), password_expired=True, password_expiration_date=tenant.now())
    return Reply()


def _user_body(request: Request) -> Document:
    body = request.document()
    only_known(body, USER_FIELDS, "a user")
    for name in _TEXTS & body.keys():
        if not isinstance(body[name], str) or len(body[name]) > 1024:
            raise Refused(HTTPStatus.BAD_REQUEST, f"{name} must be a text of at most 1024 characters")
    if "state" in body and body["state"] not in STATES:
        raise Refused(HTTPStatus.BAD_REQUEST, f"state must be one of {', '.join(sorted(STATES))}")
    return body


def list_organizations(tenant: Tenant, request: Request) -> Reply:
    """GET /organizations."""
    return _listed(page_v1([_short(tenant)], request, cap=V1_LIMIT), fields_v1(request))


def _short(tenant: Tenant) -> Document:
    return {name: tenant.state.organization[name] for name in ("_id", "displayName", "logoUrl")}


def get_organization(tenant: Tenant, request: Request, organization: str) -> Reply:
    """GET /organizations/{id}."""
    if checked_id(organization) != tenant.organization_id:
        raise Refused(HTTPStatus.NOT_FOUND, f"organization {organization} was not found")
    return Reply(body=chosen(tenant.state.organization, fields_v1(request)))
