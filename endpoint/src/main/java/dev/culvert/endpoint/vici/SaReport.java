package dev.culvert.endpoint.vici;

import dev.culvert.ike.EngineSnapshot.ChildSa;
import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.EngineSnapshot.IkeSa;
import dev.culvert.ike.EngineSnapshot.IkeState;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * IKE SAs as {@code list-sa} events have them. Clients print what they have when they meet {@code
 * child-sas}, so that section always exists and comes last; some keys say something by being there.
 */
final class SaReport {
    /** Name of an IKE SA for which no connection was chosen yet. */
    static final String UNNAMED = "(unnamed)";

    private final DaemonStatus status;

    SaReport(DaemonStatus status) {
        this.status = status;
    }

    /** The message: one section, named after the connection. */
    ViciSection message(IkeSa sa, Collection<ChildSa> children) {
        return ViciSection.of(b -> b.section(name(sa), ike(sa, children)));
    }

    static String name(IkeSa sa) {
        return sa.connection().isEmpty() ? UNNAMED : sa.connection();
    }

    private ViciSection ike(IkeSa sa, Collection<ChildSa> children) {
        return ViciSection.of(b -> {
            b.put("uniqueid", sa.uniqueId());
            b.put("version", 2);
            b.put("state", sa.state().name());
            b.put("local-host", IpAddress.of(sa.local().getAddress()).toString());
            b.put("local-port", sa.local().getPort());
            b.put("local-id", id(sa.localId()));
            b.put("remote-host", IpAddress.of(sa.remote().getAddress()).toString());
            b.put("remote-port", sa.remote().getPort());
            b.put("remote-id", id(sa.remoteId()));
            b.putIf(sa.initiator(), "initiator");
            b.put("initiator-spi", String.format("%016x", sa.initiatorSpi()));
            b.put("responder-spi", String.format("%016x", sa.responderSpi()));
            b.putIf(sa.natLocal(), "nat-local");
            b.putIf(sa.natRemote(), "nat-remote");
            b.putIf(sa.natLocal() || sa.natRemote(), "nat-any");
            b.putIf(sa.mobike(), "mobike");
            sa.suite().ifPresent(suite -> suite(b, suite));
            if (sa.state() != IkeState.CONNECTING) {
                b.put("established", secondsSince(sa.establishedNs()));
            }
            if (sa.rekeyNs() != 0) {
                b.put("rekey-time", secondsUntil(sa.rekeyNs()));
            }
            if (sa.reauthNs() != 0) {
                b.put("reauth-time", secondsUntil(sa.reauthNs()));
            }
            listIfAny(b, "local-vips", addresses(sa.configured().localVips()));
            listIfAny(b, "remote-vips", addresses(sa.configured().remoteVips()));
            listIfAny(b, "remote-additional-addrs", addresses(sa.peerAddresses()));
            listIfAny(b, "tasks-queued", sa.tasksQueued());
            listIfAny(b, "tasks-active", sa.tasksActive());
            b.section("child-sas", ViciSection.of(c -> children(c, children)));
        });
    }

    private void children(ViciSection.Builder b, Collection<ChildSa> children) {
        for (ChildSa child : children) {
            b.section(child.name() + "-" + child.uniqueId(), child(child));
        }
    }

    private ViciSection child(ChildSa child) {
        DaemonStatus.ChildTraffic traffic = status.trafficOf(child);
        return ViciSection.of(b -> {
            b.put("name", child.name());
            b.put("uniqueid", child.uniqueId());
            b.put("reqid", child.reqid());
            b.put("state", child.state().name());
            b.put("mode", "TUNNEL");
            b.put("protocol", "ESP");
            b.put("encap", "yes");
            b.put("spi-in", String.format("%08x", child.spiIn()));
            b.put("spi-out", String.format("%08x", child.spiOut()));
            suite(b, child.suite());
            traffic(b, traffic);
            if (child.state() != ChildState.INSTALLING) {
                times(b, child);
            }
            b.list("local-ts", texts(child.localSelectors()));
            b.list("remote-ts", texts(child.remoteSelectors()));
            traffic.drops()
                    .forEach((reason, packets) -> {
                        if (packets > 0) {
                            b.put("drop-" + reason, packets);
                        }
                    });
        });
    }

    private void traffic(ViciSection.Builder b, DaemonStatus.ChildTraffic traffic) {
        b.put("bytes-in", traffic.bytesIn());
        b.put("packets-in", traffic.packetsIn());
        if (traffic.lastInNs() != 0) {
            b.put("use-in", secondsSince(traffic.lastInNs()));
        }
        b.put("bytes-out", traffic.bytesOut());
        b.put("packets-out", traffic.packetsOut());
        if (traffic.lastOutNs() != 0) {
            b.put("use-out", secondsSince(traffic.lastOutNs()));
        }
    }

    private void times(ViciSection.Builder b, ChildSa child) {
        if (child.rekeyNs() != 0) {
            b.put("rekey-time", secondsUntil(child.rekeyNs()));
        }
        if (child.expiresNs() != 0) {
            b.put("life-time", secondsUntil(child.expiresNs()));
        }
        b.put("install-time", secondsSince(child.installedNs()));
    }

    private static void suite(ViciSection.Builder b, IkeSuite suite) {
        b.put("encr-alg", suite.encryption().displayName());
        if (suite.encryption().hasKeyLengthAttribute()) {
            b.put("encr-keysize", suite.keyLengthBits());
        }
        suite.integrity().ifPresent(i -> b.put("integ-alg", i.displayName()));
        b.put("prf-alg", suite.prf().displayName());
        b.put("dh-group", suite.keyExchange().displayName());
    }

    private static void suite(ViciSection.Builder b, EspSuite suite) {
        b.put("encr-alg", suite.encryption().displayName());
        if (suite.encryption().hasKeyLengthAttribute()) {
            b.put("encr-keysize", suite.keyLengthBits());
        }
        suite.integrity().ifPresent(i -> b.put("integ-alg", i.displayName()));
        suite.keyExchange().ifPresent(k -> b.put("dh-group", k.displayName()));
        if (suite.extendedSequenceNumbers()) {
            b.put("esn", "1");
        }
    }

    private static void listIfAny(ViciSection.Builder b, String name, List<String> items) {
        if (!items.isEmpty()) {
            b.list(name, items);
        }
    }

    private static String id(Optional<Identity> identity) {
        return Printable.ascii(identity.map(Identity::text).orElse("%any"));
    }

    private static List<String> addresses(List<IpAddress> addresses) {
        return addresses.stream().map(IpAddress::toString).toList();
    }

    static List<String> texts(List<TrafficSelector> selectors) {
        return selectors.stream().map(TrafficSelector::toString).toList();
    }

    private long secondsSince(long thenNs) {
        return TimeUnit.NANOSECONDS.toSeconds(Math.max(0, status.nowNs() - thenNs));
    }

    private long secondsUntil(long thenNs) {
        return TimeUnit.NANOSECONDS.toSeconds(Math.max(0, thenNs - status.nowNs()));
    }
}
