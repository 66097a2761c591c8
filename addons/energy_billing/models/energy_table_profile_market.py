import zipfile
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..market import ote, price_xml
from ..market.errors import MarketError
from ..market.tables import parse_confirmations
from ..market.tables.services import parse_services


class EnergyTableProfile(models.Model):
    """Profiles of market messages: who sends them and what is done with them."""

    _inherit = "energy.table.profile"

    kind = fields.Selection(
        selection_add=[
            ("market", "Market messages (XML, EDIFACT, ZIP)"),
            ("prices", "Price series and load profiles"),
            ("services", "Network services"),
            ("confirmations", "Confirmations of points"),
        ],
        ondelete=dict.fromkeys(
            ("market", "prices", "services", "confirmations"), "cascade"
        ),
    )
    sender_code = fields.Char(
        string="Code of the Sender",
        help="Messages of other senders are refused; empty: not checked.",
    )
    receiver_code = fields.Char(
        string="Our Code",
        help="Messages to another recipient are refused; empty: not checked.",
    )
    measurement_rule = fields.Selection(
        [
            ("unbilled", "Unless the days are invoiced"),
            ("always", "Always"),
            ("manual", "By a clerk only"),
        ],
        string="Write into Measurement",
        default="unbilled",
        required=True,
        help="Whether the data to bill of a message become the measured values at "
        "once. What is not written is shown as different from the measurement.",
    )
    answer_rule = fields.Selection(
        [("always", "Always"), ("errors", "When there are errors"), ("never", "Never")],
        string="Answer EDIFACT Messages",
        default="always",
        required=True,
        help="An APERAK for each MSCONS message, kept with its delivery.",
    )

    @api.constrains("kind")
    def _check_measures_market(self):
        for profile in self.filtered(lambda profile: profile.kind == "market"):
            if profile.message_count and profile.column_ids:
                raise ValidationError(
                    self.env._(
                        "Profile %(profile)s reads tables. Make a new one for market "
                        "messages.",
                        profile=profile.display_name,
                    )
                )

    def _has_multiplier(self):
        return self.kind == "market" or super()._has_multiplier()

    def _to_dict(self):
        values = super()._to_dict()
        if self.kind == "prices":
            # a series stands where a table of intervals has a point; prices may be
            # below zero and are no energies to convert
            values |= {"kind": "intervals", "allow_negative": True, "unit": "kWh"}
        return values

    def _can_read(self, fileobj):
        if self.kind == "prices":
            fileobj.seek(0)
            head = fileobj.read(1024)
            fileobj.seek(0)
            if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
                return price_xml.ROOT.encode() in head
        if self.kind in ("services", "confirmations"):
            return self._has_rows(fileobj)
        if self.kind != "market":
            return super()._can_read(fileobj)
        fileobj.seek(0)
        head = fileobj.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
        fileobj.seek(0)
        if head.startswith((b"UNA", b"UNB")):
            return True
        if head.startswith(b"PK"):
            return self._is_batch(fileobj)
        if not head.startswith(b"<"):
            return False
        try:
            message = ote.parse_xml(
                fileobj, self.env["energy.message.layout"]._get_profiles("xml")
            )
        except MarketError:
            return False
        finally:
            fileobj.seek(0)
        # who sent it stands in an element that comes later: the import checks it
        return message.profile is not None

    def _has_rows(self, fileobj):
        """Whether the first rows of a table with a row per point can be read."""
        parse = parse_services if self.kind == "services" else parse_confirmations
        fileobj.seek(0)
        try:
            return bool(list(islice(parse(self._to_table_profile(), fileobj), 3)))
        except MarketError:
            return False
        finally:
            fileobj.seek(0)

    def _is_batch(self, fileobj):
        """Whether a file is a ZIP of messages, not a workbook."""
        try:
            names = zipfile.ZipFile(fileobj).namelist()
        except zipfile.BadZipFile:
            return False
        finally:
            fileobj.seek(0)
        return bool(names) and "[Content_Types].xml" not in names
