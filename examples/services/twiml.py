"""Twilio's way of speaking: requests that are signed, answers as TwiML."""

import base64
import hmac
import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, tostring

__all__ = ["Form", "is_signed", "signature", "twiml", "verb"]

Form = Sequence[tuple[str, str]]
"""The fields of a request, as they came."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def signature(token: str, url: str, form: Form) -> str:
    """What Twilio sends as ``X-Twilio-Signature``: HMAC-SHA1 over the URL and all fields in order.

    >>> form = [("To", "+18005551212"), ("From", "+14158675309"), ("Digits", "1234"),
    ...         ("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309")]
    >>> signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form)
    'RSOYDt4T1cUTdK1PDd93/VVr8B8='
    """
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def is_signed(token: str, url: str, form: Form, given: str) -> bool:
    return hmac.compare_digest(signature(token, url, form).encode(), given.encode())


def verb(name: str, *content: str | Element, **attributes: str) -> Element:
    """An element of TwiML: text, or elements inside.

    >>> tostring(verb("Say", "Q & A", language="en-GB"))
    b'<Say language="en-GB">Q &amp; A</Say>'
    """
    element = Element(name, {key: _NOT_XML.sub("", value) for key, value in attributes.items()})
    for part in content:
        if isinstance(part, str):
            element.text = _NOT_XML.sub("", part)
        else:
            element.append(part)
    return element


def twiml(*verbs: Element) -> bytes:
    """A whole answer."""
    answer: bytes = tostring(verb("Response", *verbs), encoding="UTF-8", xml_declaration=True)
    return answer
