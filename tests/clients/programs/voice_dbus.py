"""A program on dbus-python and GLib that talks to echo123 through TCP ports; knows nothing of the engine.

voice_dbus.py BUS SAID HEARD MICROPHONE SPEAK_AFTER HANG_UP_AFTER

SAID is raw sound to say, HEARD and MICROPHONE are written. It speaks after so many seconds of heard sound, in
real time by its own clock, in pieces of 20 ms that come up to 30 ms late, a fifth of a second ahead.
"""

import pathlib
import random
import socket
import sys
import threading
import time

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

SECOND = 32_000
PIECE = 640
AHEAD = 0.2
bus_address, said, heard, microphone = sys.argv[1:5]
speak_after, hang_up_after = (float(seconds) * SECOND for seconds in sys.argv[5:7])

DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(bus_address)
loop = GLib.MainLoop()
speak, threads = threading.Event(), []


def ask(text):
    sys.stdout.write(f"-> {text}\n<- {skype.Invoke(text)}\n")


def listen(work, *arguments):
    """Listen on a port; ``work`` gets the connection in a thread. Returns the port's number."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accepted():
        with listener, listener.accept()[0] as connection:
            work(connection, *arguments)

    threads.append(threading.Thread(target=accepted, daemon=True))
    threads[-1].start()
    return listener.getsockname()[1]


def record(connection, path, watched):
    count, hung_up = 0, False
    with pathlib.Path(path).open("wb") as file:
        while data := connection.recv(65_536):
            file.write(data)
            count += len(data)
            if watched and count >= speak_after:
                speak.set()
            if watched and count >= hang_up_after and not hung_up:
                hung_up = True
                GLib.idle_add(ask, "ALTER CALL 1 HANGUP")


def talk(connection):
    sound = pathlib.Path(said).read_bytes()
    speak.wait()
    begun = time.monotonic()
    for start in range(0, len(sound), PIECE):
        due = begun + start / SECOND - AHEAD + random.uniform(0, 0.03)
        time.sleep(max(0, due - time.monotonic()))
        connection.sendall(sound[start : start + PIECE])
    connection.recv(1)  # the engine closes at the end of the call


ports = {
    "SET_OUTPUT": listen(record, heard, True),
    "SET_CAPTURE_MIC": listen(record, microphone, False),
    "SET_INPUT": listen(talk),
}


class Client(dbus.service.Object):
    @dbus.service.method("com.Skype.API.Client", in_signature="s")
    def Notify(self, text):
        sys.stdout.write(f"<- {text}\n")
        if text.endswith("STATUS RINGING"):
            for action, port in ports.items():
                GLib.idle_add(ask, f'ALTER CALL 1 {action} PORT="{port}"')
        if text.endswith("STATUS FINISHED"):
            loop.quit()


client = Client(bus, "/com/Skype/Client")
skype = bus.get_object("com.Skype.API", "/com/Skype")
for command in ("NAME voice", "PROTOCOL 5", "CALL echo123"):
    ask(command)
GLib.timeout_add_seconds(60, loop.quit)
loop.run()
for thread in threads:
    thread.join(10)
    if thread.is_alive():
        sys.exit("a port was not closed at the end of the call")
