"""Formulas and cross-references of the pages, made when the site is built: nothing is loaded when it is read."""

import re
from html import unescape
from typing import Any

from latex2mathml.converter import convert

_ARITHMATEX = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
_MATH_ROLE = re.compile(r":math:<code>(.*?)</code>", re.DOTALL)
_ROLE = re.compile(r":(?:class|func|meth|attr|mod|data|exc):<code>([^<]*)</code>")


def on_page_content(html: str, **_: Any) -> str:
    """Turn TeX into MathML, and the roles of docstrings into links."""
    html = _ARITHMATEX.sub(lambda m: _formula(m[2], block=m[1] == "div"), html)
    html = _MATH_ROLE.sub(lambda m: _formula(m[1], block=False), html)
    return _ROLE.sub(lambda m: _link(m[1]), html)


def _formula(tex: str, *, block: bool) -> str:
    return convert(unescape(tex).strip(), display="block" if block else "inline")


def _link(target: str) -> str:
    short = target.startswith("~")
    name = target.lstrip("~")
    shown = name.rsplit(".", 1)[-1] if short else name.removeprefix("territory_opt.")
    return f'<autoref optional identifier="{name}"><code>{shown}</code></autoref>'
