"""A program on dbus-python and GLib that says what it is told on standard input and prints all that it hears.

talker_dbus.py BUS

A line ``!record FILE`` or ``!play FILE`` listens on a TCP port (printed as ``!PORT``) and writes what
comes, or sends the whole file, to who connects; ``!end`` waits until all ports are closed by the other side
and leaves.
"""

import pathlib
import socket
import sys
import threading

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(sys.argv[1])
loop = GLib.MainLoop()
threads = []


def say(text):
    print(text, flush=True)


class Client(dbus.service.Object):
    @dbus.service.method("com.Skype.API.Client", in_signature="s")
    def Notify(self, text):
        say(f"<- {text}")


def listen(work, path):
    listener = socket.create_server(("127.0.0.1", 0))

    def accepted():
        with listener, listener.accept()[0] as connection:
            work(connection, path)

    threads.append(threading.Thread(target=accepted, daemon=True))
    threads[-1].start()
    say(f"!{listener.getsockname()[1]}")


def record(connection, path):
    with pathlib.Path(path).open("wb") as file:
        while data := connection.recv(65_536):
            file.write(data)


def play(connection, path):
    connection.sendall(pathlib.Path(path).read_bytes())
    connection.recv(1)  # the engine closes at the end of the call


def typed(*_):
    line = sys.stdin.readline().rstrip("\n")
    what, _, path = line.partition(" ")
    if what == "!record":
        listen(record, path)
    elif what == "!play":
        listen(play, path)
    elif what == "!end" or not line:
        for thread in threads:
            thread.join(10)
            if thread.is_alive():
                sys.exit("a port was not closed at the end of the call")
        loop.quit()
        return False
    else:
        say(f"-> {line}")
        answer = bus.call_blocking("com.Skype.API", "/com/Skype", "com.Skype.API", "Invoke", "s", (line,))
        say(f"<= {answer}")
    return True


client = Client(bus, "/com/Skype/Client")
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, typed)
loop.run()
