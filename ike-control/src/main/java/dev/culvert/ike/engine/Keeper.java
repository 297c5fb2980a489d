package dev.culvert.ike.engine;

import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.session.EndCause;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps those children up that are to be up by themselves: {@code start_action = start}, and what
 * {@code close_action} and {@code dpd_action} ask for. A set-up that fails is tried again after a
 * while that grows.
 */
final class Keeper {
    private static final long FIRST_WAIT_NS = 5_000_000_000L;
    private static final long LONGEST_WAIT_NS = 300_000_000_000L;
    private static final int MOST_DOUBLINGS = 6;

    private static final class Wanted {
        private long nextNs = IkeEngine.NO_DEADLINE;
        private int failures;
    }

    private final EngineCore core;
    private final Starter starter;
    private final Map<ChildKey, Wanted> wanted = new LinkedHashMap<>();

    Keeper(EngineCore core, Starter starter) {
        this.core = core;
        this.starter = starter;
    }

    /** Wants a child up, and asks for it. */
    void want(ChildKey key) {
        if (core.shuttingDown() || starter.find(key).isEmpty()) {
            return;
        }
        wanted.computeIfAbsent(key, _ -> new Wanted()).nextNs = IkeEngine.NO_DEADLINE;
        starter.start(key, Optional.empty());
    }

    /** No longer wants a child up. */
    void forget(ChildKey key) {
        wanted.remove(key);
    }

    /** No longer wants any child of a connection up. */
    void forgetConnection(String connection) {
        wanted.keySet().removeIf(key -> key.connection().equals(connection));
    }

    /** Wants nothing any more. */
    void forgetAll() {
        wanted.clear();
    }

    /** Goes over to a new configuration. */
    void reconfigure(List<ConnectionConfig> before, List<ConnectionConfig> now) {
        wanted.keySet().removeIf(key -> starter.find(key).isEmpty());
        for (ConnectionConfig connection : now) {
            if (before.contains(connection)) {
                continue;
            }
            for (ChildConfig child : connection.children()) {
                if (child.startActions().contains(ChildConfig.Action.START)) {
                    want(new ChildKey(connection.name(), child.name()));
                }
            }
        }
    }

    void onUp(ChildKey key) {
        Wanted entry = wanted.get(key);
        if (entry != null) {
            entry.failures = 0;
            entry.nextNs = IkeEngine.NO_DEADLINE;
        }
    }

    void onFailed(ChildKey key) {
        Wanted entry = wanted.get(key);
        if (entry != null) {
            scheduleRetry(entry);
        }
    }

    void onDown(ChildKey key, ChildConfig child, EndCause cause) {
        switch (cause) {
            case OPERATOR -> forget(key);
            case PEER_DELETED -> onClosed(key, child);
            case PEER_LOST -> onPeerLost(key, child);
            case EXPIRED, FAILED, REPLACED -> {
                Wanted entry = wanted.get(key);
                if (entry != null && !starter.isUp(key)) {
                    scheduleRetry(entry);
                }
            }
        }
    }

    private void onClosed(ChildKey key, ChildConfig child) {
        if (child.closeActions().contains(ChildConfig.Action.TRAP)) {
            core.emit(new EngineOutput.InstallTrap(key.connection(), key.child()));
        }
        if (child.closeActions().contains(ChildConfig.Action.START)) {
            want(key);
        } else {
            forget(key);
        }
    }

    private void onPeerLost(ChildKey key, ChildConfig child) {
        switch (child.dpdAction()) {
            case CLEAR -> forget(key);
            case TRAP -> {
                forget(key);
                core.emit(new EngineOutput.InstallTrap(key.connection(), key.child()));
            }
            case RESTART -> want(key);
        }
    }

    private void scheduleRetry(Wanted entry) {
        long waitNs =
                Math.min(
                        LONGEST_WAIT_NS, FIRST_WAIT_NS << Math.min(entry.failures, MOST_DOUBLINGS));
        entry.failures++;
        // Up to a quarter less by chance, so that many tunnels do not come back in step.
        entry.nextNs = core.nowNs() + waitNs - Math.floorMod(core.random().nextLong(), waitNs / 4);
    }

    long earliestNs() {
        long earliest = IkeEngine.NO_DEADLINE;
        for (Wanted entry : wanted.values()) {
            earliest = Math.min(earliest, entry.nextNs);
        }
        return earliest;
    }

    /** Asks again for what is due. */
    void onTick() {
        List<ChildKey> due = new ArrayList<>();
        wanted.forEach((key, entry) -> {
            if (entry.nextNs <= core.nowNs()) {
                due.add(key);
            }
        });
        due.forEach(this::want);
    }

    /** How many children are wanted up. */
    int size() {
        return wanted.size();
    }
}
