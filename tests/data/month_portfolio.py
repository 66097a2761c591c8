"""The demo trader's portfolio: networks, customers, points, tariffs. All invented.

Names, numbers and prices are made up; the form of the point codes is an assumption
(the distributors' own rule is not public), as are the amounts of all prices. What is
usual in Bulgaria is the structure: which parts a bill has and who they are for.
"""

from dataclasses import dataclass, field

COMMODITY = "electricity"
TIMEZONE = "Europe/Sofia"

NETWORKS = {
    "WEST": {"name": "ERP West", "pattern": r"32Z103\d{27}", "prefix": "32Z103"},
    "SOUTH": {"name": "ERP South", "pattern": r"ES2\d{30}", "prefix": "ES2"},
    "NORTH": {"name": "ERP North", "pattern": r"N07P\d{29}", "prefix": "N07P"},
}
CODE_LENGTH = 33

# shares of the year's energy per class are in the measured profiles; these are the
# highest mean quarter-hour power in kW of a small point of the class
SMALL_KW = {
    "G0-A": 9,
    "G1-A": 14,
    "G1-B": 11,
    "G2-A": 8,
    "G4-A": 12,
    "G4-B": 16,
    "G5-A": 18,
    "G6-A": 10,
    "H0-A": 4,
    "L0-A": 15,
    "L2-A": 12,
}


@dataclass
class Spec:
    """Some points of a customer in one network.

    `fixed` is the exact use of a point worked out by hand: kWh per day and register,
    or kWh per quarter hour.
    """

    network: str
    profile: str
    count: int = 1
    registers: tuple[str, ...] = ("1.8.0",)
    multiplier: int = 1
    digits: int = 6
    peak_kw: float = 0
    capacity_kw: int = 0
    fixed: dict[str, int] = field(default_factory=dict)

    @property
    def is_interval(self):
        return self.registers == ("A+",)


@dataclass
class Customer:
    """A customer; `hold` is what an erroneous segment does to the bill."""

    key: str
    name: str
    latin: str
    city: str
    specs: list[Spec]
    product: str = "business"
    language: str = "bg_BG"
    channel: str = "mail"
    hold: str = "bill"
    grouping: str = "account"
    e_invoice: bool = False


DAY_NIGHT = ("1.8.1", "1.8.2")


def small(network, profile, count=1, **settings):
    return Spec(network, profile, count, **settings)


def day_night(network, profile, count=1, **settings):
    return Spec(network, profile, count, DAY_NIGHT, **settings)


def large(network, profile, peak_kw):
    return Spec(network, profile, registers=("A+",), peak_kw=peak_kw)


CUSTOMERS = [
    # three whose bills are worked out by hand in README.md
    Customer(
        "atelier", "Ателие Кръг ЕООД", "Atelie Krag EOOD", "Перник",
        [small("WEST", "G1-A", capacity_kw=10, fixed={"1.8.0": 10})],
    ),
    Customer(
        "bakery", "Пекарна Слънце ООД", "Pekarna Slantse OOD", "Хасково",
        [day_night("SOUTH", "G5-A", capacity_kw=20, fixed={"1.8.1": 10, "1.8.2": 5})],
    ),
    Customer(
        "beacon", "Радиомаяк Витоша АД", "Radiomayak Vitosha AD", "София",
        [Spec("WEST", "G3-A", registers=("A+",), capacity_kw=16, fixed={"A+": 1})],
        e_invoice=True,
    ),
    # large ones
    Customer(
        "dairy", "Млечен дом Искър АД", "Mlechen dom Iskar AD", "Ботевград",
        [large("WEST", "L1-A", 180), small("WEST", "G0-A", 4),
         day_night("WEST", "L2-A", 2)],
        hold="segment", e_invoice=True,
    ),
    Customer(
        "press", "Металпрес Кюстендил АД", "Metalpres Kyustendil AD", "Кюстендил",
        [large("WEST", "G3-H", 640), large("WEST", "G3-M", 410)],
        e_invoice=True,
    ),
    Customer(
        "cold", "Хладилен склад Изток ЕООД", "Hladilen sklad Iztok EOOD", "Пловдив",
        [large("SOUTH", "G3-A", 320), small("SOUTH", "G0-A", 2)],
        language="en_US",
    ),
    Customer(
        "basket", "Търговска верига Кошница АД", "Targovska veriga Koshnitsa AD",
        "София",
        [large("WEST", "G4-H", 150), large("SOUTH", "G4-M", 120),
         small("WEST", "G4-A", 8, multiplier=20), small("SOUTH", "G4-A", 6),
         day_night("NORTH", "G4-B", 4, multiplier=30)],
        grouping="partner", e_invoice=True,
    ),
    Customer(
        "hotel", "Хотел Синчец ООД", "Hotel Sinchets OOD", "Банско",
        [large("WEST", "G2-A", 95), day_night("WEST", "G2-A", 2)],
        language="en_US",
    ),
    Customer(
        "town", "Община Росица", "Obshtina Rositsa", "Росица",
        [small("WEST", "G1-A", 4), day_night("WEST", "G6-A", 2),
         small("SOUTH", "G1-A", 5), small("NORTH", "G1-A", 3),
         day_night("NORTH", "G6-A", 2)],
        channel="post", hold="segment",
    ),
    Customer(
        "grain", "Зърно Север АД", "Zarno Sever AD", "Русе",
        [large("NORTH", "L0-A", 210), small("NORTH", "L0-A", 4, multiplier=40)],
    ),
    Customer(
        "textile", "Текстил Юг ООД", "Tekstil Yug OOD", "Сливен",
        [large("SOUTH", "G1-B", 260), day_night("SOUTH", "G1-B", 2, multiplier=15)],
    ),
    # small ones, two points each
    Customer(
        "books", "Книжарница Перо ЕООД", "Knizharnitsa Pero EOOD", "Перник",
        [small("WEST", "G4-A", 2)],
    ),
    Customer(
        "garage", "Автосервиз Педал ЕООД", "Avtoserviz Pedal EOOD", "София",
        [small("WEST", "G1-A", 2)],
    ),
    Customer(
        "mill", "Воденица Струма ООД", "Vodenitsa Struma OOD", "Благоевград",
        [day_night("WEST", "G5-A", 2)], channel="post",
    ),
    Customer(
        "dental", "Дентална практика Усмивка", "Dentalna praktika Usmivka", "София",
        [small("WEST", "G1-B", 2)],
    ),
    Customer(
        "quarry", "Кариера Тракия ООД", "Kariera Trakiya OOD", "Стара Загора",
        [small("SOUTH", "G1-A", 2, multiplier=20)],
    ),
    Customer(
        "winery", "Изба Мелник АД", "Izba Melnik AD", "Асеновград",
        [small("SOUTH", "L2-A"), day_night("SOUTH", "L2-A")], hold="segment",
    ),
    Customer(
        "laundry", "Пералня Бриз ЕООД", "Peralnya Briz EOOD", "Бургас",
        [day_night("SOUTH", "G5-A", 2)],
    ),
    Customer(
        "printer", "Печатница Марица ООД", "Pechatnitsa Maritsa OOD", "Пловдив",
        [small("SOUTH", "G1-B", 2, multiplier=10)],
    ),
    Customer(
        "harbour", "Яхтено пристанище Фар АД", "Yahteno pristanishte Far AD", "Варна",
        [small("NORTH", "G6-A", 2)], language="en_US",
    ),
    Customer(
        "rose", "Розоварна Дамасцена ООД", "Rozovarna Damastsena OOD", "Карлово",
        [small("SOUTH", "L2-A", 2)],
    ),
    Customer(
        "school", "Езикова школа Азбука ЕООД", "Ezikova shkola Azbuka EOOD", "Плевен",
        [small("NORTH", "G1-A"), day_night("NORTH", "G1-A")],
    ),
    Customer(
        "vet", "Ветеринарна клиника Лапа", "Veterinarna klinika Lapa", "Видин",
        [small("NORTH", "G2-A", 2)],
    ),
    Customer(
        "cinema", "Кино Светлина ООД", "Kino Svetlina OOD", "София",
        [small("WEST", "G2-A", 2)], channel="post",
    ),
    Customer(
        "tram", "Музей на трамвая", "Muzey na tramvaya", "София",
        [day_night("WEST", "G6-A", 2)],
    ),
    Customer(
        "bikes", "Вело Център ЕООД", "Velo Tsentar EOOD", "Перник",
        [small("WEST", "G4-B", 2)],
    ),
    Customer(
        "depot", "Логистика Кръстопът АД", "Logistika Krastopat AD", "Пазарджик",
        [small("WEST", "G4-A"), small("SOUTH", "G4-A")],
    ),
    # households: no excise, access per kWh
    Customer(
        "petrova", "Елена Петрова", "Elena Petrova", "София",
        [day_night("WEST", "H0-A", 2)], product="home",
    ),
    Customer(
        "dimitrov", "Георги Димитров", "Georgi Dimitrov", "Пловдив",
        [small("SOUTH", "H0-A", 2)], product="home",
    ),
    Customer(
        "stoyanova", "Мария Стоянова", "Maria Stoyanova", "Варна",
        [small("NORTH", "H0-A"), day_night("NORTH", "H0-A")],
        product="home", channel="post",
    ),
]  # fmt: skip

CHARGE_NAMES = {
    "supply": ("Electricity", "Електрическа енергия"),
    "energy": ("Energy", "Активна енергия"),
    "energy_day": ("Energy, day", "Активна енергия, дневна"),
    "energy_night": ("Energy, night", "Активна енергия, нощна"),
    "balancing": ("Balancing cost", "Разход за балансиране"),
    "levies": ("Public charges", "Публични задължения"),
    "obligation": ("Obligation to society", "Цена за задължения към обществото"),
    "excise": ("Excise duty", "Акциз"),
    "network": ("Network services", "Мрежови услуги"),
    "transmission_access": (
        "Access to the transmission network",
        "Достъп до електропреносната мрежа",
    ),
    "transmission": (
        "Transmission",
        "Пренос през електропреносната мрежа",
    ),
    "distribution_access": (
        "Access to the distribution network",
        "Достъп до електроразпределителната мрежа",
    ),
    "distribution": (
        "Distribution",
        "Пренос през електроразпределителната мрежа",
    ),
}

# EUR: before the 16th of the month and from it on
ENERGY_PRICES = {
    "business": {"energy": ("0.11", "0.12")},
    "daynight": {"energy_day": ("0.13", "0.14"), "energy_night": ("0.08", "0.09")},
    "home": {"energy": ("0.125", "0.131")},
    "home-daynight": {
        "energy_day": ("0.142", "0.149"),
        "energy_night": ("0.088", "0.092"),
    },
}
BALANCING, OBLIGATION, EXCISE = "0.006", "0.01", "0.001"
TRANSMISSION_ACCESS, TRANSMISSION = "0.0016", "0.007"
# per kW and day · per kWh · access per kWh for households
DISTRIBUTION = {
    "WEST": ("0.025", "0.02", "0.0058"),
    "SOUTH": ("0.024", "0.022", "0.0061"),
    "NORTH": ("0.026", "0.0235", "0.0064"),
}


def product_of(customer: Customer, spec: Spec) -> str:
    """Return the product a point is supplied under."""
    if spec.registers == DAY_NIGHT:
        return "home-daynight" if customer.product == "home" else "daynight"
    return customer.product


def make_tariffs(change, start, before_change):
    """Return the tariffs: a tree per product and network, prices as texts (EUR).

    `start` is the first day of the prices, `change` the day of the second version of
    the energy prices, `before_change` the day before (all ISO dates).
    """
    return [
        {
            "key": f"{product}-{network.lower()}",
            "name": {
                "en": f"{product.replace('-', ', ').capitalize()}, {values['name']}",
                "bg": f"{_PRODUCT_BG[product]}, {values['name']}",
            },
            "product": product,
            "network": network,
            "currency": "EUR",
            "vat": "20",
            "items": _items(product, network, change, start, before_change),
        }
        for product in ENERGY_PRICES
        for network, values in NETWORKS.items()
    ]


_PRODUCT_BG = {
    "business": "Бизнес",
    "daynight": "Бизнес ден и нощ",
    "home": "Дом",
    "home-daynight": "Дом ден и нощ",
}


def _items(product, network, change, start, before_change):
    home = product.startswith("home")

    def once(price):
        return [{"from": start, "to": None, "price": price}]

    energy = [
        _charge(
            code,
            code,
            [
                {"from": start, "to": before_change, "price": old},
                {"from": change, "to": None, "price": new},
            ],
        )
        for code, (old, new) in ENERGY_PRICES[product].items()
    ]
    per_kw, per_kwh, access = DISTRIBUTION[network]
    levies = [_charge("obligation", "energy", once(OBLIGATION))]
    if not home:
        levies.append(_charge("excise", "energy", once(EXCISE)))
    if home:
        access_charge = _charge("distribution_access", "energy", once(access))
    else:
        access_charge = _charge(
            "distribution_access", "capacity", once(per_kw), "capacity", "day"
        )
    return [
        _category("supply", [*energy, _charge("balancing", "energy", once(BALANCING))]),
        _category("levies", levies),
        _category(
            "network",
            [
                _charge("transmission_access", "energy", once(TRANSMISSION_ACCESS)),
                _charge("transmission", "energy", once(TRANSMISSION)),
                access_charge,
                _charge("distribution", "energy", once(per_kwh)),
            ],
        ),
    ]


def _category(code, items):
    return {
        "code": code,
        "kind": "category",
        "name": dict(zip(("en", "bg"), CHARGE_NAMES[code], strict=True)),
        "items": items,
    }


def _charge(code, quantity, prices, basis="unit", time_unit="period"):
    return {
        "code": code,
        "kind": "charge",
        "name": dict(zip(("en", "bg"), CHARGE_NAMES[code], strict=True)),
        "basis": basis,
        "quantity": quantity,
        "unit": "kW" if quantity == "capacity" else "kWh",
        "time_unit": time_unit,
        "prices": prices,
    }
