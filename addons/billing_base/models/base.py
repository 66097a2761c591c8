from odoo import models


class Base(models.AbstractModel):
    _inherit = "base"

    def _check_company(self, fnames=None):
        """Once for all records of a company, where Odoo asks for each by itself.

        That was a third of the time of a bulk creation. Where anything is wrong,
        Odoo's own check says what.
        """
        if len(self) < 2 or "company_id" not in self or self._name == "res.company":
            return super()._check_company(fnames)
        if not self._has_consistent_companies(fnames):
            return super()._check_company(fnames)
        return None

    def _has_consistent_companies(self, fnames):
        if fnames is None or {"company_id", "company_ids"} & set(fnames):
            fnames = self._fields
        fields = [
            field
            for field in map(self._fields.get, fnames)
            if field.relational and field.check_company
        ]
        for company, records in self.grouped("company_id").items() if fields else ():
            for field in fields:
                found = records.sudo().mapped(field.name)
                owner = self.env.company if field.company_dependent else company
                domain = found._check_company_domain(owner)
                if domain and found != found.with_context(
                    active_test=False
                ).filtered_domain(domain):
                    return False
        return True
