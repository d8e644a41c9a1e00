"""Which network a request comes from, behind trusted proxies and without them."""

from collections.abc import Sequence

import pytest

from webserver.client_address import TrustedProxies, network_of, networks_of

ONE = TrustedProxies(networks_of(["10.0.0.0/8", "fd00::/8"]))
TWO = TrustedProxies(ONE.networks, hops=2)
STRANGER = "203.0.113.9"
PROXY = "10.0.0.1"


def test_a_network_is_an_ipv4_address_or_the_64_of_an_ipv6_one() -> None:
    assert network_of("203.0.113.9") == "203.0.113.9"
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff") == "2001:db8::/64"
    assert network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("unknown") == "unknown"


@pytest.mark.parametrize("trusted", [TrustedProxies(), ONE, TWO])
def test_nobody_but_a_trusted_proxy_names_another_client(trusted: TrustedProxies) -> None:
    assert trusted.client_of(STRANGER, [b"198.51.100.1"]) == STRANGER
    assert TrustedProxies().client_of(PROXY, [b"198.51.100.1"]) == PROXY


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ([b"203.0.113.9"], STRANGER),
        ([b"198.51.100.1, 203.0.113.9"], STRANGER),
        ([b"198.51.100.1", b"203.0.113.9"], STRANGER),
        ([b"198.51.100.1,10.9.9.9"], "10.9.9.9"),
        ([b"10.9.9.9, 203.0.113.9"], STRANGER),
        ([b"203.0.113.9:4711"], STRANGER),
        ([b" \t203.0.113.9 "], STRANGER),
        ([b"2001:db8::7"], "2001:db8::7"),
        ([b"2001:DB8:0::7"], "2001:db8::7"),
        ([b"[2001:db8::7]"], "2001:db8::7"),
        ([b"[2001:db8::7]:443"], "2001:db8::7"),
        ([b"::ffff:203.0.113.9"], STRANGER),
        ([], PROXY),
        ([b""], PROXY),
        ([b"203.0.113.9,"], PROXY),
        ([b"203.0.113.9", b""], PROXY),
        ([b"unknown"], PROXY),
        ([b"_hidden"], PROXY),
        ([b"203.0.113.9:port"], PROXY),
        ([b"203.0.113.9:"], PROXY),
        ([b"203.0.113"], PROXY),
        ([b"203.0.113.09"], PROXY),
        ([b"[203.0.113.9]"], PROXY),
        ([b"[2001:db8::7"], PROXY),
        ([b"[2001:db8::7]x"], PROXY),
        ([b"[2001:db8::7]:x"], PROXY),
        ([b"fe80::1%eth0"], PROXY),
        ([b"2001:db8::7%" + b"x" * 10_000], PROXY),
        ([b"\xff\xfe\0"], PROXY),
        ([b'"203.0.113.9"'], PROXY),
        ([b"9" * 100_000], PROXY),
        ([b"198.51.100.1," * 50_000 + b"203.0.113.9"], STRANGER),
        ([b"198.51.100.1"] * 5_000 + [b"203.0.113.9"], STRANGER),
    ],
)
def test_one_proxy_names_the_client_in_the_right_most_entry(forwarded: Sequence[bytes], client: str) -> None:
    assert ONE.client_of(PROXY, forwarded) == client


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ([b"198.51.100.1, 203.0.113.9, 10.0.0.2"], STRANGER),
        ([b"198.51.100.1, 203.0.113.9"], STRANGER),
        ([b"203.0.113.9", b"10.0.0.2"], STRANGER),
        ([b"198.51.100.1, 10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ([b"garbage, 10.0.0.2"], "10.0.0.2"),
        ([b"10.0.0.2"], "10.0.0.2"),
        ([b"[fd00::2]:80"], "fd00::2"),
        ([b"203.0.113.9, [fd00::2]:80"], STRANGER),
    ],
)
def test_two_proxies_are_passed_and_no_third(forwarded: Sequence[bytes], client: str) -> None:
    assert TWO.client_of(PROXY, forwarded) == client


def test_a_proxy_is_known_however_its_address_is_written() -> None:
    for proxy in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::9", "fd00::9%eth0"):
        assert ONE.includes(proxy)
    for other in ("11.0.0.1", "2001:db8::1", "unknown", ""):
        assert not ONE.includes(other)


def test_a_text_that_is_no_network_is_named() -> None:
    assert networks_of(["192.0.2.1"])[0].num_addresses == 1
    with pytest.raises(ValueError, match="host bits"):
        networks_of(["10.0.0.1/8"])
    with pytest.raises(ValueError, match="everybody"):
        networks_of(["everybody"])
