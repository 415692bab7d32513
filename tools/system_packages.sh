#!/bin/sh
# What running and testing need of a Debian system. Installs it as root, else says what to install.
set -eu
missing=""
need() { # command or file, package
    case "$1" in
        /*) [ -e "$1" ] || missing="$missing $2" ;;
        *) command -v "$1" >/dev/null 2>&1 || missing="$missing $2" ;;
    esac
}
need python3 python3
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
need dbus-daemon dbus-daemon
need cc gcc
need /usr/include/stdio.h libc6-dev
need /usr/bin/python3 python3
/usr/bin/python3 -c 'import dbus' 2>/dev/null || missing="$missing python3-dbus"
/usr/bin/python3 -c 'import gi' 2>/dev/null || missing="$missing python3-gi"
if [ "${1:-}" = bench ]; then
    # Other daemons to measure ourselves against.
    need mpd mpd
    need mopidy mopidy
    need /usr/lib/python3/dist-packages/mopidy_mpd mopidy-mpd
fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then
    echo "installing:$missing"
    apt-get update -qq >/dev/null
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        # The programs are wanted, not the system services that come with them.
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
    fi
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
    echo "please install first: apt-get install$missing" >&2
    exit 1
fi
