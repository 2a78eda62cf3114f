# Part of build.sh, in a mount namespace of its own: what runs in the new tree.
tree=$1 out=$2
for folder in dev proc sys; do mount --rbind "/$folder" "$tree/$folder"; done
# /tmp holds what only the build needs: certificates and packages of this computer, the tools for the SBOM.
mount -t tmpfs tmpfs "$tree/tmp"
mkdir "$tree/tmp/certificates" "$tree/tmp/out"
cp -L /etc/ssl/certs/ca-certificates.crt "$tree/tmp/certificates/"
cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
mount --bind "$out" "$tree/tmp/out"
# Packages that pip of this computer finds in folders of its own.
for folder in ${PIP_FIND_LINKS:-}; do
  [ ! -d "$folder" ] || { mkdir -p "$tree/tmp/links"; mount --bind "$folder" "$tree/tmp/links"; PIP_FIND_LINKS=/tmp/links; }
done
authorities=/tmp/certificates/ca-certificates.crt
export PIP_FIND_LINKS="${PIP_FIND_LINKS:-}" PIP_CERT=$authorities SSL_CERT_FILE=$authorities REQUESTS_CA_BUNDLE=$authorities
export PIP_NO_CACHE_DIR=1
export PIP_DISABLE_PIP_VERSION_CHECK=1 TMPDIR=/var/tmp HOME=/tmp PATH=/usr/sbin:/usr/bin:/sbin:/bin

exec chroot "$tree" sh -eu <<'CHROOT'
apt-get -qq update
apt-get -qq upgrade --yes
cd /attune
python3 -m venv .venv
.venv/bin/pip install -c constraints.txt -e .
.venv/bin/python platform/config/dev/vendor_assets.py
.venv/bin/python -m compileall -q attune_client bridge emotion interventions platform
.venv/bin/python -c 'from importlib.metadata import version; print(version("attune"))' > /tmp/out/version

python3 -m venv /tmp/sbom
/tmp/sbom/bin/pip install --quiet cyclonedx-bom==7.5.0
.venv/bin/pip uninstall --quiet --yes pip
apt-get -qq purge --yes --auto-remove python3-venv
apt-get -qq clean

/tmp/sbom/bin/cyclonedx-py environment --output-reproducible -o /tmp/out/python.cdx.json .venv/bin/python
/tmp/sbom/bin/python deploy/image/sbom.py /tmp/out

groupadd --gid 10001 attune
useradd --uid 10001 --gid 10001 --home-dir /var/lib/attune --no-create-home --shell /usr/sbin/nologin attune
install -d -o attune -g attune -m 0700 /var/lib/attune /var/lib/attune-keys /var/backups/attune
rm -rf /var/tmp/* /etc/resolv.conf
CHROOT
