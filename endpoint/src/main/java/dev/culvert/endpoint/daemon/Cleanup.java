package dev.culvert.endpoint.daemon;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Undoes what was done, last things first; what fails does not keep the rest from being undone. */
final class Cleanup implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.dmn");

    private final Deque<Step> steps = new ArrayDeque<>();

    private record Step(String what, AutoCloseable action) {}

    /** Remembers a part that was made. */
    <T extends AutoCloseable> T add(String what, T part) {
        steps.push(new Step(what, part));
        return part;
    }

    @Override
    public void close() {
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            try {
                step.action().close();
            } catch (Exception e) {
                LOG.error("cannot close the {}: {}", step.what(), e.toString());
            }
        }
    }
}
