"""What the makers of demo companies share: a company of its own beside others."""

from odoo.api import SUPERUSER_ID
from odoo.fields import Command

# what customers of a country read, where the database has it
LANGUAGES = {"cz": "cs_CZ", "me": "sr@latin", "no": "nb_NO", "pl": "pl_PL"}


def find_company(env, login):
    """The company that was made before, by one of its users; empty without."""
    return env["res.users"].sudo().search([("login", "=", login)]).company_id


def make_company(env, name, country, currency, chart, **values):
    """A company with its chart of accounts; the administrator may work in it.

    :param country: code of a res.country
    :param currency: name of a res.currency, switched on if need be
    :param chart: code of a chart of accounts whose add-on is installed
    :return: res.company in an environment of the superuser, in this company alone;
        the partners it makes have the language of the country
    """
    env = env(user=SUPERUSER_ID, context={"tracking_disable": True})
    currency = (
        env["res.currency"]
        .with_context(active_test=False)
        .search([("name", "=", currency)])
    )
    currency.active = True
    company = (
        env["res.company"]
        .with_context(chart_template_load=True)
        .create(
            {
                "name": name,
                "country_id": env.ref(f"base.{country}").id,
                "currency_id": currency.id,
                **values,
            }
        )
    )
    env["account.chart.template"].try_loading(
        chart, company=company, install_demo=False
    )
    company.currency_id = currency
    env["ir.config_parameter"].set_param("auth_password_policy.minlength", 0)
    env.ref("base.user_admin").company_ids = [Command.link(company.id)]
    languages = dict(env["res.lang"].get_installed())
    lang = LANGUAGES[country] if LANGUAGES[country] in languages else "en_US"
    company.partner_id.lang = lang
    return company.with_env(
        env(
            context={
                "allowed_company_ids": company.ids,
                "tracking_disable": True,
                "default_lang": lang,
            }
        )
    )


def make_user(company, login, group, name=None, **values):
    """A user of this company alone, with the login as password; a customer's in the
    company's language."""
    is_customer = group == "base.group_portal"
    return company.env["res.users"].create(
        {
            "name": name or login.title(),
            "login": login,
            "password": login,
            "email": f"{login}@example.com",
            "lang": company.partner_id.lang if is_customer else "en_US",
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
            "group_ids": [Command.set(company.env.ref(group).ids)],
            **values,
        }
    )
