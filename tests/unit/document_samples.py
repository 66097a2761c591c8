"""Documents the tests and the benchmark draw: invented, but as full as real ones."""

from datetime import UTC, date, datetime
from decimal import Decimal as D

from documents import (
    Bar,
    Charge,
    Chart,
    Currency,
    Fact,
    Figure,
    InvoiceDocument,
    Layout,
    Letter,
    LetterColumn,
    LetterTable,
    Line,
    OpenItem,
    Party,
    Payment,
    Reading,
    Reminder,
    Section,
    StatementSection,
    Tax,
)
from documents.payment import epc_payload

EUR = Currency("EUR", "€")
CREATED = datetime(2026, 8, 3, 7, 30, tzinfo=UTC)
JULY = (date(2026, 7, 1), date(2026, 7, 31))
TEXTS_BG = {
    "invoice": "Фактура",
    "refund": "Кредитно известие",
    "page": "Страница %(page)s от %(pages)s",
    "issue_date": "Дата на издаване",
    "due_date": "Краен срок",
    "to_pay": "Сума за плащане",
    "name": "Описание",
    "quantity": "Количество",
    "unit": "Мярка",
    "unit_price": "Ед. цена",
    "tax": "ДДС",
    "amount": "Сума",
    "carried": "За пренасяне",
    "brought": "Пренос",
    "section_total": "Общо %(name)s",
    "tax_name": "Ставка",
    "tax_base": "Данъчна основа",
    "tax_amount": "ДДС",
    "untaxed": "Общо без ДДС",
    "total": "Общо с ДДС",
    "due": "Дължима сума",
    "payment": "Плащане",
    "holder": "Получател",
    "account": "Сметка",
    "reference": "Основание",
    "scan": "Сканирайте за плащане",
    "chart": "Потребление за последните месеци",
    "statement": "Подробна справка",
    "meter": "Електромер",
    "register": "Регистър",
    "period": "Период",
    "reading_from": "Старо",
    "reading_to": "Ново",
    "charge": "Компонента",
    "factor": "Дял",
    "statement_total": "Общо за точката",
}
COMPONENTS = (
    ("Активна електроенергия, дневна", "kWh", D("0.14525000")),
    ("Балансираща енергия", "kWh", D("0.00981")),
    ("Акциз", "MWh", D("1.02")),
    ("Задължения към обществото", "kWh", D("0.02536")),
    ("Достъп до преносната мрежа", "kWh", D("0.00147")),
    ("Пренос през електропреносната мрежа", "kWh", D("0.00741")),
    ("Достъп до разпределителната мрежа, небитови клиенти", "kW/ден", D("0.02233")),
    ("Пренос през разпределителната мрежа", "kWh", D("0.03017")),
)


def seller(**values):
    return Party(
        **{
            "name": "Слънчев лъч Енерджи ЕАД",
            "address": ("бул. „Цариградско шосе“ 115", "1784 София, България"),
            "identifiers": (Fact("ЕИК", "204123456"), Fact("ДДС №", "BG204123456")),
            "contact": ("0700 12 345 · klienti@example.com",),
            **values,
        }
    )


def buyer(**values):
    return Party(
        **{
            "name": "Пекарна „Златен клас“ ООД",
            "address": ("ул. „Иван Вазов“ 12, ет. 3", "4000 Пловдив", "България"),
            "identifiers": (Fact("ЕИК", "115987654"), Fact("ДДС №", "BG115987654")),
            **values,
        }
    )


def consumption(months=13):
    """Bars from July a year ago to July 2026."""
    bars = []
    for number in range(months):
        month = date(2025 + (6 + number) // 12, (6 + number) % 12 + 1, 1)
        value = D(2400 + (number * 977) % 1700)
        bars.append(
            Bar(month, value, estimated=number == 5, current=number == months - 1)
        )
    return Chart(tuple(bars), "kWh")


def charges(count, components=COMPONENTS):
    """``count`` charge rows, the price changing inside the month."""
    rows = []
    for number in range(count):
        name, unit, price = components[number // 2 % len(components)]
        first = number % 2 == 0
        quantity = D("1234.567891") + number * D("17.25")
        rows.append(
            Charge(
                name=name,
                date_from=JULY[0] if first else date(2026, 7, 20),
                date_to=date(2026, 7, 19) if first else JULY[1],
                quantity=quantity,
                unit=unit,
                unit_price=price,
                factor=D("0.6129032") if first and "kW/" in unit else None,
                amount=(quantity * price).quantize(D("0.01")),
            )
        )
    return tuple(rows)


def readings(meter="ЕМ-00418837"):
    return tuple(
        Reading(
            meter=meter,
            register=register,
            date_from=JULY[0],
            date_to=JULY[1],
            reading_from=start,
            reading_to=end,
            multiplier=D(40),
            quantity=(end - start) * 40,
            unit="kWh",
            quality=quality,
        )
        for register, start, end, quality in (
            ("1.8.1 дневна", D("10233.412"), D("10291.9"), "отчетено"),
            ("1.8.2 нощна", D("5120.004"), D("5138.75"), "прогнозно"),
        )
    )


def point(number=1, rows=16, **values):
    return StatementSection(
        **{
            "title": f"32Z40000{number:07d}A · Пекарна, цех {number}",
            "subtitle": "4000 Пловдив, ул. „Иван Вазов“ 12",
            "facts": (
                Fact("Договор", "ДГ-2025-0042 / анекс 2"),
                Fact("Тарифа", "Бизнес ден/нощ"),
                Fact("Мрежа", "ЕРП Юг, ниско напрежение"),
                Fact("Предоставена мощност, kW", D("55")),
            ),
            "readings": readings(),
            "charges": charges(rows),
            **values,
        }
    )


def line(name, quantity, unit, price, tax="20 %", **values):
    quantity, price = D(quantity), D(price)
    amount = (quantity * price).quantize(D("0.01"))
    return Line(name, amount, quantity, unit, price, tax, **values)


def invoice(statement=None, sections=None, **values):
    """A Bulgarian invoice of two points; the totals follow from its lines."""
    if sections is None:
        sections = (
            Section(
                "32Z400000000001A",
                (
                    line("Активна електроенергия", "3089.36", "kWh", "0.14525"),
                    line("Балансираща енергия", "3089.36", "kWh", "0.00981"),
                    line("Акциз", "3.08936", "MWh", "1.02"),
                    line("Задължения към обществото", "3089.36", "kWh", "0.02536"),
                    line("Мрежови услуги", "3089.36", "kWh", "0.03905"),
                ),
                subtitle="Пекарна, цех 1",
            ),
            Section(
                "32Z400000000002A",
                (
                    line("Активна електроенергия", "812.5", "kWh", "0.14525"),
                    line("Балансираща енергия", "812.5", "kWh", "0.00981"),
                    line("Мрежови услуги", "812.5", "kWh", "0.03905"),
                ),
                subtitle="Пекарна, магазин",
            ),
        )
    untaxed = sum((row.amount for part in sections for row in part.lines), D(0))
    tax = (untaxed * D("0.2")).quantize(D("0.01"))
    total = untaxed + tax
    return InvoiceDocument(
        **{
            "kind": "invoice",
            "number": "0000012345",
            "currency": EUR,
            "seller": seller(),
            "buyer": buyer(),
            "sections": sections,
            "untaxed": untaxed,
            "taxes": (Tax("ДДС 20 %", untaxed, tax),),
            "total": total,
            "amount_due": total,
            "created": CREATED,
            "lang": "bg_BG",
            "issue_date": date(2026, 8, 3),
            "due_date": date(2026, 8, 17),
            "facts": (
                Fact("Дата на данъчно събитие", date(2026, 7, 31)),
                Fact("Период", "07/2026"),
                Fact("Клиентски номер", "K-100482"),
                Fact("Договор", "ДГ-2025-0042"),
            ),
            "figures": (
                Figure("Потребление", D("3901.86"), "kWh"),
                Figure("Период", "юли 2026"),
            ),
            "payment": Payment(
                holder="Слънчев лъч Енерджи ЕАД",
                account="BG80BNBG96611020345678",
                bic="BNBGBGSD",
                bank="Българска банка",
                reference="0000012345",
                qr=epc_payload(
                    "Слънчев лъч Енерджи ЕАД",
                    "BG80BNBG96611020345678",
                    total,
                    text="0000012345",
                ),
            ),
            "chart": consumption(),
            "statement": (point(),) if statement is None else statement,
            "notes": (
                "При забавено плащане се дължи законна лихва. Въпроси и възражения "
                "приемаме в 14-дневен срок от получаването.",
            ),
            "layout": Layout(
                footer=(
                    ("Слънчев лъч Енерджи ЕАД", "бул. „Цариградско шосе“ 115", "София"),
                    ("ЕИК 204123456", "Лиценз Л-999-15"),
                    ("Аварии: 0700 12 345", "klienti@example.com"),
                )
            ),
            "texts": TEXTS_BG,
            **values,
        }
    )


def open_item(number, amount, late=20, **values):
    due = date(2026, 7, 20)
    return OpenItem(
        **{
            "name": f"Invoice {number}",
            "issue_date": date(2026, 7, 3),
            "due_date": due,
            "invoiced": D(amount),
            "open": D(amount),
            "days_late": late,
            **values,
        }
    )


def reminder(items=None, **values):
    """A second reminder: an invoice paid in part, one with interest, and a fee."""
    if items is None:
        items = (
            open_item("2026/00117", "640.10", 51, open=D("240.10"), interest=D("3.45")),
            open_item("2026/00258", "1180.00", interest=D("8.20"), detail="CT-0042"),
        )
    charges = (Fact("Reminder fee", D("5.00")),)
    total = sum((item.amount for item in items), D("5.00"))
    return Reminder(
        **{
            "number": "REM/2026/0007",
            "title": "Second reminder",
            "currency": EUR,
            "seller": seller(),
            "buyer": buyer(),
            "items": items,
            "charges": charges,
            "total": total,
            "created": CREATED,
            "issue_date": date(2026, 8, 9),
            "due_date": date(2026, 8, 19),
            "facts": (Fact("Customer number", "K-100482"),),
            "opening": (
                "Dear customer,",
                "the amounts below are still open although we reminded you on "
                "26 July 2026. Please pay them by the day named above.",
            ),
            "closing": (
                "If you have paid in the meantime, please regard this letter as "
                "settled. If you cannot pay the whole amount at once, call us before "
                "the last day: we agree on instalments.",
            ),
            "payment": Payment(
                holder="Слънчев лъч Енерджи ЕАД",
                account="BG80BNBG96611020345678",
                bic="BNBGBGSD",
                reference="REM/2026/0007",
                qr=epc_payload(
                    "Слънчев лъч Енерджи ЕАД",
                    "BG80BNBG96611020345678",
                    total,
                    text="REM/2026/0007",
                ),
            ),
            **values,
        }
    )


def claim(rows=3, **values):
    """A claim to a distributor: what was invoiced and what it should be."""
    points = [
        (
            f"32Z40000000000{number:02d}A",
            "Пренос през разпределителната мрежа",
            JULY[0],
            JULY[1],
            D("120.00") + number,
            D("100.00"),
            D("20.00") + number,
        )
        for number in range(rows)
    ]
    difference = sum((row[6] for row in points), D(0))
    return Letter(
        **{
            "title": "Claim",
            "number": "NET-2026-0815",
            "currency": EUR,
            "seller": seller(),
            "buyer": buyer(name="ЕРП Юг"),
            "created": CREATED,
            "issue_date": date(2026, 8, 9),
            "facts": (Fact("Your invoice", "NET-2026-0815"),),
            "figures": (
                Figure("Difference", difference),
                Figure("Answer until", date(2026, 8, 30)),
            ),
            "opening": ("The amounts below differ from what your price list says.",),
            "closing": ("Please correct your invoice or tell us your reasons.",),
            "tables": (
                LetterTable(
                    (
                        LetterColumn("Metering point"),
                        LetterColumn("Component", "text"),
                        LetterColumn("From", "date"),
                        LetterColumn("To", "date"),
                        LetterColumn("Invoiced", "amount"),
                        LetterColumn("Expected", "amount"),
                        LetterColumn("Difference", "amount"),
                    ),
                    tuple(points),
                    total=("Total", None, None, None, None, None, difference),
                    carry=6,
                ),
            ),
            **values,
        }
    )
