#!/bin/sh
# Installs the system packages named as arguments. Needs root.
#
# Installing must not start, stop, upgrade or create any server of the distribution: this machine may already run
# a PostgreSQL or Redis that somebody else relies on. So, for the time of the installation only, a policy-rc.d
# (unless the machine has one) keeps packages from starting services, and a drop-in keeps PostgreSQL's packages
# from creating a cluster. Both are removed at the end, also after an error; what a crash left is removed next time.
set -eu

mark="# Written by BorderWatch for the time of one installation. Safe to delete."
policy=/usr/sbin/policy-rc.d
dropin=/etc/postgresql-common/createcluster.d/borderwatch.conf
plan=$(mktemp)
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8

clean_up() {
    if grep -qsF "$mark" "$policy"; then rm -f "$policy"; fi
    rm -f "$dropin" "$plan"
}
trap clean_up EXIT
# A half-installed package is worse than a moment's wait.
trap "" INT TERM HUP

get() {
    apt-get -q -y --no-remove --no-upgrade --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold "$@"
}

if ! get -s install "$@" >"$plan" 2>&1; then
    apt-get -q -o Acquire::Retries=3 update
    get -s install "$@" >"$plan" 2>&1 || { cat "$plan"; exit 1; }
fi
# "Inst name [old version] (new ...": a server that is there would be replaced, and so restarted.
if grep -E '^Inst (postgresql-[0-9]+|redis-server) \[' "$plan"; then
    echo "This would replace a database server that is in use here. Install the packages by hand: apt-get install $*"
    exit 1
fi

[ -e "$policy" ] || { printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"; chmod 755 "$policy"; }
mkdir -p "$(dirname "$dropin")"
printf '%s\ncreate_main_cluster = false\n' "$mark" >"$dropin"
had_redis=$(dpkg-query -W -f '${db:Status-Status}' redis-server 2>/dev/null || true)

if ! get install "$@"; then
    # Old package lists name files that are gone.
    apt-get -q -o Acquire::Retries=3 update
    get install "$@"
fi
# Only its program is wanted: the package's own server need not come up at the next boot either.
if [ "$had_redis" != installed ] && [ -e /etc/init.d/redis-server ]; then
    update-rc.d redis-server disable >/dev/null 2>&1 || true
fi
