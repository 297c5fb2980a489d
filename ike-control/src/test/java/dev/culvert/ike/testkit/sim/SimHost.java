package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.Configured;
import dev.culvert.ike.CryptoJob;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineInput.DataplaneEvent;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.EngineSnapshot.IkeState;
import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.crypto.RandomSource;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.engine.DefaultIkeEngine;
import dev.culvert.ike.engine.EngineProbe;
import dev.culvert.ike.session.Session;
import dev.culvert.ike.wire.Bytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/** A host with an engine and a dataplane, attached to a simulated network. */
public final class SimHost {
    private final SimNetwork network;
    private final String name;
    private InetAddress address;
    private List<InetAddress> addresses;
    private EngineSettings settings;
    private final Optional<SimNat> nat;
    private final Map<String, List<InetAddress>> names = new HashMap<>();
    private final List<EngineOutput> outputs = new ArrayList<>();
    private final List<EngineEvent> events = new ArrayList<>();
    private final Map<Long, Optional<String>> commandsDone = new LinkedHashMap<>();
    private final Map<Integer, Configured> configurations = new LinkedHashMap<>();
    private final Map<String, Bytes> sentRequests = new HashMap<>();
    private final Deque<EngineInput> soon = new ArrayDeque<>();
    private DefaultIkeEngine engine;
    private final Set<Bytes> keysUsed = new HashSet<>();
    private SimDataplane dataplane = new SimDataplane(this, keysUsed);
    private EngineConfig config = new EngineConfig(List.of(), List.of());
    private long scheduledTickNs = IkeEngine.NO_DEADLINE;
    private long lastRequestId;
    private int incarnation;
    private boolean handling;
    private boolean recordsOutputs;
    private boolean breaksOnce;

    SimHost(
            SimNetwork network,
            String name,
            InetAddress address,
            EngineSettings settings,
            Optional<SimNat> nat) {
        this.network = network;
        this.name = name;
        this.address = address;
        this.addresses = List.of(address);
        this.settings = settings;
        this.nat = nat;
        this.engine = newEngine();
    }

    private DefaultIkeEngine newEngine() {
        RandomSource source = RandomSource.insecureSeeded(network.nextLong());
        return new DefaultIkeEngine(
                settings,
                target -> {
                    if (breaksOnce) {
                        breaksOnce = false;
                        throw new IllegalStateException("broken for a test");
                    }
                    source.fill(target);
                });
    }

    /** Gives the host a secret for crash detection, from its next start on. */
    public void keepCrashSecret(String secret) {
        settings =
                settings.withCrashSecret(
                        SecretBytes.copyOf(secret.getBytes(StandardCharsets.US_ASCII)));
    }

    /** The next thing that needs randomness fails in a way that nobody foresaw. */
    public void breakOnce() {
        breaksOnce = true;
    }

    /** Loads a configuration. */
    public void configure(EngineConfig newConfig) {
        config = newConfig;
        input(new EngineInput.NetworkChanged(addresses));
        input(new EngineInput.Command.Configure(newConfig));
    }

    /** Crashes and starts again: everything is forgotten but the configuration. */
    public void restart() {
        incarnation++;
        engine = newEngine();
        dataplane = new SimDataplane(this, keysUsed);
        sentRequests.clear();
        configurations.clear();
        scheduledTickNs = IkeEngine.NO_DEADLINE;
        network.note(name, "restarts");
        input(new EngineInput.NetworkChanged(addresses));
        input(new EngineInput.Command.Configure(config));
    }

    /** Has other addresses from now on, and uses the first of them towards everybody. */
    public void move(InetAddress... newAddresses) {
        addresses.forEach(network::detach);
        addresses = List.of(newAddresses);
        if (!addresses.isEmpty()) {
            address = addresses.getFirst();
        }
        addresses.forEach(a -> network.attach(a, this));
        network.note(name, "moves to", addresses);
        input(new EngineInput.NetworkChanged(addresses));
    }

    /** Asks for a child; the number of the command. */
    public long initiate(String connection, String child) {
        long id = ++lastRequestId;
        input(new EngineInput.Command.Initiate(id, Optional.of(connection), Optional.of(child)));
        return id;
    }

    /** Deletes a connection's SAs; the number of the command. */
    public long terminate(String connection) {
        return terminate(Optional.of(connection), Optional.empty(), false);
    }

    /** Deletes a child's SAs; the number of the command. */
    public long terminateChild(String child) {
        return terminate(Optional.empty(), Optional.of(child), false);
    }

    /** Deletes SAs; the number of the command. */
    public long terminate(Optional<String> connection, Optional<String> child, boolean force) {
        long id = ++lastRequestId;
        input(
                new EngineInput.Command.Terminate(
                        id, connection, child, OptionalInt.empty(), OptionalInt.empty(), force));
        return id;
    }

    /** Sends the peer of a connection to another gateway; the number of the command. */
    public long redirect(String connection, String gateway) {
        long id = ++lastRequestId;
        input(
                new EngineInput.Command.Redirect(
                        id,
                        Optional.of(connection),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        gateway));
        return id;
    }

    /** Rekeys a child. */
    public void rekeyChild(String child) {
        input(
                new EngineInput.Command.Rekey(
                        ++lastRequestId,
                        Optional.empty(),
                        Optional.of(child),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        false));
    }

    /** Rekeys a connection's IKE SAs. */
    public void rekeyIke(String connection, boolean reauth) {
        input(
                new EngineInput.Command.Rekey(
                        ++lastRequestId,
                        Optional.of(connection),
                        Optional.empty(),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        reauth));
    }

    /** Shuts the engine down; the number of the command. */
    public long shutDown() {
        long id = ++lastRequestId;
        input(new EngineInput.Command.Shutdown(id));
        return id;
    }

    /** Gives the engine an input, and carries out what follows. */
    public void input(EngineInput input) {
        soon.add(input);
        if (handling) {
            return;
        }
        handling = true;
        try {
            while (!soon.isEmpty()) {
                handleOne(soon.poll());
            }
        } finally {
            handling = false;
        }
    }

    private void handleOne(EngineInput input) {
        List<EngineOutput> produced = new ArrayList<>();
        engine.handle(input, network.nowNs(), produced::add);
        check(
                engine.nextDeadlineNs() == EngineProbe.recomputedDeadlineNs(engine),
                "the deadline index disagrees with the timers");
        if (recordsOutputs) {
            outputs.addAll(produced);
        }
        produced.forEach(this::carryOut);
        scheduleTick();
    }

    /** Does with its IKE SAs what the engine would not do by itself. */
    public void misbehave(Consumer<Session> work) {
        List<EngineOutput> produced = new ArrayList<>();
        EngineProbe.withEstablished(engine, network.nowNs(), produced::add, work);
        produced.forEach(this::carryOut);
        scheduleTick();
    }

    private void carryOut(EngineOutput output) {
        switch (output) {
            case EngineOutput.Transmit transmit -> {
                checkRetransmission(transmit.message());
                transmit(
                        new SimPacket(
                                transmit.local(), transmit.remote(), transmit.message(), false));
            }
            case EngineOutput.Keepalive keepalive ->
                    transmit(
                            new SimPacket(
                                    keepalive.local(),
                                    keepalive.remote(),
                                    new byte[] {(byte) 0xff},
                                    true));
            case EngineOutput.InstallInbound install -> dataplane.install(install);
            case EngineOutput.InstallOutbound install -> dataplane.install(install);
            case EngineOutput.RemoveOutbound(long childSaId) -> dataplane.retire(childSaId);
            case EngineOutput.RemoveSa remove -> dataplane.remove(remove);
            case EngineOutput.UpdatePath update -> dataplane.update(update);
            case EngineOutput.Configure configure -> {
                check(
                        configurations.put(configure.owner(), configure.configured()) == null,
                        "configured twice");
            }
            case EngineOutput.Unconfigure(int owner) ->
                    check(configurations.remove(owner) != null, "was not configured");
            case EngineOutput.InstallTrap(String connection, String child) ->
                    dataplane.trap(connection, child);
            case EngineOutput.StartCrypto(long jobId, CryptoJob job) -> runCrypto(jobId, job);
            case EngineOutput.ResolveName(long jobId, String wanted) ->
                    soon.add(
                            new EngineInput.NameResolved(
                                    jobId, names.getOrDefault(wanted, List.of())));
            case EngineOutput.ResolveSource(long jobId, InetAddress peer) ->
                    soon.add(new EngineInput.NameResolved(jobId, source(peer)));
            case EngineOutput.CommandDone(long requestId, Optional<String> error) -> {
                check(!commandsDone.containsKey(requestId), "a command was answered twice");
                commandsDone.put(requestId, error);
                network.note(name, "command", requestId, error.orElse("done well"));
            }
            case EngineOutput.Notify(EngineEvent event) -> {
                events.add(event);
                network.note(name, describe(event));
            }
        }
    }

    private List<InetAddress> source(InetAddress peer) {
        boolean sameVersion = address.getClass() == peer.getClass();
        return addresses.isEmpty() || !sameVersion ? List.of() : List.of(address);
    }

    private static String describe(EngineEvent event) {
        return switch (event) {
            case EngineEvent.IkeUp up -> "IKE up #" + up.ikeSa().uniqueId();
            case EngineEvent.IkeDown down ->
                    "IKE down #" + down.ikeSa().uniqueId() + ": " + down.reason();
            case EngineEvent.ChildUp up ->
                    "child up " + up.childSa().name() + " #" + up.childSa().uniqueId();
            case EngineEvent.ChildDown down ->
                    "child down "
                            + down.childSa().name()
                            + " #"
                            + down.childSa().uniqueId()
                            + ": "
                            + down.reason();
            case EngineEvent.Alert alert ->
                    "alert "
                            + alert.type().viciName()
                            + ": "
                            + alert.message()
                            + " "
                            + alert.details();
            case EngineEvent.PathChange change -> change.step() + ": " + change.message();
            case EngineEvent.KeyMaterial key -> key.toString();
            case EngineEvent.Trace trace -> trace.message();
        };
    }

    /**
     * A message ID is used for one request only, and its bytes never change; likewise for
     * responses.
     */
    private void checkRetransmission(byte[] message) {
        boolean protectedMessage = message[18] != 34;
        if (!protectedMessage) {
            return;
        }
        boolean stateless = message[16] == 41;
        if (stateless) {
            return;
        }
        Bytes bytes = Bytes.of(message);
        // Both SPIs, the flags and the message ID say which message it is; and of a fragment,
        // its two numbers.
        boolean fragment = message[16] == 53;
        String key =
                bytes.slice(0, 16).toHex()
                        + bytes.slice(19, 24).toHex()
                        + (fragment ? bytes.slice(32, 36).toHex() : "");
        Bytes before = sentRequests.putIfAbsent(key, bytes);
        check(before == null || before.equals(bytes), "a retransmission has other bytes");
    }

    private void runCrypto(long jobId, CryptoJob job) {
        long delayNs = network.cryptoDelayNs();
        if (delayNs == 0) {
            soon.add(new EngineInput.CryptoDone(jobId, job.run()));
            return;
        }
        int born = incarnation;
        network.after(
                delayNs,
                () -> {
                    if (born == incarnation) {
                        input(new EngineInput.CryptoDone(jobId, job.run()));
                    }
                });
    }

    private void scheduleTick() {
        long dueNs = engine.nextDeadlineNs();
        if (dueNs == IkeEngine.NO_DEADLINE || dueNs == scheduledTickNs) {
            return;
        }
        scheduledTickNs = dueNs;
        int born = incarnation;
        network.at(
                Math.max(dueNs, network.nowNs() + 1),
                () -> {
                    if (born == incarnation && scheduledTickNs == dueNs) {
                        scheduledTickNs = IkeEngine.NO_DEADLINE;
                        input(new EngineInput.Tick());
                    }
                });
    }

    void transmit(SimPacket packet) {
        network.send(
                nat.isPresent()
                        ? packet.withSource(
                                nat.get().outward(packet.source(), packet.destination()))
                        : packet);
    }

    void receive(SimPacket packet, boolean corrupted) {
        if (packet.esp()) {
            dataplane.receive(packet);
            return;
        }
        EngineInput input =
                new EngineInput.Datagram(packet.destination(), packet.source(), packet.payload());
        if (!corrupted) {
            input(input);
            return;
        }
        List<EngineSnapshot.IkeSa> before = established();
        input(input);
        check(before.equals(established()), "a corrupted datagram changed an established SA");
    }

    void peerMoved(long childSaId, InetSocketAddress remote) {
        input(new DataplaneEvent.PeerMoved(childSaId, remote));
    }

    void reportUseLater(long childSaId) {
        int born = incarnation;
        network.after(
                1_000_000_000L,
                () -> {
                    if (born == incarnation) {
                        dataplane
                                .takeUse(childSaId)
                                .ifPresent(use ->
                                        input(new DataplaneEvent.SaUse(childSaId, use[0], use[1])));
                    }
                });
    }

    /** A packet that meets a trap. */
    public void acquire(DataplaneEvent.Acquire acquire) {
        input(acquire);
    }

    void check(boolean holds, String what) {
        if (!holds) {
            throw network.failure(name + ": " + what);
        }
    }

    boolean allowsCorruption() {
        return network.hadCorruption();
    }

    long nowNs() {
        return network.nowNs();
    }

    /** Makes a name known. */
    public void learnName(String hostName, List<InetAddress> addresses) {
        names.put(hostName, addresses);
    }

    /** Keeps all outputs from now on. */
    public void recordOutputs() {
        recordsOutputs = true;
        outputs.clear();
    }

    /** The outputs since {@link #recordOutputs}. */
    public List<EngineOutput> outputs() {
        return List.copyOf(outputs);
    }

    /** All events so far. */
    public List<EngineEvent> events() {
        return List.copyOf(events);
    }

    /** All alerts of a type so far. */
    public List<EngineEvent.Alert> alerts(EngineEvent.AlertType type) {
        return events.stream()
                .filter(EngineEvent.Alert.class::isInstance)
                .map(EngineEvent.Alert.class::cast)
                .filter(alert -> alert.type() == type)
                .toList();
    }

    /** How often something happened to a path so far. */
    public long pathChanges(EngineEvent.PathStep step) {
        return pathMessages(step).size();
    }

    /** What administrators were told when it happened. */
    public List<String> pathMessages(EngineEvent.PathStep step) {
        return events.stream()
                .filter(EngineEvent.PathChange.class::isInstance)
                .map(EngineEvent.PathChange.class::cast)
                .filter(change -> change.step() == step)
                .map(EngineEvent.PathChange::message)
                .toList();
    }

    /** Whether a command has ended. */
    public boolean isDone(long requestId) {
        return commandsDone.containsKey(requestId);
    }

    /** How a command ended: empty for well. */
    public Optional<String> errorOf(long requestId) {
        return commandsDone.get(requestId);
    }

    /** What the engine holds. */
    public EngineSnapshot snapshot() {
        return engine.snapshot(network.nowNs());
    }

    /** The IKE SAs that are up. */
    public List<EngineSnapshot.IkeSa> established() {
        return snapshot().ikeSas().stream()
                .filter(sa -> sa.state() == IkeState.ESTABLISHED)
                .toList();
    }

    /** Names of the child SAs that are installed in both directions. */
    public List<String> childrenUp() {
        return established().stream()
                .flatMap(sa -> sa.children().stream())
                .filter(child ->
                        child.state() == EngineSnapshot.ChildState.INSTALLED
                                || child.state() == EngineSnapshot.ChildState.REKEYING)
                .map(EngineSnapshot.ChildSa::name)
                .toList();
    }

    /** One of the engine's counters. */
    public long counter(String counterName) {
        return snapshot().counters().get(counterName);
    }

    /** How much the engine holds in all its tables. */
    public int heldEntries() {
        return EngineProbe.heldEntries(engine);
    }

    /** The engine itself. */
    public DefaultIkeEngine engine() {
        return engine;
    }

    /** What is put on the interface, by owner. */
    public Map<Integer, Configured> configurations() {
        return Map.copyOf(configurations);
    }

    /** The dataplane. */
    public SimDataplane dataplane() {
        return dataplane;
    }

    /** The host's own address. */
    public InetAddress address() {
        return address;
    }

    /** All of the host's addresses. */
    public List<InetAddress> addresses() {
        return addresses;
    }

    /** The host's name. */
    public String name() {
        return name;
    }
}
