package dev.culvert.endpoint.dataplane;

import dev.culvert.endpoint.route.RouteBook;
import dev.culvert.endpoint.route.RoutePlanner;
import dev.culvert.esp.DataplaneCommand;
import dev.culvert.esp.DataplaneControl;
import dev.culvert.esp.EspKeys;
import dev.culvert.esp.EspSuite;
import dev.culvert.esp.SaPath;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.tun.AddressFamily;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SAs that the engine had installed, with their routes and the MTUs that follow from them.
 * Belongs to the control agent.
 */
public final class SaBook {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.chd");

    private final DataplaneControl dataplane;
    private final RouteBook routes;
    private final HostNetwork host;
    private final OptionalInt fixedMtuBytes;
    private final DoubleSupplier random;
    private final Map<Long, Sa> sas = new LinkedHashMap<>();
    private final Map<InetAddress, Integer> pathMtuBytes = new HashMap<>();
    private int tunMtuBytes;

    /**
     * An installed pair of SAs.
     *
     * @param childSaId the engine's number, and the dataplane's
     * @param ref connection and child
     * @param suite algorithms
     * @param spiIn inbound SPI, once installed
     * @param spiOut outbound SPI, once installed
     * @param local our outer address and port
     * @param remote the peer's
     */
    public record Sa(
            long childSaId,
            ChildRef ref,
            EspSuite suite,
            OptionalInt spiIn,
            OptionalInt spiOut,
            InetSocketAddress local,
            InetSocketAddress remote) {
        Sa withSpiIn(int spi) {
            return new Sa(childSaId, ref, suite, OptionalInt.of(spi), spiOut, local, remote);
        }

        Sa withSpiOut(int spi) {
            return new Sa(childSaId, ref, suite, spiIn, OptionalInt.of(spi), local, remote);
        }

        Sa withoutSpiOut() {
            return new Sa(childSaId, ref, suite, spiIn, OptionalInt.empty(), local, remote);
        }

        Sa withPath(InetSocketAddress newLocal, InetSocketAddress newRemote) {
            return new Sa(childSaId, ref, suite, spiIn, spiOut, newLocal, newRemote);
        }
    }

    private record Owner(long saOf) {}

    /**
     * @param dataplane where SAs go
     * @param routes where routes go
     * @param host answers for path MTUs and addresses
     * @param fixedMtuBytes of the TUN interface; empty: follows the SAs
     * @param initialMtuBytes that the interface has now
     * @param random 0 to 1, for limits that should not be the same for all SAs
     */
    public SaBook(
            DataplaneControl dataplane,
            RouteBook routes,
            HostNetwork host,
            OptionalInt fixedMtuBytes,
            int initialMtuBytes,
            DoubleSupplier random) {
        this.dataplane = dataplane;
        this.routes = routes;
        this.host = host;
        this.fixedMtuBytes = fixedMtuBytes;
        this.tunMtuBytes = initialMtuBytes;
        this.random = random;
    }

    /**
     * Installs an inbound SA, waits until it works, and destroys the keys that came with it.
     *
     * @return false if the dataplane did not take it
     */
    public boolean installInbound(EngineOutput.InstallInbound install) {
        EngineOutput.ChildSaParameters p = install.parameters();
        Optional<Sa> known = know(p);
        if (known.isEmpty()) {
            destroy(install.encryptionKey(), install.integrityKey());
            return false;
        }
        Sa sa = known.get();
        boolean esn = p.suite().extendedSequenceNumbers();
        EspKeys keys = takeKeys(sa.suite(), install.encryptionKey(), install.integrityKey());
        boolean done =
                Submitted.await(
                        dataplane.submit(
                                new DataplaneCommand.InstallInboundSa(
                                        p.childSaId(),
                                        install.spi(),
                                        sa.suite(),
                                        keys,
                                        esn,
                                        EspMapping.replayWindowPackets(p.child(), esn),
                                        EspMapping.selectors(
                                                p.localSelectors(), p.remoteSelectors()),
                                        new SaPath(p.local(), p.remote()),
                                        p.peerMayMove(),
                                        EspMapping.options(p.child()),
                                        EspMapping.lifetime(p.child(), random.getAsDouble()))),
                        "inbound SA of " + sa.ref());
        if (done) {
            sas.put(p.childSaId(), sa.withSpiIn(install.spi()));
        }
        return done;
    }

    /**
     * Installs an outbound SA, waits until it works, destroys the keys that came with it, and leads
     * its traffic to it.
     *
     * @return false if the dataplane did not take it
     */
    public boolean installOutbound(EngineOutput.InstallOutbound install) {
        EngineOutput.ChildSaParameters p = install.parameters();
        Optional<Sa> known = know(p);
        if (known.isEmpty()) {
            destroy(install.encryptionKey(), install.integrityKey());
            return false;
        }
        Sa sa = known.get();
        EspKeys keys = takeKeys(sa.suite(), install.encryptionKey(), install.integrityKey());
        boolean done =
                Submitted.await(
                        dataplane.submit(
                                new DataplaneCommand.InstallOutboundSa(
                                        p.childSaId(),
                                        install.spi(),
                                        sa.suite(),
                                        keys,
                                        p.suite().extendedSequenceNumbers(),
                                        1,
                                        PolicyPriority.of(p.child()),
                                        EspMapping.selectors(
                                                p.localSelectors(), p.remoteSelectors()),
                                        new SaPath(p.local(), p.remote()),
                                        pathMtuBytes(p.remote().getAddress()),
                                        EspMapping.options(p.child()),
                                        EspMapping.lifetime(p.child(), random.getAsDouble()))),
                        "outbound SA of " + sa.ref());
        if (done) {
            sas.put(p.childSaId(), sa.withSpiOut(install.spi()));
            updateTunMtu();
            routes.claim(
                    new Owner(p.childSaId()),
                    RoutePlanner.routes(p.localSelectors(), p.remoteSelectors(), host.addresses()),
                    false);
        }
        return done;
    }

    /** Removes the outbound direction; the other one goes on receiving. */
    public void removeOutbound(long childSaId) {
        Sa sa = sas.get(childSaId);
        if (sa == null || sa.spiOut().isEmpty()) {
            return;
        }
        routes.release(new Owner(childSaId));
        Submitted.await(
                dataplane.submit(
                        new DataplaneCommand.RemoveOutboundSa(childSaId, sa.spiOut().getAsInt())),
                "removal of the outbound SA of " + sa.ref());
        sas.put(childSaId, sa.withoutSpiOut());
        updateTunMtu();
    }

    /** Removes both directions. */
    public void remove(long childSaId) {
        removeOutbound(childSaId);
        Sa sa = sas.remove(childSaId);
        if (sa == null) {
            return;
        }
        sa.spiIn()
                .ifPresent(spi ->
                        Submitted.await(
                                dataplane.submit(new DataplaneCommand.RemoveInboundSa(spi)),
                                "removal of the inbound SA of " + sa.ref()));
        if (sas.values().stream().noneMatch(other -> isSamePeer(other, sa))) {
            pathMtuBytes.remove(sa.remote().getAddress());
        }
        updateTunMtu();
    }

    /** Sends to and from other outer addresses. */
    public void updatePath(EngineOutput.UpdatePath update) {
        Sa sa = sas.get(update.childSaId());
        if (sa == null) {
            return;
        }
        sas.put(sa.childSaId(), sa.withPath(update.local(), update.remote()));
        Submitted.await(
                dataplane.submit(
                        new DataplaneCommand.UpdatePath(
                                sa.childSaId(), new SaPath(update.local(), update.remote()))),
                "new path of " + sa.ref());
        InetAddress remote = update.remote().getAddress();
        InetAddress before = sa.remote().getAddress();
        if (sas.values().stream().noneMatch(s -> s.remote().getAddress().equals(before))) {
            pathMtuBytes.remove(before);
        }
        // From another address the way may be another one, too.
        pathMtuBytes.put(remote, host.pathMtuBytes(remote));
        Submitted.await(
                dataplane.submit(new DataplaneCommand.PathMtu(remote, pathMtuBytes(remote))),
                "path MTU of " + sa.ref());
        updateTunMtu();
    }

    /** Asks the kernel again for the path MTUs, which ICMP may have lowered or time raised. */
    public void refreshPathMtus() {
        boolean changed = false;
        for (InetAddress remote : List.copyOf(pathMtuBytes.keySet())) {
            int now = host.pathMtuBytes(remote);
            if (now != pathMtuBytes.get(remote)) {
                LOG.info(
                        "path MTU to {} is now {} bytes, was {}",
                        IpAddress.of(remote).toString(),
                        now,
                        pathMtuBytes.get(remote));
                pathMtuBytes.put(remote, now);
                Submitted.await(
                        dataplane.submit(new DataplaneCommand.PathMtu(remote, now)),
                        "path MTU to " + IpAddress.of(remote).toString());
                changed = true;
            }
        }
        if (changed) {
            updateTunMtu();
        }
    }

    /** All SAs, in the order of their installation. */
    public Collection<Sa> all() {
        return List.copyOf(sas.values());
    }

    /** The SA of a number. */
    public Optional<Sa> byId(long childSaId) {
        return Optional.ofNullable(sas.get(childSaId));
    }

    /** MTU of the TUN interface in bytes. */
    public int tunMtuBytes() {
        return tunMtuBytes;
    }

    private Optional<Sa> know(EngineOutput.ChildSaParameters p) {
        Sa known = sas.get(p.childSaId());
        if (known != null) {
            return Optional.of(known);
        }
        ChildRef ref = new ChildRef(p.connection(), p.child().name());
        Optional<EspSuite> suite = EspMapping.suite(p.suite());
        if (suite.isEmpty()) {
            LOG.error("{}: the dataplane cannot do {}", ref, p.suite().displayName());
        }
        return suite.map(s ->
                new Sa(
                        p.childSaId(),
                        ref,
                        s,
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        p.local(),
                        p.remote()));
    }

    private int pathMtuBytes(InetAddress remote) {
        return pathMtuBytes.computeIfAbsent(remote, host::pathMtuBytes);
    }

    private void updateTunMtu() {
        List<Integer> innerBytes = new ArrayList<>();
        for (Sa sa : sas.values()) {
            if (sa.spiOut().isPresent()) {
                InetAddress remote = sa.remote().getAddress();
                innerBytes.add(
                        TunnelMtu.innerBytes(
                                pathMtuBytes(remote), AddressFamily.of(remote), sa.suite()));
            }
        }
        OptionalInt wanted = TunnelMtu.interfaceBytes(innerBytes);
        if (fixedMtuBytes.isEmpty() && wanted.isPresent() && wanted.getAsInt() != tunMtuBytes) {
            tunMtuBytes = wanted.getAsInt();
            host.setTunMtuBytes(tunMtuBytes);
        }
    }

    private static boolean isSamePeer(Sa one, Sa other) {
        return one.remote().getAddress().equals(other.remote().getAddress());
    }

    private static EspKeys takeKeys(
            EspSuite suite, SecretBytes encryptionKey, SecretBytes integrityKey) {
        try {
            return EspMapping.keys(suite, encryptionKey, integrityKey);
        } finally {
            destroy(encryptionKey, integrityKey);
        }
    }

    private static void destroy(SecretBytes encryptionKey, SecretBytes integrityKey) {
        encryptionKey.destroy();
        integrityKey.destroy();
    }
}
