#!/usr/bin/env bash
# The engines of a cluster on this machine, for tests and demos: a Redis Cluster of three masters and three replicas (or one
# node) and a PostgreSQL primary with a synchronous streaming standby, on free loopback ports, everything inside one folder.
# What is in that folder is thrown away at the next start. Not for production: no passwords, no TLS, small memory.
#
#   engines.sh start DIR [--redis single|cluster|none] [--postgres primary|standby|none] [--watch PID] [--sweep]
#   engines.sh stop DIR          ends every process of DIR, by its id
#   engines.sh status DIR        one line a process
#   engines.sh master-of DIR KEY name of the Redis node that now holds the key's slot
#   engines.sh database DIR NAME creates an empty database on the primary
#   engines.sh kill DIR NAME     kill -9 of one process (redis-1 .. redis-6, pg1, pg2) or of `primary`
#   engines.sh revive DIR        starts the Redis nodes that are dead, on their own data
#   engines.sh wipe DIR KEY      kill -9 of the Redis node that holds the key's slot and of its replicas, and their data are gone
#   engines.sh ports-only DIR    the Redis nodes name no host when asked for slots: a client behind proxies stays behind them
#   engines.sh attach DIR        starts the dead PostgreSQL standby on its own data, waits until commits wait for it
#   engines.sh return DIR        starts the dead PostgreSQL node on its own data, as a primary that waits for nobody: what an
#                                operator must not do
# What an operator does after the PostgreSQL primary is gone, in this order:
#   engines.sh promote DIR       ends the old primary for sure, makes the standby the primary
#   engines.sh repoint DIR       synchronous_standby_names := the standbys that are attached (none: commits wait for nobody)
#   engines.sh reseed DIR        makes the dead node the standby of the new primary, waits until it streams, repoints
#
# Writes DIR/NAME.pid, DIR/NAME.log, DIR/engines.env (REDIS_URLS, POSTGRES_URLS) and DIR/engines.json.
# --watch PID: all is stopped as soon as that process is gone; with --sweep DIR is removed then too.
set -euo pipefail

LIMIT_S=${ENGINES_LIMIT_S:-60}     # longest wait for one condition
SLOTS=16384
ATTEMPTS=3                         # a port can be taken between the look and the start

MISSING=3                          # exit code: a program is not installed

die() { echo "engines: $*" >&2; exit 1; }
missing() { echo "engines: $1 is missing (make setup installs it)" >&2; exit $MISSING; }

self=$(readlink -f "${BASH_SOURCE[0]}")
command=${1:-help}
[ "$command" = help ] && { sed -n '2,/^set -e/p' "$self" | sed '$d; s/^# \{0,1\}//'; exit 0; }
[ $# -ge 2 ] || die "which folder? (engines.sh help)"
mkdir -p "$2"
DIR=$(readlink -f "$2")
shift 2

# ---- what every command uses ----

wait_for() { # WHAT COMMAND...: until the command succeeds
    local what=$1 begun=$SECONDS
    shift
    until "$@" 2>/dev/null; do
        ((SECONDS - begun < LIMIT_S)) || die "$what: not within $LIMIT_S s (logs in $DIR)"
        sleep 0.04
    done
}

pid_of() { cat "$DIR/$1.pid" 2>/dev/null || true; }
port_of() { cat "$DIR/$1.port"; }
alive() { # NAME: its process runs (a zombie does not)
    local pid
    pid=$(pid_of "$1")
    [ -n "$pid" ] && [ -r "/proc/$pid/stat" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null
}
dead() { ! alive "$1"; }
names() { # PREFIX: what was started, in order
    local file
    for file in "$DIR/$1"*.port; do
        [ -e "$file" ] && basename "$file" .port
    done
    true
}
signal() { # NAME SIGNAL
    local pid
    pid=$(pid_of "$1")
    if alive "$1"; then kill "-$2" "$pid" 2>/dev/null || true; fi
}
launch() { # NAME COMMAND...: in a session of its own, so that Ctrl-C at a terminal does not reach it
    local name=$1
    shift
    setsid "$@" >>"$DIR/$name.log" 2>&1 </dev/null &
    echo $! >"$DIR/$name.pid"
    disown
}

free_ports() { # COUNT: that many neighbouring ports, below those the kernel gives away itself
    local base port try
    for try in $(seq 200); do
        base=$((10000 + (RANDOM * 32768 + RANDOM) % 19000))
        for ((port = base; port < base + $1; port++)); do
            if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue 2; fi
        done
        echo "$base"
        return
    done
    die "no $1 free ports after $try looks"
}

# ---- Redis ----

redis_up() { # NAME
    launch "$1" redis-server "$DIR/$1/redis.conf"
}

redis_config() { # NAME PORT BUS_PORT|none
    mkdir -p "$DIR/$1"
    cat >"$DIR/$1/redis.conf" <<END
bind 127.0.0.1
port $2
dir $DIR/$1
daemonize no
save ""
appendonly yes
appendfsync everysec
maxmemory 512mb
maxmemory-policy noeviction
repl-diskless-sync-delay 0
END
    echo "$2" >"$DIR/$1.port"
    [ "$3" = none ] || cat >>"$DIR/$1/redis.conf" <<END
cluster-enabled yes
cluster-port $3
cluster-config-file nodes.conf
cluster-node-timeout 2000
cluster-require-full-coverage no
cluster-allow-replica-migration no
END
}

# The nodes are told of each other before they start; `redis-cli --cluster create` takes some seconds longer.
redis_nodes_file() { # OWN_INDEX BASE
    local i master flags slots line
    for i in 1 2 3 4 5 6; do
        master=$(((i - 1) % 3))
        flags=master slots=" $((SLOTS * master / 3))-$((SLOTS * (master + 1) / 3 - 1))" line=-
        if ((i > 3)); then flags=slave slots='' line=$(redis_id $((master + 1))); fi
        if ((i == $1)); then flags=myself,$flags; fi
        echo "$(redis_id "$i") 127.0.0.1:$(($2 + i - 1))@$(($2 + i + 5)) $flags $line 0 0 $((master + 1)) connected$slots"
    done
    echo "vars currentEpoch 3 lastVoteEpoch 0"
}
redis_id() { printf '%s %s %s' "$DIR" "$STAMP" "$1" | sha1sum | cut -c1-40; }

redis_start() { # single|cluster BASE
    local i
    if [ "$1" = single ]; then
        redis_config redis-1 "$2" none
        redis_up redis-1
        return
    fi
    for i in 1 2 3 4 5 6; do
        redis_config "redis-$i" $(($2 + i - 1)) $(($2 + i + 5))
        redis_nodes_file "$i" "$2" >"$DIR/redis-$i/nodes.conf"
        redis_up "redis-$i"
    done
}

# A node that is stopped takes connections and says nothing.
ask() { timeout 2 redis-cli -h 127.0.0.1 -p "$(port_of "$1")" "${@:2}" 2>/dev/null; }
redis_usable() { # NAME: answers; in a cluster it also sees all slots served and its replication runs
    local info
    [ "$(ask "$1" ping)" = PONG ] || return 1
    [ -e "$DIR/$1/nodes.conf" ] || return 0
    ask "$1" cluster info | grep -q '^cluster_state:ok' || return 1
    info=$(ask "$1" info replication)
    grep -qE 'master_link_status:up|state=online' <<<"$info"
}
redis_wait() {
    local name
    for name in $(names redis-); do
        wait_for "$name usable" died_or redis_usable "$name"
        alive "$name" || return 1
    done
}
died_or() { # TEST NAME: a dead process ends the wait
    dead "$2" || "$1" "$2"
}

redis_revive() {
    local name
    for name in $(names redis-); do
        if dead "$name"; then redis_up "$name"; fi
    done
    for name in $(names redis-); do wait_for "$name usable" redis_usable "$name"; done
}

redis_master_of() { # KEY
    local name slot id port
    for name in $(names redis-); do
        alive "$name" && [ "$(ask "$name" ping)" = PONG ] || continue
        [ -e "$DIR/$name/nodes.conf" ] || { echo "$name"; return; }
        slot=$(ask "$name" cluster keyslot "$1")
        port=$(ask "$name" cluster nodes | awk -v slot="$slot" '$3 ~ /master/ && $3 !~ /fail/ {
            for (i = 9; i <= NF; i++) { split($i, range, "-"); last = range[2] == "" ? range[1] : range[2]
                if (slot >= range[1] + 0 && slot <= last + 0) { split($2, at, /[:@]/); print at[2] } } }')
        for id in $(names redis-); do
            if [ "$(port_of "$id")" = "$port" ]; then echo "$id"; return; fi
        done
    done
    die "no Redis node knows a living master of $1"
}

# What lies on a node's disk goes; who it is in the cluster stays.
redis_wipe() { # KEY
    local master name port
    master=$(redis_master_of "$1")
    local doomed=("$master")
    for port in $(ask "$master" info replication | sed -n 's/^slave[0-9]*:.*port=\([0-9]*\),.*/\1/p'); do
        for name in $(names redis-); do
            if [ "$(port_of "$name")" = "$port" ]; then doomed+=("$name"); fi
        done
    done
    for name in "${doomed[@]}"; do signal "$name" KILL; done
    for name in "${doomed[@]}"; do
        wait_for "$name gone" dead "$name"
        rm -rf "$DIR/$name"/appendonlydir "$DIR/$name"/*.aof "$DIR/$name"/dump.rdb
    done
}

redis_ports_only() {
    local name
    for name in $(names redis-); do
        echo 'cluster-preferred-endpoint-type unknown-endpoint' >>"$DIR/$name/redis.conf"
        [ "$(ask "$name" config set cluster-preferred-endpoint-type unknown-endpoint)" = OK ] || die "$name refuses"
    done
}

# ---- PostgreSQL ----

pg_bin() {
    local found
    found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -x "$found/postgres" ] || found=$(dirname "$(command -v postgres || true)")
    [ -x "$found/postgres" ] || missing PostgreSQL
    echo "$found"
}
# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}
pg_env() { # launch needs a command, not a function
    if [ "$(id -u)" -eq 0 ]; then echo setpriv --reuid=postgres --regid=postgres --clear-groups; fi
}
other() { if [ "$1" = pg1 ]; then echo pg2; else echo pg1; fi; }
primary() { cat "$DIR/primary"; }
sql() { # NAME STATEMENT
    "$PG/psql" -XAtq -h 127.0.0.1 -p "$(port_of "$1")" -U muckwatch -d muckwatch -c "$2"
}

# Where the data lie: in DIR, unless the user postgres cannot get there (a checkout below /root); then DIR has a link.
pg_home() {
    mkdir "$DIR/postgres"
    [ "$(id -u)" -eq 0 ] || return 0
    chmod o+x "$DIR"
    chown postgres:postgres "$DIR/postgres"
    if ! as_postgres test -w "$DIR/postgres"; then
        rmdir "$DIR/postgres"
        ln -s "$(mktemp -d /tmp/muckwatch-postgres.XXXXXX)" "$DIR/postgres"
        chown postgres:postgres "$DIR/postgres/."
    fi
}
pg_data() { echo "$(readlink -f "$DIR/postgres")/$1"; }

pg_config() { # NAME: everything but the data; also after a base backup
    as_postgres tee "$(pg_data "$1")/postgresql.conf" >/dev/null <<END
listen_addresses = '127.0.0.1'
port = $(port_of "$1")
unix_socket_directories = ''
cluster_name = '$1'
shared_buffers = 32MB
max_connections = 200
dynamic_shared_memory_type = mmap
max_wal_size = 256MB
wal_keep_size = 128MB
synchronous_commit = on
primary_conninfo = 'host=127.0.0.1 port=$(port_of "$(other "$1")" 2>/dev/null || echo 1) user=muckwatch application_name=$1'
wal_retrieve_retry_interval = 200ms
recovery_init_sync_method = syncfs
hot_standby = on
logging_collector = off
include_if_exists = 'standbys.conf'
END
}
pg_standbys() { # NAME WANTED: who must have a commit before it counts
    echo "synchronous_standby_names = '$2'" | as_postgres tee "$(pg_data "$1")/standbys.conf" >/dev/null
}
pg_up() { # NAME
    local wrapper
    wrapper=$(pg_env)
    launch "$1" $wrapper "$PG/postgres" -D "$(pg_data "$1")"
}
pg_answers() { "$PG/pg_isready" -q -t 1 -h 127.0.0.1 -p "$(port_of "$1")" -U muckwatch -d muckwatch; }
pg_streams() { # NAME: it is the synchronous standby of the primary, or would be
    [ "$(sql "$(primary)" "select count(*) from pg_stat_replication where application_name = '$1' and state = 'streaming'")" = 1 ]
}
pg_in_sync() { [ "$(sql "$(primary)" "select sync_state from pg_stat_replication where application_name = '$1'")" = sync ]; }

pg_start() { # primary|standby BASE
    local data
    echo "$2" >"$DIR/pg1.port"
    [ "$1" = primary ] || echo $(($2 + 1)) >"$DIR/pg2.port"
    echo pg1 >"$DIR/primary"
    pg_home
    data=$(pg_data pg1)
    as_postgres "$PG/initdb" -D "$data" --locale=C --encoding=UTF8 -A trust -U muckwatch --no-sync >"$DIR/initdb.log" 2>&1
    echo 'create database muckwatch' | as_postgres "$PG/postgres" --single -D "$data" -c fsync=off template1 >>"$DIR/initdb.log" 2>&1
    if [ "$1" = standby ]; then
        # Taken while nothing runs, a copy is a base backup.
        as_postgres cp -r "$data" "$(pg_data pg2)"
        as_postgres touch "$(pg_data pg2)/standby.signal"
        pg_config pg2
        pg_standbys pg1 pg2
        pg_standbys pg2 pg1
    fi
    pg_config pg1
    local name
    for name in $(names pg); do pg_up "$name"; done
}
pg_wait() {
    local name
    for name in $(names pg); do
        wait_for "$name answers" died_or pg_answers "$name"
        alive "$name" || return 1
    done
    if [ -e "$DIR/pg2.port" ]; then wait_for "the standby streams" pg_in_sync pg2; fi
}

pg_promote() {
    local old new
    old=$(primary) new=$(other "$(primary)")
    signal "$old" KILL
    wait_for "$old gone" dead "$old"
    wait_for "$new answers" pg_answers "$new"
    [ "$(sql "$new" 'select pg_promote(true, 30)')" = t ] || die "$new was not promoted"
    echo "$new" >"$DIR/primary"
}
pg_repoint() {
    local now standby wanted=''
    now=$(primary) standby=$(other "$now")
    if alive "$standby" && pg_streams "$standby"; then wanted=$standby; fi
    pg_standbys "$now" "$wanted"
    kill -HUP "$(pid_of "$now")"
    wait_for "synchronous_standby_names = '$wanted'" pg_names_are "$now" "$wanted"
}
pg_names_are() { [ "$(sql "$1" 'show synchronous_standby_names')" = "$2" ]; }
pg_reseed() {
    local now standby
    now=$(primary) standby=$(other "$now")
    signal "$standby" QUIT
    wait_for "$standby gone" dead "$standby"
    pg_forget_memory "$standby"
    rm -rf "$(pg_data "$standby")"
    as_postgres "$PG/pg_basebackup" -h 127.0.0.1 -p "$(port_of "$now")" -U muckwatch -D "$(pg_data "$standby")" \
        --checkpoint=fast --wal-method=stream --no-sync >>"$DIR/$standby.log" 2>&1
    as_postgres touch "$(pg_data "$standby")/standby.signal"
    pg_config "$standby"
    pg_standbys "$standby" "$now"
    pg_up "$standby"
    wait_for "$standby streams" pg_streams "$standby"
    pg_repoint
    wait_for "$standby is synchronous" pg_in_sync "$standby"
}
pg_attach() {
    local standby
    standby=$(other "$(primary)")
    alive "$standby" && die "$standby runs"
    wait_for "$standby answers" pg_up_again "$standby"
    wait_for "$standby is synchronous" pg_in_sync "$standby"
}
pg_return() {
    local old
    old=$(other "$(primary)")
    alive "$old" && die "$old runs"
    pg_standbys "$old" ''
    wait_for "$old answers" pg_up_again "$old"
}
# The processes of a killed postmaster live on for a moment, and none starts beside them.
pg_up_again() { # NAME: it answers; started as often as it ends
    if dead "$1"; then pg_up "$1"; fi
    pg_answers "$1"
}
# A killed postmaster leaves a few bytes of shared memory behind; its id is the second number of line 7.
pg_forget_memory() { # NAME
    local id
    id=$(as_postgres sed -n 7p "$(pg_data "$1")/postmaster.pid" 2>/dev/null | awk '{ print $2 }') || true
    if [ -n "$id" ]; then ipcrm -m "$id" 2>/dev/null || true; fi
}

# ---- the whole ----

urls() { # SCHEME PREFIX SUFFIX
    local name list=''
    for name in $(names "$2"); do list+="${list:+,}$1127.0.0.1:$(port_of "$name")$3"; done
    echo "$list"
}
publish() {
    local name parts=''
    {
        echo "REDIS_URLS=$(urls redis:// redis- '')"
        echo "POSTGRES_URLS=$(urls postgres://muckwatch@ pg /muckwatch)"
    } >"$DIR/engines.env"
    for name in $(names redis-) $(names pg); do
        parts+="${parts:+,}
    {\"name\": \"$name\", \"port\": $(port_of "$name"), \"pid\": $(pid_of "$name")}"
    done
    cat >"$DIR/engines.json.new" <<END
{
  "redis": [$(urls '"redis://' redis- '"' | sed 's/,/, /g')],
  "postgres": [$(urls '"postgres://muckwatch@' pg '/muckwatch"' | sed 's/,/, /g')],
  "primary": $([ -e "$DIR/primary" ] && echo "\"$(primary)\"" || echo null),
  "processes": [$parts
  ]
}
END
    mv "$DIR/engines.json.new" "$DIR/engines.json"
}

running() { # any process of DIR
    local name
    for name in $(names ''); do if alive "$name"; then return 0; fi; done
    return 1
}
stop() {
    local name
    for name in $(names redis-); do signal "$name" KILL; done
    for name in $(names pg); do
        signal "$name" QUIT
        signal "$name" CONT # one that was stopped does not hear it before
    done
    for name in $(names ''); do
        wait_for "$name gone" dead "$name"
        if [[ $name == pg* ]]; then pg_forget_memory "$name"; fi
    done
}
# Logs stay to be read; data that lie outside DIR go.
leave() {
    rm -f "$DIR/engines.json" "$DIR/engines.env"
    if [ -L "$DIR/postgres" ]; then rm -rf "$(readlink -f "$DIR/postgres")" "$DIR/postgres"; fi
}
clear_folder() {
    leave
    rm -rf "$DIR"/postgres "$DIR"/redis-* "$DIR"/pg[12].* "$DIR"/*.log "$DIR"/primary "$DIR"/engines.*
}

start() {
    local redis=cluster postgres=standby watch='' sweep='' try base
    while [ $# -gt 0 ]; do
        case $1 in
            --redis) redis=$2; shift 2 ;;
            --postgres) postgres=$2; shift 2 ;;
            --watch) watch=$2; shift 2 ;;
            --sweep) sweep=--sweep; shift ;;
            *) die "what is $1? (engines.sh help)" ;;
        esac
    done
    [[ $redis =~ ^(single|cluster|none)$ && $postgres =~ ^(primary|standby|none)$ ]] || die "single|cluster|none, primary|standby|none"
    running && die "$DIR is in use (engines.sh stop $DIR)"
    [ "$redis" = none ] || command -v redis-server >/dev/null || missing redis-server
    [ "$postgres" = none ] || PG=$(pg_bin) || exit $?
    for try in $(seq $ATTEMPTS); do
        clear_folder
        STAMP=$RANDOM$RANDOM$try
        base=$(free_ports 14)
        # PostgreSQL in the background: both take about two seconds.
        if [ "$postgres" != none ]; then (pg_start "$postgres" $((base + 12))) & fi
        [ "$redis" = none ] || redis_start "$redis" "$base"
        wait
        if { [ "$redis" = none ] || redis_wait; } && { [ "$postgres" = none ] || pg_wait; }; then
            publish
            [ -z "$watch" ] || watch "$watch" $sweep
            return
        fi
        stop
    done
    die "the engines did not come up (logs in $DIR)"
}
watch() { # PID [--sweep]
    setsid bash "$self" watcher "$DIR" "$@" >/dev/null 2>&1 </dev/null &
    disown
}
# Ends with the watched process, or when somebody else has stopped the engines.
watcher() { # PID [--sweep]
    local stamp
    stamp=$(life_of "$1")
    while [ -n "$stamp" ] && [ "$(life_of "$1")" = "$stamp" ]; do
        sleep 0.3
        [ -e "$DIR/engines.json" ] || exit 0
    done
    stop
    if [ "${2:-}" = --sweep ]; then
        clear_folder
        rm -rf "$DIR"
    fi
}
# When that process began: an id can be given again.
life_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }' || true; }

status() {
    local name
    for name in $(names ''); do
        printf '%-8s 127.0.0.1:%-6s pid %-7s %s\n' "$name" "$(port_of "$name")" "$(pid_of "$name")" "$(describe "$name")"
    done
}
describe() { # NAME
    if dead "$1"; then echo dead; return; fi
    case $1 in
        redis-*) ask "$1" role | head -n 1 || echo 'does not answer' ;;
        *) sql "$1" "select case when pg_is_in_recovery() then 'standby' else 'primary' end" 2>/dev/null || echo 'does not answer' ;;
    esac
}

case $command in
    start) start "$@" ;;
    watcher) PG=$(pg_bin 2>/dev/null || true); watcher "$@" ;;
    stop) stop; leave ;;
    status) PG=$(pg_bin); status ;;
    master-of) redis_master_of "$1" ;;
    database) PG=$(pg_bin); sql "$(primary)" "create database $1" ;;
    kill)
        name=$1
        [ "$name" != primary ] || name=$(primary)
        signal "$name" KILL
        wait_for "$name gone" dead "$name"
        ;;
    revive) redis_revive; publish ;;
    wipe) redis_wipe "$1" ;;
    ports-only) redis_ports_only ;;
    attach) PG=$(pg_bin); pg_attach; publish ;;
    return) PG=$(pg_bin); pg_return; publish ;;
    promote) PG=$(pg_bin); pg_promote; publish ;;
    repoint) PG=$(pg_bin); pg_repoint ;;
    reseed) PG=$(pg_bin); pg_reseed; publish ;;
    *) die "what is $command? (engines.sh help)" ;;
esac
