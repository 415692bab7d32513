#!/bin/sh
# What Ringback needs of a Debian system: "run" to run, "test" for the tests too, "all" for the slow ones.
# As root it is installed; otherwise it is said what to type, and only what cannot be done without ends in failure.
set -eu
missing=""
need() { # command or file, package
    case "$1" in
        /*) [ -e "$1" ] || missing="$missing $2" ;;
        *) command -v "$1" >/dev/null 2>&1 || missing="$missing $2" ;;
    esac
}
new_enough() { # a python
    "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}
case "${1:-}" in
    run)
        new_enough "${2:-python3}" || missing="$missing python3 python3-venv"
        ;;
    test)
        need dbus-daemon dbus-daemon
        need cc gcc
        need /usr/include/stdio.h libc6-dev
        need /usr/bin/python3 python3
        /usr/bin/python3 -c 'import dbus' 2>/dev/null || missing="$missing python3-dbus"
        /usr/bin/python3 -c 'import gi' 2>/dev/null || missing="$missing python3-gi"
        need pulseaudio pulseaudio
        need parec pulseaudio-utils
        # The prompts are made again and compared.
        need espeak-ng espeak-ng
        need sox sox
        # The printed files are read by the programs that they are for.
        need /usr/share/dbus-1/system.conf dbus-system-bus-common
        need systemd-analyze systemd
        # Servers of the network, a relay for calls, and what the tests steer them with. No database other
        # than SQLite can keep an archive without a server of its own.
        need prosody prosody
        need /usr/share/ejabberd/sql/lite.sql ejabberd
        need "$(echo /usr/lib/erlang/lib/p1_sqlite3-*)" erlang-p1-sqlite3
        need "$(echo /usr/lib/*/libnss_wrapper.so)" libnss-wrapper
        need turnserver coturn
        need setpriv util-linux
        need ss iproute2
        ;;
    all)
        # A stranger on the network, with a screen that nobody sees, fingers, a network and sound of its own.
        need dino-im dino-im
        need Xvfb xvfb
        need xdotool xdotool
        need ip iproute2
        need unshare util-linux
        need /etc/ssl/certs/ca-certificates.crt ca-certificates
        need "$(echo /usr/lib/*/gstreamer-1.0/libgstopus.so)" gstreamer1.0-plugins-base
        need "$(echo /usr/lib/*/gstreamer-1.0/libgstpulseaudio.so)" gstreamer1.0-plugins-good
        ;;
    bench)
        # Other daemons to measure ourselves against.
        need dbus-daemon dbus-daemon
        need mpd mpd
        need mopidy mopidy
        need /usr/lib/python3/dist-packages/mopidy_mpd mopidy-mpd
        ;;
    *)
        echo "usage: tools/system_packages.sh run [PYTHON] | test | all | bench" >&2
        exit 2
        ;;
esac
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing:$missing"
    apt-get update -qq >/dev/null
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        # The programs are wanted, not the system services that come with them.
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
    fi
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
    # Nor are they wanted when the machine starts the next time: they listen to the whole network.
    for package in $missing; do
        case "$package" in
            ejabberd) services="ejabberd epmd" ;;
            prosody | coturn | mpd | mopidy) services="$package" ;;
            *) services="" ;;
        esac
        for service in $services; do
            for unit in "$service.service" "$service.socket"; do
                [ -e "/lib/systemd/system/$unit" ] && deb-systemd-helper disable "$unit" >/dev/null 2>&1 || true
            done
            [ -e "/etc/init.d/$service" ] && update-rc.d "$service" disable >/dev/null 2>&1 || true
        done
    done
    exit 0
fi
if [ "$1" = run ]; then
    echo "Ringback needs Python 3.11 or newer with its venv module. Install it first, on Debian and Ubuntu:" >&2
else
    echo "The tests need some packages of the system. Install them first, on Debian and Ubuntu:" >&2
fi
echo "    sudo apt-get install$missing" >&2
exit 1
