"""A workbook that calculates: change a rule, or the rep of an account, and every total and status follows."""

from territory_opt.report.excel.write import write_excel

__all__ = ["write_excel"]
