package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.EngineEvent.AlertType;
import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One run of two engines that rekey, create and delete at the same time, on purpose, over a bad
 * network. At the end each side has each child exactly once, on one IKE SA; and where nothing was
 * created, deleted or corrupted, no packet met an SA that was not there. All choices follow from
 * the seed.
 */
final class StormPlan {
    private static final long SECOND = SimPair.SECOND;
    private static final int ROUNDS = 5;

    private final SplittableRandom choice;
    private final SimPair pair;
    private final SimNetwork network;
    private final String esp;
    private final boolean timers;
    private boolean mailWanted;
    private boolean changed;

    StormPlan(long seed) {
        choice = new SplittableRandom(seed ^ 0x57012);
        pair = new SimPair(seed, Weather.FAIR, settings(), settings());
        network = pair.network();
        esp = choice.nextInt(3) == 0 ? "aes128gcm16-x25519" : "aes128gcm16";
        timers = choice.nextInt(4) == 0;
    }

    /** A peer is never given up: what is lost is lost for a while. */
    private static EngineSettings settings() {
        return SimConfigs.settings()
                .withRetransmit(new EngineSettings.Retransmit(250_000_000L, 1.15, 20, 0, 0.1));
    }

    void run() {
        pair.sun().configure(sunConnection().with(SimConfigs.secret("secret")));
        pair.moon().configure(moonConnection().with(SimConfigs.secret("secret")));
        pair.up("web");
        mailWanted = choice.nextBoolean();
        if (mailWanted) {
            pair.up("mail");
        }
        network.setCryptoDelayNs(choice.nextBoolean() ? 0 : choice.nextLong(200_000_000L));
        network.setWeather(weather());
        for (int round = 0; round < ROUNDS; round++) {
            provoke();
            sendAll();
            network.run(choice.nextLong(choice.nextBoolean() ? SECOND : 6 * SECOND));
            sendAll();
        }
        network.setWeather(Weather.FAIR);
        network.run(60 * SECOND);
        check();
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

    /** Both sides begin something at the same time, or nearly so. */
    private void provoke() {
        loseSomething();
        boolean moonFirst = choice.nextBoolean();
        act(moonFirst ? pair.moon() : pair.sun());
        switch (choice.nextInt(3)) {
            case 0 -> {}
            case 1 -> network.run(choice.nextLong(12_000_000L));
            default -> network.run(choice.nextLong(400_000_000L));
        }
        act(moonFirst ? pair.sun() : pair.moon());
    }

    private void loseSomething() {
        SimHost who = choice.nextBoolean() ? pair.moon() : pair.sun();
        String what =
                List.of(
                                "CREATE_CHILD_SA request",
                                "CREATE_CHILD_SA response",
                                "INFORMATIONAL request",
                                "INFORMATIONAL response")
                        .get(choice.nextInt(4));
        int count = choice.nextInt(4);
        network.drop(
                count,
                packet ->
                        packet.source().getAddress().equals(who.address())
                                && packet.kind().startsWith(what));
    }

    private void act(SimHost host) {
        int actions = 1 + choice.nextInt(2);
        for (int i = 0; i < actions; i++) {
            switch (choice.nextInt(10)) {
                case 0, 1, 2, 3 -> host.rekeyChild("web");
                case 4 -> host.rekeyChild("mail");
                case 5, 6, 7, 8 -> host.rekeyIke("net", false);
                case 9 -> changeMail(host);
                default -> throw new IllegalStateException();
            }
        }
    }

    /**
     * Once at most in each round, and not while its opposite may still be under way: that both ask
     * for the opposite at once has no right outcome.
     */
    private void changeMail(SimHost host) {
        boolean settled = network.runUntil(this::isSettled, 60 * SECOND);
        if (!settled) {
            throw network.failure("never at rest");
        }
        if (mailWanted) {
            host.terminateChild("mail");
        } else {
            host.initiate("net", "mail");
        }
        mailWanted = !mailWanted;
        changed = true;
    }

    /**
     * Whether both sides have, or have not, the second child, and none of its SAs is on its way.
     */
    private boolean isSettled() {
        return isSettled(pair.moon()) && isSettled(pair.sun());
    }

    private boolean isSettled(SimHost host) {
        boolean idle =
                host.snapshot().ikeSas().stream()
                        .allMatch(sa -> sa.tasksActive().isEmpty() && sa.tasksQueued().isEmpty());
        boolean any =
                host.snapshot().ikeSas().stream()
                        .flatMap(sa -> sa.children().stream())
                        .anyMatch(child -> child.name().equals("mail"));
        return idle && (mailWanted ? host.childrenUp().contains("mail") : !any);
    }

    private void sendAll() {
        for (SimHost host : List.of(pair.moon(), pair.sun())) {
            host.dataplane().sendingChildren().forEach(host.dataplane()::send);
        }
    }

    private void check() {
        network.checkConverged(pair.moon(), pair.sun());
        List<String> expected = new ArrayList<>(List.of("web"));
        if (mailWanted) {
            expected.add("mail");
        }
        for (SimHost host : List.of(pair.moon(), pair.sun())) {
            // With timers a rekeying may be under way at any moment.
            boolean exact =
                    network.runUntil(
                            () ->
                                    host.snapshot().ikeSas().size() == 1
                                            && host.dataplane().pairs().size() == expected.size(),
                            20 * SECOND);
            host.check(
                    exact,
                    "left over: "
                            + host.snapshot().ikeSas().size()
                            + " IKE SAs, children "
                            + host.childrenUp());
            host.check(
                    List.copyOf(host.childrenUp()).stream()
                            .sorted()
                            .toList()
                            .equals(expected.stream().sorted().toList()),
                    "children " + host.childrenUp() + " instead of " + expected);
            host.check(host.alerts(AlertType.INTERNAL_ERROR).isEmpty(), "a fault in this program");
            host.check(host.heldEntries() < 60, "tables grow: " + host.heldEntries());
            host.check(
                    host.dataplane().unknownSpi() == 0 || changed || network.hadCorruption(),
                    host.dataplane().unknownSpi() + " packets met no SA");
        }
    }

    private Connection moonConnection() {
        return tuned(SimPair.moonConnection())
                .child(tuned(SimPair.moonChild("web")))
                .child(tuned(new Child("mail").ts("10.3.0.0/16", "10.4.0.0/16")));
    }

    private Connection sunConnection() {
        return tuned(SimPair.sunConnection())
                .child(tuned(SimPair.sunChild("web")))
                .child(tuned(new Child("mail").ts("10.4.0.0/16", "10.3.0.0/16")));
    }

    private Connection tuned(Connection connection) {
        return timers
                ? connection.rekey(new Lifetime(20 * SECOND, 900 * SECOND, 10 * SECOND))
                : connection;
    }

    private dev.culvert.ike.config.ChildConfig tuned(Child child) {
        if (timers) {
            child.time(new Lifetime(12 * SECOND, 900 * SECOND, 6 * SECOND));
        }
        return child.proposals(esp).build();
    }
}
