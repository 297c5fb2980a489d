package dev.culvert.endpoint.control;

import dev.culvert.ike.EngineInput;
import dev.culvert.ike.EngineOutput;
import dev.culvert.ike.EngineOutputs;
import dev.culvert.ike.EngineSnapshot;
import dev.culvert.ike.IkeEngine;
import dev.culvert.ike.lease.SavedLease;
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
    public long leaseVersion() {
        return 0;
    }

    @Override
    public List<SavedLease> leases() {
        return List.of();
    }

    @Override
    public EngineSnapshot snapshot(long nowNs) {
        return new EngineSnapshot(List.of(), 0, Map.of());
    }
}
