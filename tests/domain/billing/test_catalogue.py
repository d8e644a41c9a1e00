"""The catalogue lists what is sold, and the error of an invalid one names the reason."""

from decimal import Decimal
from pathlib import Path

import pytest

import deploy
from contracts.vocabulary import BillingCycle, SeatType
from services.billing.catalogue import Catalogue, CatalogueError, read_catalogue
from services.billing.domain.plan_total import cycle_amount, unit_price

OURS = Path(deploy.__file__).with_name("catalogue.toml")
OFFER = 'product = "p_{0}"\nname = "N"\nmonthly = "m_{0}"\nannual = "a_{0}"\ntiers = [{1}]\n'
ONE = "{ cents = 100 }"


def written(folder: Path, base: str = ONE, voice: str = ONE, head: str = 'currency = "usd"') -> Path:
    file = folder / "catalogue.toml"
    file.write_text(f"{head}\n[base]\n{OFFER.format('base', base)}[voice]\n{OFFER.format('voice', voice)}")
    return file


@pytest.fixture(scope="module")
def ours() -> Catalogue:
    return read_catalogue(OURS)


@pytest.mark.parametrize(
    ("seat_type", "quantity", "cents"),
    [
        (SeatType.BASE, 1, 3100),
        (SeatType.BASE, 2, 2999),
        (SeatType.BASE, 9, 2999),
        (SeatType.BASE, 10, 2799),
        (SeatType.BASE, 25, 2699),
        (SeatType.VOICE, 2, 5999),
        (SeatType.VOICE, 3, 5299),
        (SeatType.VOICE, 10, 4999),
        (SeatType.VOICE, 25, 4699),
    ],
)
def test_a_months_seat_costs_what_the_help_page_says(
    ours: Catalogue, seat_type: SeatType, quantity: int, cents: int
) -> None:
    assert unit_price(ours.offer(seat_type).priced(BillingCycle.MONTHLY), quantity) == Decimal(cents)


def test_the_help_pages_example_is_119_97_and_then_189_97(ours: Catalogue) -> None:
    base, voice = (ours.offer(seat_type).priced(BillingCycle.MONTHLY) for seat_type in SeatType)
    assert cycle_amount(base, 2) + cycle_amount(voice, 1) == 11997
    assert cycle_amount(base, 1) + cycle_amount(voice, 3) == 18997


def test_a_years_seat_costs_twelve_months_less_ten_per_cent_rounded_down(ours: Catalogue) -> None:
    assert unit_price(ours.base.priced(BillingCycle.ANNUAL), 2) == Decimal(32389)
    assert unit_price(ours.voice.priced(BillingCycle.ANNUAL), 3) == Decimal(57229)


def test_each_seat_type_and_cycle_has_a_price_with_a_key_of_its_own(ours: Catalogue) -> None:
    prices = list(ours.prices())
    assert len({price.lookup_key for price in prices}) == 4
    assert {(price.seat_type, price.cycle) for price in prices} == {
        (seat_type, cycle) for seat_type in SeatType for cycle in BillingCycle
    }


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("{ cents = 100, up_to = 5 }", "the last tier"),
        ("{ cents = 100 }, { cents = 90 }", "the last tier"),
        ("{ cents = 100, up_to = 9 }, { cents = 90, up_to = 9 }, { cents = 80 }", "must ascend"),
        ("{ cents = 0 }", "base.tiers.0.cents"),
        ("", "base.tiers"),
        ("{ cents = 100, discount = 1 }", "base.tiers.0.discount"),
    ],
)
def test_invalid_tiers_are_named(tmp_path: Path, base: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        read_catalogue(written(tmp_path, base))


def test_two_prices_under_one_key_are_invalid(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace("m_voice", "m_base"))
    with pytest.raises(CatalogueError, match="a key of its own"):
        read_catalogue(file)


@pytest.mark.parametrize("currency", ["USD", "dollars", ""])
def test_a_currency_is_one_of_stripes_codes(tmp_path: Path, currency: str) -> None:
    """Any code is sold in since the catalogue lists several currencies: dollars are no rule any more."""
    with pytest.raises(CatalogueError, match="currency"):
        read_catalogue(written(tmp_path, head=f'currency = "{currency}"'))


EURO = '[{0}.currencies.{1}]\nmonthly = "m_{0}_{1}"\nannual = "a_{0}_{1}"\ntiers = [{{ cents = 90 }}]\n'


def test_each_further_currency_has_prices_of_its_own(tmp_path: Path) -> None:
    file = written(tmp_path)
    more = "".join(EURO.format(seat_type.value, currency) for seat_type in SeatType for currency in ("eur", "jpy"))
    file.write_text(file.read_text() + more)
    catalogue = read_catalogue(file)
    assert catalogue.currencies == ("usd", "eur", "jpy")
    prices = {(price.seat_type, price.currency, price.cycle): price for price in catalogue.prices()}
    assert len(prices) == 2 * 3 * 2
    euros = prices[SeatType.BASE, "eur", BillingCycle.ANNUAL]
    assert (euros.lookup_key, unit_price(euros.tiers, 1)) == ("a_base_eur", Decimal(972))
    assert catalogue.voice.sold_in("jpy").monthly == "m_voice_jpy"
    assert catalogue.voice.sold_in("gbp").monthly == "m_voice", "a price may have the currency as an option at Stripe"
    pair = catalogue.base.pair_of("m_base_eur")
    assert pair is not None
    assert pair.annual == "a_base_eur"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (EURO.format("base", "eur"), "both seat types"),
        (EURO.format("base", "usd") + EURO.format("voice", "usd"), "both seat types"),
        (EURO.format("base", "EUR") + EURO.format("voice", "EUR"), "currencies"),
        ((EURO.format("base", "eur") + EURO.format("voice", "eur")).replace("_voice_", "_base_"), "a key of its own"),
    ],
)
def test_a_further_currency_without_prices_of_its_own_is_invalid(tmp_path: Path, more: str, message: str) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text() + more)
    with pytest.raises(CatalogueError, match=message):
        read_catalogue(file)


def test_a_file_that_is_not_toml_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="is not TOML"):
        read_catalogue(written(tmp_path, head="currency ="))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        read_catalogue(tmp_path / "none.toml")


KEPT = 'kept = [{{ monthly = "old_m", annual = "{0}" }}]\n'


def test_a_price_belongs_to_the_pair_that_is_sold_or_to_a_kept_one(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace("[voice]", KEPT.format("old_a") + "[voice]"))
    offer = read_catalogue(file).base
    assert offer.pair_of("m_base") == offer
    kept = offer.pair_of("old_a")
    assert kept is not None
    assert (kept.lookup_key(BillingCycle.MONTHLY), kept.lookup_key(BillingCycle.ANNUAL)) == ("old_m", "old_a")
    assert (offer.pair_of("m_voice"), offer.pair_of(None)) == (None, None)


def test_a_kept_price_needs_a_key_of_its_own(tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace("[voice]", KEPT.format("a_voice") + "[voice]"))
    with pytest.raises(CatalogueError, match="a key of its own"):
        read_catalogue(file)
