package dev.culvert.endpoint.control;

import dev.culvert.endpoint.assign.Assignments;
import dev.culvert.endpoint.dataplane.ChildRef;
import dev.culvert.endpoint.dataplane.HostNetwork;
import dev.culvert.endpoint.dataplane.PolicyBook;
import dev.culvert.endpoint.dataplane.SaBook;
import dev.culvert.endpoint.hook.Updown;
import dev.culvert.endpoint.vici.DaemonStatus.ChildTraffic;
import dev.culvert.esp.DataplaneControl;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.lease.SavedLease;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine and the hands that carry out what it asks for, strictly in the order in which it asks.
 * Belongs to the control agent.
 */
final class EngineHost {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.ike");
    private static final int MAX_LAST_TRAFFIC = 1024;

    private final IkeEngine engine;
    private final Peripherals peripherals;
    private final LongSupplier clockNs;
    private final Map<Long, CommandListener> commands = new LinkedHashMap<>();
    private final ArrayDeque<EngineInput> inputs = new ArrayDeque<>();
    private final ArrayDeque<EngineOutput> outputs = new ArrayDeque<>();

    /** What SAs had carried when they were removed, until the event about it comes. */
    private final Map<Long, ChildTraffic> lastTraffic = new LinkedHashMap<>();

    private boolean handling;
    private long lastRequestId;
    private long internalErrors;

    /**
     * All that the engine's outputs act upon.
     *
     * @param ikePort outputs from this local port go to {@code sockets}, all others to the
     *     dataplane
     */
    record Peripherals(
            int ikePort,
            IkeSockets sockets,
            DataplaneControl dataplane,
            PolicyBook policies,
            SaBook sas,
            HostNetwork network,
            Assignments assignments,
            Updown updown,
            BackgroundJobs jobs,
            EventHub events,
            TrafficView traffic) {}

    /** Is told how a command ended. */
    @FunctionalInterface
    interface CommandListener {
        /**
         * The command ended.
         *
         * @param error why it failed; empty on success
         */
        void onDone(Optional<String> error);
    }

    EngineHost(IkeEngine engine, Peripherals peripherals, LongSupplier clockNs) {
        this.engine = engine;
        this.peripherals = peripherals;
        this.clockNs = clockNs;
    }

    /** Gives the engine an input, and carries out what follows from it. */
    void handle(EngineInput input) {
        inputs.add(input);
        if (handling) {
            return;
        }
        handling = true;
        try {
            EngineInput next = inputs.poll();
            while (next != null) {
                handleOne(next);
                next = inputs.poll();
            }
        } finally {
            handling = false;
        }
    }

    /** Puts a configuration in force: its policies first, so that nothing leaves unprotected. */
    void configure(EngineConfig config) {
        peripherals.policies().load(config);
        peripherals.updown().configure(config);
        handle(new EngineInput.Command.Configure(config));
    }

    /** A number for a command, whose end the listener is told. */
    long newRequest(CommandListener listener) {
        long requestId = ++lastRequestId;
        commands.put(requestId, listener);
        return requestId;
    }

    /** When the engine wants its next tick. */
    long nextDeadlineNs() {
        return engine.nextDeadlineNs();
    }

    EngineSnapshot snapshot() {
        return engine.snapshot(clockNs.getAsLong());
    }

    /** A number that is another one when {@link #leases} may be. */
    long leaseVersion() {
        return engine.leaseVersion();
    }

    List<SavedLease> leases() {
        return engine.leases();
    }

    /** How often the engine, or what carries out its wishes, threw an exception. */
    long internalErrors() {
        return internalErrors;
    }

    private void handleOne(EngineInput input) {
        try {
            engine.handle(input, clockNs.getAsLong(), outputs::add);
        } catch (RuntimeException e) {
            fail("the IKE engine on " + input.getClass().getSimpleName(), e);
        }
        EngineOutput output = outputs.poll();
        while (output != null) {
            try {
                carryOut(output);
            } catch (RuntimeException e) {
                fail("carrying out " + output.getClass().getSimpleName(), e);
            }
            output = outputs.poll();
        }
    }

    /** A fault of ours must not end the tunnels of others, so it is told and survived. */
    private void fail(String where, RuntimeException e) {
        internalErrors++;
        LOG.error("internal error in {}; please report it", where, e);
    }

    private void carryOut(EngineOutput output) {
        switch (output) {
            case EngineOutput.Transmit transmit -> transmit(transmit);
            case EngineOutput.Keepalive(InetSocketAddress local, InetSocketAddress remote) ->
                    peripherals.dataplane().sendKeepalive(local, remote);
            case EngineOutput.InstallInbound install -> {
                if (!peripherals.sas().installInbound(install)) {
                    giveUp(install.parameters().childSaId());
                }
            }
            case EngineOutput.InstallOutbound install -> {
                if (!peripherals.sas().installOutbound(install)) {
                    giveUp(install.parameters().childSaId());
                }
            }
            case EngineOutput.RemoveOutbound(long childSaId) -> {
                rememberTraffic(childSaId);
                peripherals.sas().removeOutbound(childSaId);
            }
            case EngineOutput.RemoveSa(long childSaId, var reason) -> {
                if (reason != EngineOutput.SaRemoval.REPLACED) {
                    rememberTraffic(childSaId);
                }
                peripherals.sas().remove(childSaId);
            }
            case EngineOutput.InstallTrap(String connection, String child) ->
                    peripherals.policies().installTrap(new ChildRef(connection, child));
            case EngineOutput.Configure(int owner, String connection, var configured) ->
                    peripherals.assignments().configure(owner, connection, configured);
            case EngineOutput.Unconfigure(int owner) ->
                    peripherals.assignments().unconfigure(owner);
            case EngineOutput.UpdatePath update -> peripherals.sas().updatePath(update);
            case EngineOutput.StartCrypto(long jobId, var job) ->
                    peripherals.jobs().start(jobId, job);
            case EngineOutput.ResolveName(long jobId, String name) ->
                    peripherals.jobs().resolve(jobId, name);
            case EngineOutput.ResolveSource(long jobId, InetAddress remote) ->
                    handle(
                            new EngineInput.NameResolved(
                                    jobId,
                                    peripherals.network().sourceTowards(remote).stream().toList()));
            case EngineOutput.CommandDone(long requestId, Optional<String> error) -> {
                CommandListener listener = commands.remove(requestId);
                if (listener != null) {
                    listener.onDone(error);
                }
            }
            case EngineOutput.Notify(EngineEvent event) -> tell(event);
        }
    }

    private void transmit(EngineOutput.Transmit transmit) {
        if (transmit.local().getPort() == peripherals.ikePort()) {
            peripherals
                    .sockets()
                    .send(transmit.local(), transmit.remote(), transmit.message(), transmit.dscp());
        } else {
            peripherals
                    .dataplane()
                    .sendIke(
                            transmit.local(),
                            transmit.remote(),
                            transmit.message(),
                            transmit.dscp());
        }
    }

    /** An SA that could not be installed is one that reached its end. */
    private void giveUp(long childSaId) {
        handle(new EngineInput.DataplaneEvent.HardLimit(childSaId));
    }

    private void rememberTraffic(long childSaId) {
        ChildTraffic traffic = peripherals.traffic().byChildSaId().get(childSaId);
        if (traffic != null) {
            if (lastTraffic.size() >= MAX_LAST_TRAFFIC) {
                lastTraffic.remove(lastTraffic.keySet().iterator().next());
            }
            lastTraffic.put(childSaId, traffic);
        }
    }

    private void tell(EngineEvent event) {
        EventLogger.log(event, trafficOf(event));
        peripherals.updown().accept(event);
        peripherals.events().publish(event);
    }

    private Optional<ChildTraffic> trafficOf(EngineEvent event) {
        if (!(event instanceof EngineEvent.ChildDown(_, var child, _))) {
            return Optional.empty();
        }
        ChildTraffic last = lastTraffic.remove(child.childSaId());
        return last != null
                ? Optional.of(last)
                : Optional.ofNullable(peripherals.traffic().byChildSaId().get(child.childSaId()));
    }

    /** Ends all commands that still wait, because the daemon ends. */
    void abandonCommands(String reason) {
        List<CommandListener> waiting = List.copyOf(commands.values());
        commands.clear();
        waiting.forEach(listener -> listener.onDone(Optional.of(reason)));
    }
}
