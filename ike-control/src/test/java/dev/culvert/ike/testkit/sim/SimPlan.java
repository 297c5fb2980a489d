package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig.Unique;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import dev.culvert.ike.wire.IpAddress;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One run of two engines, all of whose choices follow from a seed: set-up, traffic, a second child,
 * liveness, deletion.
 */
final class SimPlan {
    private static final long SECOND = SimPair.SECOND;
    private static final IpAddress FIRST_VIRTUAL = IpAddress.parse("10.9.0.1").orElseThrow();

    private final SplittableRandom choice;
    private final SimPair pair;
    private final SimNetwork network;
    private final SimNat nat = new SimNat(SimConfigs.ip("203.0.113.1"));
    private final boolean natted;
    private final boolean pfs;
    private final boolean rekeys;
    private final boolean large;
    private final boolean virtual;
    private final int mtuBytes;

    SimPlan(long seed) {
        choice = new SplittableRandom(seed ^ 0x5eed);
        natted = choice.nextInt(4) == 0;
        pair = natted ? SimPair.behind(nat, seed) : new SimPair(seed, Weather.FAIR);
        network = pair.network();
        pfs = choice.nextInt(3) == 0;
        rekeys = choice.nextInt(3) == 0;
        large = choice.nextInt(6) == 0;
        virtual = Math.floorMod(seed, 4) == 1;
        mtuBytes = new int[] {65_535, 1248, 544}[choice.nextInt(3)];
    }

    void run() {
        network.setWeather(weather());
        network.setCryptoDelayNs(choice.nextBoolean() ? 0 : 80_000_000L);
        pair.sun().configure(sunConnection().with(SimConfigs.secret("secret")));
        pair.moon().configure(moonConnection().with(SimConfigs.secret("secret")));
        // Through foul weather: anything may happen, but no invariant may break.
        for (int i = 0; i < 6; i++) {
            network.run(choice.nextLong(20 * SECOND));
            disturb();
        }
        // In fair weather, on the same path, both come to the same view, without anybody's help but
        // for what was
        // terminated.
        network.setWeather(Weather.FAIR.withMtuBytes(mtuBytes));
        network.run(100 * SECOND);
        pair.moon().initiate("net", "web");
        pair.moon().initiate("net", "mail");
        network.await(
                "both children up again",
                () ->
                        pair.moon().childrenUp().contains("web")
                                && pair.moon().childrenUp().contains("mail"),
                700 * SECOND);
        network.run(60 * SECOND);
        network.checkConverged(pair.moon(), pair.sun());
        checkBounds();
        checkVirtualIp();
        deleteAll();
    }

    private Weather weather() {
        return new Weather(
                choice.nextInt(250),
                choice.nextInt(200),
                choice.nextInt(200),
                choice.nextInt(2) * choice.nextInt(100),
                1_000_000,
                1_000_000 + choice.nextLong(400_000_000),
                mtuBytes);
    }

    private void disturb() {
        switch (choice.nextInt(9)) {
            case 0 -> pair.moon().terminateChild("mail");
            case 1 -> pair.moon().initiate("net", "mail");
            case 2 -> pair.sun().initiate("net", "web");
            case 3 -> pair.sun().terminateChild("web");
            case 4 -> pair.moon().dataplane().send("web");
            case 5 -> pair.sun().dataplane().send("mail");
            case 6 -> {
                if (choice.nextInt(3) == 0) {
                    pair.sun().restart();
                }
            }
            case 7 -> {
                network.setWeather(Weather.OUTAGE);
                network.run(choice.nextLong(30 * SECOND));
                network.setWeather(weather());
            }
            case 8 -> nat.rebind();
            default -> throw new IllegalStateException();
        }
        // Whatever was terminated is wanted again.
        pair.moon().initiate("net", "web");
        pair.moon().initiate("net", "mail");
    }

    private void checkBounds() {
        pair.moon()
                .check(
                        pair.moon().heldEntries() < 200,
                        "tables grow: " + pair.moon().heldEntries());
        pair.sun()
                .check(pair.sun().heldEntries() < 200, "tables grow: " + pair.sun().heldEntries());
    }

    /** Nobody else is there, so whoever gets another address was taken for somebody else. */
    private void checkVirtualIp() {
        for (EngineSnapshot.IkeSa sa : pair.moon().established()) {
            pair.moon()
                    .check(
                            List.of(FIRST_VIRTUAL).containsAll(sa.configured().localVips()),
                            "virtual addresses " + sa.configured().localVips());
        }
        boolean others =
                pair.sun().snapshot().pools().stream()
                        .flatMap(pool -> pool.leases().stream())
                        .anyMatch(lease -> !lease.address().equals(FIRST_VIRTUAL));
        pair.sun().check(!others, "more than one address leased");
    }

    private void deleteAll() {
        long command = pair.moon().shutDown();
        network.await("shutdown", () -> pair.moon().isDone(command), 3 * SECOND);
        network.run(60 * SECOND);
        pair.moon().check(pair.moon().snapshot().ikeSas().isEmpty(), "IKE SAs after shutdown");
        pair.moon().check(pair.moon().dataplane().pairs().isEmpty(), "child SAs after shutdown");
        pair.sun().check(pair.sun().established().isEmpty(), "IKE SAs after the peer's shutdown");
        pair.sun()
                .check(
                        pair.sun().dataplane().pairs().isEmpty(),
                        "child SAs after the peer's shutdown");
    }

    private Connection moonConnection() {
        Connection connection = tuned(SimPair.moonConnection());
        if (natted) {
            connection.local();
        }
        if (virtual) {
            connection.vips("0.0.0.0");
        }
        return connection
                .child(
                        esp(
                                web(SimPair.moonChild("web"), "10.1.", "10.2.")
                                        .start()
                                        .close(ChildConfig.Action.START)
                                        .dpd(ChildConfig.DpdAction.RESTART)))
                .child(
                        esp(
                                new Child("mail")
                                        .ts("10.3.0.0/16", "10.4.0.0/16")
                                        .start()
                                        .close(ChildConfig.Action.START)
                                        .dpd(ChildConfig.DpdAction.RESTART)));
    }

    private Connection sunConnection() {
        Connection connection = tuned(SimPair.sunConnection());
        if (natted) {
            connection.remote(new AddressSpec.Any(true, true));
        }
        if (virtual) {
            connection.pools(
                    new PoolConfig(
                            "p",
                            FIRST_VIRTUAL,
                            FIRST_VIRTUAL,
                            IpAddress.parse("10.9.0.9").orElseThrow(),
                            List.of()));
        }
        return connection
                .child(esp(web(SimPair.sunChild("web"), "10.2.", "10.1.")))
                .child(esp(new Child("mail").ts("10.4.0.0/16", "10.3.0.0/16")));
    }

    /** With so many selectors that messages need fragments, or as it is. */
    private Child web(Child child, String ours, String theirs) {
        return large ? child.ts(FragmentTest.nets(ours, 40), FragmentTest.nets(theirs, 40)) : child;
    }

    private ChildConfig esp(Child child) {
        if (rekeys) {
            child.time(new Lifetime(50 * SECOND, 80 * SECOND, 20 * SECOND));
        }
        return child.proposals(pfs ? "aes128gcm16-x25519" : "aes128gcm16").build();
    }

    private Connection tuned(Connection connection) {
        if (rekeys) {
            connection.rekey(new Lifetime(90 * SECOND, 150 * SECOND, 30 * SECOND));
        }
        return connection.dpdSeconds(15).keyingTries(choice.nextInt(3)).unique(Unique.NO);
    }
}
