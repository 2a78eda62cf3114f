#!/bin/sh
# Makes an OCI image of the checked-out commit without a container engine: deploy/image/build.sh FOLDER
# Run as root with debootstrap, umoci, git, npm and util-linux. FOLDER gets `image` (an OCI layout) and the SBOM.
# `skopeo copy oci:FOLDER/image:VERSION docker://REGISTRY/attune:VERSION` uploads it.
set -eu
SUITE=${SUITE:-bookworm}
MIRROR=${MIRROR:-http://deb.debian.org/debian}
SECURITY=${SECURITY:-http://deb.debian.org/debian-security}
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
tree=$out/tree
[ ! -e "$tree" ] || { echo "$tree is of an earlier run: remove it" >&2; exit 2; }
rm -rf "$out/image" "$out/layers"
revision=$(git -C "$source" rev-parse HEAD)
# Every time in the image is that of the commit, or older.
SOURCE_DATE_EPOCH=$(git -C "$source" log -1 --format=%ct)
export SOURCE_DATE_EPOCH DEBIAN_FRONTEND=noninteractive
umask 022

# --- The npm packages for the SBOM: npm wants a version, which our package.json has not ---
lists=$(mktemp -d)
cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$lists"
(cd "$lists" && npm pkg set version=0.0.0)
(cd "$lists" && npm sbom --sbom-format cyclonedx --package-lock-only --omit dev) > "$out/npm.cdx.json"
rm -r "$lists"

# --- Debian ---
debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv "$SUITE" "$tree" "$MIRROR"
cat > "$tree/etc/apt/sources.list" <<LIST
deb $MIRROR $SUITE main
deb $MIRROR $SUITE-updates main
deb $SECURITY $SUITE-security main
LIST

# --- The release, as deploy/build.sh makes it; npm only copies files, so it may run outside ---
mkdir "$tree/attune"
git -C "$source" -c tar.umask=0022 archive HEAD -- . ':!tests' ':!tools' ':!.ci' | tar -x -C "$tree/attune"
(cd "$tree/attune" && npm ci --omit=dev --no-audit --no-fund)
# Mounts of a namespace of its own go with it. The network and its certificates are this computer's.
unshare --mount --propagation private sh -eu "$here/inside.sh" "$tree" "$out"

# --- What no process needs, and what differs between two builds ---
rm -rf "$tree/attune/node_modules"
find "$tree/usr/share/doc" -type f ! -name copyright -delete
rm -rf "$tree"/usr/share/man/* "$tree"/usr/share/locale/* "$tree"/usr/share/info/* "$tree"/var/cache/* \
  "$tree"/var/log/* "$tree"/var/lib/apt/lists/* "$tree"/var/lib/dpkg/*-old "$tree"/etc/*- "$tree"/tmp/* \
  "$tree"/root/.[!.]* "$tree/etc/resolv.conf" "$tree/etc/hostname" "$tree/dev" "$tree/proc" "$tree/sys"
mkdir "$tree/dev" "$tree/proc" "$tree/sys"
: > "$tree/etc/machine-id"

# --- Layers: Debian, the libraries, the release ---
version=$(cat "$out/version")
mkdir "$out/layers"
pack() {
  to=$1; shift
  tar -C "$tree" --sort=name --format=gnu --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --clamp-mtime -cf "$out/layers/$to.tar" "$@"
}
pack 1-debian --exclude=./attune .
pack 2-libraries --no-recursion ./attune --recursion ./attune/.venv
pack 3-release --exclude=./attune/.venv ./attune

# --- The image ---
image=$out/image:$version
moment=$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
umoci init --layout "$out/image"
umoci new --image "$image"
for layer in 1-debian 2-libraries 3-release; do
  umoci raw add-layer --image "$image" --history.created "$moment" --history.created_by "$layer" "$out/layers/$layer.tar"
done
umoci config --image "$image" --history.created "$moment" --created "$moment" \
  --os linux --architecture "$(dpkg --print-architecture)" \
  --config.user 10001:10001 --config.workingdir /attune --config.exposedports 8000/tcp --config.stopsignal SIGTERM \
  --config.entrypoint python3 --config.entrypoint manage.py \
  --config.cmd serve --config.cmd web --config.cmd --host --config.cmd 0.0.0.0 \
  --config.env PATH=/attune/.venv/bin:/usr/local/bin:/usr/bin:/bin --config.env LANG=C.UTF-8 \
  --config.env PYTHONUNBUFFERED=1 --config.env ATTUNE_NO_BOOTSTRAP=1 \
  --config.env ATTUNE_VAR=/var/lib/attune --config.env KEYSTORE_DIR=/var/lib/attune-keys \
  --config.label org.opencontainers.image.title=attune \
  --config.label "org.opencontainers.image.version=$version" \
  --config.label "org.opencontainers.image.revision=$revision" \
  --config.label "org.opencontainers.image.source=${SOURCE_URL:-unknown}" \
  --config.label org.opencontainers.image.licenses=Apache-2.0
umoci gc --layout "$out/image"
rm -rf "$tree" "$out/layers" "$out/version"
echo "$image"
