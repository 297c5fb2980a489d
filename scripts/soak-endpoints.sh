# shellcheck shell=bash
# Part of scripts/soak: sourced, never run. The two ends of the tunnel, Culvert or strongSwan: configuration, start, samples.

STRONGSWAN_MARK=0x42

# write_config SIDE LOCAL-ADDRESS PEER-ADDRESS OUR-NUMBER PEER-NUMBER SECRET START-ACTION DPD-DELAY: both programs read it.
write_config() {
    mkdir -p "$PLACE/$1"
    (umask 077 && cat >"$PLACE/$1/swanctl.conf") <<CONFIG
connections {
    soak {
        version = 2
        local_addrs = $2
        remote_addrs = $3
        rekey_time = 15s
        rand_time = 3s
        over_time = 120s
        dpd_delay = $8
        local {
            auth = psk
            id = host$4
        }
        remote {
            auth = psk
            id = host$5
        }
        children {
            net {
                local_ts = 10.$4.0.0/24
                remote_ts = 10.$5.0.0/24
                esp_proposals = aes128gcm16-x25519
                rekey_time = 5s
                rand_time = 1s
                life_time = 120s
                start_action = $7
            }
        }
    }
}
secrets {
    ike-soak {
        secret = 0x$6
    }
}
CONFIG
}

start_culvert() {
    local namespace=NS_$1
    ip netns exec "${!namespace}" "$CULVERT" run -c "$PLACE/$1/swanctl.conf" --run-dir "$PLACE/$1" >"$PLACE/$1/log" 2>&1 </dev/null &
    PID[$1]=$!
    await_endpoint "$1" grep -qs ' ready in ' "$PLACE/$1/log"
}

# kernel-libipsec stands before kernel-netlink, or the kernel's IPsec is used. The marks keep strongSwan's own packets out of
# its tunnel. Its ESP follows to another address by a rekeying only, which waits until its last request, to the old address,
# is repeated: after one second instead of four.
start_strongswan() {
    local namespace=NS_$1
    cat >"$PLACE/$1/strongswan.conf" <<CONFIG
charon-systemd {
    load = random drbg nonce openssl aes sha1 sha2 hmac kdf gcm curve25519 kernel-libipsec kernel-netlink socket-default vici
    retransmit_timeout = 1
    plugins {
        vici {
            socket = unix://$PLACE/$1/charon.vici
        }
        kernel-libipsec {
            allow_peer_ts = yes
        }
        kernel-netlink {
            fwmark = !$STRONGSWAN_MARK
        }
        socket-default {
            fwmark = $STRONGSWAN_MARK
        }
    }
    journal {
        default = -1
    }
    filelog {
        file {
            path = $PLACE/$1/log
            flush_line = yes
            time_format = %Y-%m-%dT%H:%M:%S
            time_add_ms = yes
            default = 1
        }
    }
}
CONFIG
    STRONGSWAN_CONF=$PLACE/$1/strongswan.conf ip netns exec "${!namespace}" charon-systemd >"$PLACE/$1/output" 2>&1 </dev/null &
    PID[$1]=$!
    await_endpoint "$1" swanctl_at "$1" --stats
    load_strongswan "$1" --load-creds
    load_strongswan "$1" --load-conns
}

# Says what went wrong only when it did: --load-creds names each directory that is not there.
load_strongswan() {
    local output
    output=$(swanctl_at "$1" "$2" --file "$PLACE/$1/swanctl.conf" 2>&1) || die "strongSwan, $2: $output"
}

swanctl_at() {
    local side=$1 command=$2
    shift 2
    timeout 20 swanctl "$command" --uri "unix://$PLACE/$side/charon.vici" "$@"
}

# await_endpoint SIDE COMMAND...: until the command succeeds.
await_endpoint() {
    local side=$1 tries=0
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "${PID[$side]}" 2>/dev/null || die "the $side endpoint ended: $(cat "$PLACE/$side"/{log,output} 2>/dev/null)"
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || die "the $side endpoint is not ready: $(cat "$PLACE/$side"/{log,output} 2>/dev/null)"
        sleep 0.1
    done
}

# Live heap is what is left after a collection; without one, a leak hides behind garbage for hours.
sample_culvert() {
    local side=$1 pid=${PID[$1]} heap status log=$PLACE/$1/log
    kill -0 "$pid" 2>/dev/null || die "the $side endpoint ended: $(tail -n 50 "$log")"
    "$JDK25_HOME/bin/jcmd" "$pid" GC.run >/dev/null
    heap=$("$JDK25_HOME/bin/jcmd" "$pid" GC.heap_info | sed -n 's/.* used \([0-9]*\)K.*/\1/p' | head -n 2 | paste -sd+)
    status=$("$CULVERT" status --json --run-dir "$PLACE/$side")
    {
        sample_process "$side" "$pid"
        printf ' heap_live_kib=%s' "$((heap))"
        printf ' ike_sas=%s' "$(grep -c '"ESTABLISHED"' <<<"$(grep -A1 '"unique_id"' <<<"$status")")"
        printf ' child_sas=%s' "$(grep -c '"INSTALLED"' <<<"$status" || true)"
        printf ' ike_rekeyings=%s' "$(grep -c ' IKE SA #[0-9]* down: rekeyed' "$log" || true)"
        printf ' child_rekeyings=%s' "$(grep -c ' child .* down: rekeyed' "$log" || true)"
        sed -n '/^  "drops" : {$/,/^  }/s/^ *"\([a-z_]*\)" : \([0-9][0-9]*\).*/ drop.\1=\2/p' <<<"$status" | tr -d '\n'
        echo
    } >>"$PLACE/samples"
}

# These samples have the program's name, because it is judged in another way.
sample_strongswan() {
    local side=$1 pid=${PID[$1]} sas log=$PLACE/$1/log
    kill -0 "$pid" 2>/dev/null || die "strongSwan ended: $(tail -n 50 "$log")"
    sas=$(swanctl_at "$side" --list-sas)
    {
        sample_process strongswan "$pid"
        printf ' ike_sas=%s' "$(grep -c '^soak: .* ESTABLISHED,' <<<"$sas" || true)"
        printf ' child_sas=%s' "$(grep -c '^  net: .* INSTALLED,' <<<"$sas" || true)"
        printf ' ike_rekeyings=%s' "$(grep -c ' rekeyed between ' "$log" || true)"
        printf ' child_rekeyings=%s\n' "$(grep -c ' outbound CHILD_SA net{.* established' "$log" || true)"
    } >>"$PLACE/samples"
}

# sample_process NAME PID: how each line of samples begins.
sample_process() {
    printf '%s %s' "$1" "$(date +%s)"
    printf ' resident_kib=%s' "$(awk '/^VmRSS/ { print $2 }' "/proc/$2/status")"
    printf ' descriptors=%s' "$(find "/proc/$2/fd" -mindepth 1 2>/dev/null | wc -l)"
    printf ' threads=%s' "$(awk '/^Threads/ { print $2 }' "/proc/$2/status")"
}

# What the kernel has thrown away at strongSwan, because it came late for more: at its sockets (ports 500 and 4500, 01F4 and
# 1194), which have the default receive buffer, and at its TUN device. Nothing of Culvert's end comes in here.
full_queues_strongswan() {
    local net=/proc/${PID[$1]}/net
    awk '$2 ~ /:(01F4|1194)$/ { dropped += $NF }
        $1 == "ipsec0:" { dropped += $13 }
        END { print dropped + 0 }' "$net/udp" "$net/udp6" "$net/dev"
}
