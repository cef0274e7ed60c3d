"""The few pieces of SVG that charts and map are made of; every text is escaped here."""

from __future__ import annotations

from html import escape

from territory_opt.fairness.wording import clean

__all__ = ["BAND", "GRID", "INK", "INSIDE", "MUTED", "OUTSIDE", "diamond", "dot", "figure", "label", "line", "n"]

# The page sets these for light and dark; anywhere else the fallback counts.
INK = "var(--ink,#1b1f24)"
MUTED = "var(--muted,#57606a)"
GRID = "var(--line,#d0d7de)"
BAND = "var(--band,#e6edf4)"
INSIDE = "var(--accent,#0b5fa5)"
OUTSIDE = "var(--warn,#b3400a)"


def n(value: float) -> str:
    """Return a coordinate with one decimal, without a trailing zero.

    Examples
    --------
    >>> n(3.0), n(2.25), n(-0.01)
    ('3', '2.2', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def figure(body: str, width: float, height: float, summary: str, *, css: str = "chart") -> str:
    """Wrap shapes into a picture that a screen reader can tell.

    Parameters
    ----------
    body : str
        Shapes.
    width, height : float
        Size of the drawing area; the page scales it.
    summary : str
        What the picture shows, in one sentence.
    css : str
        Class.
    """
    return (
        f'<svg class="{css}" viewBox="0 0 {n(width)} {n(height)}" role="img" aria-label="{escape(clean(summary))}" '
        f'xmlns="http://www.w3.org/2000/svg">{body}</svg>'
    )


def label(x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK, css: str = "") -> str:
    """Return a text; names keep their own direction."""
    extra = f' class="{css}"' if css else ""
    return (
        f'<text x="{n(x)}" y="{n(y)}" text-anchor="{anchor}" fill="{colour}"{extra} '
        f'style="unicode-bidi:plaintext">{escape(clean(text))}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, *, colour: str = GRID, width: float = 1.0, dash: str = "") -> str:
    """Return a straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{n(x1)}" y1="{n(y1)}" x2="{n(x2)}" y2="{n(y2)}" stroke="{colour}" '
        f'stroke-width="{n(width)}"{dashed}/>'
    )


def dot(x: float, y: float, *, radius: float = 4.5, colour: str = INSIDE, title: str = "") -> str:
    """Return a filled circle, with a tooltip."""
    tip = f"<title>{escape(clean(title))}</title>" if title else ""
    return f'<circle cx="{n(x)}" cy="{n(y)}" r="{n(radius)}" fill="{colour}">{tip}</circle>'


def diamond(x: float, y: float, *, radius: float = 6.0, colour: str = OUTSIDE, title: str = "") -> str:
    """Return a diamond: outside is told by shape, not by colour alone."""
    tip = f"<title>{escape(clean(title))}</title>" if title else ""
    path = f"M{n(x - radius)} {n(y)}L{n(x)} {n(y - radius)}L{n(x + radius)} {n(y)}L{n(x)} {n(y + radius)}Z"
    return f'<path d="{path}" fill="{colour}">{tip}</path>'
