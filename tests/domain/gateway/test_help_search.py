"""The search of the help pages."""

from services.gateway.domain.help_search import Searched, excerpt, help_search

SECTIONS = (
    Searched("Billing impact", "Stripe bills the prorated cost. A seat stays on your subscription."),
    Searched("Change a seat type", "The change requires available capacity."),
    Searched("FAQ", "Can I cap the auto-add limit? Remove the clinician, then reduce your seat count."),
)


def test_every_word_must_be_there_in_any_case_and_order() -> None:
    assert help_search("PRORATED stripe", SECTIONS) == (0,)
    assert help_search("prorated nowhere", SECTIONS) == ()
    assert help_search("  ", SECTIONS) == ()


def test_sections_whose_title_matches_come_first() -> None:
    assert help_search("seat", SECTIONS) == (1, 0, 2)


def test_an_excerpt_stands_around_the_first_word_and_is_cut_at_words() -> None:
    text = (
        "The first words of a long paragraph that goes on for quite a while before it comes to a toggle, and then on."
    )
    assert (
        excerpt("toggle", text)
        == "… of a long paragraph that goes on for quite a while before it comes to a toggle, and then on."
    )
    assert excerpt("first", f"{text} {text}").startswith("The first words")
    assert excerpt("first", f"{text} {text}").endswith(" …")
    assert excerpt("", "Short.") == "Short."
