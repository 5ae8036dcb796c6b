from __future__ import annotations

import pytest

from jcad.errors import SettingsError
from jcad.jumpcloud import Address


def test_each_region_has_its_host():
    assert Address().url == "https://console.jumpcloud.com"
    assert Address(region="eu").url == "https://console.eu.jumpcloud.com"


def test_a_base_url_goes_before_the_region_and_loses_its_slash():
    assert Address(region="eu", base_url="https://proxy.example/jc/").url == "https://proxy.example/jc"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"region": "mars"}, "no region 'mars'"),
        ({"organisation": "acme"}, "no JumpCloud organisation id"),
        ({"base_url": "console.jumpcloud.com"}, "no base URL"),
        ({"base_url": "ftp://console.jumpcloud.com"}, "no base URL"),
        ({"base_url": "https://user:pw@console.jumpcloud.com"}, "no base URL"),
        ({"base_url": "http://console.jumpcloud.com"}, "in the clear"),
    ],
)
def test_what_cannot_be_right_is_refused(given, said):
    with pytest.raises(SettingsError, match=said) as caught:
        Address(**given)
    assert caught.value.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:80", "http://[::1]:80", "http://localhost"])
def test_plain_http_is_taken_for_loopback(url):
    assert Address(base_url=url).is_loopback
