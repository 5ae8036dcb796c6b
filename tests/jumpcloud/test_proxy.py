"""JumpCloud through a proxy that is named in the settings."""

from __future__ import annotations

import pytest
from proxy import Proxy

from jcad.errors import ConnectionFailed, SettingsError
from jcad.jumpcloud import Address


@pytest.mark.parametrize("status", [403, 407])
def test_a_proxy_that_answers_with_a_page_is_told(open_reader, status):
    with Proxy(status) as proxy:
        reader = open_reader(url="https://console.jumpcloud.com", proxy=proxy.url)
        with pytest.raises(ConnectionFailed, match=f"the proxy {proxy.url} answered: {status}"):
            reader.instances()
    assert set(proxy.tunnels) == {"console.jumpcloud.com:443"}


@pytest.mark.parametrize("proxy", ["proxy:3128", "http://user:secret@proxy:3128", "http://"])
def test_what_is_no_proxy_is_refused_without_repeating_it(proxy):
    with pytest.raises(SettingsError) as caught:
        Address(proxy=proxy)
    assert "secret" not in str(caught.value)
