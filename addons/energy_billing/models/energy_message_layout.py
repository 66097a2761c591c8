import json

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..market import mscons, ote
from ..market.errors import MarketError
from ..market.ote_profiles import PROFILES


class EnergyMessageLayout(models.Model):
    """What is known of one kind of market message: data that a manager completes from
    the market operator's documentation."""

    _name = "energy.message.layout"
    _description = "Message Layout"
    _order = "family, sequence, name"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    family = fields.Selection(
        [("xml", "XML of a market operator"), ("mscons", "EDIFACT MSCONS")],
        default="xml",
        required=True,
    )
    definition = fields.Text(
        required=True,
        help="Names of elements and attributes, codes and their meanings, as JSON.",
    )
    active = fields.Boolean(default=True)

    _name_unique = models.Constraint(
        "UNIQUE (family, name)", "There is already a layout of this name."
    )

    @api.constrains("definition", "family")
    def _check_definition(self):
        for layout in self:
            try:
                layout._to_profile()
            except (MarketError, ValueError, TypeError, AttributeError) as error:
                raise ValidationError(
                    self.env._(
                        "The definition of layout %(layout)s cannot be used: "
                        "%(reason)s",
                        layout=layout.name,
                        reason=error.message(self.env._)
                        if isinstance(error, MarketError)
                        else error,
                    )
                ) from error

    def _to_profile(self):
        """The layout as the parser takes it.

        :raises MarketError, ValueError, TypeError: for a definition that is wrong
        """
        self.ensure_one()
        values = json.loads(self.definition)
        if self.family == "mscons":
            return mscons.MsconsProfile(**values)
        return ote.XmlProfile.from_dict(values)

    @api.model
    @tools.ormcache("family")
    def _get_profiles(self, family):
        """The active layouts of a family in the parser's form; kept, since a batch
        has thousands of messages."""
        layouts = self.search([("family", "=", family)])
        return tuple(layout._to_profile() for layout in layouts)

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _create_shipped(self):
        """Enter the layouts that come with the parsers; those known by name stay."""
        known = set(self.with_context(active_test=False).search([]).mapped("name"))
        self.create(
            [
                {
                    "name": values["name"],
                    "family": "xml",
                    "definition": json.dumps(values, indent=2, ensure_ascii=False),
                }
                for values in PROFILES
                if values["name"] not in known
            ]
            + [
                {"name": name, "family": "mscons", "definition": "{}"}
                for name in ("MSCONS",)
                if name not in known
            ]
        )
