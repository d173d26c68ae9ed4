"""Readers of the system around the environments: accounts, releases, package managers, settings."""

from __future__ import annotations

from tests.fuzz.memory import MemoryView
from tests.fuzz.target import HOST, JSON_WORDS, part, shared_over, target, text_of

DPKG = b"Package: python3.12-minimal\nStatus: install ok installed\nMaintainer: deadsnakes\nVersion: 3.12.1-1+jammy1\n\nPackage: x\n\n"


@target(
    b"root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/sh\n",
    words=b": \n 0 99999999999999999999 / \xc2\xb2 \0 /home/ada -1",
)
def passwd(data: bytes) -> None:
    view = MemoryView({"/etc/passwd": data, "/home/ada/x": b""})
    accounts = tuple(part("inspection.host")._accounts(view))
    part("inspection.host")._all_homes(view, accounts)
    part("inspection.host").home_of(1000, shared_over({"/etc/passwd": data}))


@target(
    b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    words=b"ID= VERSION_ID= \" ' \\ $ \n #",
)
def os_release(data: bytes) -> None:
    part("inspection.host")._os_release(MemoryView({"/etc/os-release": data}), "linux")
    plist = {"/System/Library/CoreServices/SystemVersion.plist": data}
    part("inspection.host")._os_release(MemoryView(plist), "darwin")


@target(
    b"UUID=x / ext4 defaults 0 1\n/dev/sdb1 /mnt/data\\040x ext4 noauto 0 2\nserver:/home /net nfs defaults\n",
    words=b"# / \\040 \n \t /mnt /net nfs",
)
def fstab(data: bytes) -> None:
    view = MemoryView({"/etc/fstab": data, "/mnt/x": b""})
    for missing in ("/mnt/data x/y", "/media/u/disk", "/net/a"):
        part("inspection.chain").unmounted(view, missing)


@target(DPKG, words=b"Package: Version: \n\n \n python3.12-minimal deadsnakes")
def dpkg_status(data: bytes) -> None:
    part("inspection.provider")._from_deadsnakes("python3.12-minimal", shared_over({"/var/lib/dpkg/status": data}))


@target(b"/.\n/usr\n/usr/bin\n/usr/bin/python3.11\n", words=b"/ . .. \n \0 /usr/bin/python3.11")
def dpkg_list(data: bytes) -> None:
    info = "/var/lib/dpkg/info"
    files = {
        f"{info}/python3.11.list": data,
        f"{info}/python3.11.md5sums": b"",
        f"{info}/other.list": b"/usr/bin/x\n",
        "/usr/bin/python3.11": b"",
    }
    reader = part("inspection.apt_simulation")
    simulation = reader.parse_simulation("Remv python3.11 [3.11.2-6]\n")
    reader.files_lost(simulation, MemoryView(files), "x86_64")


@target(b"/lib:/usr/lib\n/usr/local/lib\n", words=b": \n / \0")
def musl_path(data: bytes) -> None:
    part("inspection.loader_kind")._musl_directories(
        "/lib/ld-musl-x86_64.so.1", MemoryView({"/etc/ld-musl-x86_64.path": data})
    )


@target(
    b"envs_dirs:\n  - ~/envs\n  - '/x y' # c\nenvs_dirs: [a, \"b\"]\n",
    words=b"envs_dirs : - [ ] , # ' \" \n ~ $HOME ${X}",
)
def condarc(data: bytes) -> None:
    settings, places = part("sources._settings"), part("sources._places")
    for item in settings.yaml_list(text_of(data), "envs_dirs"):
        places.expand(item, HOST, HOST.homes[0])


@target(b'{"argv": ["/h/env/bin/python", "-m", "ipykernel"]}', words=JSON_WORDS + b' "argv"')
def kernel_program(data: bytes) -> None:
    part("sources.jupyter")._program(text_of(data))
