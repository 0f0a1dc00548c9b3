"""How an SMS is sent: in which encoding, how long it is, and in how many parts it goes out.

A text of the GSM 7-bit alphabet goes out in septets, some letters taking two; any other in UTF-16, which the
standard calls UCS-2. Parts of a longer message are shorter, since each carries a header that joins them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Sms", "is_sms", "measure_sms"]

_ONE_SEPTET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO_SEPTETS = frozenset("\f^{}\\[~]|€")
_ALONE = {"GSM-7": 160, "UCS-2": 70}
_OF_SEVERAL = {"GSM-7": 153, "UCS-2": 67}
_LARGEST_UNIT = 0xFFFF


@dataclass(frozen=True, slots=True)
class Sms:
    """``length`` counts septets for ``GSM-7``, units of 16 bits for ``UCS-2``; ``parts`` are paid for."""

    encoding: Literal["GSM-7", "UCS-2"]
    length: int
    parts: int


def is_sms(channel: str) -> bool:
    """Tells whether a channel sends SMS, by its name: `sms` is a word of it.

    >>> is_sms("sms"), is_sms("SMS_de"), is_sms("web")
    (True, True, False)
    """
    return "sms" in channel.casefold().split("_")


def measure_sms(text: str) -> Sms:
    """Measures a text as it is sent.

    >>> measure_sms("Pay by Friday")
    Sms(encoding='GSM-7', length=13, parts=1)
    >>> measure_sms("3 €"), measure_sms("x" * 161).parts
    (Sms(encoding='GSM-7', length=4, parts=1), 2)
    >>> measure_sms("Grüße"), measure_sms("Żółw 🙂")
    (Sms(encoding='GSM-7', length=5, parts=1), Sms(encoding='UCS-2', length=7, parts=1))
    """
    if all(letter in _ONE_SEPTET or letter in _TWO_SEPTETS for letter in text):
        return _measured("GSM-7", [2 if letter in _TWO_SEPTETS else 1 for letter in text])
    return _measured("UCS-2", [2 if ord(letter) > _LARGEST_UNIT else 1 for letter in text])


def _measured(encoding: Literal["GSM-7", "UCS-2"], sizes: Sequence[int]) -> Sms:
    length = sum(sizes)
    if length <= _ALONE[encoding]:
        return Sms(encoding, length, 1)
    room = _OF_SEVERAL[encoding]
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:  # what takes two is never cut in two
            parts, used = parts + 1, 0
        used += size
    return Sms(encoding, length, parts)
