package dev.culvert.ike.engine;

/** What tests may see of an engine beyond its boundary. */
public final class EngineProbe {
    private EngineProbe() {}

    /** How many entries all tables hold together. */
    public static int heldEntries(DefaultIkeEngine engine) {
        return engine.heldEntries();
    }

    /** The earliest deadline, computed afresh. */
    public static long recomputedDeadlineNs(DefaultIkeEngine engine) {
        return engine.recomputedDeadlineNs();
    }
}
