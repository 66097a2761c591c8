"""A tariff as a workbook: its tree, dated prices and bands."""

from ..sheets import (
    BOOLEAN,
    CHOICE,
    CODES,
    DATE,
    DECIMAL,
    INTEGER,
    Column,
    Sheet,
)
from .billing_list_code import field_column
from .billing_list_tariff_plan import TariffPlan
from .billing_list_tariff_rows import (
    band_row,
    factor_row,
    item_row,
    price_row,
    tariff_row,
)


class TariffList:
    """The sheets of one tariff. What it holds comes back by an import of the file:
    names in the language of the user; discounts, which name customers, are not in it.
    """

    model = "billing.tariff"

    def __init__(self, item_fields=()):
        """:param item_fields: names of further fields of a charge, by add-ons"""
        self.item_fields = tuple(item_fields)

    def get_title(self, env):
        return env["ir.model"]._get(self.model).name

    def get_sheets(self, env):
        return [
            self._tariff_sheet(env),
            self._item_sheet(env),
            self._price_sheet(env),
            self._band_sheet(env),
            self._factor_sheet(env),
        ]

    def get_tables(self, env, tariff=None):
        """Sheets with the rows of a tariff, or empty ones to be filled in."""
        tariff = tariff or env["billing.tariff"]
        items = tariff.with_context(active_test=False).item_ids
        prices = items.price_ids
        rows = (
            [tariff_row(tariff)] if tariff else [],
            [item_row(item, self.item_fields) for item in items],
            [price_row(price) for price in prices],
            [band_row(band) for band in prices.band_ids],
            [factor_row(factor) for factor in items.factor_ids],
        )
        return list(zip(self.get_sheets(env), rows, strict=True))

    def plan(self, env, reading):
        """What the rows of a reading would make or change: a ListPlan."""
        return TariffPlan(env, reading, self.get_sheets(env), self.item_fields)

    def _tariff_sheet(self, env):
        _ = env._
        return Sheet(
            "tariff",
            _("Tariff"),
            (
                Column("code", _("Code"), required=True),
                Column("name", _("Name"), required=True, width=40),
                Column("currency", _("Currency"), required=True),
                Column("note", _("Notes"), optional=True, width=60),
                Column("active", _("Active"), BOOLEAN, optional=True),
            ),
            unique=("code",),
        )

    def _item_sheet(self, env):
        _ = env._
        return Sheet(
            "items",
            _("Charges"),
            (
                Column("code", _("Code"), required=True),
                Column("name", _("Name"), required=True, width=40),
                _choice(env, "kind", _("Kind"), required=True),
                Column("parent", _("Category"), optional=True),
                Column("sequence", _("Sequence"), INTEGER, optional=True, width=8),
                Column("product", _("Product"), optional=True, width=30),
                Column("charge_type", _("Charge Type"), optional=True),
                _choice(env, "basis", _("Basis")),
                Column("quantity", _("Quantity"), optional=True),
                _choice(env, "time_unit", _("Time Unit")),
                Column("percent_of", _("Percent Of"), CODES, optional=True),
                Column("minimum", _("Minimum Charge"), DECIMAL, optional=True),
                Column("maximum", _("Maximum Charge"), DECIMAL, optional=True),
                Column("prorate_limits", _("Limits by Days"), BOOLEAN, optional=True),
                _choice(env, "coverage", _("Coverage")),
                Column("pick_group", _("Alternatives"), optional=True),
                _choice(env, "pick", _("Billed Of Them")),
                Column("active", _("Active"), BOOLEAN, optional=True),
                *self._get_item_columns(env),
            ),
            unique=("code",),
        )

    def _get_item_columns(self, env):
        Item = env["billing.tariff.item"]
        strings = Item.fields_get(self.item_fields, ["string", "help"])
        return [field_column(Item, name, strings[name]) for name in self.item_fields]

    def _price_sheet(self, env):
        _ = env._
        model = "billing.tariff.price"
        return Sheet(
            "prices",
            _("Prices"),
            (
                Column("item", _("Charge"), required=True),
                Column("date_start", _("From"), DATE, required=True),
                Column("date_end", _("To"), DATE),
                Column("price", _("Price"), DECIMAL, digits=8),
                Column("formula", _("Formula"), optional=True, width=30),
                Column(
                    "discount",
                    _("Discount %"),
                    DECIMAL,
                    digits=2,
                    minimum=0,
                    maximum=100,
                    optional=True,
                ),
                _choice(env, "band_mode", _("Band Mode"), model=model),
            ),
            unique=("item", "date_start"),
            optional=True,
        )

    def _band_sheet(self, env):
        _ = env._
        return Sheet(
            "bands",
            _("Bands"),
            (
                Column("item", _("Charge"), required=True),
                Column("date_start", _("From"), DATE, required=True),
                Column(
                    "upper",
                    _("Up To"),
                    DECIMAL,
                    digits=6,
                    help=_("Empty: no limit"),
                ),
                Column("price", _("Price per Unit"), DECIMAL, digits=8),
                Column("percent", _("Percent"), DECIMAL, digits=8, optional=True),
                Column("fixed", _("Fixed"), DECIMAL, digits=8, optional=True),
            ),
            unique=("item", "date_start", "upper"),
            optional=True,
        )

    def _factor_sheet(self, env):
        _ = env._
        return Sheet(
            "factors",
            _("Factors"),
            (
                Column("item", _("Charge"), required=True),
                Column("date_start", _("From"), DATE, required=True),
                Column("date_end", _("To"), DATE),
                Column("value", _("Factor"), DECIMAL, required=True, digits=8),
            ),
            unique=("item", "date_start"),
            optional=True,
        )


def _choice(env, key, title, required=False, model="billing.tariff.item"):
    choices = env[model]._fields[key]._description_selection(env)
    return Column(
        key,
        title,
        CHOICE,
        required=required,
        choices=tuple(choices),
        optional=not required,
        width=22,
    )
