/* A program in C that talks to echo123 through the Unix socket and TCP ports; knows nothing of the engine.
 *
 * voice_unix SOCKET SAID HEARD MICROPHONE SPEAK_AFTER
 *
 * SAID is raw sound to say, HEARD and MICROPHONE are written. It speaks after SPEAK_AFTER bytes of heard sound,
 * as much as it hears, a second ahead: the engine's media clock is its clock. Ends when echo123 has hung up.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { AHEAD = 32000, API = 0, OUTPUT = 1, MICROPHONE = 2, INPUT = 3, ENDS = 4 };

static struct pollfd ends[ENDS];
static char line[65536];
static size_t have;

static void say(const char *command) {
    printf("-> %s\n", command);
    if (write(ends[API].fd, command, strlen(command) + 1) < 0) perror("write");
}

static int listening(unsigned *port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *) &address, size) || listen(fd, 1)) exit(3);
    getsockname(fd, (struct sockaddr *) &address, &size);
    *port = ntohs(address.sin_port);
    return fd;
}

/* One message; 1 if it ends the call. */
static int heard_line(unsigned *ports) {
    char command[200];
    printf("<- %s\n", line);
    if (!strcmp(line, "CALL 1 STATUS RINGING")) {
        snprintf(command, sizeof command, "#o alter call 1 set_output SOUNDCARD=\"default\" PORT=\"%u\"", ports[OUTPUT]);
        say(command);
        snprintf(command, sizeof command, "#m ALTER CALL 1 SET_CAPTURE_MIC port=\"%u\"", ports[MICROPHONE]);
        say(command);
        snprintf(command, sizeof command, "#i ALTER CALL 1 SET_INPUT PORT=%u", ports[INPUT]);
        say(command);
    }
    return !strcmp(line, "CALL 1 STATUS FINISHED");
}

int main(int argc, char **argv) {
    static char sound[1 << 20], data[65536];
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    unsigned ports[ENDS];
    int listeners[ENDS], over = 0, open_recordings = 2;
    long heard = 0, sent = 0, after = atol(argv[5]), size;
    FILE *said = fopen(argv[2], "rb"), *files[ENDS] = { NULL, fopen(argv[3], "wb"), fopen(argv[4], "wb"), NULL };
    if (argc != 6 || !said || !files[OUTPUT] || !files[MICROPHONE]) return 3;
    size = fread(sound, 1, sizeof sound, said);
    strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
    ends[API].fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(ends[API].fd, (struct sockaddr *) &address, sizeof address)) return 3;
    for (int i = OUTPUT; i < ENDS; i++) {
        listeners[i] = ends[i].fd = listening(&ports[i]);
        ends[i].events = POLLIN;
    }
    ends[API].events = POLLIN;
    say("#n NAME voice in c");
    say("#p PROTOCOL 8");
    say("#c CALL echo123");
    while (!over || open_recordings) {
        if (poll(ends, ENDS, 30000) <= 0) return 4;
        for (int i = 0; i < ENDS; i++) {
            ssize_t got;
            if (!ends[i].revents) continue;
            if (i != API && ends[i].fd == listeners[i]) {
                ends[i].fd = accept(listeners[i], NULL, NULL);
                continue;
            }
            got = read(ends[i].fd, data, i == API ? 1 : sizeof data);
            if (got <= 0) {
                close(ends[i].fd);
                ends[i].fd = -1;
                if (i == API) return 5;
                if (files[i]) open_recordings -= !fclose(files[i]);
            } else if (i == API) {
                line[have] = *data;
                if (*data) have++;
                else { have = 0; over |= heard_line(ports); }
            } else if (files[i]) {
                fwrite(data, 1, got, files[i]);
                if (i == OUTPUT) heard += got;
            }
        }
        if (heard > after && sent < size && ends[INPUT].fd >= 0) {
            long due = heard - after + AHEAD;
            ssize_t put = write(ends[INPUT].fd, sound + sent, (due < size ? due : size) - sent);
            if (put > 0) sent += put;
        }
    }
    return 0;
}
