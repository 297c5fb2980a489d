package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.ip;
import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimConfigs.settings;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.message.DecodeResult;
import dev.culvert.ike.message.ExchangeType;
import dev.culvert.ike.message.IkeHeader;
import dev.culvert.ike.message.IkeMessage;
import dev.culvert.ike.message.MessageDecoder;
import dev.culvert.ike.message.MessageEncoder;
import dev.culvert.ike.message.NotifyType;
import dev.culvert.ike.message.Payload;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Floods, forgeries, garbage, and a fault in our own program. */
class HostileTest {
    private static final int MUTATIONS = 200_000;

    private final SimNetwork network = new SimNetwork(7, Weather.FAIR);
    private final SimHost moon = network.addHost("moon", ip("198.51.100.1"), settings());
    private final SimHost sun = network.addHost("sun", ip("198.51.100.2"), settings());
    private final SimHost mars = network.addHost("mars", ip("198.51.100.3"), settings());

    private void configure() {
        sun.configure(
                new Connection()
                        .local("198.51.100.2")
                        .remote(new AddressSpec.Any(true, true))
                        .ids("sun.example", "*.example")
                        .child(new Child("web").ts("10.2.0.0/16", "10.0.0.0/8").build())
                        .with(secret("x")));
        for (SimHost host : List.of(moon, mars)) {
            host.configure(
                    new Connection()
                            .local(host.address().getHostAddress())
                            .remote("198.51.100.2")
                            .ids(host.name() + ".example", "sun.example")
                            .child(
                                    new Child("web")
                                            .ts(
                                                    host == moon ? "10.1.0.0/16" : "10.3.0.0/16",
                                                    "10.2.0.0/16")
                                            .build())
                            .with(secret("x")));
        }
    }

    private void up(SimHost host) {
        long command = host.initiate("net", "web");
        network.await("up", () -> host.isDone(command), 20 * SECOND);
        assertThat(host.errorOf(command)).isEmpty();
        network.run(SECOND);
    }

    private static IkeMessage decoded(SimPacket packet) {
        return ((DecodeResult.Ok) MessageDecoder.decode(packet.payload())).message();
    }

    /** A request for an IKE SA like a real one, with another SPI. */
    private static byte[] requestWithSpi(IkeMessage real, long spi) {
        return MessageEncoder.encode(
                new IkeMessage(
                        IkeHeader.request(spi, 0, ExchangeType.IKE_SA_INIT, true, 0),
                        real.payloads()));
    }

    private SimPacket realRequest() {
        network.capture();
        up(moon);
        return network.captured().stream()
                .filter(packet -> packet.kind().equals("IKE_SA_INIT request 0"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldStayBoundedAndLetRealPeersInWhenManySourcesFlood() {
        configure();
        SimPacket real = realRequest();
        IkeMessage message = decoded(real);
        for (int i = 0; i < 10_000; i++) {
            InetSocketAddress source =
                    new InetSocketAddress(IpAddress.v4(0x0b000000 + i).toInetAddress(), 500);
            sun.input(
                    new EngineInput.Datagram(
                            real.destination(), source, requestWithSpi(message, 1000L + i)));
        }
        assertThat(sun.snapshot().halfOpen()).isEqualTo(30);
        assertThat(sun.heldEntries()).isLessThan(300);
        assertThat(sun.counter("ike_cookies_sent")).isEqualTo(10_000 - 30);
        assertThat(sun.established()).hasSize(1);
        up(mars);
        assertThat(sun.established()).hasSize(2);
        network.run(60 * SECOND);
        assertThat(sun.snapshot().halfOpen()).isZero();
        assertThat(sun.childrenUp()).hasSize(2);
    }

    // moon                                         sun (many peers with cookies do not go on)
    //   IKE_SA_INIT [ SA KE No .. ]             -->
    //                                           <-- IKE_SA_INIT [ N(COOKIE) N(PUZZLE) ]
    //   IKE_SA_INIT [ N(COOKIE) PS SA KE No .. ] -->
    //                                           <-- IKE_SA_INIT [ SA KE No .. ]
    @Test
    void shouldSolveThePuzzleThatAResponderUnderAttackSets() {
        SimPair pair = underAttack(11, true);
        pair.up("web");
        assertThat(pair.sun().counter("ike_puzzles_sent")).isPositive();
        assertThat(pair.sun().counter("ike_puzzles_solved")).isEqualTo(1);
        assertThat(pair.sun().counter("ike_puzzles_solved_wrongly")).isZero();
    }

    @Test
    void shouldLetThoseInNowAndThenThatSolveNoPuzzles() {
        long sentAway = 0;
        for (long seed = 11; seed < 16; seed++) {
            SimPair pair = underAttack(seed, false);
            pair.moon().initiate("net", "web");
            pair.network().await("web", () -> pair.moon().childrenUp().size() == 1, 400 * SECOND);
            assertThat(pair.sun().counter("ike_puzzles_solved")).isZero();
            sentAway += pair.sun().counter("ike_dropped_puzzle_required");
        }
        assertThat(sentAway).isGreaterThan(5);
    }

    /** Cookies always; puzzles because of one half-open IKE SA, which mars does not finish. */
    private static SimPair underAttack(long seed, boolean moonSolves) {
        EngineSettings ofSun =
                settings()
                        .withCookieThreshold(0)
                        .withFloods(new EngineSettings.Floods(1, 6, 6, 64));
        EngineSettings ofMoon =
                settings().withFloods(new EngineSettings.Floods(300, 1, moonSolves ? 8 : 5, 64));
        SimPair pair = new SimPair(seed, Weather.FAIR, ofMoon, ofSun);
        pair.sun()
                .configure(
                        SimPair.sunConnection()
                                .remote(new AddressSpec.Any(true, true))
                                .child(SimPair.sunChild("web").build())
                                .with(secret("x")));
        SimHost mars = pair.network().addHost("mars", ip("198.51.100.3"), settings());
        mars.configure(
                new Connection()
                        .local("198.51.100.3")
                        .remote("198.51.100.2")
                        .ids("mars.example", "sun.example")
                        .child(new Child("web").ts("10.3.0.0/16", "10.2.0.0/16").build())
                        .with(secret("x")));
        pair.network()
                .drop(
                        1000,
                        packet ->
                                packet.source().getAddress().equals(mars.address())
                                        && packet.kind().startsWith("IKE_AUTH"));
        mars.initiate("net", "web");
        pair.network().run(SECOND);
        assertThat(pair.sun().snapshot().halfOpen()).isEqualTo(1);
        pair.moon()
                .configure(
                        SimPair.moonConnection()
                                .keyingTries(0)
                                .child(SimPair.moonChild("web").start().build())
                                .with(secret("x")));
        return pair;
    }

    @Test
    void shouldComputeNoMoreKeyExchangesAtOnceThanAllowed() {
        SimNetwork slow = new SimNetwork(12, Weather.FAIR);
        slow.setCryptoDelayNs(5 * SECOND);
        SimHost few =
                slow.addHost(
                        "few",
                        ip("198.51.100.2"),
                        settings().withFloods(new EngineSettings.Floods(0, 1, 1, 4)));
        few.configure(
                new Connection()
                        .local("198.51.100.2")
                        .remote(new AddressSpec.Any(true, true))
                        .ids("sun.example", "*.example")
                        .child(new Child("web").ts("10.2.0.0/16", "10.0.0.0/8").build())
                        .with(secret("x")));
        configure();
        SimPacket real = realRequest();
        for (int i = 0; i < 20; i++) {
            InetSocketAddress source =
                    new InetSocketAddress(IpAddress.v4(0x0b000000 + i).toInetAddress(), 500);
            few.input(
                    new EngineInput.Datagram(
                            real.destination(), source, requestWithSpi(decoded(real), 1000L + i)));
        }
        assertThat(few.snapshot().halfOpen()).isEqualTo(4);
        assertThat(few.counter("ike_dropped_key_exchange_limit")).isEqualTo(16);
    }

    @Test
    void shouldStillLetASourceInWhenSomebodyForgesItsAddress() {
        configure();
        SimPacket real = realRequest();
        IkeMessage message = decoded(real);
        for (int i = 0; i < 20; i++) {
            InetSocketAddress asMars = new InetSocketAddress(ip("198.51.100.3"), 500);
            sun.input(
                    new EngineInput.Datagram(
                            real.destination(), asMars, requestWithSpi(message, 2000L + i)));
        }
        assertThat(sun.snapshot().halfOpen()).isEqualTo(3);
        up(mars);
        assertThat(mars.childrenUp()).containsExactly("web");
    }

    @Test
    void shouldNotChangeATunnelWhenDatagramsAreMutated() {
        configure();
        network.capture();
        up(moon);
        List<byte[]> corpus =
                network.captured().stream().filter(p -> !p.esp()).map(SimPacket::payload).toList();
        List<InetSocketAddress> sources =
                List.of(
                        new InetSocketAddress(ip("198.51.100.1"), 500),
                        new InetSocketAddress(ip("198.51.100.1"), 4500),
                        new InetSocketAddress(ip("203.0.113.9"), 4500));
        InetSocketAddress local = new InetSocketAddress(ip("198.51.100.2"), 4500);
        List<EngineSnapshot.IkeSa> before = sun.established();
        SplittableRandom random = new SplittableRandom(11);
        long accountedBefore = accounted(sun.snapshot().counters());
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] datagram = mutate(corpus.get(random.nextInt(corpus.size())), random);
            sun.input(
                    new EngineInput.Datagram(
                            local, sources.get(random.nextInt(sources.size())), datagram));
            if (i % 500 == 0) {
                network.run(SECOND / 20);
                assertThat(sun.established()).isEqualTo(before);
            }
        }
        assertThat(sun.established()).isEqualTo(before);
        assertThat(sun.alerts(AlertType.INTERNAL_ERROR)).isEmpty();
        assertThat(sun.counter("ike_failed_internal_error")).isZero();
        // Whatever came was dropped for one reason, handled, or answered with a kept response.
        long moreAccounted = accounted(sun.snapshot().counters()) - accountedBefore;
        assertThat(moreAccounted).isEqualTo(MUTATIONS);
        network.run(60 * SECOND);
        assertThat(sun.heldEntries()).isLessThan(20);
        network.checkConverged(moon, sun);
    }

    private static long accounted(Map<String, Long> counters) {
        long sum = 0;
        for (Map.Entry<String, Long> counter : counters.entrySet()) {
            if (counter.getKey().startsWith("ike_dropped_")
                    || List.of(
                                    "ike_requests_handled",
                                    "ike_responses_handled",
                                    "ike_responses_retransmitted")
                            .contains(counter.getKey())) {
                sum += counter.getValue();
            }
        }
        return sum;
    }

    private static byte[] mutate(byte[] original, SplittableRandom random) {
        byte[] datagram = original.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            switch (random.nextInt(6)) {
                case 0 ->
                        datagram[random.nextInt(datagram.length)] ^=
                                (byte) (1 << random.nextInt(8));
                case 1 -> datagram[random.nextInt(datagram.length)] = (byte) random.nextInt(256);
                case 2 -> datagram = Arrays.copyOf(datagram, 1 + random.nextInt(datagram.length));
                case 3 -> datagram = Arrays.copyOf(datagram, datagram.length + random.nextInt(64));
                case 4 -> {
                    // Mostly the header's fields: exchange, flags, message ID.
                    if (datagram.length > 24) {
                        datagram[17 + random.nextInt(7)] = (byte) random.nextInt(64);
                    }
                }
                case 5 -> fixLength(datagram);
                default -> throw new IllegalStateException();
            }
        }
        if (random.nextInt(4) != 0) {
            fixLength(datagram);
        }
        // Never the original again: that would be no mutation.
        if (Arrays.equals(datagram, original)) {
            datagram[datagram.length - 1] ^= 1;
        }
        return datagram;
    }

    private static void fixLength(byte[] datagram) {
        if (datagram.length >= 28) {
            datagram[24] = 0;
            datagram[25] = 0;
            datagram[26] = (byte) (datagram.length >>> 8);
            datagram[27] = (byte) datagram.length;
        }
    }

    // anybody                                       sun
    //   INFORMATIONAL response [ N(INVALID_IKE_SPI) ] -->   (not protected)
    @Test
    void shouldOnlyCheckForLifeWhenSomebodyClaimsThatThePeerHasLostTheSa() {
        SimPair pair = new SimPair(3, Weather.FAIR);
        pair.sun()
                .configure(
                        SimPair.sunConnection()
                                .dpdSeconds(60)
                                .child(SimPair.sunChild("web").build())
                                .with(secret("x")));
        pair.moon()
                .configure(
                        SimPair.moonConnection()
                                .child(SimPair.moonChild("web").build())
                                .with(secret("x")));
        pair.up("web");
        pair.network().run(70 * SECOND);
        pair.network().setWeather(Weather.OUTAGE);
        pair.network().run(61 * SECOND);
        EngineSnapshot.IkeSa sa = pair.sun().established().getFirst();
        IkeHeader header =
                IkeHeader.response(
                        sa.initiatorSpi(), sa.responderSpi(), ExchangeType.INFORMATIONAL, true, 1);
        byte[] claim =
                MessageEncoder.encode(
                        new IkeMessage(
                                header,
                                List.of(
                                        Payload.Notify.of(
                                                NotifyType.INVALID_IKE_SPI, Bytes.EMPTY))));
        pair.sun().input(new EngineInput.Datagram(sa.local(), sa.remote(), claim));
        assertThat(pair.sun().established()).hasSize(1);
        assertThat(
                        pair.sun().counter("ike_dropped_unprotected_hint")
                                + pair.sun().counter("ike_dropped_unexpected_response"))
                .isEqualTo(1);
    }

    @Test
    void shouldTellTheSenderButNotTooOftenWhenItsSpiIsUnknown() {
        configure();
        IkeHeader header = IkeHeader.request(1, 2, ExchangeType.INFORMATIONAL, true, 5);
        byte[] stray = MessageEncoder.encode(new IkeMessage(header, List.of()));
        InetSocketAddress local = new InetSocketAddress(ip("198.51.100.2"), 4500);
        InetSocketAddress remote = new InetSocketAddress(ip("198.51.100.3"), 4500);
        network.capture();
        for (int i = 0; i < 1000; i++) {
            sun.input(new EngineInput.Datagram(local, remote, stray));
        }
        assertThat(network.captured()).hasSize(20);
        Payload.Notify answer =
                decoded(network.captured().getFirst()).first(Payload.Notify.class).orElseThrow();
        assertThat(answer.is(NotifyType.INVALID_IKE_SPI)).isTrue();
        assertThat(sun.counter("ike_replies_rate_limited")).isEqualTo(980);
        assertThat(sun.counter("ike_dropped_unknown_spi")).isEqualTo(1000);
    }

    @Test
    void shouldAnswerWithOurVersionWhenThePeerSpeaksANewerOne() {
        configure();
        byte[] message =
                MessageEncoder.encode(
                        new IkeMessage(
                                IkeHeader.request(1, 0, ExchangeType.IKE_SA_INIT, true, 0),
                                List.of()));
        message[17] = 0x30;
        network.capture();
        sun.input(
                new EngineInput.Datagram(
                        new InetSocketAddress(ip("198.51.100.2"), 500),
                        new InetSocketAddress(ip("198.51.100.3"), 500),
                        message));
        Payload.Notify answer =
                decoded(network.captured().getFirst()).first(Payload.Notify.class).orElseThrow();
        assertThat(answer.is(NotifyType.INVALID_MAJOR_VERSION)).isTrue();
        assertThat(sun.counter("ike_dropped_newer_version")).isEqualTo(1);
    }

    @Test
    void shouldEndOneSaOnlyWhenItsHandlingFailsInAnUnforeseenWay() {
        configure();
        up(moon);
        up(mars);
        long child = moon.established().getFirst().children().getFirst().childSaId();
        sun.breakOnce();
        moon.input(new EngineInput.DataplaneEvent.SoftLimit(child));
        network.run(SECOND);
        assertThat(sun.alerts(AlertType.INTERNAL_ERROR)).hasSize(1);
        assertThat(sun.established()).hasSize(1);
        assertThat(sun.established().getFirst().remoteId()).contains(SimConfigs.id("mars.example"));
        assertThat(sun.dataplane().pairs()).hasSize(1);
        assertThat(sun.counter("ike_failed_internal_error")).isEqualTo(1);
    }
}
