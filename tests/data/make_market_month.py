"""Make a month of market files for the demo trader.

    make_market_month.py [--month 2026-01] [--out DIR]
    make_market_month.py --bench POINTS --layout wide|long --out FILE

The first form writes what three distributors send for a month, with the usual faults,
their corrections, and three JSON files: ``master.json`` (who and what is billed),
``profiles.json`` (how the files are read) and ``expected.json`` (what the month really
was, and the faults). The same month is written byte for byte the same at each run.
October and March 2026 have the clock changes.

The second form writes a large interval file for benchmarks.

Needs ``pip install --no-deps simbench`` for the measured profiles; see README.md.
"""

import argparse
import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import month_portfolio as portfolio
from month_bench import write_bench
from month_data import make_month, vat_number
from month_files import CORRECTIONS, FILES, PROFILES, write_month

HERE = Path(__file__).resolve().parent
CHANGE_DAY = 16


def make(year: int, month: int, folder: Path):
    """Write the month into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    data = make_month(year, month)
    faults = write_month(data, folder)
    _write_json(folder / "profiles.json", PROFILES)
    _write_json(folder / "master.json", make_master(data))
    _write_json(folder / "expected.json", make_expected(data, faults))


def make_master(data) -> dict:
    """Return networks, customers, contracts, points, agreements and tariffs."""
    change = data.days[0].replace(day=CHANGE_DAY)
    start = data.days[0].replace(year=data.days[0].year - 1, month=1)
    return {
        "note": "Invented. See README.md.",
        "company": {"name": "Искра Трейд АД", "latin": "Iskra Trade AD",
                    "vat": vat_number(999), "country": "BG", "currency": "EUR",
                    "timezone": portfolio.TIMEZONE},
        "period": {"from": data.days[0].isoformat(), "to": data.days[-1].isoformat()},
        "networks": [
            {"code": code, "name": values["name"], "pattern": values["pattern"],
             "commodity": portfolio.COMMODITY, "timezone": portfolio.TIMEZONE}
            for code, values in portfolio.NETWORKS.items()
        ],
        "customers": [
            _customer(customer, number)
            for number, customer in enumerate(portfolio.CUSTOMERS, 1)
        ],
        "contracts": [
            {"number": f"D-2025-{number:03d}", "customer": customer.key,
             "from": start.isoformat(), "to": None}
            for number, customer in enumerate(portfolio.CUSTOMERS, 1)
        ],
        "points": [_point(point, data, start) for point in data.points],
        "agreements": [
            {"number": point.agreement, "contract": _contract_of(point.customer),
             "customer": point.customer.key, "point": point.code,
             "tariff": point.tariff, "from": start.isoformat(), "to": None,
             "capacity": str(point.capacity_kw)}
            for point in data.points
        ],
        "tariffs": portfolio.make_tariffs(
            change.isoformat(),
            start.isoformat(),
            (change - timedelta(days=1)).isoformat(),
        ),
        "files": [
            {"file": name, "profile": profile, "network": network,
             "correction": name.startswith("corrections/")}
            for name, profile, network in FILES + CORRECTIONS
        ],
    }  # fmt: skip


def make_expected(data, faults) -> dict:
    """Return the true use of each point (kWh as text) and the faults of the files."""
    usage = {}
    for reading in data.readings:
        registers = usage.setdefault(reading.point, {})
        before = registers.get(reading.register, 0)
        registers[reading.register] = before + reading.quantity
    for (code, _day), values in data.intervals.items():
        before = usage.setdefault(code, {}).get("A+", 0)
        # thousandths are exact as integers
        usage[code]["A+"] = before + round(float(values.sum()) * 1000)
    return {
        "usage": {
            code: {
                register: f"{value / 1000:.3f}" if register == "A+" else str(value)
                for register, value in registers.items()
            }
            for code, registers in usage.items()
        },
        "faults": [asdict(fault) for fault in faults],
    }


def _customer(customer, number):
    is_person = customer.product == "home"
    return {
        "key": customer.key,
        "name": customer.name,
        "latin": customer.latin,
        "is_company": not is_person,
        "vat": None if is_person else vat_number(number),
        "street": f"ул. Първа {number}",
        "city": customer.city,
        "zip": str(1000 + 97 * number),
        "country": "BG",
        "email": f"{customer.key}@example.com",
        "language": customer.language,
        "channel": customer.channel,
        "hold": customer.hold,
        "grouping": customer.grouping,
        "e_invoice": customer.e_invoice,
        "contract": _contract_of(customer),
    }


def _contract_of(customer):
    return f"D-2025-{portfolio.CUSTOMERS.index(customer) + 1:03d}"


def _point(point, data, start):
    begin = (start - timedelta(days=365)).isoformat()
    first = {"meter": point.meter, "from": begin, "to": None}
    meters = [first]
    if point.code in data.exchanges:
        meter, day = data.exchanges[point.code]
        first["to"] = (day - timedelta(days=1)).isoformat()
        meters.append({"meter": meter, "from": day.isoformat(), "to": None})
    for installation in meters:
        installation["registers"] = list(point.spec.registers)
        installation["digits"] = point.spec.digits
        installation["multiplier"] = point.spec.multiplier
    return {
        "code": point.code,
        "network": point.network,
        "customer": point.customer.key,
        "measurement": "interval" if point.spec.is_interval else "register",
        "voltage": "medium" if point.peak_kw > 100 else "low",
        "capacity_kw": point.capacity_kw,
        "city": point.customer.city,
        "profile_class": point.spec.profile,
        "installations": meters,
    }


def _write_json(path, content):
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--month", default="2026-01", help="year and month")
    parser.add_argument("--out", type=Path, help="folder, or file of a benchmark")
    parser.add_argument("--bench", type=int, metavar="POINTS")
    parser.add_argument("--layout", choices=["wide", "long"], default="wide")
    options = parser.parse_args()
    if options.bench:
        out = options.out or Path(f"bench_{options.layout}.csv")
        write_bench(out, options.layout, options.bench)
        return
    year, month = map(int, options.month.split("-"))
    make(year, month, options.out or HERE / f"trader_{year}_{month:02d}")


if __name__ == "__main__":
    main()
