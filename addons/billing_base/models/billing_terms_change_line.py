from odoo import fields, models
from odoo.tools import SQL


class BillingTermsChangeLine(models.Model):
    """An agreement of a bulk change: what becomes of it, or why nothing does."""

    _name = "billing.terms.change.line"
    _description = "Agreement of a Price Change"
    _order = "change_id, id"
    _rec_name = "agreement_id"

    change_id = fields.Many2one(
        "billing.terms.change", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    agreement_id = fields.Many2one(
        "billing.agreement", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", index=True)
    term_id = fields.Many2one(
        "billing.agreement.term", string="Terms Before", ondelete="set null"
    )
    tariff_id = fields.Many2one("billing.tariff", index=True)
    new_tariff_id = fields.Many2one("billing.tariff")
    old_value = fields.Float(
        string="Value Before", digits="Product Unit", min_display_digits=2
    )
    modification_id = fields.Many2one(
        "contract.modification",
        string="Annex",
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [("ready", "Changed"), ("refused", "Refused")], required=True
    )
    reason = fields.Selection(
        [
            ("ended", "Ends before"),
            ("term", "No terms on that day"),
            ("later", "Terms begin on that day or later"),
            ("notice", "Notice of the contract too short"),
            ("type", "Tariff not allowed for its type"),
            ("same", "Has these terms already"),
            ("price", "No price of its tariff changes"),
        ],
        string="Why Not",
    )

    _once = models.Constraint(
        "UNIQUE (change_id, agreement_id)", "An agreement is changed once."
    )

    def _select(self, change):
        """The agreements of a change: the one place that decides it.

        :return: SQL of one row an agreement: agreement_id, partner_id, term_id,
            tariff_id, old_value, reason
        """
        self.env.flush_all()
        same = SQL("FALSE")
        if change.kind == "tariff":
            same = SQL("t.tariff_id = %s", change.tariff_id.id)
        elif change.kind == "parameter":
            same = SQL("v.value = %s::numeric", str(change.value))
        only = SQL("TRUE")
        if change.from_tariff_id:
            only = SQL("t.tariff_id = %s", change.from_tariff_id.id)
        return SQL(
            """
            SELECT a.id AS agreement_id, a.partner_id, t.id AS term_id, t.tariff_id,
                   v.value AS old_value,
                   CASE
                   WHEN a.date_end < %(day)s OR EXISTS (
                        SELECT FROM billing_termination e
                         WHERE e.agreement_id = a.id AND e.date_end < %(day)s
                           AND e.is_dismissed IS NOT TRUE) THEN 'ended'
                   WHEN EXISTS (
                        SELECT FROM billing_agreement_term l
                         WHERE l.agreement_id = a.id AND l.date_start >= %(day)s)
                   THEN 'later'
                   WHEN t.id IS NULL THEN 'term'
                   WHEN %(told)s + c.notice_days > %(day)s THEN 'notice'
                   WHEN %(same)s THEN 'same'
                   WHEN %(tariff)s::int IS NOT NULL AND EXISTS (
                        SELECT FROM %(allowed)s r WHERE r.%(type)s = a.type_id)
                    AND NOT EXISTS (
                        SELECT FROM %(allowed)s r WHERE r.%(type)s = a.type_id
                           AND r.%(other)s = %(tariff)s) THEN 'type'
                   END AS reason
              FROM billing_agreement a
              JOIN contract_contract c ON c.id = a.contract_id
         LEFT JOIN billing_agreement_term t ON t.agreement_id = a.id
               AND t.date_start <= %(day)s
               AND (t.date_end IS NULL OR t.date_end >= %(day)s)
         LEFT JOIN billing_agreement_term_value v ON v.term_id = t.id
               AND v.quantity_type_id = %(parameter)s
             WHERE a.id IN %(selection)s AND %(only)s
            """,
            day=change.date_start,
            told=change.told_on,
            same=same,
            only=only,
            tariff=change.tariff_id.id if change.kind == "tariff" else None,
            parameter=(
                change.quantity_type_id.id if change.kind == "parameter" else None
            ),
            selection=change._get_agreement_query().subselect(),
            **self._allowed_names(),
        )

    def _allowed_names(self):
        field = self.env["billing.agreement.type"]._fields["tariff_ids"]
        return {
            "allowed": SQL.identifier(field.relation),
            "type": SQL.identifier(field.column1),
            "other": SQL.identifier(field.column2),
        }

    def _plan(self, change):
        """Fill the preview of a change by one statement."""
        lines = self.env["billing.terms.change.line"].sudo()
        found = self._select(change)
        self.env.cr.execute(
            SQL("DELETE FROM billing_terms_change_line WHERE change_id = %s", change.id)
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO billing_terms_change_line (
                       change_id, company_id, agreement_id, partner_id, term_id,
                       tariff_id, new_tariff_id, old_value, reason, state,
                       create_uid, write_uid, create_date, write_date)
                SELECT %(change)s, %(company)s, f.agreement_id, f.partner_id, f.term_id,
                       f.tariff_id,
                       CASE WHEN f.reason IS NULL
                            THEN COALESCE(%(tariff)s, f.tariff_id) END,
                       f.old_value, f.reason,
                       CASE WHEN f.reason IS NULL THEN 'ready' ELSE 'refused' END,
                       %(user)s, %(user)s, %(now)s, %(now)s
                  FROM (%(found)s) f ORDER BY f.agreement_id
                """,
                change=change.id,
                company=change.company_id.id,
                tariff=change.tariff_id.id if change.kind == "tariff" else None,
                user=self.env.uid,
                now=self.env.cr.now(),
                found=found,
            )
        )
        lines.env.invalidate_all(flush=False)

    def _refuse_unpriced(self, change, tariffs):
        """Agreements with other tariffs than these have no price that changes."""
        self.env["billing.terms.change.line"].sudo().search(
            [
                ("change_id", "=", change.id),
                ("state", "=", "ready"),
                ("tariff_id", "not in", tariffs.ids),
            ]
        ).write({"state": "refused", "reason": "price", "new_tariff_id": False})

    def _is_outdated(self, change):
        """Whether the plan differs from what :meth:`_select` finds now."""
        found = self._select(change)
        columns = SQL("agreement_id, term_id, tariff_id, old_value")
        planned = SQL(
            "SELECT %s FROM billing_terms_change_line WHERE change_id = %s"
            " AND COALESCE(reason, 'price') = 'price'",
            columns,
            change.id,
        )
        now = SQL("SELECT %s FROM (%s) f WHERE f.reason IS NULL", columns, found)
        rows = self.env.execute_query(
            SQL(
                "(%(planned)s EXCEPT %(now)s) UNION ALL (%(now)s EXCEPT %(planned)s)"
                " LIMIT 1",
                planned=planned,
                now=now,
            )
        )
        return bool(rows)

    def _get_shared_tariffs(self, change):
        """Tariffs that agreements which do not change have from the day on.

        :return: billing.tariff
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT t.tariff_id FROM billing_agreement_term t
                  JOIN billing_agreement a ON a.id = t.agreement_id
                 WHERE t.tariff_id IN (
                       SELECT tariff_id FROM billing_terms_change_price
                        WHERE change_id = %(change)s)
                   AND (t.date_end IS NULL OR t.date_end >= %(day)s)
                   AND (a.date_end IS NULL OR a.date_end >= %(day)s)
                   AND NOT EXISTS (
                       SELECT FROM billing_terms_change_line l
                        WHERE l.change_id = %(change)s AND l.state = 'ready'
                          AND l.agreement_id = t.agreement_id)
                """,
                change=change.id,
                day=change.date_start,
            )
        )
        return self.env["billing.tariff"].browse(row[0] for row in rows)

    # === In sets ===

    def _apply(self, change):
        """Annexes and terms of all ready lines, a statement for each kind of row."""
        self.env.flush_all()
        self._write_annexes(change)
        spans = self._write_terms(change)
        self.env.invalidate_all(flush=False)
        self.env["billing.segment"]._mark_spans_stale(spans)

    def _write_annexes(self, change):
        ready = change.line_ids.filtered(lambda line: line.state == "ready")
        texts = {
            tariff.id: f"{change.name}: {tariff.name}" for tariff in ready.new_tariff_id
        }
        self.env.cr.execute(
            SQL(
                """
                WITH written AS (
                    INSERT INTO contract_modification (
                           contract_id, partner_id, agreement_id, date, description,
                           sent,
                           create_uid, write_uid, create_date, write_date)
                    SELECT c.id, c.commercial_partner_id, a.id, %(day)s, x.text, TRUE,
                           %(user)s, %(user)s, %(now)s, %(now)s
                      FROM billing_terms_change_line l
                      JOIN billing_agreement a ON a.id = l.agreement_id
                      JOIN contract_contract c ON c.id = a.contract_id
                      JOIN unnest(%(tariffs)s::int[], %(texts)s::text[])
                           x(tariff_id, text) ON x.tariff_id = l.new_tariff_id
                     WHERE l.change_id = %(change)s AND l.state = 'ready'
                 RETURNING id, agreement_id)
                UPDATE billing_terms_change_line l SET modification_id = w.id
                  FROM written w
                 WHERE l.change_id = %(change)s AND l.agreement_id = w.agreement_id
                """,
                day=change.date_start,
                user=self.env.uid,
                now=self.env.cr.now(),
                tariffs=list(texts),
                texts=list(texts.values()),
                change=change.id,
            )
        )

    def _write_terms(self, change):
        """New terms where tariff or parameter differs; those in force end before.

        :return: ``[(agreement id, first day, last day or None), …]``
        """
        parameter = change.quantity_type_id.id if change.kind == "parameter" else None
        rows = self.env.execute_query(
            SQL(
                """
                SELECT t.id, t.agreement_id, t.date_end FROM billing_terms_change_line l
                  JOIN billing_agreement_term t ON t.id = l.term_id
                 WHERE l.change_id = %(change)s AND l.state = 'ready'
                   AND (l.new_tariff_id <> t.tariff_id
                        OR %(parameter)s::int IS NOT NULL)
                """,
                change=change.id,
                parameter=parameter,
            )
        )
        if not rows:
            return []
        old_ids, agreement_ids, ends = zip(*rows, strict=True)
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_agreement_term
                   SET date_end = %(day)s::date - 1, write_uid = %(user)s,
                       write_date = %(now)s
                 WHERE id = ANY(%(old)s)
                """,
                day=change.date_start,
                user=self.env.uid,
                now=self.env.cr.now(),
                old=list(old_ids),
            )
        )
        self.env.cr.execute(
            SQL(
                """
                WITH old AS (
                    SELECT * FROM unnest(%(old)s::int[], %(ends)s::date[])
                           o(term_id, date_end)),
                written AS (
                    INSERT INTO billing_agreement_term (
                           agreement_id, company_id, date_start, date_end, tariff_id,
                           modification_id,
                           create_uid, write_uid, create_date, write_date)
                    SELECT t.agreement_id, t.company_id, %(day)s, o.date_end,
                           l.new_tariff_id, l.modification_id,
                           %(user)s, %(user)s, %(now)s, %(now)s
                      FROM old o
                      JOIN billing_agreement_term t ON t.id = o.term_id
                      JOIN billing_terms_change_line l
                        ON l.term_id = t.id AND l.change_id = %(change)s
                 RETURNING id, agreement_id)
                INSERT INTO billing_agreement_term_value (
                       term_id, quantity_type_id, value,
                       create_uid, write_uid, create_date, write_date)
                SELECT w.id, v.quantity_type_id, v.value,
                       %(user)s, %(user)s, %(now)s, %(now)s
                  FROM written w
                  JOIN billing_terms_change_line l
                    ON l.agreement_id = w.agreement_id AND l.change_id = %(change)s
                  JOIN billing_agreement_term_value v ON v.term_id = l.term_id
                 WHERE v.quantity_type_id IS DISTINCT FROM %(parameter)s
             UNION ALL
                SELECT w.id, %(parameter)s, %(value)s::numeric,
                       %(user)s, %(user)s, %(now)s, %(now)s
                  FROM written w WHERE %(parameter)s::int IS NOT NULL
                """,
                old=list(old_ids),
                ends=list(ends),
                day=change.date_start,
                user=self.env.uid,
                now=self.env.cr.now(),
                change=change.id,
                parameter=parameter,
                value=str(change.value),
            )
        )
        return [
            (agreement_id, change.date_start, end)
            for agreement_id, end in zip(agreement_ids, ends, strict=True)
        ]
