"""XML messages of the Czech market operator (OTE) and others built like them.

The operator's schemas are not public as a whole. What is known of a message (its
root, codes, the fields we use) is an `XmlProfile`: data that a manager can complete
from the operator's documentation. The parser reads what the profile names, refuses an
unknown message, an unknown code or a missing required field with place and reason,
and lists everything else it met.

Hardened: no document type, no entities, no network, no external files, bounded size
and depth; the tree of a block is freed as soon as the block is read.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import BinaryIO
from zoneinfo import ZoneInfo

from lxml import etree

from .codes import check_code
from .errors import FindingReport, MarketError, Place
from .ote_profiles import PROFILES
from .tables.cells import MAX_DIGITS, shorten
from .tables.market_days import FIRST_DAY, LAST_DAY
from .tables.sources import kind_of

MAX_BYTES = 64 << 20
MAX_TEXT = 1_000
MAX_EXTRA = 100
BLOCK = 1 << 16
TYPES = ("text", "code", "date", "moment", "number", "whole")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?", re.ASCII)


@dataclass(frozen=True)
class XmlProfile:
    """What is known of one kind of message; every field can be stored as JSON.

    `fields` of the header, a block and a group are ``{name: "path type !"}``: a path
    relative to the root, block or group element (``@attribute``, ``Child/@attribute``,
    ``Child``, ``../@attribute``; alternatives with ``|``), one of `TYPES`, and ``!``
    for a required field. `block` is the path of the repeated part below the root, whose
    field ``point`` is the metering point. `groups` are ``{name: [path, fields]}``.
    """

    name: str
    kind: str
    root: str
    codes: tuple[str, ...]
    block: str
    namespace: str = ""
    header: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    code_scheme: str = "gsrn"
    timezone: str = "Europe/Prague"
    minutes: int = 15
    channels: Mapping[str, str] = field(default_factory=dict)
    registers: Mapping[str, str] = field(default_factory=dict)
    qualities: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: Mapping) -> "XmlProfile":
        """Return a profile from JSON; MarketError ``profile_field`` when wrong."""
        try:
            profile = cls(**values)
            _Reader(profile)
            ZoneInfo(profile.timezone)
        except (TypeError, ValueError, KeyError, OSError, AttributeError) as error:
            params = {
                "profile": str(values.get("name")),
                "field": "–",
                "value": "–",
                "reason": str(error),
            }
            raise MarketError("profile_field", params=params) from error
        return profile


@dataclass(slots=True)
class Block:
    """The part of a message about one point.

    `values` are the block's fields, `groups` lists the records of each group (each
    with its ``_row``), `extra` holds (path, text) of what the profile doesn't name.
    """

    point: str
    row: int
    element: str
    values: dict
    groups: dict[str, list[dict]]
    extra: list[tuple[str, str]]


class XmlMessage:
    """Iterator of the good `Block`s of a message.

    `profile` and the header's attributes are known at once, the rest of `header`,
    `findings` and `unknown` (path → count) when the iterator is exhausted.
    """

    def __init__(self, profile: "XmlProfile", header: dict, blocks: Iterator[Block]):
        self.profile = profile
        self.header = header
        self.report = FindingReport()
        self.unknown: Counter[str] = Counter()
        self._blocks = blocks

    def __iter__(self) -> Iterator[Block]:
        return self

    def __next__(self) -> Block:
        return next(self._blocks)

    @property
    def findings(self):
        """Findings so far."""
        return self.report.findings

    @property
    def bad_points(self) -> set[str]:
        """Points with an error."""
        return self.report.bad_points


SHIPPED = tuple(XmlProfile(**values) for values in PROFILES)


def parse_xml(
    fileobj: BinaryIO,
    profiles: Iterable[XmlProfile] = SHIPPED,
    max_bytes: int = MAX_BYTES,
) -> XmlMessage:
    """Open a message: read its root, choose the profile, return an `XmlMessage`.

    Raises MarketError at once for what is no XML or an unknown message, and from the
    iteration for what comes later.
    """
    elements = _elements(fileobj, max_bytes)
    root = next(elements)
    profile = _choose(root, list(profiles))
    reader = _Reader(profile)
    header = {}
    message = XmlMessage(profile, header, iter(()))
    reader.attributes(root, message)
    message._blocks = _blocks(elements, root, reader, message)
    return message


def _elements(fileobj, max_bytes):
    """Yield the root when it begins, then each element when it ends."""
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    size = 0
    depth = 0
    raw = fileobj.read(BLOCK)
    _check_head(raw)
    try:
        while raw:
            size += len(raw)
            if size > max_bytes:
                raise MarketError("message_too_large", params={"limit": max_bytes})
            parser.feed(raw)
            for event, element in parser.read_events():
                if event == "start":
                    if not depth:
                        if element.getroottree().docinfo.doctype:
                            raise MarketError("xml_doctype")
                        yield element
                    depth += 1
                else:
                    depth -= 1
                    yield element
            raw = fileobj.read(BLOCK)
        parser.close()
    except etree.XMLSyntaxError as error:
        row = error.lineno if isinstance(error.lineno, int) else None
        raise MarketError(
            "xml_broken", Place(row), {"reason": shorten(error.msg)}
        ) from error


def _check_head(raw):
    if not raw.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise MarketError("file_empty")
    plain = raw.replace(b"\0", b"")
    if b"<!DOCTYPE" in plain:
        raise MarketError("xml_doctype")
    found = kind_of(plain)
    if found and "XML" not in found:
        params = {"found": found, "expected": "an XML document"}
        raise MarketError("file_other_format", params=params)


def _choose(root, profiles):
    name = etree.QName(root)
    same = [profile for profile in profiles if profile.root == name.localname]
    if not same:
        known = ", ".join(sorted({profile.root for profile in profiles}))
        params = {"found": shorten(name.localname), "known": known}
        raise MarketError("xml_root_unknown", Place(root.sourceline), params)
    namespace = name.namespace or ""
    if not any(namespace.endswith(profile.namespace) for profile in same):
        params = {
            "root": name.localname,
            "found": shorten(namespace or "–"),
            "expected": same[0].namespace,
        }
        raise MarketError("xml_namespace", Place(root.sourceline), params)
    code = root.get("message-code")
    for profile in same:
        if code in profile.codes and namespace.endswith(profile.namespace):
            return profile
    known = ", ".join(code for profile in same for code in profile.codes)
    place = Place(root.sourceline, element=f"/{name.localname}/@message-code")
    if code is None:
        raise MarketError("field_missing", place, {"field": "message-code"})
    params = {"code": shorten(code), "root": name.localname, "known": known}
    raise MarketError("xml_code_unknown", place, params)


def _blocks(elements, root, reader, message):
    """Yield blocks as they end; read header elements on the way; free both."""
    count = 0
    for element in elements:
        if element is root:
            break
        path = _path_to(element, root)
        if path == reader.block:
            count += 1
            block = reader.read_block(element, count, message)
            if block is not None:
                yield block
        elif "/" in path or reader.block.startswith(path + "/"):
            continue
        else:
            reader.read_header(element, message)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    for _rest in elements:
        pass
    reader.finish(message, count)


def _path_to(element, root):
    """Return the names from below the root to an element."""
    names = [etree.QName(element).localname]
    for parent in element.iterancestors():
        if parent is root:
            break
        names.append(etree.QName(parent).localname)
    return "/".join(reversed(names))


class _Field:
    """A field of a profile: alternative paths, a type, required or not."""

    def __init__(self, name, text):
        parts = text.split()
        self.name = name
        self.paths = [path.split("/") for path in parts[0].split("|")]
        self.type = parts[1] if len(parts) > 1 else "text"
        self.required = parts[-1] == "!"
        if self.type not in TYPES:
            raise ValueError(f"{name}: {text}")

    def find(self, element):
        """Return the text of the first path that has one."""
        for path in self.paths:
            text = _follow(element, path)
            if text:
                return text
        return None

    def known(self, base):
        """Yield the paths (as tuples of names) this field reads, below the block."""
        for path in self.paths:
            names = list(base)
            for step in path:
                if step == "..":
                    names.pop()
                elif step != ".":
                    names.append(step)
                if names:
                    yield tuple(names)


def _follow(element, path):
    for step in path:
        if step == "..":
            element = element.getparent()
        elif step.startswith("@"):
            return (element.get(step[1:]) or "").strip()
        elif step != ".":
            element = next(_children(element, step), None)
        if element is None:
            return None
    return (element.text or "").strip()


def _children(element, name):
    for child in element:
        if isinstance(child.tag, str) and etree.QName(child).localname == name:
            yield child


class _Reader:
    """Reads header, blocks and groups of a message by a profile."""

    def __init__(self, profile):
        self.profile = profile
        self.block = profile.block
        self.zone = ZoneInfo(profile.timezone)
        self.header = _fields(profile.header)
        self.fields = _fields(profile.fields)
        self.groups = {
            name: (path.split("/"), _fields(fields))
            for name, (path, fields) in profile.groups.items()
        }
        self.known = {path for item in self.fields for path in item.known(())}
        for steps, fields in self.groups.values():
            self.known.update(tuple(steps[: n + 1]) for n in range(len(steps)))
            for item in fields:
                self.known.update(item.known(steps))
        if not any(item.name == "point" for item in self.fields):
            raise ValueError("fields: point is missing")

    def attributes(self, root, message):
        """Read the header fields that are the root's attributes."""
        here = [item for item in self.header if item.paths[0][0].startswith("@")]
        element = "/" + self.profile.root
        values = self._values(here, root, element)
        message.header.update(values)

    def read_header(self, element, message):
        """Read the header fields in a child of the root; list it if there are none."""
        name = etree.QName(element).localname
        here = [item for item in self.header if item.paths[0][0] == name]
        if not here:
            message.unknown[name] += 1
            return
        parent = element.getparent()
        found = [item for item in here if item.find(parent) is not None]
        values = self._values(found, parent, "/" + self.profile.root)
        for key, value in values.items():
            message.header.setdefault(key, value)

    def finish(self, message, count):
        """Check what can only be known at the end."""
        for item in self.header:
            if item.required and message.header.get(item.name) is None:
                raise MarketError(
                    "field_missing",
                    Place(element="/" + self.profile.root),
                    {"field": item.name},
                )
        if not count:
            raise MarketError("message_empty", params={"element": self.block})
        if message.unknown:
            names = ", ".join(sorted(message.unknown)[:20])
            message.report.warning(
                "unknown_elements",
                count=sum(message.unknown.values()),
                names=shorten(names) if len(names) > 300 else names,
            )
        message.report.close()

    def read_block(self, element, number, message):
        """Return the block of an element, None after a finding."""
        place = f"/{self.profile.root}/{self.block}[{number}]"
        point = None
        try:
            point = self._point(element, place)
            values = self._values(self.fields, element, place)
            groups = {
                name: [
                    self._values(fields, found, f"{place}/{'/'.join(steps)}[{n}]")
                    | {"_row": found.sourceline}
                    for n, found in enumerate(_descend([element], steps), 1)
                ]
                for name, (steps, fields) in self.groups.items()
            }
        except MarketError as error:
            where = error.place
            message.report.error(
                error.code,
                where.row,
                None,
                point or where.point,
                where.element,
                **error.params,
            )
            return None
        values["point"] = point
        extra = self._extra(element, message)
        return Block(point, element.sourceline, place, values, groups, extra)

    def _point(self, element, place):
        (item,) = (item for item in self.fields if item.name == "point")
        text = item.find(element)
        where = Place(element.sourceline, element=place)
        if text is None:
            raise MarketError("field_missing", where, {"field": "point"})
        try:
            return check_code(text, self.profile.code_scheme)
        except MarketError as error:
            where = Place(element.sourceline, None, text[:64], place)
            raise MarketError(error.code, where, error.params) from error

    def _values(self, fields, element, place):
        values = {}
        for item in fields:
            text = item.find(element)
            where = Place(element.sourceline, element=place)
            if text is None:
                if item.required:
                    raise MarketError("field_missing", where, {"field": item.name})
                values[item.name] = None
                continue
            try:
                values[item.name] = self._convert(text, item.type)
            except (ValueError, InvalidOperation, OverflowError) as error:
                params = {
                    "field": item.name,
                    "value": shorten(text),
                    "type": item.type,
                }
                raise MarketError("field_wrong", where, params) from error
        return values

    def _convert(self, text, kind):
        if len(text) > MAX_TEXT:
            raise ValueError("too long")
        if kind in ("text", "code"):
            return text
        if kind == "date":
            return _in_range(date.fromisoformat(text[:10]))
        if kind == "moment":
            moment = datetime.fromisoformat(text)
            _in_range(moment.date())
            return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
        if kind == "whole":
            return int(text) if _NUMBER.fullmatch(text) else int("")
        number = text.replace(" ", "")
        if len(number) > 2 * MAX_DIGITS or not _NUMBER.fullmatch(number):
            raise ValueError("no number")
        return Decimal(number)

    def _extra(self, element, message):
        """Return and count what stands in a block and is in no path of the profile."""
        extra = []
        stack = [(element, ())]
        while stack:
            node, path = stack.pop()
            found = [(path + ("@" + etree.QName(n).localname,), v)
                     for n, v in node.attrib.items()]  # fmt: skip
            for child in node:
                if isinstance(child.tag, str):
                    below = path + (etree.QName(child).localname,)
                    stack.append((child, below))
                    found.append((below, child.text))
            for steps, text in found:
                if steps in self.known:
                    continue
                name = "/".join((self.block, *steps))
                if len(message.unknown) < MAX_EXTRA or name in message.unknown:
                    message.unknown[name] += 1
                if len(extra) < MAX_EXTRA:
                    extra.append((name, (text or "").strip()[:MAX_TEXT]))
        return extra


def _fields(texts):
    return [_Field(name, text) for name, text in texts.items()]


def _descend(elements, steps):
    for step in steps:
        elements = [child for e in elements for child in _children(e, step)]
    return elements


def _in_range(day):
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError("no date of our time")
    return day
