"""What a name is listed and searched by."""

import pytest

from services.gateway.domain.listed_name import listed_name


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Noor Haddad", "noor haddad"),
        ("Ángel Núñez", "angel nunez"),
        ("Jürgen Groß", "jurgen gross"),
        ("Cem İlhan", "cem ilhan"),
        ("Øystein", "øystein"),
        ("李小龙", "李小龙"),
    ],
)
def test_a_name_is_listed_and_found_without_case_and_accents(name: str, listed: str) -> None:
    assert listed_name(name) == listed
