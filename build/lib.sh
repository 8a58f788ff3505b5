# shellcheck shell=bash
# Shared by build/run, build/test, build/bench and build/desktop-test: what is
# needed, how it is installed, how things are built. Says what it does.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
bin=$root/bin
# One way to compile for all: programs, checks and tests share what is compiled.
export CGO_ENABLED=1 GOFLAGS="${GOFLAGS:--buildvcs=false -trimpath}"

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$1" >&2; [ -z "${2:-}" ] || printf 'hint: %s\n' "$2" >&2; exit 1; }

# Debian packages by purpose.
packages_base="gcc libc6-dev pkg-config ca-certificates espeak-ng fonts-noto-cjk fonts-noto-core fonts-droid-fallback fonts-hanazono fonts-babelstone-han fonts-liberation"
packages_desktop="libgtk-3-dev libwebkit2gtk-4.1-dev"
packages_test="poppler-utils chromium xvfb openbox imagemagick dbus-x11 xdotool x11-utils webkit2gtk-driver"
packages_pg="postgresql-15"
packages_crash="strace"
packages_codes="zbar-tools zxing-cpp-tools"
packages_scan="sane-utils" # scanimage, and SANE's simulator of a scanner
packages_lab="qemu-system-x86"
packages_cups="cups-daemon cups-client cups cups-filters printer-driver-cups-pdf ghostscript poppler-utils"

# need_packages NAME…: installs what is missing, or says what to install.
need_packages() {
  local missing=() p
  for p in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -q '^installed' || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local sudo=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo=sudo ||
      die "these Debian packages are missing: ${missing[*]}" "as root: apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "installing Debian packages: ${missing[*]}"
  local log; log=$(mktemp)
  if ! { $sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -yq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "apt-get could not install ${missing[*]}" "look at the lines above; the network or a package source may be missing"
  fi
  rm -f "$log"
}

need_tools() {
  command -v go >/dev/null || die "Go is missing" "install Go 1.26 or newer"
  command -v node >/dev/null && command -v npm >/dev/null || die "Node.js or npm is missing" "install Node.js 20 or newer with npm"
  command -v dpkg-query >/dev/null || die "this is not Debian (no dpkg)" "install by hand: $packages_base"
}

# npm_modules: the frontend's packages, exactly as locked.
npm_modules() {
  local stamp=frontend/node_modules/.locked
  if [ ! -f "$stamp" ] || ! cmp -s frontend/package-lock.json "$stamp"; then
    say "installing npm modules"
    (cd frontend && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp frontend/package-lock.json "$stamp"
  fi
}

# build_pages: frontend/dist from frontend/src, when something changed.
build_pages() {
  npm_modules
  local sum
  sum=$(find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print0 |
    sort -z | xargs -0 sha256sum | sha256sum)
  if [ ! -f frontend/dist/index.html ] || [ "$(cat frontend/node_modules/.built 2>/dev/null)" != "$sum" ]; then
    say "building the pages"
    (cd frontend && npm run --silent build)
    printf '%s' "$sum" >frontend/node_modules/.built
  fi
}

# build_programs: the browser build of everything; needs no GTK.
build_programs() {
  say "building the programs (the first time compiles SQLite: about two minutes)"
  mkdir -p "$bin"
  go build -ldflags '-s -w' -trimpath -o "$bin/" . ./app/cmd/hallway-central ./app/cmd/hallway-devices ./build/demo
}

# build_toxiproxy: what makes lines bad, for tests and benches; its version is the
# one of build/tools/go.mod.
build_toxiproxy() {
  mkdir -p "$bin"
  (cd build/tools && go build -o "$bin/toxiproxy-server" github.com/Shopify/toxiproxy/v2/cmd/server)
}

# build_desktop: the same terminal program with its own window.
build_desktop() {
  go build -tags desktop,production,webkit2_41 -ldflags '-s -w' -trimpath -o "$bin/hallway-desktop.new" . &&
    mv "$bin/hallway-desktop.new" "$bin/hallway-desktop"
}
