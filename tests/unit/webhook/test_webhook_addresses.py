"""Which addresses webhooks may go to: the classifier's verdict over many spellings. Nothing here opens a socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.sending.addresses import check_url, refusal

REFUSED = [
    # this machine, in every spelling that some resolver reads
    "127.0.0.1", "127.0.0.1.", "127.0.0.1..", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.0x0.0x0.0x1",
    "0x7f.1", "017700000001", "0177.0.0.1", "0177.0.0.01", "127.000.000.001", "127.255.255.254", "%31%32%37.0.0.1",
    "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "１２７.０.０.１", "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "127.0.0.1\u00ad", "1\u200b27.0.0.1",
    "[::1]", "::1", "0:0:0:0:0:0:0:1", "0000::0001", "::ffff:127.0.0.1", "[::ffff:7f00:1]", "::FFFF:7F00:0001",
    "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:7f00:0001::1",
    # private, link, carrier, metadata
    "10.0.0.1", "0xa.1", "012.0.0.1", "167772161", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.168.257",
    "100.64.0.1", "100.100.100.200", "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
    "::ffff:169.254.169.254", "[::ffff:a9fe:a9fe]", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "168.63.129.16",
    "2001:0:a9fe:a9fe:0:ffff:f7f7:f7f7", "2001:0:808:808:0:ffff:5601:5601", "fd00:ec2::254", "fc00::1", "fe80::1",
    "fe80::1%eth0", "fe80::1%25eth0", "2606:4700::1111%1", "fec0::1", "2400::5efe:10.0.0.1", "2400::200:5efe:10.0.0.1",
    # nobody's, everybody's, reserved
    "0.0.0.0", "0", "0x0", "0.1.2.3", "::", "192.0.0.8", "192.0.0.10", "192.0.2.1", "192.88.99.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "4294967295", "ff02::1", "ff0e::1", "100::1", "2001:db8::1", "2001:2::1", "2001:10::1", "3fff::1", "5f00::1",
    "64:ff9b:1::1", "4000::1", "8000::1", "e000::1", "64:ff9b::e000:1", "::ffff:255.255.255.255", "2002:e000:1::",
    # numbers that are no address
    "256.256.256.256", "4294967296", "1.2.3.4.5", "127.0.0.0x100", "08.0.0.1", "example.0x7f", "1_2.0.0.1",
    "[::1", "::1]", "1::2::3", "", ".", "a b", "a,b",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "[2606:4700::1111]", "2a00:1450::5",
    "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2001:0:808:808:0:ffff:f7f7:f7f7",
    "2400::5efe:8.8.8.8",
]  # fmt: skip
NAMES = [
    "example.com",
    "example.com.",
    "localhost",
    "münchen.example",
    "127.0.0.1.example.com",
    "0x7f.example",
    "a_b.example",
    "dead.beef",
]


def test_the_table_has_more_than_sixty_spellings() -> None:
    assert len(set(REFUSED)) == len(REFUSED) > 60


@pytest.mark.parametrize("host", REFUSED)
def test_an_address_that_is_not_public_is_refused_in_every_spelling(host: str) -> None:
    assert refusal(host, allow_loopback=False)


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_is_not_refused(host: str) -> None:
    assert refusal(host, allow_loopback=False) is None


@pytest.mark.parametrize("host", NAMES)
def test_a_name_is_judged_only_when_it_is_dialled(host: str) -> None:
    assert refusal(host, allow_loopback=False) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"])
def test_loopback_is_allowed_by_its_setting(host: str) -> None:
    assert refusal(host, allow_loopback=True) is None


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "10.0.0.1", "169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "fe80::1"],
)
def test_the_loopback_setting_allows_nothing_else(host: str) -> None:
    assert refusal(host, allow_loopback=True)


@given(st.integers(0, 2**32 - 1))
def test_every_spelling_of_an_ipv4_address_gets_one_verdict(number: int) -> None:
    a, b, c, d = number.to_bytes(4, "big")
    spellings = [
        f"{a}.{b}.{c}.{d}", str(number), hex(number), f"0{number:o}", f"0x{a:x}.0{b:o}.{c}.{d}.",
        f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}", f"::ffff:{a}.{b}.{c}.{d}",
        f"64:ff9b::{a}.{b}.{c}.{d}", f"2002:{a:02x}{b:02x}:{c:02x}{d:02x}::",
    ]  # fmt: skip
    assert len({refusal(one, allow_loopback=False) is None for one in spellings}) == 1


@given(st.text(max_size=40))
def test_no_text_is_an_error(text: str) -> None:
    refusal(text, allow_loopback=False)
    check_url(f"https://{text}/", allow_loopback=False)
    check_url(text, allow_loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com", "https://example.com/hook?a=b#c", "HTTPS://Example.COM:8443/", "https://münchen.example/",
        "https://8.8.8.8/", "https://[2606:4700::1111]:443/x", "https://a-b_c.example./",
    ],
)  # fmt: skip
def test_a_plain_https_url_of_a_public_host_is_taken(url: str) -> None:
    assert check_url(url, allow_loopback=False) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", "https only"),
        ("ftp://example.com/", "begin with https"),
        ("file:///etc/passwd", "begin with https"),
        ("//example.com/", "begin with https"),
        ("example.com", "begin with https"),
        ("https:example.com", "begin with https"),
        ("https://user@example.com/", "user"),
        ("https://user:pass@example.com/", "user"),
        ("https://@example.com/", "user"),
        ("https://example.com@127.0.0.1/", "user"),
        ("https://127.0.0.1#@example.com/", "loopback"),
        ("https://127.0.0.1?@example.com/", "loopback"),
        ("https://example.com\\@127.0.0.1/", "backslash"),
        ("https://exa\tmple.com/", "control"),
        ("https://example.com/\r\nX: y", "control"),
        (" https://example.com/", "space"),
        ("https:///hook", "host"),
        ("https://:443/", "host"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:https/", "port"),
        ("https://[::1/", "host"),
        ("https://localhost/", "this machine"),
        ("https://LOCALHOST./", "this machine"),
        ("https://127.0.0.1/", "loopback"),
        ("https://[::1]/", "loopback"),
        ("https://2130706433/", "loopback"),
        ("https://0x7f.1/", "loopback"),
        ("https://127.0.0.1./", "loopback"),
        ("https://①②⑦.⓪.⓪.①/", "loopback"),
        ("https://%31%32%37.0.0.1/", "loopback"),
        ("https://[::ffff:169.254.169.254]/", "metadata"),
        ("https://[fe80::1%25eth0]/", "IPv6"),
        ("https://134744072/", "Spell the address as 8.8.8.8"),
        ("https://8.8.8.8./", "Spell the address as 8.8.8.8"),
        ("https://exa%20mple/", "valid host"),
        ("https://example.com/" + "a" * 2_048, "2,048"),
    ],
)
def test_a_url_is_refused_with_a_reason(url: str, reason: str) -> None:
    assert reason in str(check_url(url, allow_loopback=False))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080/", "http://localhost/", "https://localhost:1/", "http://[::1]:9/", "https://127.3.2.1/"],
)
def test_with_the_loopback_setting_this_machine_is_taken_also_without_tls(url: str) -> None:
    assert check_url(url, allow_loopback=True) is None
    assert check_url(url, allow_loopback=False)


@pytest.mark.parametrize("url", ["http://example.com/", "http://10.0.0.1/", "https://10.0.0.1/", "http://8.8.8.8/"])
def test_the_loopback_setting_opens_nothing_else(url: str) -> None:
    assert check_url(url, allow_loopback=True)
