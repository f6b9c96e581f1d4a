"""multipart/form-data read as it arrives: files go to the storage while they come in, text fields are collected."""

import re
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field

from helpdesk_api.dialects.wire.multipart_form import (
    MultipartError,
    MultipartForm,
    MultipartLimits,
    UploadedFile,
    UploadTooLarge,
)
from helpdesk_api.dialects.wire.part_events import PartBegun, PartParser
from helpdesk_api.dialects.wire.part_headers import media_type, parse_header
from helpdesk_api.storage.errors import FileRefused, TooLargeToScan
from helpdesk_api.storage.files import FileStorage

__all__ = ["MultipartError", "MultipartForm", "MultipartLimits", "UploadTooLarge", "UploadedFile", "read_multipart"]

_BOUNDARY = re.compile(r"[ -~]{0,200}[!-~]")
_PLAIN_ENCODINGS = frozenset({"", "7bit", "8bit", "binary"})
_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "iso-8859-1": "cp1252", "windows-1252": "cp1252"}


async def read_multipart(
    content_type: str,
    stream: AsyncIterable[bytes],
    storage: FileStorage,
    limits: MultipartLimits,
    *,
    content_length: int | None = None,
) -> MultipartForm:
    """Read a whole form from a request's stream. Whatever is raised, cancellation included, no file is left behind.

    Raises MultipartError, UploadTooLarge, and what the stream (ClientDisconnect) and the storage (OSError,
    ScannerUnavailable) raise.
    A part with a Content-Transfer-Encoding that would need decoding is an error (RFC 7578, section 4.7).
    """
    boundary = _boundary_of(content_type)
    if content_length is not None and content_length > limits.max_body_size:
        raise UploadTooLarge(f"The request body is larger than {limits.max_body_size} bytes.")
    reader = _Reader(boundary, storage, limits)
    try:
        async for chunk in stream:
            await reader.feed(chunk)
        return reader.close()
    except BaseException:
        await reader.form.discard()
        raise


def _boundary_of(content_type: str) -> str:
    kind, parameters = parse_header(content_type)
    if not kind.startswith("multipart/"):
        raise MultipartError(f"Invalid Content-Type: {content_type}")
    boundary = parameters.get("boundary")
    if boundary is None or not _BOUNDARY.fullmatch(boundary):
        raise MultipartError(f"Invalid boundary in multipart: {boundary}")
    return boundary


@dataclass
class _Text:
    name: str
    charset: str
    data: bytearray = field(default_factory=bytearray)

    def decoded(self, default_charset: str) -> str:
        charset = self.charset or default_charset
        codec = _CHARSETS.get(charset.lower())
        if codec is None:
            raise MultipartError(f"Unknown charset: {charset}")
        try:
            return self.data.decode(codec)
        except UnicodeDecodeError:
            raise MultipartError(f"The field {self.name} is not valid {charset}") from None


class _Reader:
    """Makes a form of the events of a body, holding it to the limits."""

    def __init__(self, boundary: str, storage: FileStorage, limits: MultipartLimits) -> None:
        self.form = MultipartForm()
        self._storage = storage
        self._limits = limits
        self._parts = PartParser(boundary, max_headers=limits.max_headers, max_header_size=limits.max_header_size)
        self._part: _Text | UploadedFile
        self._texts: list[_Text] = []
        self._text_size = 0
        self._overhead = 0

    async def feed(self, chunk: bytes) -> None:
        self._overhead += len(chunk)
        for events in self._parts.feed(chunk):
            for event in events:
                if isinstance(event, memoryview):
                    await self._take(event)
                elif isinstance(event, PartBegun):
                    self._begin(event.headers)
                else:
                    await self._end()
        if self._overhead > self._limits.max_overhead:
            raise UploadTooLarge(f"The form is larger, without its files, than {self._limits.max_overhead} bytes.")

    def close(self) -> MultipartForm:
        # An empty body is an empty form, as in Django.
        if self._overhead and not self._parts.complete:
            raise MultipartError("The body ends before its last boundary")
        default = next((text.decoded("utf-8") for text in self._texts if text.name == "_charset_"), "") or "utf-8"
        self.form.fields = [(text.name, text.decoded(default)) for text in self._texts]
        return self.form

    def _begin(self, headers: Mapping[str, str]) -> None:
        encoding = headers.get("content-transfer-encoding", "").strip().lower()
        if encoding not in _PLAIN_ENCODINGS:
            raise MultipartError(f"Unsupported Content-Transfer-Encoding: {encoding}")
        _, disposition = parse_header(headers.get("content-disposition", ""))
        if "name" not in disposition:
            raise MultipartError("A part has no name in its Content-Disposition header")
        kind = headers.get("content-type", "")
        # As in Django, an empty file name is a field: browsers send one for a file input that was left alone.
        if filename := disposition.get("filename"):
            self._part = self._begin_file(disposition["name"], filename, media_type(kind))
        else:
            self._part = self._begin_text(disposition["name"], parse_header(kind)[1].get("charset", ""))

    def _begin_text(self, name: str, charset: str) -> _Text:
        if len(self._texts) >= self._limits.max_fields:
            raise MultipartError(f"Too many fields, at most {self._limits.max_fields} are taken")
        self._texts.append(_Text(name, charset))
        return self._texts[-1]

    def _begin_file(self, name: str, filename: str, kind: str) -> UploadedFile:
        if len(self.form.files) >= self._limits.max_files:
            raise MultipartError(f"Too many files, at most {self._limits.max_files} are taken")
        file = UploadedFile(name, filename, kind)
        self.form.files.append(file)
        if self._limits.file_fields is None or name in self._limits.file_fields:
            file.error = self._limits.refuse(filename)
            file.incoming = self._storage.receive(filename, kind) if file.error is None else None
        return file

    async def _take(self, data: memoryview) -> None:
        if isinstance(self._part, _Text):
            self._text_size += len(data)
            if self._text_size > self._limits.max_field_size:
                raise UploadTooLarge(f"The text fields are larger than {self._limits.max_field_size} bytes together.")
            self._part.data += data
            return
        self._overhead -= len(data)
        self._part.size += len(data)
        if self._part.size > self._limits.max_file_size:
            raise UploadTooLarge(f"The file is larger than {self._limits.max_file_size} bytes.")
        if self._part.incoming is not None:
            await self._part.incoming.write(data)

    async def _end(self) -> None:
        if not isinstance(self._part, UploadedFile) or self._part.incoming is None:
            return
        try:
            await self._part.incoming.finish()
        except TooLargeToScan as error:
            raise UploadTooLarge(str(error)) from error
        except FileRefused as refusal:
            self._part.error, self._part.incoming = str(refusal), None
