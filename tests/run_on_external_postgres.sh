#!/bin/sh
# Run a command with HELPDESK_TEST_DATABASE_URL naming a throw-away server of an installed PostgreSQL:
#   tests/run_on_external_postgres.sh COMMAND [ARGUMENT]...
# Its programs are Debian's PostgreSQL 15, or those in the folder PG_BINDIR. The server listens on a Unix socket only.
set -eu

bindir=${PG_BINDIR:-/usr/lib/postgresql/15/bin}
if [ ! -x "$bindir/initdb" ]; then
    echo "There is no PostgreSQL in $bindir. On Debian 12: apt-get install postgresql-15. Elsewhere: PG_BINDIR=..." >&2
    exit 1
fi

# Not in TMPDIR: the address of a socket must be short, and the server's account must get there.
folder=$(mktemp -d /tmp/helpdesk-pg.XXXXXX)
chmod 711 "$folder"
as_account=
if [ "$(id -u)" = 0 ]; then
    # PostgreSQL refuses to run as root.
    account=nobody
    if id postgres >/dev/null 2>&1; then account=postgres; fi
    chown "$account" "$folder"
    as_account="setpriv --reuid=$account --regid=$(id -g "$account") --clear-groups"
fi

postgres_program() {
    # shellcheck disable=SC2086  # several words, or none
    (cd / && $as_account "$bindir/$@")
}

stop() {
    postgres_program pg_ctl --pgdata="$folder/data" --mode=immediate --silent stop 2>/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

made=$(postgres_program initdb --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --no-sync 2>&1) || { echo "$made" >&2; exit 1; }
# What it holds is thrown away, so nothing has to survive a power cut.
postgres_program pg_ctl --pgdata="$folder/data" --log="$folder/log" --wait --silent start --options="-k $folder -p 5432 \
    -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off" \
    || { cat "$folder/log" >&2; exit 1; }
echo "PostgreSQL: $("$bindir/postgres" --version)" >&2

HELPDESK_TEST_DATABASE_URL="postgresql+asyncpg://postgres@/postgres?host=$folder&port=5432" "$@"
