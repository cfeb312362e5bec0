"""Invented exports of Telegram Desktop: what the exporter would write, in its own layout and in others."""

import json
from collections.abc import Iterable

CHANNEL = 1000000042
NAME = "Ministry of Canals"


def message(number: int, text: object = "", **more: object) -> dict[str, object]:
    """One message; a key given as `from_` is called ``from``."""
    keys = {key.rstrip("_"): value for key, value in more.items()}
    known = {
        "id": number,
        "type": "message",
        "date": "2025-03-01T12:00:00",
        "date_unixtime": "1740823200",
        "from": NAME,
        "from_id": f"channel{CHANNEL}",
        **keys,
        "text": text,
        "text_entities": [{"type": "plain", "text": text}] if isinstance(text, str) and text else [],
    }
    return {key: value for key, value in known.items() if value is not ...}


def service(number: int, action: str, **more: object) -> dict[str, object]:
    """One service message."""
    return {
        "id": number,
        "type": "service",
        "date": "2025-03-01T12:00:00",
        "date_unixtime": "1740823200",
        "actor": NAME,
        "actor_id": f"channel{CHANNEL}",
        "action": action,
        **more,
        "text": "",
        "text_entities": [],
    }


def chat(
    messages: Iterable[object], *, name: str | None = NAME, number: int = CHANNEL, kind: str = "public_channel"
) -> dict[str, object]:
    """One chat."""
    return {"name": name, "type": kind, "id": number, "messages": list(messages)}


def account(chats: Iterable[object], left: Iterable[object] = ()) -> dict[str, object]:
    """A whole account's export."""
    return {
        "about": "Here is the data you requested.",
        "personal_information": {"user_id": 7, "first_name": "Private", "phone_number": "+000"},
        "contacts": {"about": "Contacts.", "list": [{"user_id": 8, "first_name": "Nobody", "name": "x", "id": 3}]},
        "chats": {"about": "Chats.", "list": list(chats)},
        "left_chats": {"about": "Left.", "list": list(left)},
    }


def own_layout(value: object) -> bytes:
    """What the exporter writes: a blank for each level, no line break at the end."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def minified(value: object) -> bytes:
    """What tools write that save space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def indented(value: object) -> bytes:
    """What editors write."""
    return json.dumps(value, ensure_ascii=False, indent=4).encode()


MESSAGES: tuple[dict[str, object], ...] = (
    service(1, "create_channel", title=NAME),
    message(2, "The lock at Vieuxpont opens on Monday."),
    message(
        3,
        [
            {"type": "bold", "text": "L’écluse"},
            " rouvre\n\n\n\nlundi ",
            {"type": "hashtag", "text": "#canal"},
            " ",
            {"type": "text_link", "text": "plan", "href": "https://canals.example/plan"},
            "",
        ],
        edited="2025-03-02T08:00:00",
        edited_unixtime="1740895200",
    ),
    {"id": 4, "type": "unsupported"},
    message(5, "Шлюз откроется \\x в понедельник", forwarded_from="Министерство шлюзов", reply_to_message_id=2),
    message(6, "", poll={"question": "Open on Sunday?", "answers": [{"text": "Yes", "voters": 3}, {"text": "No"}]}),
)

_PAGE = """<!DOCTYPE html>
<html>

 <head>

  <meta charset="utf-8"/>
<title>Exported Data</title>

 </head>

 <body onload="CheckLocation();">

  <div class="page_wrap">

   <div class="page_header">

    <div class="content">

     <div class="text bold">
{name}\x20
     </div>

    </div>

   </div>

   <div class="page_body chat_page">

    <div class="history">
{messages}
    </div>

   </div>

  </div>

 </body>

</html>
"""


def page(*messages: str, name: str = NAME) -> bytes:
    """One page of an HTML export."""
    return _PAGE.format(name=name, messages="\n".join(messages)).encode()


def html_service(number: int, sentence: str) -> str:
    """One service message, or the date between two messages, as HTML."""
    return f"""
     <div class="message service" id="message{number}">

      <div class="body details">
{sentence}
      </div>

     </div>
"""


def html_message(
    number: int, inner: str, *, sender: str | None = NAME, title: str = "01.03.2025 13:00:00 UTC+03:00"
) -> str:
    """One message as HTML; without a sender it is joined to the one before."""
    joined = "" if sender else " joined"
    named = f'<div class="from_name">\n{sender} \n       </div>' if sender else ""
    return f"""
     <div class="message default clearfix{joined}" id="message{number}">

      <div class="body">

       <div class="pull_right date details" title="{title}">
13:00
       </div>

       {named}
       {inner}

      </div>

     </div>
"""


def html_text(markup: str) -> str:
    """The text of a message as HTML."""
    return f'<div class="text">\n{markup}\n       </div>'
