# shellcheck shell=bash
# Sourced by ./run, ./test and packaging/windows: what the machine must have, from Debian and PyPI.
# Nothing is installed that is already there; root is asked for only to install Debian packages.

readonly RUST_MINIMUM=1.95
[ -d "$HOME/.cargo/bin" ] && PATH="$HOME/.cargo/bin:$PATH"

say() { printf '%s\n' "$*" >&2; }

# as_root COMMAND…: as it is for root, through sudo for anyone else.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        say "Il faut être administrateur pour : $*"
        return 1
    fi
}

# missing_packages PACKAGE…: those that Debian says are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done
}

# need_packages PACKAGE…: installs the missing ones, after saying which.
need_packages() {
    local -a missing
    if ! command -v dpkg-query >/dev/null; then
        say "Ce script installe les paquets de Debian 12 ou 13. Ailleurs, il faut l'équivalent de : $*"
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} = 0 ] && return 0
    say "Paquets Debian manquants : ${missing[*]}"
    as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# at_least MINIMUM VERSION
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

has_rust() {
    command -v cargo >/dev/null && at_least "$RUST_MINIMUM" "$(rustc --version 2>/dev/null | cut -d' ' -f2)"
}

# rust_packages: Debian's current compiler, unless a recent one (rustup's) is at hand.
rust_packages() { has_rust || echo rustc-web cargo-web; }

# python_packages: what fetches the wheels below.
python_packages() { python3 -m pip --version >/dev/null 2>&1 || echo python3-pip; }

# tool NAME: the folder of a tool that Debian lacks, fetched once from PyPI (packaging/wheels.toml).
tool() { python3 packaging/wheel.py tool "$1"; }

# need_node: vite 8 wants node ^20.19 or >= 22.12; Debian 13 has it, Debian 12 does not.
need_node() {
    local version folder
    version=$(node --version 2>/dev/null | tr -d v)
    case $version in
        20.*) at_least 20.19 "$version" && command -v npm >/dev/null && return 0 ;;
        ?*) at_least 22.12 "$version" && command -v npm >/dev/null && return 0 ;;
    esac
    folder=$(tool node) && PATH="$folder/bin:$PATH"
}

# need_model: the demonstration model, if the folder holds none.
need_model() { compgen -G 'models/*.gguf' >/dev/null || python3 packaging/wheel.py model demonstration; }

# tree_digest PATH…: a digest of the sources under these paths.
tree_digest() {
    find "$@" \( -name node_modules -o -name dist -o -path ui/src/lib/messages.ts \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# page_dependencies: npm ci, only where the lock changed.
page_dependencies() {
    local lock stamp=ui/node_modules/.clocher-lock
    need_node || return
    lock=$(sha256sum <ui/package-lock.json)
    [ "$(cat "$stamp" 2>/dev/null)" = "$lock" ] && return 0
    (cd ui && npm ci --no-audit --no-fund) && printf '%s' "$lock" >"$stamp"
}

# need_page: ui/dist, built again only where its sources changed.
need_page() {
    local digest stamp=target/page.stamp
    digest=$(tree_digest ui assets/messages)
    [ -f ui/dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$digest" ] && return 0
    page_dependencies && (cd ui && npm run build) && mkdir -p target && printf '%s' "$digest" >"$stamp"
}
