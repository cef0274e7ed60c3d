"""Names and amounts of measures as a person reads them."""

from __future__ import annotations

__all__ = ["digits", "measure_title", "measure_words"]

_ABBREVIATIONS = {"acv": "ACV", "tam": "TAM", "arr": "ARR", "icp": "ICP"}
_SPELLED = {"white_space_acv": "white-space ACV"}


def measure_words(measure: str) -> str:
    """Return the name of a measure as it stands inside a sentence.

    Parameters
    ----------
    measure : str
        Name as in criteria and tables.

    Examples
    --------
    >>> measure_words("account_units"), measure_words("tam"), measure_words("white_space_acv")
    ('account units', 'TAM', 'white-space ACV')
    """
    if measure in _SPELLED:
        return _SPELLED[measure]
    return " ".join(_ABBREVIATIONS.get(word, word) for word in measure.replace("_", " ").split())


def measure_title(measure: str) -> str:
    """Return the name of a measure as a title.

    Parameters
    ----------
    measure : str
        Name as in criteria and tables.

    Examples
    --------
    >>> measure_title("account_units"), measure_title("white_space_acv")
    ('Account units', 'White-space ACV')
    """
    text = measure_words(measure)
    return text[:1].upper() + text[1:]


def digits(value: float) -> str:
    """Return a number in digits, without an exponent where it is large.

    Examples
    --------
    >>> digits(1_558_240.0), digits(0.25), digits(150.0)
    ('1,558,240', '0.25', '150')
    """
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:,.6g}"
