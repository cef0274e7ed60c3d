"""One book on paper, for the rep to read and to sign."""

from territory_opt.report.pdf.write import write_pdf

__all__ = ["write_pdf"]
