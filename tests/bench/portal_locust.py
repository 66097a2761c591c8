"""The customers of `portal_users`, run by locust in an environment of its own.

The file that CUSTOMERS names holds a list of ``{"login", "password", "name",
"invoice_id", "invoice", "contract"}``; every user of the portal is another of them. A
page is right when its status is 200 and it holds what is his.

Nobody looks at a page before all are logged in: then figures begin anew, the file that
READY names is made, and after SECONDS it ends.
"""

import json
import os
import random
import re
from pathlib import Path

import gevent
from gevent.event import Event
from locust import HttpUser, between, task

TOLD = json.loads(Path(os.environ["CUSTOMERS"]).read_text())
CUSTOMERS = enumerate(TOLD)
THINKING = 5, 10
ALL_IN = Event()
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
COUNTER = re.compile(r'data-placeholder_count="(\w+)"')


class Customer(HttpUser):
    """Looks at one page after another, as a browser asks for them, and thinks."""

    wait_time = between(*THINKING)
    logged_in = 0

    def on_start(self):
        # not all of them look at the same page at first
        self.step, self.customer = next(CUSTOMERS)
        page = self.client.get("/web/login", name="login page")
        form = {
            "csrf_token": TOKEN.search(page.text)[1],
            "login": self.customer["login"],
            "password": self.customer["password"],
            "redirect": "/my",
        }
        self.look("login", "/web/login", self.customer["name"], data=form)
        Customer.logged_in += 1
        if Customer.logged_in == len(TOLD):
            self.environment.stats.reset_all()
            Path(os.environ["READY"]).touch()
            gevent.spawn_later(int(os.environ["SECONDS"]), self.environment.runner.quit)
            ALL_IN.set()
        ALL_IN.wait()
        # they do not begin at once
        gevent.sleep(random.uniform(0, THINKING[1]))

    @task
    def next_page(self):
        pages = (
            self.see_start,
            self.see_bills,
            self.see_bill,
            self.see_pdf,
            self.see_consumption,
            self.see_contracts,
        )
        pages[self.step % len(pages)]()
        self.step += 1

    def look(self, name, path, *expected, **more):
        """Ask for a page and check it. :return: its text, empty where it is wrong"""
        method = "POST" if more else "GET"
        with self.client.request(
            method, path, name=name, catch_response=True, **more
        ) as response:
            found = response.text if response.status_code == 200 else ""
            missing = [text for text in expected if text not in found]
            if response.status_code != 200:
                response.failure(f"status {response.status_code}")
            elif missing:
                response.failure(f"without {missing[0]!r}")
            else:
                response.success()
        return found

    def see_start(self):
        page = self.look("start page", "/my", self.customer["name"], "Last bill")
        asked = {"jsonrpc": "2.0", "params": {"counters": COUNTER.findall(page)}}
        self.look("its counters", "/my/counters", "invoice_count", json=asked)

    def see_bills(self):
        self.look("bills", "/my/invoices", self.customer["invoice"])

    def see_bill(self):
        path = f"/my/invoices/{self.customer['invoice_id']}"
        self.look("a bill", path, self.customer["invoice"], "invoice_html")
        self.look("what it says", f"{path}?report_type=html", "Total", "kWh")

    def see_pdf(self):
        path = f"/my/invoices/{self.customer['invoice_id']}?report_type=pdf"
        with self.client.get(path, name="its PDF", catch_response=True) as response:
            if response.status_code != 200 or response.content[:5] != b"%PDF-":
                response.failure(f"no PDF, status {response.status_code}")

    def see_consumption(self):
        self.look("consumption", "/my/consumption?day=2026-06-30", "Jan 2026", "kWh")

    def see_contracts(self):
        self.look("contracts", "/my/contracts", self.customer["contract"])
