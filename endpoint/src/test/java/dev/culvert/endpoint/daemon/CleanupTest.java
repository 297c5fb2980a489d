package dev.culvert.endpoint.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanupTest {
    private final List<String> undone = new ArrayList<>();
    private final Cleanup cleanup = new Cleanup();

    @Test
    void shouldUndoLastThingsFirstAndAllOfThemWhenOneFails() {
        add("first");
        cleanup.add(
                "second",
                () -> {
                    throw new IOException("refused");
                });
        add("third");

        cleanup.close();

        assertThat(undone).containsExactly("third", "first");
    }

    @Test
    void shouldUndoEachThingOnce() {
        add("first");

        cleanup.close();
        cleanup.close();

        assertThat(undone).containsExactly("first");
    }

    private void add(String what) {
        AutoCloseable part = () -> undone.add(what);
        assertThat(cleanup.add(what, part)).isSameAs(part);
    }
}
