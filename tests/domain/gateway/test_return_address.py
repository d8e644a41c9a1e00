"""Where people may be led after they have signed in."""

import pytest

from services.gateway.domain.return_address import return_address


@pytest.mark.parametrize("path", ["/", "/welcome", "/admin/agency/billing?fix=card", "/admin/agency/members?q=a%20b"])
def test_a_path_of_this_site_is_returned_to(path: str) -> None:
    assert return_address(path) == path


@pytest.mark.parametrize(
    "other",
    [
        None,
        "",
        "welcome",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "/" + "a" * 500,
        "/ë",
    ],
)
def test_INVARIANT_nobody_is_sent_to_another_site_after_signing_in(other: str | None) -> None:  # noqa: N802
    """INVARIANT: nobody is sent to another site after signing in."""
    assert return_address(other) is None


def test_the_longest_path_is_returned_to_and_a_longer_one_is_not() -> None:
    assert return_address("/" + "a" * 499) == "/" + "a" * 499
    assert return_address("/" + "a" * 500) is None
