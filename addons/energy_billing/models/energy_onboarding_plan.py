from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..bulk import as_table, names
from ..market import codes, onboarding
from ..market.errors import MarketError
from .energy_confirmation import BLOCK
from .energy_onboarding_line import TO_DO

COLUMNS = {
    "confirmation_id": "int",
    "row_number": "int",
    "point_code": "text",
    "action": "text",
    "note": "text",
    "customer": "text",
    "company_number": "text",
    "customer_key": "text",
    "date_start": "date",
    "date_end": "date",
    "template_id": "int",
    "partner_id": "int",
    "point_id": "int",
    "agreement_id": "int",
}
CONFIRMED = (
    "row_number",
    "point_code",
    "commodity",
    "network_id",
    "status",
    "date_start",
    "date_end",
    "customer",
    "company_number",
    "street",
    "zip",
    "city",
    "voltage",
    "capacity_kw",
    "measurement",
    "load_profile",
    "reason",
)
NUMBER = SQL(
    "regexp_replace(regexp_replace(upper(n), '[^0-9A-Z]', '', 'g'),"
    " '^[A-Z]{2}(?=[0-9])', '')"
)
"""``onboarding.normalise_number`` of a column n."""


class EnergyOnboarding(models.Model):
    """The plan: what each row of the confirmation would do."""

    _inherit = "energy.onboarding"  # pylint: disable=consider-merging-classes-inherited

    def _plan(self):
        """Plan anew what is not written yet, in sets."""
        self.ensure_one()
        self.check_access("write")
        lines = self.env["energy.onboarding.line"].sudo()
        written = lines._search(
            [("onboarding_id", "=", self.id), ("state", "=", "done")]
        ).select("confirmation_id")
        confirmations = self.env["energy.confirmation"].search_fetch(
            [("message_id", "=", self.message_id.id), ("id", "not in", written)],
            CONFIRMED,
        )
        rows = confirmations._read_format(CONFIRMED, load=None)
        planned = self._plan_rows(rows)
        lines.flush_model()
        self.env.cr.execute(
            SQL(
                "DELETE FROM energy_onboarding_line"
                " WHERE onboarding_id = %s AND state <> 'done'",
                self.id,
            )
        )
        for start in range(0, len(planned), BLOCK):
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO energy_onboarding_line
                                (onboarding_id, company_id, state, %s)
                    SELECT %s, %s, 'planned', v.* FROM %s
                    """,
                    names(COLUMNS),
                    self.id,
                    self.company_id.id,
                    as_table("v", COLUMNS, planned[start : start + BLOCK]),
                )
            )
        lines.invalidate_model()
        self.invalidate_recordset()
        self.previewed_on = fields.Datetime.now()

    def _plan_rows(self, rows):
        """Lines by the keys of COLUMNS for rows of a confirmation."""
        points = self._get_points([row["point_code"] for row in rows])
        asked = [self._as_row(row) for row in rows]
        customers = self._get_customers(asked)
        networks = self._get_networks()
        templates = self.env["energy.onboarding.template"].search(
            [("company_id", "=", self.company_id.id)]
        )
        planned = []
        for row, what in zip(rows, asked, strict=True):
            point = points.get(row["point_code"])
            decision = onboarding.decide(
                what, point, customers.get(what.customer_key, ())
            )
            action, note, template = decision.action, "", None
            if action == "new":
                template, note = self._find_template(row, point, networks, templates)
                action = action if template else "problem"
            elif action == "problem":
                note = self._get_problem(decision.problem, **decision.params)
            elif action == "changed":
                note = self._describe_changes(decision.changes)
            elif action == "rejected":
                note = row["reason"] or ""
            planned.append(
                {
                    "customer": row["customer"] or None,
                    "confirmation_id": row["id"],
                    "row_number": row["row_number"],
                    "point_code": row["point_code"],
                    "action": action,
                    "note": note,
                    "company_number": row["company_number"] or None,
                    "customer_key": what.customer_key,
                    "date_start": what.start,
                    "date_end": what.end,
                    "template_id": template.id if template else None,
                    "partner_id": decision.partner_id,
                    "point_id": point.id if point else None,
                    "agreement_id": decision.agreement_id,
                }
            )
        return planned

    def _as_row(self, row):
        return onboarding.Row(
            status=row["status"],
            start=row["date_start"] or self.date_start or None,
            end=row["date_end"] or None,
            customer=row["customer"] or "",
            number=onboarding.normalise_number(row["company_number"]),
            values={
                **{name: row[name] or None for name in onboarding.TEXTS},
                # a file that tells no capacity has none to compare
                **{name: row[name] or None for name in onboarding.NUMBERS},
            },
        )

    def _get_problem(self, code, **params):
        return self.env["energy.onboarding.line"]._get_problem(code, **params)

    def _find_template(self, row, point, networks, templates):
        """``(template or None, problem)`` of a row that is to be created."""
        network = row["network_id"]
        try:
            if not point:
                patterns = [(str(n.id), n.code_pattern) for n in networks]
                found = network or codes.distributor_of(
                    row["point_code"],
                    [pattern for pattern in patterns if pattern[1]],
                )
                if not found:
                    return None, self._get_problem("no_network")
                network = int(found)
                own = networks.browse(network)
                codes.check_code(
                    row["point_code"], own.code_scheme, own.code_pattern or ""
                )
        except MarketError as error:
            reason = error.message(self.env._)
            return None, self._get_problem("bad_code", reason=reason)
        template = templates._find_for(row | {"network_id": network})
        return template, "" if template else self._get_problem("no_template")

    def _describe_changes(self, changes):
        point = self.env["energy.metering.point"]
        return ", ".join(
            f"{point._fields[name]._description_string(self.env)}: {old or '–'} → {new}"
            for name, (old, new) in changes.items()
        )

    # === What is known ===

    def _get_networks(self):
        return self.env["energy.network"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("commodity", "=", self.message_id.profile_id.commodity),
            ]
        )

    def _get_points(self, point_codes):
        """``{code: onboarding.Point}`` with their agreements."""
        points = (
            self.env["energy.metering.point"]
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("company_id", "=", self.company_id.id),
                    ("commodity", "=", self.message_id.profile_id.commodity),
                    ("code", "in", point_codes),
                ],
                ["code", *onboarding.TEXTS, *onboarding.NUMBERS],
            )
        )
        supplies = self._get_supplies(points)
        return {
            point.code: onboarding.Point(
                point.id,
                {name: point[name] for name in onboarding.TEXTS + onboarding.NUMBERS},
                supplies.get(point.id, ()),
            )
            for point in points
        }

    @api.model
    def _get_supplies(self, points):
        """``{point id: [onboarding.Supply, …]}`` in the order of their days."""
        agreements = self.env["billing.agreement"].search_fetch(
            [
                ("point_id", "in", points.ids),
                ("type_id.segment_type_id.is_exclusive", "=", True),
            ],
            ["point_id", "partner_id", "date_start", "date_end"],
            order="date_start",
        )
        agreements.partner_id.fetch(["name", "vat", "company_registry"])
        supplies = defaultdict(list)
        for agreement in agreements:
            partner = agreement.partner_id
            numbers = {
                onboarding.normalise_number(number)
                for number in (partner.vat, partner.company_registry)
            }
            supplies[agreement.point_id.id].append(
                onboarding.Supply(
                    agreement.id,
                    partner.id,
                    partner.name or "",
                    frozenset(numbers - {""}),
                    agreement.date_start,
                    agreement.date_end or None,
                )
            )
        return supplies

    def _get_customers(self, rows):
        """Customers by the key of a row, its number or name and address.

        :return: ``{customer key: [res.partner id, …]}``
        """
        numbers = sorted({row.number for row in rows if row.number})
        texts = sorted({row.customer_key for row in rows if not row.number})
        self.env["res.partner"].flush_model()
        found = defaultdict(list)
        for key, partner_id in self.env.execute_query(
            SQL(
                """
                WITH ours AS (
                    SELECT id, name, street, zip, city, vat, company_registry
                      FROM res_partner
                     WHERE active AND parent_id IS NULL
                       AND (company_id IS NULL OR company_id = %(company)s))
                SELECT '#' || k.number, k.id
                  FROM (SELECT DISTINCT %(number)s AS number, id
                          FROM ours, unnest(ARRAY[vat, company_registry]) AS u(n)
                         WHERE n <> '') k
                 WHERE k.number = ANY(%(numbers)s)
                 UNION ALL
                SELECT t.key, t.id
                  FROM (SELECT id, concat_ws('|', %(texts_of)s) AS key
                          FROM ours
                         WHERE COALESCE(vat, '') = ''
                           AND COALESCE(company_registry, '') = '') t
                 WHERE t.key = ANY(%(texts)s)
                 ORDER BY 1, 2
                """,
                company=self.company_id.id,
                number=NUMBER,
                numbers=numbers,
                texts=texts,
                texts_of=SQL(", ").join(
                    SQL(
                        "lower(btrim(regexp_replace(COALESCE(%s, ''),"
                        " '\\s+', ' ', 'g')))",
                        SQL.identifier(name),
                    )
                    for name in ("name", *onboarding.TEXTS)
                ),
            )
        ):
            found[key].append(partner_id)
        return found

    # === Pieces ===

    def _get_pieces(self, size=1_000):
        """Planned lines in pieces that keep the rows of a customer together.

        :return: list of energy.onboarding.line
        """
        lines = self.env["energy.onboarding.line"].search_fetch(
            [
                ("onboarding_id", "=", self.id),
                ("state", "=", "planned"),
                ("action", "in", TO_DO),
            ],
            ["customer_key"],
            order="customer_key, id",
        )
        pieces, piece = [], []
        for group in lines.grouped("customer_key").values():
            if piece and len(piece) + len(group) > size:
                pieces.append(lines.browse(piece))
                piece = []
            piece += group.ids
        if piece:
            pieces.append(lines.browse(piece))
        return pieces
