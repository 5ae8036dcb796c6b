"""The whole plan with a service account of JumpCloud in the place of an API key."""

from __future__ import annotations

from labsite import Site

from jcad.lab.seed import CLIENT_ID


def test_a_service_account_plans_as_an_api_key_does(lab):
    site = Site(lab)
    before = site.jcad("sync", "plan", "--json").document["actions"]
    folder = lab.folder / "secrets"
    credentials = f'client_id = "{CLIENT_ID}"\nclient_secret = "file:{folder / "client-secret"}"\n'
    site.edit(f'api_key = "file:{folder / "api-key"}"\n', credentials)
    answer = site.jcad("sync", "plan")
    assert answer.code == 1
    assert "token_url" in answer.err
    site.edit("[jumpcloud]\n", f'[jumpcloud]\ntoken_url = "{lab.jumpcloud.url}/oauth2/token"\n')
    assert site.jcad("sync", "plan", "--json").document["actions"] == before
    site.edit("[jumpcloud]\n", '[jumpcloud]\napi_key = "env:BOTH"\n')
    assert "either api_key, or client_id" in " ".join(site.jcad("sync", "plan").err.split())
