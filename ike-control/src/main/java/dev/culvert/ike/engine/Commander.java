package dev.culvert.ike.engine;

import dev.culvert.ike.EngineInput.Command;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.exchange.CreateChildExchange;
import dev.culvert.ike.exchange.DeleteChildExchange;
import dev.culvert.ike.exchange.DeleteIkeExchange;
import dev.culvert.ike.exchange.Endings;
import dev.culvert.ike.exchange.Exchanges;
import dev.culvert.ike.exchange.RedirectExchange;
import dev.culvert.ike.message.Gateway;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.EndCause;
import dev.culvert.ike.session.Exchange;
import dev.culvert.ike.session.Session;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Carries out commands, and answers them when they are done. */
final class Commander {
    private static final long SHUTDOWN_WAIT_NS = 2_000_000_000L;

    private record Initiating(long requestId, Set<ChildKey> remaining, List<String> errors) {}

    private record Terminating(long requestId, Set<Integer> sessions, Set<Long> children) {}

    private final EngineCore core;
    private final Starter starter;
    private final Keeper keeper;
    private final TimerService timers;
    private final List<Initiating> initiating = new ArrayList<>();
    private final List<Terminating> terminating = new ArrayList<>();
    private final List<Long> shutdowns = new ArrayList<>();
    private long shutdownDeadlineNs = IkeEngine.NO_DEADLINE;

    Commander(EngineCore core, Starter starter, Keeper keeper, TimerService timers) {
        this.timers = timers;
        this.core = core;
        this.starter = starter;
        this.keeper = keeper;
    }

    void onCommand(Command command) {
        switch (command) {
            case Command.Configure(EngineConfig config) -> configure(config);
            case Command.RestoreLeases(var leases) -> core.leases().restore(leases);
            case Command.Initiate initiate -> initiate(initiate);
            case Command.Terminate terminate -> terminate(terminate);
            case Command.Redirect redirect -> redirect(redirect);
            case Command.Rekey rekey -> rekey(rekey);
            case Command.Shutdown(long requestId) -> shutDown(requestId);
        }
    }

    private void configure(EngineConfig config) {
        List<ConnectionConfig> before = core.config().connections();
        core.setConfig(config);
        for (Session session : core.table().all()) {
            session.connection().ifPresent(old -> adopt(session, old));
        }
        keeper.reconfigure(before, config.connections());
    }

    /**
     * An IKE SA whose connection differs in its children only serves the new ones, too. Child SAs
     * that are up keep their settings.
     */
    private void adopt(Session session, ConnectionConfig old) {
        starter.connection(old.name()).filter(old::hasSameIkeAs).ifPresent(session::setConnection);
    }

    private void initiate(Command.Initiate command) {
        if (core.shuttingDown()) {
            done(command.requestId(), Optional.of("the daemon is shutting down"));
            return;
        }
        List<ChildKey> keys = childrenOf(command);
        if (keys.isEmpty()) {
            done(command.requestId(), Optional.of(notFound(command)));
            return;
        }
        Set<ChildKey> remaining = new HashSet<>(keys);
        // Noted before the work starts, because that may fail at once.
        Initiating entry = new Initiating(command.requestId(), remaining, new ArrayList<>());
        initiating.add(entry);
        for (ChildKey key : keys) {
            if (starter.start(key, Optional.empty()) == Starter.Outcome.UP) {
                onUp(key);
            }
        }
    }

    private List<ChildKey> childrenOf(Command.Initiate command) {
        List<ChildKey> keys = new ArrayList<>();
        for (ConnectionConfig connection : core.config().connections()) {
            if (command.connection().isPresent()
                    && !command.connection().get().equals(connection.name())) {
                continue;
            }
            for (ChildConfig child : connection.children()) {
                boolean named =
                        command.child().isEmpty() || command.child().get().equals(child.name());
                if (named && child.mode() == ChildConfig.Mode.TUNNEL) {
                    keys.add(new ChildKey(connection.name(), child.name()));
                }
            }
            if (!keys.isEmpty()) {
                return keys;
            }
        }
        return keys;
    }

    private String notFound(Command.Initiate command) {
        List<String> known =
                core.config().connections().stream()
                        .flatMap(c ->
                                c.children().stream().map(child -> c.name() + "/" + child.name()))
                        .toList();
        return "no child "
                + command.child().map(name -> "'" + name + "' ").orElse("")
                + "is configured"
                + command.connection().map(name -> " in connection '" + name + "'").orElse("")
                + "; there "
                + (known.isEmpty() ? "are none" : "are " + String.join(", ", known));
    }

    private void terminate(Command.Terminate command) {
        boolean wholeIke = command.child().isEmpty() && command.childId().isEmpty();
        Terminating entry = new Terminating(command.requestId(), new HashSet<>(), new HashSet<>());
        forgetWanted(command, wholeIke);
        boolean cancelled = false;
        for (Session session : core.table().all()) {
            if (session.isGone()
                    || !matches(command.ikeId(), session.uniqueId())
                    || command.ike()
                            .filter(name -> !session.connectionName().equals(Optional.of(name)))
                            .isPresent()) {
                continue;
            }
            if (wholeIke) {
                entry.sessions().add(session.uniqueId());
            } else {
                session.children().stream()
                        .filter(child -> matches(command.childId(), child.uniqueId()))
                        .filter(child ->
                                command.child()
                                        .filter(name -> !name.equals(child.name()))
                                        .isEmpty())
                        .forEach(child -> entry.children().add(child.childSaId()));
                cancelled |= cancelPending(session, command);
            }
        }
        if (entry.sessions().isEmpty() && entry.children().isEmpty()) {
            done(
                    command.requestId(),
                    cancelled
                            ? Optional.empty()
                            : Optional.of("no matching SA is up; see the list of SAs"));
            return;
        }
        terminating.add(entry);
        carryOut(entry, command.force());
    }

    private void redirect(Command.Redirect command) {
        Gateway gateway = Gateway.of(command.gateway());
        int matches = 0;
        int followers = 0;
        for (Session session : core.table().all()) {
            if (!session.isEstablished() || !isMeant(session, command)) {
                continue;
            }
            matches++;
            // Only who was asked to serve sends away; the peer must have said that it follows.
            if (!session.initiator() && session.peerAbilities().followsRedirects()) {
                followers++;
                core.confine(
                        session,
                        () -> Exchanges.enqueue(session, new RedirectExchange(session, gateway)));
            }
        }
        done(
                command.requestId(),
                followers > 0
                        ? Optional.empty()
                        : Optional.of(
                                matches == 0
                                        ? "no matching IKE SA is up; see the list of SAs"
                                        : "none of the "
                                                + matches
                                                + " matching peers follows redirects"));
    }

    private static boolean isMeant(Session session, Command.Redirect command) {
        return command.ike()
                        .map(name -> Optional.of(name).equals(session.connectionName()))
                        .orElse(true)
                && matches(command.ikeId(), session.uniqueId())
                && command.peerAddresses()
                        .map(spec ->
                                AddressMatcher.quality(
                                                List.of(spec), session.path().remote().getAddress())
                                        != AddressMatcher.NO_MATCH)
                        .orElse(true)
                && command.peerId()
                        .map(id -> session.remoteId().filter(r -> r.matches(id)).isPresent())
                        .orElse(true);
    }

    private void rekey(Command.Rekey command) {
        boolean wholeIke = command.child().isEmpty() && command.childId().isEmpty();
        boolean found = false;
        for (Session session : core.table().all()) {
            if (!session.isEstablished()
                    || !matches(command.ikeId(), session.uniqueId())
                    || command.ike()
                            .filter(name -> !session.connectionName().equals(Optional.of(name)))
                            .isPresent()) {
                continue;
            }
            if (wholeIke) {
                found = true;
                core.confine(session, () -> timers.renewIke(session, command.reauth()));
                continue;
            }
            for (ChildSa child : List.copyOf(session.children())) {
                if (child.isCurrent()
                        && matches(command.childId(), child.uniqueId())
                        && command.child().filter(name -> !name.equals(child.name())).isEmpty()) {
                    found = true;
                    core.confine(session, () -> timers.rekeyChild(session, child));
                }
            }
        }
        done(
                command.requestId(),
                found
                        ? Optional.empty()
                        : Optional.of("no matching SA is up; see the list of SAs"));
    }

    private static boolean matches(OptionalInt wanted, int number) {
        return wanted.isEmpty() || wanted.getAsInt() == number;
    }

    private void forgetWanted(Command.Terminate command, boolean wholeIke) {
        if (wholeIke && command.ike().isPresent()) {
            core.tickets().forget(command.ike().get());
            keeper.forgetConnection(command.ike().get());
        }
        if (command.child().isPresent()) {
            for (ConnectionConfig connection : core.config().connections()) {
                if (command.ike().filter(name -> !name.equals(connection.name())).isEmpty()) {
                    keeper.forget(new ChildKey(connection.name(), command.child().get()));
                }
            }
        }
    }

    /** Takes back requests for a child that have not led to an SA yet. */
    private boolean cancelPending(Session session, Command.Terminate command) {
        if (command.child().isEmpty() || command.childId().isPresent()) {
            return false;
        }
        String name = command.child().get();
        boolean cancelled = session.pendingChildren().remove(name) != null;
        List<Exchange> removed =
                session.queue()
                        .removeWaiting(exchange ->
                                exchange instanceof CreateChildExchange create
                                        && create.replaced().isEmpty()
                                        && create.childName().equals(name));
        removed.forEach(exchange -> exchange.onAbandoned("terminated"));
        if (cancelled) {
            core.childFailed(session, name, "terminated");
        }
        return cancelled || !removed.isEmpty();
    }

    private void carryOut(Terminating entry, boolean force) {
        for (int id : List.copyOf(entry.sessions())) {
            core.table().byId(id).ifPresent(session -> endSession(session, force));
        }
        for (Session session : core.table().all()) {
            for (ChildSa child : List.copyOf(session.children())) {
                if (entry.children().contains(child.childSaId())) {
                    core.confine(session, () -> endChild(session, child, force));
                }
            }
        }
    }

    private void endSession(Session session, boolean force) {
        core.confine(
                session,
                () -> {
                    if (force || session.isConnecting()) {
                        Endings.endTelling(
                                session, EndCause.OPERATOR, "terminated", Payload.Delete.ike());
                    } else {
                        DeleteIkeExchange.enqueue(session, EndCause.OPERATOR, "terminated");
                    }
                });
    }

    private static void endChild(Session session, ChildSa child, boolean force) {
        if (force) {
            DeleteChildExchange.force(session, child, EndCause.OPERATOR, "terminated");
        } else {
            DeleteChildExchange.enqueue(session, child, EndCause.OPERATOR, "terminated");
        }
    }

    private void shutDown(long requestId) {
        shutdowns.add(requestId);
        if (!core.shuttingDown()) {
            core.shutDown();
            keeper.forgetAll();
            shutdownDeadlineNs = core.nowNs() + SHUTDOWN_WAIT_NS;
            for (Session session : core.table().all()) {
                if (!session.isGone()) {
                    endSession(session, false);
                }
            }
        }
        core.defer(this::finishShutdownIfDone);
    }

    private void finishShutdownIfDone() {
        boolean left = core.table().all().stream().anyMatch(session -> !session.isGone());
        if (left || shutdowns.isEmpty()) {
            return;
        }
        shutdownDeadlineNs = IkeEngine.NO_DEADLINE;
        List<Long> answered = List.copyOf(shutdowns);
        shutdowns.clear();
        answered.forEach(requestId -> done(requestId, Optional.empty()));
    }

    long earliestNs() {
        return shutdownDeadlineNs;
    }

    void onTick() {
        if (shutdownDeadlineNs > core.nowNs()) {
            return;
        }
        shutdownDeadlineNs = IkeEngine.NO_DEADLINE;
        for (Session session : core.table().all()) {
            if (!session.isGone()) {
                endSession(session, true);
            }
        }
        core.defer(this::finishShutdownIfDone);
    }

    void onUp(ChildKey key) {
        settle(key, Optional.empty());
    }

    void onFailed(ChildKey key, String reason) {
        settle(key, Optional.of(key.child() + ": " + reason));
    }

    private void settle(ChildKey key, Optional<String> error) {
        for (Initiating entry : List.copyOf(initiating)) {
            if (!entry.remaining().remove(key)) {
                continue;
            }
            error.ifPresent(entry.errors()::add);
            if (entry.remaining().isEmpty()) {
                initiating.remove(entry);
                done(
                        entry.requestId(),
                        entry.errors().isEmpty()
                                ? Optional.empty()
                                : Optional.of(String.join("; ", entry.errors())));
            }
        }
    }

    void onChildDown(ChildSa child) {
        for (Terminating entry : List.copyOf(terminating)) {
            if (entry.children().remove(child.childSaId())) {
                finishIfDone(entry);
            }
        }
    }

    void onSessionDown(Session session) {
        for (Terminating entry : List.copyOf(terminating)) {
            if (entry.sessions().remove(session.uniqueId())) {
                finishIfDone(entry);
            }
        }
        finishShutdownIfDone();
    }

    private void finishIfDone(Terminating entry) {
        if (entry.sessions().isEmpty() && entry.children().isEmpty()) {
            terminating.remove(entry);
            done(entry.requestId(), Optional.empty());
        }
    }

    private void done(long requestId, Optional<String> error) {
        core.emit(new EngineOutput.CommandDone(requestId, error));
    }

    /** How many commands wait for their end. */
    int size() {
        return initiating.size() + terminating.size() + shutdowns.size();
    }
}
