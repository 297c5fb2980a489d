package dev.culvert.ike;

/** Receives the engine's outputs in order of effect. */
@FunctionalInterface
public interface EngineOutputs {
    /** Takes the next output. */
    void accept(EngineOutput output);
}
