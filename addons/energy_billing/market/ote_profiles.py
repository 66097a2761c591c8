"""Shipped profiles of market operator messages (see `ote.XmlProfile`).

Known from public sources: the envelope (root attributes, sender and receiver), the
kinds of messages, codes 127 and 240 of the distributor's invoice, and the layout of
measured values (Location / Profile / ProfileData with date-time-from and -to, value,
unit, status; value type A11 is supply into the network, A12 is consumption). All other
codes and names below are assumptions in the same style, to be completed from the
operator's documentation: they are data, not code.
"""

_HEADER = {
    "id": "@id text !",
    "code": "@message-code text !",
    "moment": "@date-time moment !",
    "version": "@dtd-version text",
    "release": "@dtd-release text",
    "sender": "SenderIdentification/@id text !",
    "sender_scheme": "SenderIdentification/@coding-scheme text",
    "sender_role": "SenderIdentification/@role text",
    "receiver": "ReceiverIdentification/@id text !",
    "receiver_scheme": "ReceiverIdentification/@coding-scheme text",
    "receiver_role": "ReceiverIdentification/@role text",
    "reference": "Reference/@id text",
    "cancels": "Reference/@cancels text",
}
_LOCATION = {
    "point": "@ean|@opm-id code !",
    "date_from": "@date-from date",
    "date_to": "@date-to date",
}
_CHANNELS = {"A11": "A-", "A12": "A+"}
_QUALITIES = {"W": "measured", "E": "estimated", "S": "substituted", "M": "manual"}

PROFILES = (
    {
        "name": "Measured values",
        "kind": "measured",
        "root": "CDSDATA",
        "codes": ("121", "122"),
        "block": "Location",
        "header": _HEADER,
        "fields": _LOCATION,
        "groups": {
            "values": (
                "Profile/ProfileData",
                {
                    "value": "@value number !",
                    "begin": "@date-time-from moment !",
                    "end": "@date-time-to moment",
                    "unit": "@unit text",
                    "status": "@status text",
                    "value_type": "../@value-type text",
                },
            )
        },
        "channels": _CHANNELS,
        "qualities": _QUALITIES,
    },
    {
        "name": "Data to bill (DUF)",
        "kind": "duf",
        "root": "CDSIDIS",
        "codes": ("125", "126"),
        "block": "Location",
        "header": _HEADER,
        "fields": _LOCATION
        | {
            "date_from": "@date-from date !",
            "date_to": "@date-to date !",
            "reason": "@reason text",
            "rate": "Contract/@distribution-rate text",
            "breaker_phases": "Contract/@phases whole",
            "breaker_amps": "Contract/@breaker number",
            "reserved_capacity": "Contract/@reserved-capacity number",
        },
        "groups": {
            "readings": (
                "Meter/Register",
                {
                    "meter": "../@id text !",
                    "multiplier": "../@multiplier number",
                    "register": "@tariff text !",
                    "date_from": "@date-from date",
                    "date_to": "@date-to date",
                    "reading_from": "@value-from number",
                    "reading_to": "@value-to number",
                    "quantity": "@quantity number !",
                    "unit": "@unit text",
                    "status": "@status text",
                },
            )
        },
        "registers": {"VT": "1.8.1", "NT": "1.8.2", "JT": "1.8.0"},
        "qualities": _QUALITIES,
    },
    {
        "name": "Distributor's invoice",
        "kind": "invoice",
        "root": "CDSINVOICE",
        "codes": ("127", "240"),
        "namespace": "/schema/invoice",
        "block": "Location",
        "header": _HEADER
        | {
            "number": "Invoice/@number text !",
            "type": "Invoice/@type text !",
            "corrects": "Invoice/@corrects text",
            "date_issued": "Invoice/@date-issued date !",
            "date_taxable": "Invoice/@date-taxable date !",
            "date_due": "Invoice/@date-due date !",
            "currency": "Invoice/@currency text !",
            "variable_symbol": "Invoice/@variable-symbol text",
            "net": "Total/@net number !",
            "tax": "Total/@tax number !",
            "gross": "Total/@gross number !",
        },
        "fields": _LOCATION
        | {"date_from": "@date-from date !", "date_to": "@date-to date !"},
        "groups": {
            "lines": (
                "Item",
                {
                    "component": "@component text !",
                    "name": "@name text",
                    "date_from": "@date-from date",
                    "date_to": "@date-to date",
                    "quantity": "@quantity number",
                    "unit": "@unit text",
                    "price": "@unit-price number",
                    "amount": "@amount number !",
                    "tax_type": "@tax-type text",
                    "tax_rate": "@tax-rate number",
                },
            )
        },
    },
    {
        "name": "Master data",
        "kind": "master",
        "root": "CDSMASTERDATA",
        "codes": ("101", "102"),
        "block": "Location",
        "header": _HEADER,
        "fields": _LOCATION
        | {
            "supplier": "@supplier text",
            "distributor": "@distributor text",
            "measurement": "@measurement-type text",
            "profile_class": "@tdd-class text",
            "city": "Address/@city text",
            "street": "Address/@street text",
            "zip": "Address/@zip text",
            "rate": "Contract/@distribution-rate text",
            "breaker_phases": "Contract/@phases whole",
            "breaker_amps": "Contract/@breaker number",
        },
    },
    {
        "name": "Answer",
        "kind": "response",
        "root": "RESPONSE",
        "codes": ("105", "123", "128", "241"),
        "block": "Reason",
        "header": _HEADER,
        "fields": {
            "point": "@ean|@code text !",
            "text": ". text",
            "type": "@type text",
        },
        "code_scheme": "any",
    },
)
