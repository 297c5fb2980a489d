package dev.culvert.endpoint.control;

import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineOutputs;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.IkeEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** An engine that answers each input as the test says, and remembers all of them. */
final class ScriptedEngine implements IkeEngine {
    final List<EngineInput> inputs = new ArrayList<>();
    Function<EngineInput, List<EngineOutput>> script = input -> List.of();
    long deadlineNs = NO_DEADLINE;

    @Override
    public void handle(EngineInput input, long nowNs, EngineOutputs outputs) {
        inputs.add(input);
        script.apply(input).forEach(outputs::accept);
    }

    @Override
    public long nextDeadlineNs() {
        return deadlineNs;
    }

    @Override
    public EngineSnapshot snapshot(long nowNs) {
        return new EngineSnapshot(List.of(), 0, Map.of());
    }
}
