import base64
import hashlib
import json

from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import UserError

from .connection_case_basis import INTERNAL
from .edi_exchange_record import STATUSES
from .tools import exact

VERSION = "1.0"


class ConnectionCase(models.Model):
    """The invoice basis for an external system; see docs/connection_basis.md."""

    _inherit = "connection.case"

    edi_record_ids = fields.One2many(
        "edi.exchange.record", "connection_case_id", groups=INTERNAL
    )
    external_status = fields.Selection(
        STATUSES,
        string="External Billing",
        compute="_compute_external_status",
        compute_sudo=True,
        store=True,
        help="What the external billing said last of the accepted basis.",
    )

    @api.depends("edi_record_ids.connection_status")
    def _compute_external_status(self):
        for case in self:
            # a supplementary offer is a basis of its own: the last one counts
            last = case.edi_record_ids.sorted("id")[-1:]
            case.external_status = last.connection_status

    @api.depends("external_status")
    def _compute_state(self):
        return super()._compute_state()

    def _is_invoiced(self):
        return super()._is_invoiced() or self.external_status in ("invoiced", "paid")

    def _is_unpaid(self):
        return super()._is_unpaid() or self.external_status == "invoiced"

    def _is_prepaid(self):
        return super()._is_prepaid() or self.external_status == "paid"

    def action_hand_over(self):
        """Write the accepted basis as JSON and XML, once for each content; the form
        that the kind of case names is sent. What was handed over before is shown."""
        wanted = {}
        for case in self:
            basis = case._get_basis()
            for form, write in FORMS.items():
                content = write(basis)
                key = f"{form}:{hashlib.sha256(content).hexdigest()}"
                wanted[case.id, key] = case._prepare_hand_over(
                    form, key, content, basis["reference"]
                )
        # clerks hand over cases but don't administer exchanges
        Record = self.env["edi.exchange.record"].sudo()
        known = Record.search([("connection_case_id", "in", self.ids)]).filtered(
            lambda record: (
                (record.connection_case_id.id, record.connection_key) in wanted
            )
        )
        for record in known:
            del wanted[record.connection_case_id.id, record.connection_key]
        made = Record.with_context(edi__skip_quick_exec=True).create(
            list(wanted.values())
        )
        return (known | made)._get_records_action(name=self.env._("Invoice Basis"))

    def _prepare_hand_over(self, form, key, content, reference):
        """Values of the edi.exchange.record of the basis as ``form``."""
        self.ensure_one()
        kind = self.type_id
        is_mailed = kind.billing_partner_id.email and form == kind.billing_form
        return {
            "type_id": self.env.ref("energy_connection.edi_type_basis").id,
            "backend_id": self.env.ref("energy_connection.edi_backend_connection").id,
            "company_id": self.company_id.id,
            "connection_case_id": self.id,
            "connection_key": key,
            "connection_reference": reference,
            "exchange_filename": f"{self.name}.{form}",
            "exchange_file": base64.b64encode(content),
            # what is not sent is kept to be fetched
            "edi_exchange_state": "output_pending" if is_mailed else "new",
        }

    def _get_basis(self):
        """What was accepted, as plain texts; amounts have the currency's decimals.

        :raises UserError: nothing was accepted yet
        """
        self.ensure_one()
        offers = self._get_accepted_offers()
        if not offers:
            raise UserError(
                self.env._(
                    "Case %(case)s has no accepted offer to hand over.", case=self.name
                )
            )
        digits = self.currency_id.decimal_places
        lines = offers.order_line.filtered(
            lambda line: not line.display_type and not line.is_downpayment
        )
        basis = {
            "version": VERSION,
            "case": self.name,
            "company": self.company_id.company_registry or self.company_id.name,
            "currency": self.currency_id.name,
            "customer": self._get_party(self.partner_id),
            "payer": self._get_party(self.payer_id),
            "point": self.point_id.code or "",
            "offers": [offer.name for offer in offers],
            "lines": [
                {
                    "charge": line.connection_charge_type_id.code or "",
                    "text": line.name,
                    "amount": str(round(exact(line.price_subtotal), digits)),
                    "tax": str(round(exact(line.price_tax), digits)),
                    "taxes": [tax.name for tax in line.tax_ids],
                }
                for line in lines
            ],
            "untaxed": str(round(sum(exact(o.amount_untaxed) for o in offers), digits)),
            "total": str(round(sum(exact(o.amount_total) for o in offers), digits)),
        }
        digest = hashlib.sha256(basis_json(basis)).hexdigest()
        return {**basis, "reference": f"{self.name}/{digest[:12]}"}

    def _get_party(self, partner):
        return {
            "number": partner.ref or str(partner.id),
            "name": partner.name or "",
            "registry": partner.vat or partner.company_registry or "",
            "street": partner.street or "",
            "zip": partner.zip or "",
            "city": partner.city or "",
            "country": partner.country_id.code or "",
            "email": partner.email or "",
        }


def basis_json(basis):
    """Bytes of the basis as JSON, keys in a fixed order."""
    return json.dumps(basis, ensure_ascii=False, indent=2, sort_keys=True).encode()


def basis_xml(basis):
    """Bytes of the basis as XML: an element for each key, ``item`` in lists."""
    root = etree.Element("basis", version=basis["version"])

    def add(parent, name, value):
        element = etree.SubElement(parent, name)
        if isinstance(value, dict):
            for key in sorted(value):
                add(element, key, value[key])
        elif isinstance(value, list):
            for item in value:
                add(element, "item", item)
        else:
            element.text = value

    for key in sorted(basis):
        if key != "version":
            add(root, key, basis[key])
    return etree.tostring(
        root, xml_declaration=True, encoding="utf-8", pretty_print=True
    )


FORMS = {"json": basis_json, "xml": basis_xml}
