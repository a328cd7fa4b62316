"""What would a desktop show, and what happens when a person clicks on it? The desktop's end of the Desktop Notifications
Specification, on the session bus of the environment: writes each notification as a line of JSON, and clicks on the one
whose number it reads.
"""

import asyncio
import json
import sys

from dbus_next.aio import MessageBus
from dbus_next.service import ServiceInterface, method, signal

NAME = "org.freedesktop.Notifications"
CLOSED_BY_CALL = 3


def say(thing):
    print(json.dumps(thing), flush=True)


# The annotations are D-Bus signatures.
class Desktop(ServiceInterface):
    def __init__(self):
        super().__init__(NAME)
        self.last = 0

    @method()
    def GetCapabilities(self) -> "as":  # noqa: F722
        return ["actions", "body"]

    @method()
    def GetServerInformation(self) -> "ssss":
        return ["A desktop for tests", "Tandem", "1", "1.2"]

    @method()
    def Notify(
        self,
        application: "s",
        replaces: "u",
        icon: "s",
        summary: "s",
        body: "s",
        actions: "as",  # noqa: F722
        hints: "a{sv}",  # noqa: F722
        expires: "i",
    ) -> "u":
        if not replaces:
            self.last += 1
        number = replaces or self.last
        say({"number": number, "title": summary, "body": body, "actions": actions[::2]})
        return number

    @method()
    def CloseNotification(self, number: "u"):
        say({"closed": number})
        self.NotificationClosed(number, CLOSED_BY_CALL)

    @signal()
    def ActionInvoked(self, number, action) -> "us":
        return [number, action]

    @signal()
    def NotificationClosed(self, number, reason) -> "uu":
        return [number, reason]


async def main():
    bus = await MessageBus().connect()
    desktop = Desktop()
    bus.export("/org/freedesktop/Notifications", desktop)
    await bus.request_name(NAME)
    say({"ready": True})
    loop = asyncio.get_running_loop()
    # Ends with whoever started it.
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        desktop.ActionInvoked(int(line), "default")


asyncio.run(main())
