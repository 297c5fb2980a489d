package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.EngineSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Real engines on a network that is simulated, with a clock that is simulated. Everything follows
 * from the seed; a failure shows it, and the trace of what happened.
 */
public final class SimNetwork {
    private static final int TRACE_LINES = 400;
    private static final int EMPTY_MESSAGE_BYTES = 57;
    private static final int MOST_STEPS = 200_000;

    private record Event(long timeNs, long order, Runnable action) {}

    private final long seed;
    private final SplittableRandom random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::timeNs).thenComparingLong(Event::order));
    private final Map<InetAddress, SimHost> hosts = new HashMap<>();
    private final Map<InetAddress, SimNat> nats = new HashMap<>();
    private final Map<InetAddress, SimHost> behindNat = new HashMap<>();
    private final Deque<Line> trace = new ArrayDeque<>();
    private final List<Dropper> droppers = new ArrayList<>();
    private final List<SimPacket> captured = new ArrayList<>();
    private final List<Predicate<SimPacket>> holders = new ArrayList<>();
    private final List<SimPacket> held = new ArrayList<>();
    private Weather weather;
    private boolean capturing;
    private boolean hadCorruption;
    private long nowNs = 1_000_000_000L;
    private long order;
    private long mostCryptoDelayNs;

    private record Line(long timeNs, Object[] parts) {
        @Override
        public String toString() {
            return String.format("%10.3f ", timeNs / 1e9)
                    + Arrays.stream(parts).map(String::valueOf).collect(Collectors.joining(" "));
        }
    }

    private static final class Dropper {
        final Predicate<SimPacket> which;
        int left;

        Dropper(Predicate<SimPacket> which, int count) {
            this.which = which;
            this.left = count;
        }
    }

    public SimNetwork(long seed, Weather weather) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        setWeather(weather);
    }

    /** A host on the open network. */
    public SimHost addHost(String name, InetAddress address, EngineSettings settings) {
        SimHost host = new SimHost(this, name, address, settings, Optional.empty());
        hosts.put(address, host);
        return host;
    }

    /** Lets a host be reached at an address, and no other host. */
    void attach(InetAddress address, SimHost host) {
        hosts.put(address, host);
    }

    /** Nobody is at an address any more. */
    void detach(InetAddress address) {
        hosts.remove(address);
    }

    /** A host behind a NAT. */
    public SimHost addHostBehind(
            SimNat nat, String name, InetAddress address, EngineSettings settings) {
        SimHost host = new SimHost(this, name, address, settings, Optional.of(nat));
        nats.put(nat.publicAddress(), nat);
        behindNat.put(address, host);
        return host;
    }

    /** Changes the weather. */
    public void setWeather(Weather newWeather) {
        weather = newWeather;
        hadCorruption |= newWeather.corruptPerMille() > 0;
    }

    /** Crypto jobs take up to this long, by chance; 0: they are done at once. */
    public void setCryptoDelayNs(long mostNs) {
        mostCryptoDelayNs = mostNs;
    }

    /** Drops the next packets that satisfy a condition. */
    public void drop(int count, Predicate<SimPacket> which) {
        droppers.add(new Dropper(which, count));
    }

    /** Keeps packets that satisfy a condition under way until {@link #release}. */
    public void hold(Predicate<SimPacket> which) {
        holders.add(which);
    }

    /** Lets all packets that are held arrive, in the order in which they were sent. */
    public void release() {
        holders.clear();
        List<SimPacket> released = List.copyOf(held);
        held.clear();
        long delayNs = 1;
        for (SimPacket packet : released) {
            after(delayNs++, () -> deliver(packet, false));
        }
    }

    /** The packets that are held. */
    public List<SimPacket> heldNow() {
        return List.copyOf(held);
    }

    /** How many packets are held. */
    public int heldPackets() {
        return held.size();
    }

    /** Keeps all packets from now on. */
    public void capture() {
        capturing = true;
        captured.clear();
    }

    /** The packets since {@link #capture}, as they were sent. */
    public List<SimPacket> captured() {
        return List.copyOf(captured);
    }

    /** Puts a packet on the network, from wherever. */
    public void inject(SimPacket packet) {
        deliver(packet, false);
    }

    /** Lets time pass. */
    public void run(long durationNs) {
        runUntil(() -> false, durationNs);
    }

    /** Lets time pass until a condition holds; whether it did within the time. */
    public boolean runUntil(BooleanSupplier condition, long durationNs) {
        long endNs = nowNs + durationNs;
        int steps = 0;
        while (!condition.getAsBoolean()) {
            Event next = events.peek();
            if (next == null || next.timeNs() > endNs) {
                nowNs = endNs;
                return condition.getAsBoolean();
            }
            if (++steps > MOST_STEPS) {
                throw failure(
                        "livelock: " + MOST_STEPS + " steps in " + durationNs / 1_000_000 + " ms");
            }
            events.poll();
            nowNs = Math.max(nowNs, next.timeNs());
            step(next.action());
        }
        return true;
    }

    private void step(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            AssertionError failure = failure("exception: " + e);
            failure.initCause(e);
            throw failure;
        }
    }

    /** Runs until a condition holds, or fails. */
    public void await(String what, BooleanSupplier condition, long durationNs) {
        if (!runUntil(condition, durationNs)) {
            throw failure("not within " + durationNs / 1_000_000_000.0 + " s: " + what);
        }
    }

    /** A failure that shows the seed and the trace. */
    public AssertionError failure(String what) {
        return new AssertionError(
                what
                        + "\nseed "
                        + seed
                        + ", last "
                        + trace.size()
                        + " lines:\n"
                        + trace.stream().map(Line::toString).collect(Collectors.joining("\n")));
    }

    /** Fails unless both hosts hold the same SAs, and packets pass both ways on each child. */
    public void checkConverged(SimHost a, SimHost b) {
        // A rekeying may be under way just now.
        if (!runUntil(() -> sameView(a, b), 20_000_000_000L)) {
            throw failure(
                    "different views: "
                            + a.name()
                            + " "
                            + ikeSpis(a)
                            + " "
                            + a.dataplane().pairs()
                            + ", "
                            + b.name()
                            + " "
                            + ikeSpis(b)
                            + " "
                            + b.dataplane().pairs());
        }
        checkMirrors(a);
        checkMirrors(b);
        checkTraffic(a, b);
        checkTraffic(b, a);
    }

    private static boolean sameView(SimHost a, SimHost b) {
        Set<List<Integer>> mirrored = new HashSet<>();
        b.dataplane().pairs().forEach(pair -> mirrored.add(List.of(pair.get(1), pair.get(0))));
        return ikeSpis(a).equals(ikeSpis(b)) && a.dataplane().pairs().equals(mirrored);
    }

    private void checkMirrors(SimHost host) {
        Set<List<Integer>> known = new HashSet<>();
        for (EngineSnapshot.IkeSa sa : host.snapshot().ikeSas()) {
            sa.children().forEach(child -> known.add(List.of(child.spiIn(), child.spiOut())));
        }
        host.check(
                known.equals(host.dataplane().pairs()), "engine and dataplane disagree: " + known);
    }

    private void checkTraffic(SimHost from, SimHost to) {
        for (String child : from.dataplane().sendingChildren()) {
            int before = to.dataplane().delivered();
            from.dataplane().send(child);
            if (!runUntil(() -> to.dataplane().delivered() > before, 1_000_000_000L)) {
                throw failure(
                        "no packet passes from "
                                + from.name()
                                + " to "
                                + to.name()
                                + " on "
                                + child);
            }
        }
    }

    private static Set<List<Long>> ikeSpis(SimHost host) {
        Set<List<Long>> spis = new HashSet<>();
        host.established().forEach(sa -> spis.add(List.of(sa.initiatorSpi(), sa.responderSpi())));
        return spis;
    }

    void send(SimPacket packet) {
        if (capturing) {
            captured.add(packet);
        }
        for (Dropper dropper : droppers) {
            if (dropper.left > 0 && dropper.which.test(packet)) {
                dropper.left--;
                note("dropped", packet);
                return;
            }
        }
        if (holders.stream().anyMatch(which -> which.test(packet))) {
            held.add(packet);
            note("held", packet);
            return;
        }
        if (packet.payload().length > weather.mtuBytes() || happens(weather.lossPerMille())) {
            note("lost", packet);
            return;
        }
        sendOnce(packet);
        if (happens(weather.duplicatePerMille())) {
            note("twice", packet);
            sendOnce(packet);
        }
    }

    private void sendOnce(SimPacket packet) {
        boolean corrupt = happens(weather.corruptPerMille());
        SimPacket sent = corrupt ? packet.withPayload(corrupted(packet.payload())) : packet;
        if (corrupt) {
            note("corrupt", packet);
        }
        long delayNs =
                weather.leastLatencyNs()
                        + random.nextLong(weather.mostLatencyNs() - weather.leastLatencyNs() + 1);
        if (happens(weather.reorderPerMille())) {
            delayNs += random.nextLong(3_000_000_000L);
        }
        after(delayNs, () -> deliver(sent, corrupt));
    }

    private byte[] corrupted(byte[] payload) {
        byte[] changed = payload.clone();
        int kind = random.nextInt(10);
        if (kind == 0) {
            return Arrays.copyOf(changed, random.nextInt(changed.length));
        }
        if (kind == 1) {
            return Arrays.copyOf(changed, changed.length + 1 + random.nextInt(20));
        }
        int where = random.nextInt(changed.length);
        changed[where] ^= (byte) (1 << random.nextInt(8));
        return changed;
    }

    private void deliver(SimPacket packet, boolean corrupted) {
        InetSocketAddress destination = packet.destination();
        Optional<SimHost> host = Optional.ofNullable(hosts.get(destination.getAddress()));
        SimPacket inside = packet;
        SimNat nat = nats.get(destination.getAddress());
        if (nat != null) {
            Optional<InetSocketAddress> mapped =
                    nat.isForwarded(destination)
                            ? nat.forwarded(destination)
                            : nat.inward(destination, packet.source());
            if (mapped.isPresent()) {
                inside = packet.withDestination(mapped.get());
                host = Optional.ofNullable(behindNat.get(mapped.get().getAddress()));
            }
        }
        if (host.isEmpty()) {
            note("nobody", packet);
            return;
        }
        note("arrives", packet);
        host.get().receive(inside, corrupted);
    }

    private boolean happens(int perMille) {
        return perMille > 0 && random.nextInt(1000) < perMille;
    }

    /** Keeps a line of the trace: words and values, which become text only if they are needed. */
    void note(Object... parts) {
        Object last = parts[parts.length - 1];
        // Signs of life would drown everything else.
        boolean emptyMessage =
                last instanceof SimPacket packet && packet.payload().length <= EMPTY_MESSAGE_BYTES;
        boolean lifeSign = emptyMessage || (last instanceof String text && text.endsWith("[  ]"));
        if (lifeSign) {
            return;
        }
        if (trace.size() == TRACE_LINES) {
            trace.poll();
        }
        trace.add(new Line(nowNs, parts));
    }

    void after(long delayNs, Runnable action) {
        at(nowNs + delayNs, action);
    }

    void at(long timeNs, Runnable action) {
        events.add(new Event(timeNs, order++, action));
    }

    long cryptoDelayNs() {
        return mostCryptoDelayNs == 0 ? 0 : random.nextLong(mostCryptoDelayNs + 1);
    }

    /** The simulated time, in nanoseconds. */
    public long nowNs() {
        return nowNs;
    }

    /** Chance, from the seed. */
    public SplittableRandom random() {
        return random;
    }

    long nextLong() {
        return random.nextLong();
    }

    boolean hadCorruption() {
        return hadCorruption;
    }
}
