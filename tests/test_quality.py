from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from territory_opt.quality import DataQuality

TEXTS = st.lists(st.text(max_size=20), max_size=3).map(tuple)


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)


@given(TEXTS, TEXTS, TEXTS)
def test_no_text_of_the_data_becomes_markup(ignored, notes, warnings):
    report = DataQuality("accounts", 1, ignored=ignored, notes=notes, warnings=warnings)
    tags = _Tags()
    tags.feed(report._repr_html_())
    assert tags.seen <= {"style", "div", "h4", "dl", "dt", "dd", "p", "code"}


def test_text_says_everything():
    report = DataQuality(
        "accounts", 1200, mapped=(("account_id", "Id"), ("acv", "acv")), derived=("d",), defaulted=("e",),
        ignored=("Fax",), notes=("n",), warnings=("w",),
    )  # fmt: skip
    assert str(report).splitlines() == [
        "accounts: 1,200 rows",
        "  Mapped: account_id <- Id, acv",
        "  Not used: Fax",
        "  Look at: w",
        "  Derived: d",
        "  Defaulted: e",
        "  Noted: n",
    ]
    assert not report.clean


def test_merging_says_nothing_twice():
    one = DataQuality("accounts", 3, notes=("a",), warnings=("w",))
    assert one.merge(one) == one
    assert one.merge(DataQuality("x", 9, derived=("d",))).derived == ("d",)
