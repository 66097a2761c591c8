"""Five companies in one database: what one of them has, the others never see."""

import xmlrpc.client

import pytest

# login: (currency, chart, cycle of the active period)
COMPANIES = {
    "clerk": ("EUR", "bg", "energy"),
    "supplier": ("CZK", "cz", "FLOAT"),
    "gridclerk": ("NOK", "no", "GRID"),
    "postclerk": ("EUR", "me", "POST"),
    "utility": ("PLN", "pl", "CITY"),
}
PREFIXES = ("billing.", "energy.", "postal.", "connection.", "contract.contract")
ALSO = ("account.move", "account.move.line", "account.journal")


class User:
    """A user at the screens' own interface, with his rights alone."""

    def __init__(self, server, login):
        self.database, self.login = server.database, login
        common = xmlrpc.client.ServerProxy(f"{server.url}/xmlrpc/2/common")
        self.uid = common.authenticate(server.database, login, login, {})
        assert self.uid, f"{login} cannot log in"
        self.models = xmlrpc.client.ServerProxy(
            f"{server.url}/xmlrpc/2/object", allow_none=True
        )

    def call(self, model, method, *args, **kwargs):
        return self.models.execute_kw(
            self.database, self.uid, self.login, model, method, args, kwargs
        )


@pytest.fixture(scope="module")
def users(server):
    return {login: User(server, login) for login in COMPANIES}


@pytest.fixture
def company_of(sql):
    return dict(sql("SELECT login, company_id FROM res_users WHERE active"))


def test_each_has_its_currency_chart_and_period(users, sql, company_of):
    assert len({company_of[login] for login in COMPANIES}) == len(COMPANIES)
    for login, (currency, chart, cycle) in COMPANIES.items():
        (company,) = users[login].call("res.company", "search_read", [], ["name"])
        assert company["id"] == company_of[login]
        ((found,),) = sql(
            "SELECT c.name || ' ' || o.chart_template FROM res_company o"
            "  JOIN res_currency c ON c.id = o.currency_id WHERE o.id = %s",
            company["id"],
        )
        assert found == f"{currency} {chart}"
        active = sql(
            "SELECT c.code, p.date_start::text FROM billing_period p"
            "  JOIN billing_cycle c ON c.id = p.cycle_id"
            " WHERE p.is_active AND c.company_id = %s",
            company["id"],
        )
        assert active == [(cycle, "2026-01-01")]


def test_customers_read_their_companys_language(sql):
    languages = sql(
        "SELECT DISTINCT c.country_code, p.lang FROM billing_account a"
        "  JOIN res_partner p ON p.id = a.partner_id"
        "  JOIN (SELECT o.id, n.code AS country_code FROM res_company o"
        "          JOIN res_partner q ON q.id = o.partner_id"
        "          JOIN res_country n ON n.id = q.country_id) c ON c.id = a.company_id"
        " WHERE c.country_code <> 'BG' ORDER BY 1"
    )
    assert languages == [("CZ", "cs_CZ"), ("ME", "sr@latin"), ("PL", "pl_PL")]
    assert sql(
        "SELECT u.login, p.lang FROM res_users u JOIN res_partner p"
        "  ON p.id = u.partner_id WHERE u.login IN ('kari', 'town', 'utility')"
        " ORDER BY 1"
    ) == [("kari", "nb_NO"), ("town", "pl_PL"), ("utility", "en_US")]


def test_nobody_sees_what_is_another_companys(users, sql, company_of):
    """Every model of ours with a company, and the ledger, asked by every user."""
    models = [
        model
        for (model,) in sql(
            "SELECT m.model FROM ir_model m JOIN ir_model_fields f ON f.model_id = m.id"
            " WHERE f.name = 'company_id' AND f.store AND NOT m.transient"
            "   AND NOT m.abstract ORDER BY 1"
        )
        if model.startswith(PREFIXES) or model in ALSO
    ]
    assert len(models) > 60
    seen = {login: 0 for login in COMPANIES}
    for login, user in users.items():
        for model in models:
            try:
                groups = user.call(
                    model, "formatted_read_group", [], ["company_id"], ["__count"]
                )
            except xmlrpc.client.Fault as fault:
                assert fault.faultCode == 4, (login, model, fault.faultString)
                continue  # no right to the model at all
            companies = {
                group["company_id"][0] for group in groups if group["company_id"]
            }
            assert companies <= {company_of[login]}, (login, model)
            seen[login] += len(companies)
    # the test means nothing where there is nothing to see
    assert all(count >= 4 for count in seen.values()), seen


def test_a_strangers_number_opens_nothing(users, sql, company_of):
    for model, table in (
        ("billing.agreement", "billing_agreement"),
        ("account.move", "account_move"),
        ("energy.metering.point", "energy_metering_point"),
    ):
        for login, user in users.items():
            ((stranger,),) = sql(
                f"SELECT min(id) FROM {table} WHERE company_id <> %s",  # noqa: S608
                company_of[login],
            )
            with pytest.raises(xmlrpc.client.Fault) as refusal:
                user.call(model, "read", [stranger], ["display_name"])
            # 4: no access
            assert refusal.value.faultCode == 4, (login, model)
