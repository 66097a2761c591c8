from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _find_customers(
        self, company, name="", number="", street="", point="", limit=8
    ):
        """Customers alike in name or address, or with the same number or point.

        Similar by trigrams (pg_trgm); best first.
        """
        point_partners = self.browse()
        if point:
            point_partners = (
                self.env["energy.metering.point"]
                .search([("company_id", "=", company.id), ("code", "=", point.strip())])
                .partner_id
            )
        name, number, street = ((text or "").strip() for text in (name, number, street))
        self.env["res.partner"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id
                  FROM res_partner
                 WHERE active AND parent_id IS NULL
                   AND (company_id IS NULL OR company_id = %(company)s)
                   AND (similarity(COALESCE(name, ''), %(name)s) >= 0.45
                        OR %(number)s <> '' AND (vat = %(number)s
                           OR ref = %(number)s OR company_registry = %(number)s)
                        OR %(street)s <> ''
                           AND similarity(COALESCE(street, ''), %(street)s) >= 0.8)
                 ORDER BY (%(number)s <> '' AND COALESCE(vat, ref) = %(number)s) DESC,
                       similarity(COALESCE(name, ''), %(name)s) DESC, id
                 LIMIT %(limit)s
                """,
                company=company.id,
                name=name,
                number=number,
                street=street,
                limit=limit,
            )
        )
        ids = [*point_partners.ids, *(row[0] for row in rows)]
        # what the user may not see is left out
        return self.search([("id", "in", ids)]).sorted(lambda p: ids.index(p.id))
