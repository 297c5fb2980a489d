package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.EngineOutput.ChildSaParameters;
import dev.culvert.ike.EngineOutput.InstallInbound;
import dev.culvert.ike.EngineOutput.InstallOutbound;
import dev.culvert.ike.EngineOutput.RemoveSa;
import dev.culvert.ike.EngineOutput.UpdatePath;
import dev.culvert.ike.wire.Bytes;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Holds the SAs that an engine installed, and seals and opens packets with them. */
public final class SimDataplane {
    static final class Sa {
        final ChildSaParameters parameters;
        final int spi;
        final SimEsp esp;
        InetSocketAddress local;
        InetSocketAddress remote;
        long sequence;
        long lastUseNs;

        Sa(ChildSaParameters parameters, int spi, SimEsp esp) {
            this.parameters = parameters;
            this.spi = spi;
            this.esp = esp;
            this.local = parameters.local();
            this.remote = parameters.remote();
        }
    }

    private final SimHost host;
    private final Map<Integer, Sa> inbound = new LinkedHashMap<>();
    private final Map<Long, Sa> outbound = new LinkedHashMap<>();
    private final Map<Long, Integer> inboundSpiOf = new HashMap<>();
    private final Set<Bytes> keysUsed;
    private final Set<Long> idsUsed = new HashSet<>();
    private final Set<Long> retired = new HashSet<>();
    private final List<String> traps = new ArrayList<>();
    private final Set<Long> useToReport = new HashSet<>();
    private int delivered;
    private int unknownSpi;

    /**
     * @param keysUsed all keys that the host ever installed, also before it crashed
     */
    SimDataplane(SimHost host, Set<Bytes> keysUsed) {
        this.keysUsed = keysUsed;
        this.host = host;
    }

    void install(InstallInbound install) {
        long id = install.parameters().childSaId();
        host.check(idsUsed.add(id), "child SA number " + id + " used twice");
        host.check(!inbound.containsKey(install.spi()), "inbound SPI installed twice");
        checkKeyIsNew(install.encryptionKey().toArray());
        SimEsp esp =
                new SimEsp(
                        install.parameters().suite(),
                        install.encryptionKey(),
                        install.integrityKey());
        inbound.put(install.spi(), new Sa(install.parameters(), install.spi(), esp));
        inboundSpiOf.put(id, install.spi());
        install.encryptionKey().destroy();
        install.integrityKey().destroy();
    }

    void install(InstallOutbound install) {
        long id = install.parameters().childSaId();
        host.check(inboundSpiOf.containsKey(id), "outbound SA installed before its inbound SA");
        host.check(!outbound.containsKey(id), "outbound SA installed twice");
        checkKeyIsNew(install.encryptionKey().toArray());
        SimEsp esp =
                new SimEsp(
                        install.parameters().suite(),
                        install.encryptionKey(),
                        install.integrityKey());
        outbound.put(id, new Sa(install.parameters(), install.spi(), esp));
        install.encryptionKey().destroy();
        install.integrityKey().destroy();
    }

    private void checkKeyIsNew(byte[] key) {
        host.check(keysUsed.add(Bytes.of(key)), "a key was installed twice");
    }

    void retire(long childSaId) {
        host.check(
                inboundSpiOf.containsKey(childSaId) && retired.add(childSaId),
                "child SA " + childSaId + " is replaced twice, or was never installed");
        outbound.remove(childSaId);
    }

    void remove(RemoveSa remove) {
        retired.remove(remove.childSaId());
        Integer spi = inboundSpiOf.remove(remove.childSaId());
        host.check(spi != null, "removal of a child SA that is not installed: " + remove);
        inbound.remove(spi);
        outbound.remove(remove.childSaId());
        useToReport.remove(remove.childSaId());
    }

    void update(UpdatePath update) {
        Integer spi = inboundSpiOf.get(update.childSaId());
        host.check(spi != null, "path update of a child SA that is not installed");
        for (Optional<Sa> sa :
                List.of(
                        Optional.ofNullable(inbound.get(spi)),
                        Optional.ofNullable(outbound.get(update.childSaId())))) {
            sa.ifPresent(s -> {
                s.local = update.local();
                s.remote = update.remote();
            });
        }
    }

    void trap(String connection, String child) {
        traps.add(connection + "/" + child);
    }

    /** Sends a packet on the newest SA of a child; false if there is none. */
    public boolean send(String child) {
        Optional<Sa> newest = Optional.empty();
        for (Sa sa : outbound.values()) {
            if (sa.parameters.child().name().equals(child)) {
                newest = Optional.of(sa);
            }
        }
        newest.ifPresent(this::send);
        return newest.isPresent();
    }

    private void send(Sa sa) {
        sa.sequence++;
        byte[] payload =
                ("packet " + sa.sequence).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        sa.lastUseNs = host.nowNs();
        noteUse(sa.parameters.childSaId());
        host.transmit(
                new SimPacket(
                        sa.local, sa.remote, sa.esp.seal(sa.spi, sa.sequence, payload), true));
    }

    void receive(SimPacket packet) {
        if (packet.payload().length < 12) {
            return;
        }
        int spi = ByteBuffer.wrap(packet.payload()).getInt();
        Sa sa = inbound.get(spi);
        if (sa == null) {
            unknownSpi++;
            return;
        }
        Optional<byte[]> opened = sa.esp.open(packet.payload());
        if (opened.isEmpty()) {
            host.check(host.allowsCorruption(), "keys of the two sides differ");
            return;
        }
        delivered++;
        sa.lastUseNs = host.nowNs();
        noteUse(sa.parameters.childSaId());
        if (sa.parameters.peerMayMove() && !packet.source().equals(sa.remote)) {
            host.peerMoved(sa.parameters.childSaId(), packet.source());
        }
    }

    private void noteUse(long childSaId) {
        if (useToReport.add(childSaId)) {
            host.reportUseLater(childSaId);
        }
    }

    /** When a child SA last carried traffic, inbound and outbound; empty if it is gone. */
    Optional<long[]> takeUse(long childSaId) {
        useToReport.remove(childSaId);
        Integer spi = inboundSpiOf.get(childSaId);
        if (spi == null) {
            return Optional.empty();
        }
        Sa out = outbound.get(childSaId);
        return Optional.of(
                new long[] {inbound.get(spi).lastUseNs, out == null ? 0 : out.lastUseNs});
    }

    /** Names of the children that can send. */
    public List<String> sendingChildren() {
        return outbound.values().stream()
                .map(sa -> sa.parameters.child().name())
                .distinct()
                .toList();
    }

    /** The SPIs of all installed pairs: inbound, outbound; without those that were replaced. */
    public Set<List<Integer>> pairs() {
        Set<List<Integer>> pairs = new HashSet<>();
        inboundSpiOf.forEach((id, spi) -> {
            if (retired.contains(id)) {
                return;
            }
            Sa out = outbound.get(id);
            pairs.add(List.of(spi, out == null ? 0 : out.spi));
        });
        return pairs;
    }

    /** How many SAs were replaced and still receive. */
    public int retired() {
        return retired.size();
    }

    /** Parameters of all installed pairs. */
    public List<ChildSaParameters> installed() {
        return inbound.values().stream().map(sa -> sa.parameters).toList();
    }

    /** Where packets of a child go. */
    public Optional<InetSocketAddress> remoteOf(String child) {
        return outbound.values().stream()
                .filter(sa -> sa.parameters.child().name().equals(child))
                .map(sa -> sa.remote)
                .reduce((_, last) -> last);
    }

    /** How many packets were opened. */
    public int delivered() {
        return delivered;
    }

    /** How many packets came for an SPI that is not installed. */
    public int unknownSpi() {
        return unknownSpi;
    }

    /** The traps that the engine asked for, as {@code connection/child}. */
    public List<String> traps() {
        return List.copyOf(traps);
    }
}
