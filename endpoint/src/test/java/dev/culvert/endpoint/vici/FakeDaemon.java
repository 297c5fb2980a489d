package dev.culvert.endpoint.vici;

import dev.culvert.esp.Offload;
import dev.culvert.esp.OffloadStatus;
import dev.culvert.ike.Configured;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.EngineSnapshot.ChildSa;
import dev.culvert.ike.EngineSnapshot.ChildState;
import dev.culvert.ike.EngineSnapshot.IkeSa;
import dev.culvert.ike.EngineSnapshot.IkeState;
import dev.culvert.ike.config.EngineConfig;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.EncryptionAlgorithm;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.proposal.IkeSuite;
import dev.culvert.ike.proposal.IntegrityAlgorithm;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.PrfAlgorithm;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A daemon with two SAs, which remembers what it was asked to do. */
public final class FakeDaemon implements DaemonControl {
    private static final long NOW_NS = TimeUnit.HOURS.toNanos(100);
    private static final Instant START = Instant.parse("2026-11-21T17:00:00Z");

    /** What it was asked to do, in order. */
    public final List<Object> requests = new CopyOnWriteArrayList<>();

    private final List<Consumer<EngineEvent>> listeners = new CopyOnWriteArrayList<>();
    private final EngineConfig config;
    private volatile Outcome outcome = new Outcome.Done();
    private volatile int matches = 1;
    private volatile List<EngineEvent> progress = List.of();

    public FakeDaemon(EngineConfig config) {
        this.config = config;
    }

    /** How commands end from now on. */
    public void setOutcome(Outcome newOutcome) {
        outcome = newOutcome;
    }

    /** How many SAs terminations match from now on. */
    public void setMatches(int newMatches) {
        matches = newMatches;
    }

    /** What commands tell before they end. */
    public void setProgress(EngineEvent... events) {
        progress = List.of(events);
    }

    /** Something happens. */
    public void publish(EngineEvent event) {
        listeners.forEach(l -> l.accept(event));
    }

    @Override
    public DaemonStatus status() {
        Map<String, Long> drops = new LinkedHashMap<>();
        drops.put("no-policy", 12L);
        drops.put("replay", 3L);
        drops.put("never", 0L);
        return new DaemonStatus(
                "0.1.0",
                START,
                START.plusSeconds(3723),
                NOW_NS,
                new EngineSnapshot(
                        List.of(established(), connecting()),
                        1,
                        Map.of("ike_retransmits", 4L),
                        List.of(pool())),
                Map.of(
                        7L,
                        new DaemonStatus.ChildTraffic(
                                84, 1, ago(3), 1_500_000, 1000, ago(2), Map.of("replay", 3L))),
                drops,
                Map.of("tun_packets_read", 1001L),
                new DaemonStatus.HostUse(
                        "jdk",
                        1,
                        "",
                        2,
                        List.of(
                                new OffloadStatus(Offload.TUN_TSO, true, true, ""),
                                new OffloadStatus(
                                        Offload.TUN_USO,
                                        true,
                                        false,
                                        "this kernel does not have it"),
                                new OffloadStatus(Offload.UDP_GSO, false, false, "")),
                        "culvert0",
                        1406,
                        List.of(
                                new InetSocketAddress("192.0.2.1", 500),
                                new InetSocketAddress("192.0.2.1", 4500)),
                        "/run/culvert"));
    }

    @Override
    public EngineConfig config() {
        return config;
    }

    @Override
    public Outcome initiate(Initiation initiation, Consumer<EngineEvent> listener) {
        requests.add(initiation);
        progress.forEach(listener);
        return outcome;
    }

    @Override
    public TerminationOutcome terminate(Termination termination, Consumer<EngineEvent> listener) {
        requests.add(termination);
        progress.forEach(listener);
        return new TerminationOutcome(
                matches == 0 ? Outcome.failed("no matching SAs to terminate found") : outcome,
                matches,
                outcome instanceof Outcome.Done ? matches : 0);
    }

    @Override
    public RekeyOutcome rekey(Rekeying rekeying) {
        requests.add(rekeying);
        return new RekeyOutcome(
                matches == 0 ? Outcome.failed("no matching SAs to rekey found") : outcome, matches);
    }

    @Override
    public Outcome reload() {
        requests.add("reload");
        return outcome;
    }

    @Override
    public Outcome redirect(Redirection redirection) {
        requests.add(redirection);
        return outcome;
    }

    @Override
    public Outcome loadPool(PoolConfig pool) {
        requests.add(pool);
        return outcome;
    }

    @Override
    public Outcome unloadPool(String name) {
        requests.add("unload " + name);
        return outcome;
    }

    @Override
    public Subscription subscribe(Consumer<EngineEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** The SA that is up. */
    public static IkeSa established() {
        return new IkeSa(
                1,
                "gw",
                IkeState.ESTABLISHED,
                true,
                0x0011223344556677L,
                0x8899aabbccddeeffL,
                new InetSocketAddress("198.51.100.1", 4500),
                new InetSocketAddress("198.51.100.2", 4500),
                Optional.of(new Identity.Fqdn("moon")),
                Optional.of(new Identity.Fqdn("sun")),
                Optional.of(
                        new IkeSuite(
                                EncryptionAlgorithm.AES_GCM_16,
                                256,
                                Optional.empty(),
                                PrfAlgorithm.HMAC_SHA2_256,
                                KeyExchangeMethod.CURVE_25519)),
                false,
                true,
                ago(12),
                ahead(13000),
                ahead(40000),
                List.of(),
                List.of(),
                List.of(net(), plain()),
                new Configured(
                        List.of(ip("10.3.0.7")),
                        List.of(ip("10.4.0.1"), ip("2001:db8:4::1")),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of()),
                true,
                List.of(ip("192.0.2.7"), ip("2001:db8::7")));
    }

    private static EngineSnapshot.Pool pool() {
        return new EngineSnapshot.Pool(
                "clients",
                ip("10.4.0.0"),
                254,
                1,
                1,
                List.of(
                        new EngineSnapshot.Lease(ip("10.4.0.2"), new Identity.Fqdn("away"), false),
                        new EngineSnapshot.Lease(ip("10.4.0.1"), new Identity.Fqdn("sun"), true)));
    }

    private static IpAddress ip(String text) {
        return IpAddress.parse(text).orElseThrow();
    }

    /** One of its children: AEAD, used. */
    public static ChildSa net() {
        return new ChildSa(
                7,
                1,
                "net",
                1,
                ChildState.INSTALLED,
                0xc1234567,
                0xc7654321,
                new EspSuite(
                        EncryptionAlgorithm.AES_GCM_16,
                        256,
                        Optional.empty(),
                        Optional.empty(),
                        true),
                List.of(selector("10.1.0.0/16")),
                List.of(selector("10.2.0.0/16"), selector("2001:db8:2::/64")),
                ago(12),
                ahead(3300),
                ahead(3948));
    }

    private static ChildSa plain() {
        return new ChildSa(
                8,
                2,
                "plain",
                2,
                ChildState.INSTALLED,
                0xc0000001,
                0xc0000002,
                new EspSuite(
                        EncryptionAlgorithm.AES_CBC,
                        128,
                        Optional.of(IntegrityAlgorithm.HMAC_SHA2_256_128),
                        Optional.of(KeyExchangeMethod.ECP_256),
                        false),
                List.of(selector("10.1.0.0/16[tcp/80]")),
                List.of(selector("10.3.0.1-10.3.0.9")),
                ago(5),
                0,
                0);
    }

    private static IkeSa connecting() {
        return new IkeSa(
                2,
                "",
                IkeState.CONNECTING,
                false,
                1,
                2,
                new InetSocketAddress("198.51.100.1", 500),
                new InetSocketAddress("203.0.113.9", 500),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                false,
                0,
                0,
                0,
                List.of("IKE_AUTH"),
                List.of(),
                new ArrayList<>(),
                Configured.NOTHING,
                false,
                List.of());
    }

    private static TrafficSelector selector(String text) {
        return TrafficSelector.parse(text).orThrow();
    }

    private static long ago(long seconds) {
        return NOW_NS - TimeUnit.SECONDS.toNanos(seconds);
    }

    private static long ahead(long seconds) {
        return NOW_NS + TimeUnit.SECONDS.toNanos(seconds);
    }
}
