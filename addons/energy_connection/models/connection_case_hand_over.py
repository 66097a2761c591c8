import base64
import hashlib
import json

from lxml import etree

from odoo import models
from odoo.exceptions import UserError

from .tools import exact

VERSION = "1.0"


class ConnectionCase(models.Model):
    """The invoice basis for an external system; see docs/connection_basis.md."""

    _inherit = "connection.case"

    def action_hand_over(self):
        """Write the accepted basis as JSON and XML, once for each content."""
        records = self.env["edi.exchange.record"]
        for case in self:
            for form in ("json", "xml"):
                records |= case._hand_over(form)
        return records._get_records_action(name=self.env._("Invoice Basis"))

    def _hand_over(self, form):
        """The edi.exchange.record of the basis as ``form``, the earlier one where the
        same was handed over before."""
        self.ensure_one()
        basis = self._get_basis()
        content = basis_json(basis) if form == "json" else basis_xml(basis)
        key = f"{form}:{hashlib.sha256(content).hexdigest()}"
        # clerks hand over cases but don't administer exchanges
        Record = self.env["edi.exchange.record"].sudo()
        known = Record.search(
            [("connection_case_id", "=", self.id), ("connection_key", "=", key)]
        )
        return known or Record.with_context(edi__skip_quick_exec=True).create(
            {
                "type_id": self.env.ref("energy_connection.edi_type_basis").id,
                "backend_id": self.env.ref(
                    "energy_connection.edi_backend_connection"
                ).id,
                "company_id": self.company_id.id,
                "connection_case_id": self.id,
                "connection_key": key,
                "exchange_filename": f"{self.name}.{form}",
                "exchange_file": base64.b64encode(content),
                # without an address it is kept to be fetched
                "edi_exchange_state": "output_pending"
                if self.type_id.billing_partner_id.email
                else "new",
            }
        )

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
        lines = offers.order_line.filtered(lambda line: not line.display_type)
        return {
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
