package dev.culvert.bench.e2e.lab;

/** The two ends. Outer addresses are on the veth, inner ones behind the tunnel. */
public enum Side {
    LEFT(1),
    RIGHT(2);

    private final int number;

    Side(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    public Side other() {
        return this == LEFT ? RIGHT : LEFT;
    }

    /** Address on the veth. */
    public String outer() {
        return "192.0.2." + number;
    }

    /** Address behind the tunnel. */
    public String inner() {
        return "10." + number + ".0.1";
    }

    /** Network behind the tunnel. */
    public String innerNetwork() {
        return "10." + number + ".0.0/24";
    }

    public String label() {
        return this == LEFT ? "left" : "right";
    }
}
