"""Which mails would a mail server get? Listens on loopback and writes each mail as a line of JSON.

The first line names the port. With a number as its argument, it first refuses so many mails for the moment (451).
"""

import asyncio
import json
import sys
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


def say(thing):
    print(json.dumps(thing), flush=True)


class Mailbox:
    def __init__(self, refusals):
        self.refusals = refusals

    async def handle_DATA(self, server, session, envelope):
        if self.refusals:
            self.refusals -= 1
            say({"refused": envelope.rcpt_tos})
            return "451 Try again later"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        say(
            {
                "hello": session.host_name,
                "sender": envelope.mail_from,
                "recipients": envelope.rcpt_tos,
                "headers": [[name, str(value)] for name, value in mail.items()],
                "parts": [part.get_content_type() for part in mail.walk()],
                "text": mail.get_body(("plain",)).get_content(),
            }
        )
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    refusals = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    controller = Controller(Mailbox(refusals), hostname="127.0.0.1", port=0)
    server = await loop.create_server(controller.factory, host="127.0.0.1", port=0)
    say({"port": server.sockets[0].getsockname()[1]})
    # Ends with whoever started it.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
