"""Tables that are not accounts yet: deal exports rolled up to accounts, with a report of their mess."""

from territory_opt.importers.crm import CrmImport, opportunities_to_accounts
from territory_opt.importers.export import read_crm_export

__all__ = ["CrmImport", "opportunities_to_accounts", "read_crm_export"]
