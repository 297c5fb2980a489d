package dev.culvert.ike.engine;

import dev.culvert.ike.EngineOutputs;
import dev.culvert.ike.session.Session;
import java.util.function.Consumer;

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

    /** Does something with all IKE SAs that are up, as if an input had asked for it. */
    public static void withEstablished(
            DefaultIkeEngine engine, long nowNs, EngineOutputs outputs, Consumer<Session> work) {
        engine.withEstablished(nowNs, outputs, work);
    }
}
