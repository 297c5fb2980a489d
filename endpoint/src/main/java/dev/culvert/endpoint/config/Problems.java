package dev.culvert.endpoint.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects problems: each once, and a bounded number of them. */
final class Problems {
    private static final int MOST = 200;

    private final Set<Problem> found = new LinkedHashSet<>();
    private boolean structureIsLost;

    void error(SourcePosition position, String message) {
        add(Problem.error(position, message));
    }

    /** A fault after which nobody can say which section what follows belongs to. */
    void structuralError(SourcePosition position, String message) {
        structureIsLost = true;
        error(position, message);
    }

    boolean structureIsLost() {
        return structureIsLost;
    }

    void warning(SourcePosition position, String message) {
        add(Problem.warning(position, message));
    }

    boolean hasErrors() {
        return found.stream().anyMatch(Problem::isError);
    }

    /** In the order of the files as they were first read, and by line within each. */
    List<Problem> sorted(Collection<String> filesInOrder) {
        List<String> order = List.copyOf(filesInOrder);
        return found.stream()
                .sorted(
                        Comparator.<Problem>comparingInt(p -> order.indexOf(p.position().file()))
                                .thenComparingInt(p -> p.position().line())
                                .thenComparingInt(p -> p.position().column()))
                .toList();
    }

    private void add(Problem problem) {
        if (found.size() < MOST) {
            found.add(problem);
        }
    }
}
