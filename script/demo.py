"""Five demo companies with a billed month; script/demo runs it in an Odoo shell.

Expects `env`. A second call goes on where the first one ended and makes nothing
twice. With BILLING_DEMO_UNBILLED set the month is left to be billed on the screens.
"""

import importlib
import os
import sys
import time
from pathlib import Path

from odoo.fields import Command

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = Path(os.environ["BILLING_DEMO_OUTPUT"])
sys.path.insert(0, str(ROOT / "tests" / "data"))

CHART = "bg"
LOGINS = (
    ("clerk", "Demo Clerk", "billing_base.group_billing_clerk"),
    ("service", "Demo Customer Service", "billing_base.group_billing_viewer"),
    ("manager", "Demo Manager", "billing_base.group_billing_manager"),
)
PORTAL_CUSTOMER = "hotel"
# makers in tests/data, and who bills their month
OTHERS = {
    "supplier": "supplier",
    "grid_company": None,
    "post_office": "postclerk",
    "multi_service": "utility",
}
# what customers read comes of these; clerks of the demo work in English
CUSTOMER_LANGUAGES = ("cs_CZ", "nb_NO", "pl_PL", "sr@latin")
CUSTOMER_ADDONS = (
    "base",
    "uom",
    "product",
    "mail",
    "portal",
    "account",
    "payment",
    "sale",
    "contract",
)
QUIET_CRONS = (
    "mail.ir_cron_mail_gateway_action",
    "partner_autocomplete.ir_cron_partner_autocomplete",
    "snailmail.snailmail_print",
)


def tell(text):
    print(f"  {text}", flush=True)


def step(text):
    """Print what takes long, with the seconds of the step before."""
    now = time.monotonic()
    if step.begun:
        print(f"    {now - step.begun:.0f} s", flush=True)
    step.begun = now
    print(f"  {text} …", flush=True)


step.begun = 0


def prepare_company(env, trader_master):
    """The main company as the trader, in its own currency, with a chart."""
    company = env.company
    currency = env.ref("base.EUR")
    currency.active = True
    company.write(
        {
            "name": trader_master["company"]["name"],
            "country_id": env.ref("base.bg").id,
            "currency_id": currency.id,
            "street": "бул. Витоша 100",
            "zip": "1000",
            "city": "София",
            "vat": trader_master["company"]["vat"],
            "email": "billing@iskra.example.com",
            "phone": "+359 2 000 000",
            "qr_code": True,
        }
    )
    company.partner_id.lang = "bg_BG"
    if company.chart_template != CHART:
        env["account.chart.template"].try_loading(
            CHART, company=company, install_demo=False
        )
    if not company.partner_id.bank_ids:
        bank = env["res.partner.bank"].create(
            {
                "acc_number": "BG80 BNBG 9661 1020 3456 78",
                "partner_id": company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        journal = env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
        )
        journal.bank_account_id = bank
    return company


def create_users(env, company, partner):
    """Logins whose password is the login: a demo, on the loopback address only."""
    env["ir.config_parameter"].set_param("auth_password_policy.minlength", 0)
    for login, name, group in LOGINS:
        env["res.users"].create(
            {
                "name": name,
                "login": login,
                "password": login,
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [Command.link(env.ref(group).id)],
                "notification_type": "inbox",
            }
        )
    env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": partner.name,
            "login": "portal",
            "password": "portal",
            "partner_id": partner.id,
            "group_ids": [Command.set(env.ref("base.group_portal").ids)],
        }
    )


def switch_off_outside_services(env):
    """Nothing leaves this machine: mail goes to the catcher, paid services are off."""
    env["ir.config_parameter"].set_param("iap.endpoint", "http://127.0.0.1:9")
    for xmlid in QUIET_CRONS:
        if cron := env.ref(xmlid, raise_if_not_found=False):
            cron.active = False


def load_languages(env):
    """Bulgarian throughout; of the others what customers read, for it takes long."""
    for code in ("bg_BG", *CUSTOMER_LANGUAGES):
        env["res.lang"]._activate_lang(code)
    installed = env["ir.module.module"].search([("state", "=", "installed")])
    installed._update_translations(["bg_BG"])
    own = {path.parent.name for path in ROOT.glob("addons/*/__manifest__.py")}
    installed.filtered(
        lambda module: module.name in own.union(CUSTOMER_ADDONS)
    )._update_translations(CUSTOMER_LANGUAGES)


def load(env):
    """The company with its master data and the files of the month, in one go."""
    import load_tariffs
    import load_trader

    step("Languages and chart of accounts")
    load_languages(env)
    switch_off_outside_services(env)
    master = load_trader.json.loads((load_trader.FOLDER / "master.json").read_text())
    company = prepare_company(env, master)
    step("Customers, metering points, tariffs")
    trader = load_trader.Trader(env, company).load()
    # more products of the same trader, for agreements to come
    trader.tariff_loader.load(load_tariffs.read("bg"))
    create_users(env, company, trader.partners[PORTAL_CUSTOMER])
    step("Reading the distributors' files")
    for message in trader.import_files():
        tell(message._get_summary())
    trader.period.action_activate()
    step("Style sheets and scripts of the screens")
    env["ir.qweb"]._pregenerate_assets_bundles()
    env.cr.commit()


def load_brokers(env, company):
    """After the customers; a demo of before has none."""
    import brokers

    brokers.agree(env, company)
    env.cr.commit()


def settle_brokers(env, period):
    import brokers

    step("Commissions of January 2026")
    brokers.settle(env, period)
    env.cr.commit()


def keep_bot_quiet(env):
    """OdooBot's greeting at the first login covers a phone's whole screen."""
    env["res.users"].search([("share", "=", False)]).odoobot_state = "disabled"
    env.cr.commit()


def load_others(env):
    """The other companies, each as its maker has it."""
    for name in OTHERS:
        step(f"Company {name}")
        importlib.import_module(name).make(env)
        env.cr.commit()


def bill_others(env):
    """Their January, by their own clerks."""
    for login in filter(None, OTHERS.values()):
        user = env["res.users"].search([("login", "=", login)])
        own = env(
            user=user.id,
            context={
                **env.context,
                "allowed_company_ids": user.company_id.ids,
                "tracking_disable": True,
            },
        )
        period = own["billing.period"].search(
            [("is_active", "=", True), ("company_id", "=", user.company_id.id)]
        )
        if own["billing.segment"].search_count([("period_id", "=", period.id)]):
            continue
        step(f"Billing January 2026 as {login}")
        own["energy.billing.order"].search([]).action_write_measurement()
        own["postal.specification"].search(
            [("kind", "=", "on_account"), ("is_checked", "=", False)]
        ).action_check()
        run_month(own, period)


def run_month(env, period):
    run = env["billing.run"].create({"period_id": period.id, "last_step": "documents"})
    run.action_start()
    if run.error_ids:
        raise SystemExit(f"the run failed: {run.error_ids[0].message}")
    env.cr.commit()


def bill_month(env, period):
    step("Billing January 2026")
    run_month(env, period)
    step("Ledger export")
    batch = env["billing.ledger.export"].create({"date_end": period.date_end})
    batch.action_export()
    env.cr.commit()
    step("Documents as files")


def write_files(env, period):
    """The month's documents as files, under names a person finds again."""
    segments = env["billing.segment"].search([("period_id", "=", period.id)])
    invoices = segments.invoice_id
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for move in invoices:
        name = move.name.replace("/", "-")
        if move.invoice_pdf_report_id:
            (OUTPUT / f"{name}.pdf").write_bytes(move.invoice_pdf_report_id.raw)
        if move.ubl_cii_xml_id:
            (OUTPUT / f"{name}.xml").write_bytes(move.ubl_cii_xml_id.raw)
    content, _kind = env["ir.actions.report"]._render_xlsx(
        "billing_base.period_xlsx", period.ids, {}
    )
    (OUTPUT / f"period-{period.name}.xlsx").write_bytes(content)
    for batch in env["billing.ledger.export"].search([("state", "=", "done")]):
        attachment = env["ir.attachment"].search(
            [
                ("res_model", "=", batch._name),
                ("res_id", "=", batch.id),
                ("res_field", "=", "file"),
            ]
        )
        (OUTPUT / batch.filename).write_bytes(attachment.raw)
    return segments, invoices


def report(env, period):
    segments, invoices = write_files(env, period)
    errors = segments.filtered(lambda segment: segment.state == "error")
    held = segments.filtered(lambda segment: segment.state == "ready")
    xml = invoices.filtered("ubl_cii_xml_id")
    batches = env["billing.ledger.export"].search([("state", "=", "done")])
    amount = sum(invoices.mapped("amount_total"))
    tell("")
    tell(
        f"{len(segments)} segments, {len(invoices)} invoices over {amount:,.2f} EUR, "
        f"{len(xml)} e-invoices, {sum(batches.mapped('line_count'))} ledger entries"
    )
    tell(f"{len(errors)} segments have an error and hold back {len(held)} others:")
    for segment in errors:
        tell(f"    {segment.agreement_id.code}: {segment.finding}")
    tell(f"files: {OUTPUT}")
    tell("logins (password = login), admin with admin sees all companies:")
    for company in env["res.company"].search([]):
        users = env["res.users"].search(
            [("company_id", "=", company.id), ("login", "not in", ("admin",))]
        )
        tell(
            f"    {company.name} ({company.currency_id.name}): "
            + ", ".join(users.mapped("login"))
        )


def main(env):
    env = env(
        user=env.ref("base.user_admin"),
        context={**env.context, "lang": "en_US", "tz": "Europe/Sofia"},
    )
    january = [("cycle_id.code", "=", "energy"), ("date_start", "=", "2026-01-01")]
    if not env["billing.period"].search_count(january):
        load(env)
    load_others(env)
    period = env["billing.period"].search(january)
    load_brokers(env, period.company_id)
    keep_bot_quiet(env)
    if os.environ.get("BILLING_DEMO_UNBILLED"):
        tell("The files are read; the months wait to be billed.")
        return
    if env["billing.segment"].search_count([("period_id", "=", period.id)], limit=1):
        tell("The month is billed already; nothing is made again.")
    else:
        bill_month(env, period)
    bill_others(env)
    settle_brokers(env, period)
    report(env, period)


main(globals()["env"])
