import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt._spelling import INDUSTRIES, near_spellings
from territory_opt._text import text_array


def suggestions(*texts, known=()):
    return {found.text: found.suggestion for found in near_spellings(text_array(texts), known)}


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["GTX Pro", "GTX Pro", "GTXPro"], {"GTXPro": "GTX Pro"}),
        (["Retail", "Retail", "retail"], {"retail": "Retail"}),
        (["Missouri", "Missouri", "MIssouri"], {"MIssouri": "Missouri"}),
        (["technology", "technology", "technolgy"], {"technolgy": "technology"}),
        (["Tier 1", "Tier 1", "Tier 2"], {}),
        (["North Carolina", "North Carolina", "South Carolina"], {}),
        (["Iowa", "Iowa", "Ohio", ""], {}),
        (["NY", "NY", "NJ"], {}),
    ],
)
def test_near_spellings(texts, found):
    assert suggestions(*texts) == found


def test_known_words_are_suggested_even_when_absent():
    assert suggestions("technolgy", "medical", known=INDUSTRIES) == {"technolgy": "technology"}
    assert suggestions("Technology", "Retail", known=INDUSTRIES) == {}
    assert suggestions("Health Care", known=INDUSTRIES) == {}
    (found,) = near_spellings(text_array(["GTXPro"]), ["GTX Pro"], exact=True)
    assert found.suggestion == "GTX Pro"


def test_the_commoner_letter_case_is_suggested_even_of_known_words():
    assert suggestions("Retail", "Retail", "retail", known=INDUSTRIES) == {"retail": "Retail"}


def test_more_texts_than_categories_are_left_alone():
    assert suggestions(*(f"name {row}" for row in range(400))) == {}


@given(st.lists(st.text(max_size=8), max_size=30))
def test_nothing_is_its_own_suggestion(texts):
    found = suggestions(*texts)
    assert all(text != suggestion for text, suggestion in found.items())
    assert set(found) <= set(texts)
