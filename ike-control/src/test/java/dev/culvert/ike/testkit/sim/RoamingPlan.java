package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One run of two engines whose hosts get and lose addresses while they rekey, over a bad network.
 * At the end both are on one path, with the child SA that they began with if nothing was rekeyed.
 * All choices follow from the seed.
 */
final class RoamingPlan {
    private static final long SECOND = SimPair.SECOND;
    private static final int ROUNDS = 6;
    private static final List<InetAddress> MOON =
            List.of(
                    SimConfigs.ip("198.51.100.1"),
                    SimConfigs.ip("203.0.113.1"),
                    SimConfigs.ip("203.0.113.65"),
                    SimConfigs.ip("203.0.113.129"));
    private static final List<InetAddress> SUN =
            List.of(SimConfigs.ip("198.51.100.2"), SimConfigs.ip("192.0.2.2"));

    private final SplittableRandom choice;
    private final SimPair pair;
    private final SimNetwork network;
    private final boolean checks;
    private final boolean sunMoves;
    private boolean rekeyed;

    RoamingPlan(long seed) {
        choice = new SplittableRandom(seed ^ 0x0a11);
        checks = choice.nextInt(3) != 0;
        sunMoves = choice.nextInt(3) == 0;
        pair = new SimPair(seed, Weather.FAIR, settings(), settings());
        network = pair.network();
    }

    /** A peer is never given up: what is lost is lost for a while. */
    private EngineSettings settings() {
        return SimConfigs.settings()
                .withReturnRoutability(checks)
                .withRetransmit(new EngineSettings.Retransmit(250_000_000L, 1.15, 25, 0, 0.1));
    }

    void run() {
        pair.sun().configure(sunConnection().with(SimConfigs.secret("secret")));
        pair.moon().configure(moonConnection().with(SimConfigs.secret("secret")));
        pair.up("web");
        var before = pair.moon().dataplane().pairs();
        network.setCryptoDelayNs(choice.nextBoolean() ? 0 : choice.nextLong(200_000_000L));
        network.setWeather(weather());
        for (int round = 0; round < ROUNDS; round++) {
            act();
            sendAll();
            network.run(choice.nextLong(choice.nextBoolean() ? SECOND / 10 : 4 * SECOND));
            sendAll();
        }
        network.setWeather(Weather.FAIR);
        pair.moon().move(MOON.get(choice.nextInt(MOON.size())));
        network.run(60 * SECOND);
        check();
        if (!rekeyed) {
            pair.moon().check(pair.moon().dataplane().pairs().equals(before), "other child SAs");
        }
    }

    private Weather weather() {
        if (choice.nextInt(4) == 0) {
            return Weather.FAIR;
        }
        return new Weather(
                choice.nextInt(200),
                choice.nextInt(200),
                choice.nextInt(200),
                choice.nextInt(4) == 0 ? choice.nextInt(50) : 0,
                1_000_000,
                1_000_000 + choice.nextLong(300_000_000),
                65_535);
    }

    private void act() {
        int actions = 1 + choice.nextInt(3);
        for (int i = 0; i < actions; i++) {
            SimHost host = choice.nextBoolean() ? pair.moon() : pair.sun();
            switch (choice.nextInt(8)) {
                case 0, 1, 2, 3 -> moveMoon();
                case 4 -> moveSun();
                case 5 -> {
                    rekeyed = true;
                    host.rekeyChild("web");
                }
                case 6, 7 -> host.rekeyIke("net", false);
                default -> throw new IllegalStateException();
            }
            if (choice.nextBoolean()) {
                network.run(choice.nextLong(30_000_000L));
            }
        }
    }

    /** Moon has one or two addresses, or none for a while. */
    private void moveMoon() {
        List<InetAddress> addresses = new ArrayList<>();
        int count = choice.nextInt(6) == 0 ? 0 : 1 + choice.nextInt(2);
        for (int i = 0; i < count; i++) {
            InetAddress address = MOON.get(choice.nextInt(MOON.size()));
            if (!addresses.contains(address)) {
                addresses.add(address);
            }
        }
        pair.moon().move(addresses.toArray(InetAddress[]::new));
    }

    /**
     * Sun keeps its first address, so that moon finds it again wherever that has been meanwhile.
     */
    private void moveSun() {
        if (sunMoves) {
            pair.sun()
                    .move(
                            choice.nextBoolean()
                                    ? new InetAddress[] {SUN.getFirst()}
                                    : new InetAddress[] {SUN.getFirst(), SUN.getLast()});
        }
    }

    private void sendAll() {
        for (SimHost host : List.of(pair.moon(), pair.sun())) {
            host.dataplane().sendingChildren().forEach(host.dataplane()::send);
        }
    }

    private void check() {
        network.checkConverged(pair.moon(), pair.sun());
        for (SimHost host : List.of(pair.moon(), pair.sun())) {
            // A redundant IKE SA whose deletion never came goes when its patience ends.
            boolean one =
                    network.runUntil(
                            () ->
                                    host.snapshot().ikeSas().size() == 1
                                            && host.established().size() == 1,
                            20 * SECOND);
            host.check(one, "IKE SAs: " + host.snapshot().ikeSas().size());
            EngineSnapshot.IkeSa sa = host.established().getFirst();
            host.check(
                    sa.tasksActive().isEmpty() && sa.tasksQueued().isEmpty(),
                    "not at rest: " + sa.tasksActive() + sa.tasksQueued());
            host.check(
                    host.addresses().contains(sa.local().getAddress()),
                    "the IKE SA is at " + sa.local());
            host.check(
                    host.dataplane().remoteOf("web").orElseThrow().equals(sa.remote()),
                    "child and IKE SA go different ways");
            host.check(host.alerts(AlertType.INTERNAL_ERROR).isEmpty(), "a fault in this program");
            host.check(host.heldEntries() < 60, "tables grow: " + host.heldEntries());
        }
        InetAddress moonAt = pair.moon().established().getFirst().local().getAddress();
        InetAddress sunSees = pair.sun().established().getFirst().remote().getAddress();
        pair.sun().check(moonAt.equals(sunSees), "moon is at " + moonAt + ", not " + sunSees);
    }

    private static Connection moonConnection() {
        return new Connection()
                .remote("198.51.100.2")
                .ids("moon.example", "sun.example")
                .child(SimPair.moonChild("web").build());
    }

    private static Connection sunConnection() {
        return new Connection()
                .remote(new AddressSpec.Any(true, true))
                .ids("sun.example", "moon.example")
                .child(SimPair.sunChild("web").build());
    }
}
