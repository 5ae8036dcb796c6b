"""A sync whose account lacks one right: the report names that right, and no other, for what needed it."""

from __future__ import annotations

import pytest
from preparedsite import ROOT, prepared_site

from jcad.lab.seed import ADMINISTRATOR

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning:jcad.lab")
SURNAME = "bf967a41-0de6-11d0-a285-00aa003049e2"
RESET_PASSWORD = "00299570-246d-11d0-a768-00aa006e0529"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with prepared_site(tmp_path_factory.mktemp("denied") / "lab") as site:
        site.edit("create = true", 'create = true\nlogon = "domain-controllers"')
        assert site.apply().code == 0
        site.writes_as(ADMINISTRATOR, "jcs")
        site.edit(f'password = "file:{site.lab.folder}/secrets/jcs"', 'password = "vault:jcs"')
        yield site


def without(site, right):
    """Take a right of the sync account away; gives what was there."""
    before = site.explicit(ROOT)
    kept = {ace for ace in before if ace.sid != site.sid("jcs") or str(ace.object_type) != right}
    assert len(kept) == len(before) - 1
    site.write_aces(ROOT, kept)
    return before


def hints(answer):
    return {result["error"]["hint"] for result in answer.document["results"] if result["status"] == "failed"}


def test_the_right_that_a_create_lacks_is_named(site):
    before = without(site, RESET_PASSWORD)
    answer = site.jcad("sync", "apply", "--yes", "--json", "--only", "create user", "--limit", "3")
    site.write_aces(ROOT, before)
    assert answer.code == 4
    (hint,) = hints(answer)
    assert hint.startswith("LAB\\jcs lacks ExtendedRight Reset Password on user in ")
    assert ";" not in hint


def test_the_attribute_that_may_not_be_written_is_named(site):
    assert site.jcad("sync", "apply", "--yes").code in {0, 4}
    tenant = site.lab.tenant
    tenant.update_user(tenant.user_id("chloe.dubois"), lastname="Changed", firstname="Changed")
    before = without(site, SURNAME)
    answer = site.jcad("sync", "apply", "--yes", "--json", "--only", "chloe.dubois")
    site.write_aces(ROOT, before)
    (hint,) = hints(answer)
    assert "lacks WriteProperty sn on user in " in hint
    assert "givenName" not in hint
    assert site.jcad("sync", "apply", "--yes").code == 0
