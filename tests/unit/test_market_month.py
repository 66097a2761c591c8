"""The shipped market files: made as documented, read as intended, faults found."""

import json
import sys
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from market import codes
from market.tables import TableProfile, parse_intervals, parse_readings
from stdnum.bg import vat

DATA = Path(__file__).resolve().parents[1] / "data"
MONTH = DATA / "trader_2026_01"


def load(name):
    return json.loads((MONTH / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def master():
    return load("master.json")


@pytest.fixture(scope="module")
def expected():
    return load("expected.json")


@pytest.fixture(scope="module")
def profiles():
    return {p["name"]: TableProfile.from_dict(p) for p in load("profiles.json")}


@pytest.fixture(scope="module")
def generator():
    sys.path.insert(0, str(DATA))
    yield __import__("make_market_month")
    sys.path.remove(str(DATA))


def read(profile, path):
    parse = parse_readings if profile.kind == "readings" else parse_intervals
    with path.open("rb") as file:
        result = parse(profile, file)
        return list(result), result


def test_the_generator_makes_the_shipped_files(generator, tmp_path):
    generator.make(2026, 1, tmp_path)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    shipped = sorted(p.relative_to(MONTH) for p in MONTH.rglob("*") if p.is_file())
    assert made == shipped
    for name in made:
        assert (tmp_path / name).read_bytes() == (MONTH / name).read_bytes(), name


def test_the_portfolio_is_whole(master):
    assert len(master["customers"]) == 30
    assert len(master["points"]) == len(master["agreements"]) == 100
    assert sum(p["measurement"] == "interval" for p in master["points"]) == 10
    assert len(master["networks"]) == 3
    tariffs = {t["key"] for t in master["tariffs"]}
    customers = {c["key"] for c in master["customers"]}
    contracts = {c["number"]: c["customer"] for c in master["contracts"]}
    points = {p["code"]: p for p in master["points"]}
    assert len(points) == 100
    for agreement in master["agreements"]:
        assert agreement["tariff"] in tariffs
        assert agreement["customer"] in customers
        assert contracts[agreement["contract"]] == agreement["customer"]
        assert points[agreement["point"]]["customer"] == agreement["customer"]
    assert {c["hold"] for c in master["customers"]} == {"bill", "segment"}


def test_codes_and_numbers_have_their_form(master):
    patterns = [(n["code"], n["pattern"]) for n in master["networks"]]
    for point in master["points"]:
        assert len(point["code"]) == 33
        assert codes.distributor_of(point["code"], patterns) == point["network"]
    numbers = [c["vat"] for c in master["customers"] if c["is_company"]]
    assert len(set(numbers)) == len(numbers) == 27
    assert all(vat.is_valid(number) for number in numbers)
    assert all(c["email"].endswith("@example.com") for c in master["customers"])
    meters = [i["meter"] for p in master["points"] for i in p["installations"]]
    assert len(set(meters)) == len(meters) == 101


def test_one_price_changes_within_the_month(master):
    changing = {
        (tariff["product"], item["code"])
        for tariff in master["tariffs"]
        for category in tariff["items"]
        for item in category["items"]
        if len(item["prices"]) > 1
    }
    assert changing == {
        ("business", "energy"),
        ("daynight", "energy_day"),
        ("daynight", "energy_night"),
        ("home", "energy"),
        ("home-daynight", "energy_day"),
        ("home-daynight", "energy_night"),
    }


def test_faults_are_told_by_the_parser(master, expected, profiles):
    told = defaultdict(list)
    for entry in master["files"]:
        _rows, result = read(profiles[entry["profile"]], MONTH / entry["file"])
        told[entry["file"]] = [
            (f.level, f.code, f.row, f.point)
            for f in result.findings
            if f.code != "rollover"
        ]
    for fault in expected["faults"]:
        if fault["told_by"] == "parser":
            found = (fault["level"], fault["code"], fault["row"], fault["point"])
            assert told[fault["file"]].remove(found) is None
    assert not any(told.values())


def usage(master, profiles, corrected):
    """Return {point: {register: kWh}} of the files, a correction replacing."""
    found = defaultdict(dict)
    for entry in master["files"]:
        if entry["correction"] and not corrected:
            continue
        profile = profiles[entry["profile"]]
        rows, result = read(profile, MONTH / entry["file"])
        sums = defaultdict(Decimal)
        if profile.kind == "readings":
            for row in rows:
                quantity = row.quantity
                if quantity is None:
                    quantity = (row.reading_to - row.reading_from) * row.multiplier
                sums[row.point, row.register] += quantity
        else:
            for chunk in rows:
                for i, point in enumerate(chunk.points):
                    exact = [Decimal(f"{v:.3f}") for v in chunk.values[i]]
                    if not any(v.is_nan() for v in exact):
                        sums[point, chunk.channels[i]] += sum(exact)
        for (point, register), quantity in sums.items():
            if point not in result.report.bad_points:
                found[point][register] = quantity
    return found


def test_corrected_files_hold_the_true_use(master, expected, profiles):
    true = {
        point: {register: Decimal(kwh) for register, kwh in registers.items()}
        for point, registers in expected["usage"].items()
    }
    found = usage(master, profiles, corrected=True)
    unknown = {f["point"] for f in expected["faults"] if f["kind"] == "unknown_point"}
    assert {p: r for p, r in found.items() if p not in unknown} == true
    assert set(true) == {p["code"] for p in master["points"]}


def test_faulty_files_lack_only_what_is_faulty(master, expected, profiles):
    found = usage(master, profiles, corrected=False)
    different = {
        point
        for point, registers in expected["usage"].items()
        if {r: Decimal(q) for r, q in registers.items()} != found.get(point)
    }
    kinds = {f["point"]: f["kind"] for f in expected["faults"]}
    assert sorted(kinds[point] for point in different) == [
        "gap",
        "missing_point",
        "negative_value",
    ]


def test_replaced_meter_comes_in_two_rows(master, profiles):
    (point,) = (p for p in master["points"] if len(p["installations"]) == 2)
    rows, _result = read(profiles["ERP South, readings"], MONTH / "south_readings.xlsx")
    old, new = (row for row in rows if row.point == point["code"])
    first, second = point["installations"]
    assert (old.meter, new.meter) == (first["meter"], second["meter"])
    assert (old.date_from, old.date_to) == (date(2026, 1, 1), date(2026, 1, 14))
    assert (new.date_from, new.date_to) == (date(2026, 1, 15), date(2026, 1, 31))
    assert new.reading_from == 0
    assert (first["to"], second["from"]) == ("2026-01-14", "2026-01-15")


HAND_MADE = {
    "T-0001": ({"energy": (150, 160)}, "57.59", "69.11"),
    "T-0002": (
        {"energy_day": (150, 160), "energy_night": (75, 80)},
        "92.12",
        "110.54",
    ),
    "T-0003": ({"energy": (1440, 1536)}, "490.83", "589.00"),
}


@pytest.mark.parametrize("number", HAND_MADE)
def test_bills_worked_out_by_hand_follow_from_the_data(master, expected, number):
    parts, net, total = HAND_MADE[number]
    (agreement,) = (a for a in master["agreements"] if a["number"] == number)
    (tariff,) = (t for t in master["tariffs"] if t["key"] == agreement["tariff"])
    quantity = sum(sum(part) for part in parts.values())
    used = expected["usage"][agreement["point"]].values()
    assert sum(map(Decimal, used)) == quantity
    lines = []
    for category in tariff["items"]:
        for item in category["items"]:
            prices = [Decimal(version["price"]) for version in item["prices"]]
            if item["code"] in parts:
                quantities = parts[item["code"]]
            elif item["basis"] == "capacity":
                quantities = [int(agreement["capacity"]) * 31]
            else:
                quantities = [quantity]
            lines += [cents(q * p) for q, p in zip(quantities, prices, strict=True)]
    assert sum(lines) == Decimal(net)
    assert sum(lines) + cents(sum(lines) * Decimal("0.2")) == Decimal(total)


def cents(amount):
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("year", "month", "day", "slots"),
    [(2026, 3, 29, 92), (2026, 10, 25, 100), (2026, 2, 28, 96)],
)
def test_other_months_with_their_clock_change(
    generator, profiles, tmp_path, year, month, day, slots
):
    generator.make(year, month, tmp_path)
    changed = json.loads((tmp_path / "profiles.json").read_text(encoding="utf-8"))
    assert {p["name"]: TableProfile.from_dict(p) for p in changed} == profiles
    for name in ("west", "south", "north"):
        chunks, result = read(
            profiles[f"ERP {name.capitalize()}, intervals"],
            tmp_path / f"{name}_intervals.csv",
        )
        sizes = {d: c.slots for c in chunks for d in c.days}
        assert sizes[date(year, month, day)] == slots
        assert {size for d, size in sizes.items() if d.day != day} == {96}
        assert {f.code for f in result.findings} <= {"missing_values"}


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_files_for_benchmarks(generator, tmp_path, layout):
    import month_bench

    path = tmp_path / "bench.csv"
    month_bench.write_bench(path, layout, 5, days=3)
    profile = TableProfile.from_dict(month_bench.PROFILES[layout])
    chunks, result = read(profile, path)
    assert sum(len(chunk) for chunk in chunks) == 15
    assert result.values_kept == 15 * 96
    assert not result.findings
