package dev.culvert.ike.testkit.sim;

import dev.culvert.ike.config.EngineSettings;
import dev.culvert.ike.testkit.sim.SimConfigs.Child;
import dev.culvert.ike.testkit.sim.SimConfigs.Connection;

/** Two hosts, moon and sun, that usually want the same. */
public final class SimPair {
    /** A second, in nanoseconds. */
    public static final long SECOND = 1_000_000_000L;

    private final SimNetwork network;
    private final SimHost moon;
    private final SimHost sun;

    public SimPair(long seed, Weather weather) {
        this(seed, weather, SimConfigs.settings(), SimConfigs.settings());
    }

    public SimPair(long seed, Weather weather, EngineSettings ofMoon, EngineSettings ofSun) {
        network = new SimNetwork(seed, weather);
        moon = network.addHost("moon", SimConfigs.ip("198.51.100.1"), ofMoon);
        sun = network.addHost("sun", SimConfigs.ip("198.51.100.2"), ofSun);
    }

    private SimPair(SimNetwork network, SimHost moon, SimHost sun) {
        this.network = network;
        this.moon = moon;
        this.sun = sun;
    }

    /** Moon is behind a NAT. */
    public static SimPair behind(SimNat nat, long seed) {
        SimNetwork network = new SimNetwork(seed, Weather.FAIR);
        return new SimPair(
                network,
                network.addHostBehind(
                        nat, "moon", SimConfigs.ip("192.168.1.1"), SimConfigs.settings()),
                network.addHost("sun", SimConfigs.ip("198.51.100.2"), SimConfigs.settings()));
    }

    /** Moon's usual connection to sun. */
    public static Connection moonConnection() {
        return new Connection()
                .local("198.51.100.1")
                .remote("198.51.100.2")
                .ids("moon.example", "sun.example");
    }

    /** Sun's usual connection to moon. */
    public static Connection sunConnection() {
        return new Connection()
                .local("198.51.100.2")
                .remote("198.51.100.1")
                .ids("sun.example", "moon.example");
    }

    /** Moon's usual child. */
    public static Child moonChild(String name) {
        return new Child(name).ts("10.1.0.0/16", "10.2.0.0/16");
    }

    /** Sun's usual child. */
    public static Child sunChild(String name) {
        return new Child(name).ts("10.2.0.0/16", "10.1.0.0/16");
    }

    /** Gives both their usual connection with one child and the same secret. */
    public SimPair usual() {
        sun.configure(
                sunConnection().child(sunChild("web").build()).with(SimConfigs.secret("secret")));
        moon.configure(
                moonConnection().child(moonChild("web").build()).with(SimConfigs.secret("secret")));
        return this;
    }

    /** Sets up moon's child, and checks that both sides have it. */
    public SimPair up(String child) {
        long command = moon.initiate("net", child);
        network.await("child " + child, () -> moon.isDone(command), 60 * SECOND);
        if (moon.errorOf(command).isPresent()) {
            throw network.failure("initiate failed: " + moon.errorOf(command).get());
        }
        network.run(SECOND);
        network.checkConverged(moon, sun);
        return this;
    }

    public SimNetwork network() {
        return network;
    }

    public SimHost moon() {
        return moon;
    }

    public SimHost sun() {
        return sun;
    }
}
