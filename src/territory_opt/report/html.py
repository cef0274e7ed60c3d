"""One page with everything: opens offline, prints well, and no name in the data can do anything in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from territory_opt.frames import write_text_atomic
from territory_opt.report.embed import packed
from territory_opt.report.extras import section_of, unexamined
from territory_opt.report.page import page_values

if TYPE_CHECKING:
    from territory_opt.report.extras import Extra
    from territory_opt.result import Result

__all__ = ["html_page", "write_html"]


_SCRIPTS = ("grid.js", "books.js", "accounts.js", "map.js", "start.js")


def write_html(
    result: Result, path: str | Path, *, title: str = "Territory carve", sections: Iterable[Extra] = ()
) -> Path:
    """Write the report of a result as one self-contained page.

    Parameters
    ----------
    result : Result
        Any result; one without an alignment says why there is none.
    path : str or Path
        Where to; the file is written whole or not at all.
    title : str
        Heading of the page.
    sections : iterable
        Further sections after the fairness table: comparison, envy, simulation, ensemble, forecast risk or group
        reports, or sections of your own (:class:`territory_opt.report.sections.Section`).

    Returns
    -------
    Path
        The file.

    Raises
    ------
    CriterionError
        Something that is no section.
    OSError
        The folder does not exist or cannot be written to.

    Notes
    -----
    The page loads nothing from anywhere: styles, script, charts and data are inside, and its content security policy
    allows this one script and no connection.
    """
    target = Path(path)
    write_text_atomic(target, html_page(result, title=title, sections=sections))
    return target


def html_page(result: Result, *, title: str = "Territory carve", sections: Iterable[Extra] = ()) -> str:
    """Return the page of :func:`write_html` as text.

    Parameters
    ----------
    result, title, sections
        As there.

    Returns
    -------
    str
        A complete HTML document.
    """
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

    folder = files("territory_opt.report").joinpath("templates")
    names = ("report.html.j2", "report.css", *_SCRIPTS)
    sources = {name: folder.joinpath(name).read_text("utf-8") for name in names}
    environment = Environment(
        loader=DictLoader({"report.html.j2": sources["report.html.j2"]}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    analyses = list(sections)
    values: dict[str, Any] = page_values(result, title, [section_of(analysis) for analysis in analyses])
    values["unexamined"] = unexamined(result.problem, analyses)
    if result.has_alignment:
        text, values["compressed"] = packed(values.pop("data"))
        values["data_json"] = Markup(text)
    script = '"use strict";\n(function () {\n' + "".join(sources[name] for name in _SCRIPTS) + "})();\n"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # Style, script and pictures are this library's own and escaped where they were made; all else is escaped here.
    values |= {"style": Markup(sources["report.css"]), "script": Markup(script), "script_hash": digest}
    environment.filters["drawn"] = Markup
    return environment.get_template("report.html.j2").render(values)
