"""How long sessions live, how a device is named, and which origins and calls are open to others."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.vocabulary import Role
from services.gateway.domain.device_name import OTHER_DEVICE, device_name
from services.gateway.domain.other_origins import is_exact_origin, methods_for_others
from services.gateway.domain.session_life import SessionLife, SessionLives

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIVES = SessionLives(clinician=SessionLife(24 * HOUR, 14 * DAY), admin=SessionLife(12 * HOUR, 14 * DAY))


def test_a_session_ends_a_day_after_its_last_request_for_a_clinician_and_half_a_day_after_for_an_admin() -> None:
    seen = NOW + 3 * HOUR
    assert LIVES.of(Role.CLINICIAN).ends_at(NOW, seen) == seen + 24 * HOUR
    assert LIVES.of(Role.ADMIN).ends_at(NOW, seen) == seen + 12 * HOUR


@pytest.mark.parametrize("role", list(Role))
def test_a_session_that_is_always_in_use_ends_after_fourteen_days(role: Role) -> None:
    assert LIVES.of(role).ends_at(NOW, NOW + 14 * DAY - HOUR) == NOW + 14 * DAY


def test_the_longest_life_takes_each_limit_from_the_role_that_has_more_of_it() -> None:
    lives = SessionLives(clinician=SessionLife(9 * HOUR, 2 * DAY), admin=SessionLife(3 * HOUR, 5 * DAY))
    assert lives.longest == SessionLife(9 * HOUR, 5 * DAY)


WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{WINDOWS} Safari/537.36", "Chrome on Windows"),
        (f"{WINDOWS} Safari/537.36 Edg/126.0.0.0", "Edge on Windows"),
        (f"{WINDOWS} Safari/537.36 OPR/111.0.0.0", "Opera on Windows"),
        (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"{IPHONE} CriOS/126.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (f"{IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
        (f"{ANDROID} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15", "Safari on Mac"),
        ("Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) Version/17.5 Safari/605.1.15", "Safari on iPad"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/126.0.0.0 Safari/537.36", "Chrome on ChromeOS"),
        ("Headcount/1.2 (Windows)", f"{OTHER_DEVICE} on Windows"),
        ("python-httpx/0.28.1", OTHER_DEVICE),
        ("", OTHER_DEVICE),
        (None, OTHER_DEVICE),
    ],
)
def test_a_device_is_named_by_its_browser_and_its_system(user_agent: str | None, name: str) -> None:
    assert device_name(user_agent) == name


@pytest.mark.parametrize(
    "hostile",
    [
        "Call +1 800 555 0100 now",
        "https://evil.example",
        "<b>Chrome</b>\r\nBcc: x@y.example",
        "\u202eelgooG",
        "x" * 9_000,
    ],
)
def test_no_text_that_a_browser_sends_is_in_the_name_of_its_device(hostile: str) -> None:
    assert device_name(hostile) == OTHER_DEVICE
    assert device_name(f"Firefox/127.0 {hostile}") == "Firefox"


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example",
        "https://app.example:8443",
        "http://127.0.0.1:9000",
        "http://localhost:9000",
        "http://[::1]:9000",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://0198f3a2-6c1d-7e52-9a3b-2f1c5d7e9a10",
        "capacitor://localhost",
    ],
)
def test_an_exact_origin_can_be_listed(origin: str) -> None:
    assert is_exact_origin(origin)


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "null",
        "",
        "https://*.example",
        "https://app.example/",
        "https://app.example/path",
        "https://App.example",
        "https://app.example:443",
        "http://app.example",
        "http://127.0.0.1:80",
        "https://user@app.example",
        "app.example",
        "file://",
        "file://host",
        "chrome-extension://*",
        "https://app.example https://b.example",
    ],
)
def test_a_wildcard_a_path_and_a_site_without_tls_cannot_be_listed(text: str) -> None:
    assert not is_exact_origin(text)


def test_only_the_calls_of_a_bearer_token_and_of_its_sign_in_are_open_to_others() -> None:
    assert methods_for_others("/me") == methods_for_others("/events") == {"GET"}
    assert methods_for_others("/login-codes") == methods_for_others("/sessions") == {"POST"}
    assert methods_for_others("/sessions/current") == {"DELETE"}
    for closed in ("/members", "/sessions/current/proof", "/me/", "", "/api-keys"):
        assert methods_for_others(closed) == frozenset()
