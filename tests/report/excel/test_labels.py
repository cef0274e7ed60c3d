"""Names that a spreadsheet can look up, and names its sheets may have."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from territory_opt.report.excel.labels import LONGEST_LABEL, cell_text, rep_labels, sheet_names

names = st.lists(
    st.text(max_size=80) | st.sampled_from(["Ana", "ANA", "ana (r1)", "", "'", "ß", "ss", "😀" * 40]), max_size=12
)


def units(text):
    return len(text.encode("utf-16-le")) // 2


def keys(texts):
    return [unicodedata.normalize("NFKC", text).casefold() for text in texts]


@given(names)
def test_reps_have_short_names_that_differ_in_more_than_case(given_names):
    found = rep_labels(given_names, [f"r{j}" for j in range(len(given_names))])
    assert len(found) == len(given_names) and all(0 < units(name) <= LONGEST_LABEL for name in found)
    assert len(set(keys(found))) == len(found)
    assert not any(name.startswith("'") for name in found)


@given(names)
def test_plain_names_stay_as_they_are(given_names):
    plain = [f"Rep {j}" for j in range(len(given_names))]
    assert rep_labels(plain, plain) == tuple(plain)


@given(names)
def test_sheets_have_names_that_every_spreadsheet_takes(given_names):
    fixed = ("Rules", "Reps")
    found = sheet_names(given_names, fixed)
    assert len(set(keys([*found, *fixed, "History"]))) == len(found) + 3
    for name in found:
        assert 0 < units(name) <= 31 and not set(name) & set("[]:*?/\\")
        assert name.strip("'") == name
        name.encode("utf-8")


@given(st.text(max_size=60), st.sampled_from([1, 40_000]))
def test_a_cell_holds_one_line_that_fits(text, times):
    text = text * times if len(text) == 1 else text
    found = cell_text(text)
    assert units(found) <= 32_767
    assert not any(unicodedata.category(character) == "Cc" for character in found)
    assert not (found.startswith("<r>") and found.endswith("</r>"))
