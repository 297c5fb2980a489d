package dev.culvert.endpoint.config;

import java.util.List;
import java.util.Optional;

/**
 * What came of reading a configuration file.
 *
 * @param configuration empty when a problem is an error
 * @param problems all of them, in the order of the files and their lines
 * @param files names of the files read
 */
public record LoadResult(
        Optional<Configuration> configuration, List<Problem> problems, List<String> files) {
    public LoadResult {
        problems = List.copyOf(problems);
        files = List.copyOf(files);
    }

    /** The problems that are errors. */
    public List<Problem> errors() {
        return problems.stream().filter(Problem::isError).toList();
    }

    /** The problems that are not. */
    public List<Problem> warnings() {
        return problems.stream().filter(p -> !p.isError()).toList();
    }
}
