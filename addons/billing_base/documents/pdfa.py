"""PDF/A-3B on top of ReportLab's document object.

ReportLab writes PDF 1.x; ISO 19005-3 asks for more: a binary comment after the header,
an end of line before every ``endstream``, a file identifier, an output intent with its
ICC profile, XMP metadata that say the same as the information dictionary, and an
association for every embedded file.

The second line of the file has exactly six bytes: Odoo takes that for the mark of a
PDF/A file and then leaves its own conversion out, which can't read this structure.
"""

import hashlib
from datetime import UTC
from functools import lru_cache
from xml.sax.saxutils import escape
from zlib import compress

from PIL import ImageCms
from reportlab.pdfbase import pdfdoc

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PRODUCER = "Odoo Billing"


class Stream(pdfdoc.PDFObject):
    """A stream object with ready content; ``entries`` are its dictionary."""

    def __init__(self, entries, content, deflate=True):
        self.entries = dict(entries)
        if deflate:
            content = compress(content)
            self.entries["Filter"] = "/FlateDecode"
        self.content = content

    def format(self, document):
        entries = pdfdoc.PDFDictionary({**self.entries, "Length": len(self.content)})
        return b"%s\nstream\n%s\nendstream\n" % (
            entries.format(document),
            self.content,
        )


class Catalog(pdfdoc.PDFCatalog):
    """ReportLab's catalogue with the entries PDF/A-3 adds."""

    __NoDefault__ = [*pdfdoc.PDFCatalog.__NoDefault__, "OutputIntents", "AF"]
    __Refs__ = __NoDefault__


class ArchiveDocument(pdfdoc.PDFDocument):
    """A ReportLab document that is written as PDF/A-3B.

    :param metadata: :class:`Metadata`.
    :param attachments: iterable of :class:`.model.EmbeddedFile`.
    """

    def __init__(self, metadata, attachments=()):
        super().__init__(
            compression=1, invariant=1, pdfVersion=(1, 7), lang=metadata.lang
        )
        pages, outlines = self._catalog.Pages, self._catalog.Outlines
        catalog = self.Catalog = self._catalog = Catalog()
        catalog.Pages, catalog.Outlines = pages, outlines
        catalog.Lang = pdfdoc.PDFString(metadata.lang)
        catalog.ViewerPreferences = pdfdoc.PDFDictionary({"DisplayDocTitle": "true"})
        catalog.OutputIntents = pdfdoc.PDFArray([self.Reference(self._intent())])
        attachments = tuple(attachments)
        catalog.Metadata = Stream(
            {"Type": "/Metadata", "Subtype": "/XML"},
            metadata.xmp(attachments),
            deflate=False,
        )
        if attachments:
            self._attach(attachments, metadata)
        self._metadata = metadata

    def _intent(self):
        profile = self.Reference(
            Stream({"N": 3, "Filter": "/FlateDecode"}, _deflated_profile(), False)
        )
        return pdfdoc.PDFDictionary(
            {
                "Type": "/OutputIntent",
                "S": "/GTS_PDFA1",
                "OutputConditionIdentifier": pdfdoc.PDFString("sRGB"),
                "Info": pdfdoc.PDFString("sRGB IEC61966-2.1"),
                "DestOutputProfile": profile,
            }
        )

    def _attach(self, attachments, metadata):
        """Embed files and associate them with the document (ISO 32000-2, 14.13)."""
        references, names = [], []
        for attachment in sorted(attachments, key=lambda file: file.name):
            content = Stream(
                {
                    "Type": "/EmbeddedFile",
                    # ReportLab's PDFName leaves the slash as it is.
                    "Subtype": "/" + attachment.mime.replace("/", "#2F"),
                    "Params": pdfdoc.PDFDictionary(
                        {
                            "Size": len(attachment.content),
                            "ModDate": pdfdoc.PDFString(metadata.pdf_date()),
                            "CheckSum": pdfdoc.PDFText(
                                hashlib.md5(
                                    attachment.content, usedforsecurity=False
                                ).digest()
                            ),
                        }
                    ),
                },
                attachment.content,
            )
            embedded = self.Reference(content)
            name = pdfdoc.PDFString(attachment.name)
            entries = {
                "Type": "/Filespec",
                "F": name,
                "UF": name,
                "AFRelationship": pdfdoc.PDFName(attachment.relationship),
                "EF": pdfdoc.PDFDictionary({"F": embedded, "UF": embedded}),
            }
            if attachment.description:
                entries["Desc"] = pdfdoc.PDFString(attachment.description)
            reference = self.Reference(pdfdoc.PDFDictionary(entries))
            references.append(reference)
            names += [name, reference]
        tree = pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray(names)})
        self.Catalog.Names = pdfdoc.PDFDictionary({"EmbeddedFiles": tree})
        self.Catalog.AF = pdfdoc.PDFArray(references)

    def GetPDFData(self, canvas):  # noqa: N802 (ReportLab's name)
        self.info = self._metadata.info()
        for font in self.delayedFonts:
            font.addObjects(self)
        self.Catalog.Outlines = None
        self.Reference(self.Catalog)
        self.Reference(self.info)
        return self.format()

    def format(self):
        """The file: header, objects, cross-reference table, trailer.

        Objects may register others while they are written, so the loop runs until
        there is none left.
        """
        parts = [HEADER]
        offset, offsets, number = len(HEADER), [], 0
        while (name := self.numberToId.get(number := number + 1)) is not None:
            body = pdfdoc.format(self.idToObject[name], self, toplevel=1)
            if body.endswith(b"endstream\n") and not body.endswith(b"\nendstream\n"):
                body = body[:-10] + b"\nendstream\n"
            if not body.endswith(b"\n"):
                body += b"\n"
            offsets.append(offset)
            parts.append(b"%d 0 obj\n%sendobj\n" % (number, body))
            offset += len(parts[-1])
        identifier = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
        parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % number)
        parts += [b"%010d 00000 n \n" % place for place in offsets]
        parts.append(
            b"trailer\n<< /Size %d /Root %s /Info %s /ID [<%s> <%s>] >>\n"
            b"startxref\n%d\n%%%%EOF\n"
            % (
                number,
                self.Reference(self.Catalog).format(self),
                self.Reference(self.info).format(self),
                identifier.encode(),
                identifier.encode(),
                offset,
            )
        )
        return b"".join(parts)


class Metadata:
    """Title, author, subject, language and creation time of a document."""

    def __init__(self, title, author, subject, lang, created):
        self.title = title
        self.author = author
        self.subject = subject
        self.lang = bcp47(lang)
        self.created = created.astimezone(UTC) if created.tzinfo else created

    def pdf_date(self):
        return f"D:{self.created:%Y%m%d%H%M%S}Z"

    def info(self):
        """The information dictionary."""
        texts = {
            "Title": self.title,
            "Author": self.author,
            "Subject": self.subject,
            "Creator": PRODUCER,
            "Producer": PRODUCER,
            "CreationDate": self.pdf_date(),
            "ModDate": self.pdf_date(),
        }
        return pdfdoc.PDFDictionary(
            {key: pdfdoc.PDFString(text) for key, text in texts.items()}
        )

    def xmp(self, attachments=()):
        """The XMP packet; it says the same as :meth:`info` (ISO 19005-3, 6.6.3)."""
        profile = next((file for file in attachments if file.profile), None)
        return _XMP.format(
            title=escape(self.title),
            author=escape(self.author),
            subject=escape(self.subject),
            lang=escape(self.lang),
            date=f"{self.created:%Y-%m-%dT%H:%M:%S}Z",
            producer=PRODUCER,
            profile=_FACTUR_X.format(
                name=escape(profile.name), level=escape(profile.profile)
            )
            if profile
            else "",
        ).encode()


def bcp47(lang):
    """``sr@latin`` → ``sr-Latn``, ``bg_BG`` → ``bg-BG``."""
    code, _at, script = lang.partition("@")
    parts = code.split("_")
    if script:
        parts.insert(1, {"latin": "Latn", "cyrillic": "Cyrl"}.get(script, script))
    return "-".join(parts)


@lru_cache(maxsize=1)
def icc_profile():
    """An sRGB profile of a few hundred bytes, made by Little CMS.

    Its header carries the time it was made (bytes 24 to 35) and an MD5 of itself
    (84 to 99): both are blanked, so that documents stay reproducible.
    """
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    profile = bytearray(made.tobytes())
    year_to_second = (2000, 1, 1, 0, 0, 0)
    profile[24:36] = b"".join(part.to_bytes(2, "big") for part in year_to_second)
    profile[84:100] = bytes(16)
    return bytes(profile)


@lru_cache(maxsize=1)
def _deflated_profile():
    return compress(icc_profile())


_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt>\
</dc:description>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{lang}</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate>
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description>{profile}
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""

# The extension schema that Factur-X 1.0 / ZUGFeRD 2 prescribes (its section 6.2).
_FACTUR_X = """
<rdf:Description rdf:about=""
 xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>{name}</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>{level}</fx:ConformanceLevel>
</rdf:Description>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>\
urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>DocumentFileName\
</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>\
<pdfaProperty:category>external</pdfaProperty:category>\
<pdfaProperty:description>name of the embedded XML file\
</pdfaProperty:description></rdf:li>
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>DocumentType</pdfaProperty:name>\
<pdfaProperty:valueType>Text</pdfaProperty:valueType>\
<pdfaProperty:category>external</pdfaProperty:category>\
<pdfaProperty:description>INVOICE</pdfaProperty:description></rdf:li>
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>Version</pdfaProperty:name>\
<pdfaProperty:valueType>Text</pdfaProperty:valueType>\
<pdfaProperty:category>external</pdfaProperty:category>\
<pdfaProperty:description>version of the Factur-X XML schema\
</pdfaProperty:description></rdf:li>
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>ConformanceLevel\
</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>\
<pdfaProperty:category>external</pdfaProperty:category>\
<pdfaProperty:description>conformance level of the embedded XML\
</pdfaProperty:description></rdf:li>
</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"""
