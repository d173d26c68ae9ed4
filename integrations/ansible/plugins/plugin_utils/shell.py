"""What is said to the host's POSIX shell before any Python is known there."""

from __future__ import annotations

import base64
import json
import re
import shlex
import zlib

MARK = "VD|"
LIMIT = 256 << 20  # bytes of an answer: a host that is in other hands may send a megabyte that unpacks to a thousand
OLDEST = (3, 10)
# Prints version and implementation, then fails where the standard library is not whole enough to run venvdoctor.
CHECK = (
    "import sys;v=sys.version_info;"
    "print('%d.%d.%d %s %d' % (v[0],v[1],v[2],sys.implementation.name,v>=(3,10)));"
    "sys.stdout.flush();"
    "import zlib,zipimport,json,hashlib,subprocess,base64,pwd,encodings.utf_8,unicodedata,typing,importlib.resources"
)
PLACES = (
    "/usr/bin /usr/local/bin /bin /usr/libexec /opt/*/bin /usr/local/*/bin /opt/*/*/bin /opt/rh/*/root/usr/bin "
    "/usr/pkg/bin /opt/homebrew/bin /usr/lib/platform-python*/bin "
    '"$HOME"/.local/bin "$HOME"/.pyenv/versions/*/bin "$HOME"/.local/share/uv/python/*/bin "$HOME"/*conda*/bin'
)
# Root runs only what nobody but root can have put there: the file and its directory belong to root and neither
# others nor a group but root's may write.
PROBE = r"""
LC_ALL=C; export LC_ALL
uid=$(id -u)
echo "VD|uid|$uid"
if [ "$uid" = 0 ]; then cache=@ROOT@; else cache="${XDG_CACHE_HOME:-$HOME/.cache}/venvdoctor"; fi
[ -z @CACHE@ ] || cache=@CACHE@
echo "VD|cache|$cache"
[ -f "$cache/@NAME@" ] && echo "VD|cached|yes"
limit=; command -v timeout >/dev/null 2>&1 && limit='timeout 60'
mine() {
  [ "$uid" = 0 ] || return 0
  for t in "$1" "$(dirname "$1")"; do
    set -- $(ls -Lnd "$t" 2>/dev/null)
    [ "$3" = 0 ] || return 1
    case "$1" in ????????w*) return 1;; ?????w*) [ "$4" = 0 ] || return 1;; esac
  done
}
seen=:
try() {
  [ -f "$1" ] && [ -x "$1" ] || return 0
  p=$(readlink -f "$1" 2>/dev/null) || p=$1
  [ -n "$p" ] || p=$1
  case "$seen" in *":$p:"*) return 0;; esac
  seen="$seen$p:"
  if ! mine "$p"; then echo "VD|foreign|$p"; return 0; fi
  said=$($limit "$p" -I -S -B -c @CHECK@ 2>/dev/null </dev/null); ok=$?
  case "$ok $said" in
    "0 "*" cpython 1") echo "VD|python|$p"; echo "VD|version|${said%% *}"; return 1;;
    *) echo "VD|unfit|$p ${said% *}";;
  esac
}
look() {
  if [ -n @PYTHON@ ]; then try @PYTHON@; return 0; fi
  old=$IFS; IFS=:; set -f; set -- $PATH; set +f; IFS=$old
  for d in "$@" @PLACES@; do
    case "$d" in /*) ;; *) continue;; esac
    for f in "$d"/python3 "$d"/python3.[1-9][0-9] "$d"/python3.[0-9] "$d"/platform-python; do
      case "$f" in *'['*) continue;; esac
      try "$f" || return 0
    done
  done
}
look
echo "VD|end|"
"""
INSTALL = r"""
umask 022
put() { mkdir -p @DIR@ && cp @SOURCE@ @TARGET@.$$; }
# a second time: another run that ends may just have removed the empty directory
put 2>/dev/null || put || exit 1
# what runs of another day left when they were cut off
find @DIR@ -type f -name 'venvdoctor-*-*.pyz*' -mtime +0 -exec rm -f {} + 2>/dev/null
chmod 644 @TARGET@.$$ && mv -f @TARGET@.$$ @TARGET@ && echo 'VD|end|'
"""


def probe(name, cache="", python=""):
    """Return the script that says who we are, which Python there is, and whether the single file is there already."""
    return _fill(
        PROBE,
        ROOT="/var/cache/venvdoctor",
        CACHE=shlex.quote(cache),
        NAME=name,
        CHECK=shlex.quote(CHECK),
        PYTHON=shlex.quote(python),
        PLACES=PLACES,
    )


def install(source, target):
    """Return the script that puts the single file in its place, whole or not at all."""
    quoted = {"DIR": target.rpartition("/")[0], "SOURCE": source, "TARGET": target}
    return _fill(INSTALL, **{key: shlex.quote(value) for key, value in quoted.items()})


def _fill(text, **values):
    return re.sub("@([A-Z]+)@", lambda match: values[match.group(1)], text)


def answers(text):
    """Return what a script of ours said: for each word the values, in order; None when it did not reach its end."""
    found = {}
    for line in text.splitlines():
        at = line.find(MARK)
        word, sep, value = line[at + len(MARK) :].partition("|")
        if at >= 0 and sep:
            found.setdefault(word, []).append(value.rstrip("\r"))
    return found if "end" in found else None


def command(python, source, spec):
    """Return the command that runs the runner's source on the host with what it is to do."""
    program = "{0}\nmain(__import__('json').loads({1!r}))\n".format(source, json.dumps(spec))
    packed = base64.b64encode(zlib.compress(program.encode(), 9)).decode()
    code = "import base64,zlib;exec(zlib.decompress(base64.b64decode('{0}')))".format(packed)
    return "{0} -I -B -c {1}".format(shlex.quote(python), shlex.quote(code))


def unpack(text, begin, end):
    """Return what the runner printed, or None when it did not come whole, or is larger than any answer."""
    start, stop = text.rfind(begin), text.rfind(end)
    if start < 0 or stop < start:
        return None
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(base64.b64decode("".join(text[start + len(begin) : stop].split())), LIMIT)
        return json.loads(data) if stream.eof else None
    except (ValueError, RecursionError, zlib.error):
        return None
