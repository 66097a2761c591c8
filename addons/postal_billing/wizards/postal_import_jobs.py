"""Rows of a production file of hybrid mail: batches of a mailing job."""

from odoo.addons.billing_base.sheets import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INTEGER,
    Column,
    Sheet,
)

from .postal_import_rows import EntryResolver

SAME = ("date", "pages", "inserts", "insert_weight", "is_colour", "is_duplex")
"""What pieces have in common that are one mailing."""


def job_sheet(env):
    """What a production file looks like."""
    _ = env._
    return Sheet(
        "entries",
        _("Mailing jobs"),
        (
            Column("centre", _("Cost Centre"), optional=True, help=_("Its code.")),
            Column(
                "partner",
                _("Partner"),
                required=True,
                help=_("Reference, tax number or billing account."),
                width=18,
            ),
            Column("job", _("Job"), required=True, width=24),
            Column("date", _("Mailed On"), DATE, optional=True),
            Column("pieces", _("Pieces"), INTEGER, required=True, minimum=1),
            Column("pages", _("Pages per Piece"), INTEGER, required=True, minimum=1),
            Column(
                "inserts", _("Inserts per Piece"), INTEGER, optional=True, minimum=0
            ),
            Column(
                "insert_weight",
                _("Grams of an Insert"),
                DECIMAL,
                digits=1,
                optional=True,
                minimum=0,
            ),
            Column("is_colour", _("Colour"), BOOLEAN, optional=True),
            Column("is_duplex", _("Both Sides"), BOOLEAN, optional=True),
        ),
    )


class JobResolver(EntryResolver):
    """Finds cost centre and partner of a row, whether its parts have services, and
    whether the job is there already."""

    def __init__(self, postal_import):
        super().__init__(postal_import)
        mailings = self.env["postal.mailing"].search(
            [
                ("specification_id.kind", "=", postal_import.kind),
                ("specification_id.period_id", "=", postal_import.period_id.id),
                ("specification_id.is_checked", "=", False),
            ]
        )
        self.entered = {
            (draft.cost_centre_id, draft.partner_id, mailing.name)
            for mailing in mailings
            if (draft := mailing.specification_id)
        }

    def _values(self, row, centre, partner):
        if self.entered & {
            (centre, partner, name) for name in (row["job"], _batch_name(row["job"], 1))
        }:
            text = self.env._(
                "%(partner)s has the job “%(job)s” in the draft of the period "
                "already. Delete it there, or give this one another name.",
                partner=partner.display_name,
                job=row["job"],
            )
            return None, (text, "job")
        parts = {
            item.hybrid_part
            for item in self._items(partner).values()
            if item.hybrid_part and item.active
        }
        needed = {"envelope", "postage", "colour" if row.get("is_colour") else "print"}
        if row.get("inserts"):
            needed.add("insert")
        if missing := sorted(needed - parts):
            labels = dict(
                self.env["billing.tariff.item"]
                ._fields["hybrid_part"]
                ._description_selection(self.env)
            )
            text = self.env._(
                "The price list of %(partner)s has no service for: %(parts)s.",
                partner=partner.display_name,
                parts=", ".join(labels[part] for part in missing),
            )
            return None, (text, "partner")
        values = {
            "name": row["job"],
            "date": row.get("date") or False,
            "pieces": row["pieces"],
            "pages": row["pages"],
            "inserts": row.get("inserts") or 0,
            "insert_weight": float(row.get("insert_weight", 5)),
            "is_colour": bool(row.get("is_colour")),
            "is_duplex": row.get("is_duplex") is not False,
        }
        return values, None


def _batch_name(job, number):
    return f"{job} / {number}"


def prepare_jobs(rows):
    """Values of mailings: batches of a job that are alike are one, others are told
    apart by their pages and inserts.

    :param rows: values of each row, in the order of the file
    """
    jobs = {}
    for row in rows:
        job = jobs.setdefault(row["name"], {})
        key = tuple(row[name] for name in SAME)
        if key in job:
            job[key]["pieces"] += row["pieces"]
        else:
            job[key] = dict(row)
    prepared = []
    for name, found in jobs.items():
        for number, values in enumerate(found.values(), start=1):
            if len(found) > 1:
                values["name"] = _batch_name(name, number)
            prepared.append(values)
    return prepared
