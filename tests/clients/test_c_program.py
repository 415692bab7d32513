"""A program in C, with nothing but the socket, calls echo123 and reads every line."""

import subprocess

from support.daemon import Daemon

SOURCE = r"""
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int line;
static char text[65536];

static const char *next(void) {
    size_t n = 0;
    while (n < sizeof text - 1 && read(line, text + n, 1) == 1)
        if (!text[n++]) { printf("<- %s\n", text); return text; }
    return NULL;
}

static void say(const char *command) {
    printf("-> %s\n", command);
    if (write(line, command, strlen(command) + 1) < 0) perror("write");
}

int main(int argc, char **argv) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
    line = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(line, (struct sockaddr *) &address, sizeof address)) return 1;
    say("#a NAME c program");
    next();
    say("PROTOCOL 8");
    next();
    say("#b CALL echo123");
    while (next()) {
        if (strstr(text, "STATUS INPROGRESS")) say("#c SET CALL 1 STATUS FINISHED");
        if (!strncmp(text, "CALL 1 STATUS FINISHED", 22)) return 0;
    }
    return 2;
}
"""


def test_it_calls_and_hangs_up(tmp_path):
    source, program = tmp_path / "program.c", tmp_path / "program"
    source.write_text(SOURCE)
    subprocess.run(["cc", "-Wall", "-o", str(program), str(source)], check=True)
    with Daemon(tmp_path / "home", "--no-dbus", "--speed", "5"):
        ran = subprocess.run(
            [str(program), str(tmp_path / "home/me/api.sock")], capture_output=True, text=True, timeout=30
        )
    assert ran.returncode == 0, ran.stdout
    lines = [line for line in ran.stdout.splitlines() if "CONNSTATUS" not in line and "USER" not in line]
    assert lines == [
        "-> #a NAME c program",
        "<- #a OK",
        "-> PROTOCOL 8",
        "<- PROTOCOL 8",
        "-> #b CALL echo123",
        "<- #b CALL 1 STATUS UNPLACED",
        "<- CALL 1 STATUS UNPLACED",
        "<- CALL 1 SUBJECT ",
        "<- CALL 1 STATUS ROUTING",
        "<- CALL 1 STATUS RINGING",
        "<- CALL 1 VAA_INPUT_STATUS FALSE",
        "<- CALL 1 STATUS INPROGRESS",
        "-> #c SET CALL 1 STATUS FINISHED",
        "<- #c CALL 1 STATUS FINISHED",
        "<- CALL 1 STATUS FINISHED",
    ]
