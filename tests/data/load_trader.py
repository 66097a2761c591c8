"""Loads the trader's master data and files into a database: demo and tests."""

import json
from collections import defaultdict
from pathlib import Path

from load_tariffs import Tariffs

from odoo.fields import Command

FOLDER = Path(__file__).parent / "trader_2026_01"
CHANNELS = {"mail": "mail", "post": "post"}


class Trader:
    """The trader of :data:`FOLDER` in one company.

    :param env: of a billing administrator
    :param company: res.company with a chart of accounts; everything is created in it
    """

    def __init__(self, env, company, folder=FOLDER):
        self.env = env(
            context={
                **env.context,
                "allowed_company_ids": company.ids,
                "tracking_disable": True,
                "mail_create_nosubscribe": True,
            }
        )
        self.company = company.with_env(self.env)
        self.folder = folder
        self.master = json.loads((folder / "master.json").read_text())
        self.languages = {code for code, _name in self.env["res.lang"].get_installed()}
        self.quantity_types = {
            quantity_type.code: quantity_type
            for quantity_type in self.env["billing.quantity.type"].search([])
        }

    def load(self):
        """Create everything but what the files bring; returns self."""
        self._load_cycle()
        self._load_tariffs()
        self._load_customers()
        self._load_networks()
        self._load_points()
        self._load_agreements()
        self._load_file_profiles()
        return self

    def import_files(self, correction=False):
        """Import the files of the month, or the corrected ones.

        :return: energy.message in the order of the files
        """
        Message = self.env["energy.message"]
        messages = Message.browse()
        for file in self.master["files"]:
            if file["correction"] == correction:
                messages |= self.import_file(file["file"], file["profile"])
        return messages

    def import_file(self, name, profile):
        path = self.folder / name
        return self.env["energy.message"]._import_file(
            self.file_profiles[profile], path.name, path.read_bytes()
        )

    def agreement(self, number):
        return self.agreements[number]

    # === Parts ===

    def _load_cycle(self):
        self.cycle = self.env["billing.cycle"].create(
            {"name": "Monthly energy", "code": "energy"}
        )
        year = self.master["period"]["from"][:4]
        self.env["billing.period"].create(
            {
                "cycle_id": self.cycle.id,
                "date_start": self.master["period"]["from"],
                "date_end": self.master["period"]["to"],
            }
        )
        self.cycle.action_generate_periods()
        self.period = self.cycle.period_ids.filtered(
            lambda period: str(period.date_start) == self.master["period"]["from"]
        )
        assert self.period.name.startswith(year)

    def _load_tariffs(self):
        self.tariff_loader = Tariffs(self.env, self.company)
        self.tariffs = self.tariff_loader.load(self.master["tariffs"])

    def _load_customers(self):
        country = {
            country.code: country
            for country in self.env["res.country"].search(
                [("code", "in", [c["country"] for c in self.master["customers"]])]
            )
        }
        self.partners, self.accounts = {}, {}
        partners = self.env["res.partner"].create(
            [
                {
                    "name": customer["name"],
                    "is_company": customer["is_company"],
                    "vat": customer["vat"],
                    "street": customer["street"],
                    "city": customer["city"],
                    "zip": customer["zip"],
                    "country_id": country[customer["country"]].id,
                    "email": customer["email"],
                    "lang": customer["language"]
                    if customer["language"] in self.languages
                    else self.env.lang,
                    "company_id": self.company.id,
                }
                for customer in self.master["customers"]
            ]
        )
        profiles = self._load_profiles()
        accounts = self.env["billing.account"].create(
            [
                {
                    "code": f"K-{number:04d}",
                    "partner_id": partner.id,
                    "profile_id": profiles[self._profile_key(customer)].id,
                }
                for number, (customer, partner) in enumerate(
                    zip(self.master["customers"], partners, strict=True), start=1
                )
            ]
        )
        for customer, partner, account in zip(
            self.master["customers"], partners, accounts, strict=True
        ):
            self.partners[customer["key"]] = partner
            self.accounts[customer["key"]] = account

    def _profile_key(self, customer):
        return tuple(
            customer[name] for name in ("grouping", "hold", "channel", "e_invoice")
        )

    def _load_profiles(self):
        term = self.env.ref("account.account_payment_term_15days")
        profiles = {}
        for customer in self.master["customers"]:
            key = self._profile_key(customer)
            if key in profiles:
                continue
            grouping, hold, channel, e_invoice = key
            words = [
                {"partner": "one invoice", "account": "per account"}[grouping],
                "holds the bill" if hold == "bill" else "bills what is clean",
                channel,
                *(["e-invoice"] if e_invoice else []),
            ]
            profiles[key] = self.env["billing.profile"].create(
                {
                    "name": ", ".join(words).capitalize(),
                    "grouping": grouping,
                    "hold": hold,
                    "transmit_method_id": self.env.ref(
                        f"account_invoice_transmit_method.{CHANNELS[channel]}"
                    ).id,
                    "e_invoice": e_invoice,
                    "payment_term_id": term.id,
                }
            )
        return profiles

    def _load_networks(self):
        partners = self.env["res.partner"].create(
            [
                {"name": network["name"], "is_company": True}
                for network in self.master["networks"]
            ]
        )
        networks = self.env["energy.network"].create(
            [
                {
                    "name": network["name"],
                    "code": network["code"],
                    "partner_id": partner.id,
                    "commodity": network["commodity"],
                    "tz": network["timezone"],
                    "code_scheme": "pattern",
                    "code_pattern": network["pattern"],
                }
                for network, partner in zip(
                    self.master["networks"], partners, strict=True
                )
            ]
        )
        self.networks = {network.code: network for network in networks}

    def _load_points(self):
        kinds = {
            kind.code: kind for kind in self.env["energy.register.kind"].search([])
        }
        points = self.env["energy.metering.point"].create(
            [
                {
                    "code": point["code"],
                    "network_id": self.networks[point["network"]].id,
                    "measurement": point["measurement"],
                    "voltage": point["voltage"],
                    "capacity_kw": point["capacity_kw"],
                    "city": point["city"],
                }
                for point in self.master["points"]
            ]
        )
        self.points = {point.code: point for point in points}
        installations = [
            (self.points[point["code"]], installation)
            for point in self.master["points"]
            for installation in point["installations"]
        ]
        meters = self.env["energy.meter"].create(
            [
                {
                    "code": installation["meter"],
                    "register_ids": [
                        Command.create(
                            {
                                "kind_id": kinds[register].id,
                                "digits": installation["digits"],
                            }
                        )
                        for register in installation["registers"]
                    ],
                }
                for _point, installation in installations
            ]
        )
        self.env["energy.installation"].create(
            [
                {
                    "point_id": point.id,
                    "meter_id": meter.id,
                    "date_start": installation["from"],
                    "date_end": installation["to"],
                    "multiplier": installation["multiplier"],
                }
                for (point, installation), meter in zip(
                    installations, meters, strict=True
                )
            ]
        )

    def _load_agreements(self):
        contracts = self.env["contract.contract"].create(
            [
                {
                    "name": contract["number"],
                    "code": contract["number"],
                    "partner_id": self.partners[contract["customer"]].id,
                    "company_id": self.company.id,
                    "date": contract["from"],
                }
                for contract in self.master["contracts"]
            ]
        )
        by_number = {contract.code: contract for contract in contracts}
        agreement_type = self.env["billing.agreement.type"].create(
            {
                "name": "Electricity supply",
                "code": "supply",
                "cycle_id": self.cycle.id,
                "segment_type_id": self.env.ref("billing_base.segment_type_metered").id,
                "quantity_type_id": self.quantity_types["energy"].id,
            }
        )
        agreements = self.env["billing.agreement"].create(
            [
                {
                    "code": agreement["number"],
                    "contract_id": by_number[agreement["contract"]].id,
                    "account_id": self.accounts[agreement["customer"]].id,
                    "type_id": agreement_type.id,
                    "point_id": self.points[agreement["point"]].id,
                    "date_start": agreement["from"],
                    "date_end": agreement["to"],
                    "term_ids": [
                        Command.create(
                            {
                                "date_start": agreement["from"],
                                "tariff_id": self.tariffs[agreement["tariff"]].id,
                                "value_ids": [
                                    Command.create(
                                        {
                                            "quantity_type_id": self.quantity_types[
                                                "capacity"
                                            ].id,
                                            "value": float(agreement["capacity"]),
                                        }
                                    )
                                ],
                            }
                        )
                    ],
                }
                for agreement in self.master["agreements"]
            ]
        )
        self.agreements = {agreement.code: agreement for agreement in agreements}

    def _load_file_profiles(self):
        Profile = self.env["energy.table.profile"]
        names = defaultdict(list)
        for file in self.master["files"]:
            if not file["correction"]:
                names[file["profile"]].append(file)
        self.file_profiles = {}
        for values in json.loads((self.folder / "profiles.json").read_text()):
            values = {"timezone": self.master["company"]["timezone"], **values}
            file = names[values["name"]][0]
            self.file_profiles[values["name"]] = Profile.create(
                {
                    **Profile._prepare_from_dict(values),
                    "network_id": self.networks[file["network"]].id,
                    "file_pattern": file["file"],
                }
            )
